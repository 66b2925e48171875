"""Names of attributes, answers, conditions and categories for people, and values in their unit."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    LEVELS,
    AttributeKind,
    Options,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.services.words.lengths import describe_length

Text = str | Promise

_LANGUAGES_WITH_CAPITAL_NOUNS = frozenset({"de", "lb"})

_LABELS: Mapping[str, Text] = {
    "arch_support": gettext_lazy("Arch support"),
    "cushioning": gettext_lazy("Cushioning"),
    "heel_height_mm": gettext_lazy("Heel height"),
    "forefoot_height_mm": gettext_lazy("Platform (under the ball of the foot)"),
    "drop_mm": gettext_lazy("Heel-to-toe drop"),
    "stack_heel_mm": gettext_lazy("Sole thickness at the heel"),
    "shaft_height_mm": gettext_lazy("Shaft height"),
    "hidden_lift_mm": gettext_lazy("Hidden lift"),
    "weight_g": gettext_lazy("Weight"),
    "removable_insole": gettext_lazy("Removable insole"),
    "orthotic_friendly": gettext_lazy("Room for your own insole"),
    "forefoot_cushioning": gettext_lazy("Cushioning at the forefoot"),
    "heel_counter": gettext_lazy("Firmness of the heel counter"),
    "torsional_stiffness": gettext_lazy("Resistance to twisting"),
    "base_stability": gettext_lazy("Width of the base"),
    "rocker": gettext_lazy("Rocker sole"),
    "upper_softness": gettext_lazy("Softness of the upper"),
    "toe_shape": gettext_lazy("Toe shape"),
    "fastening": gettext_lazy("Fastening"),
    "width_options": gettext_lazy("Widths"),
    "heel_type": gettext_lazy("Heel type"),
    "midsole_material": gettext_lazy("Midsole"),
    "construction": gettext_lazy("Construction"),
    "insole_material": gettext_lazy("Insole"),
    "size_system": gettext_lazy("Size system"),
}

# The same words in English; other languages inflect them with what they speak of.
_AMOUNTS_OF_CUSHIONING: Mapping[str, Text] = {
    "0": pgettext_lazy("cushioning", "none"),
    "1": pgettext_lazy("cushioning", "light"),
    "2": pgettext_lazy("cushioning", "moderate"),
    "3": pgettext_lazy("cushioning", "high"),
}
_LEVEL_WORDS: Mapping[str, Mapping[str, Text]] = {
    "arch_support": {
        "0": pgettext_lazy("arch support", "none"),
        "1": pgettext_lazy("arch support", "mild"),
        "2": pgettext_lazy("arch support", "moderate"),
        "3": pgettext_lazy("arch support", "high"),
    },
    "cushioning": _AMOUNTS_OF_CUSHIONING,
    "forefoot_cushioning": _AMOUNTS_OF_CUSHIONING,
    "rocker": {
        "0": pgettext_lazy("rocker", "none"),
        "1": pgettext_lazy("rocker", "slight"),
        "2": pgettext_lazy("rocker", "clear"),
        "3": pgettext_lazy("rocker", "strong"),
    },
    "heel_counter": {
        "0": pgettext_lazy("heel counter", "none"),
        "1": pgettext_lazy("heel counter", "soft"),
        "2": pgettext_lazy("heel counter", "firm"),
        "3": pgettext_lazy("heel counter", "rigid"),
    },
    "torsional_stiffness": {
        "0": pgettext_lazy("twisting", "twists fully"),
        "1": pgettext_lazy("twisting", "twists easily"),
        "2": pgettext_lazy("twisting", "twists a little"),
        "3": pgettext_lazy("twisting", "does not twist"),
    },
    "base_stability": {
        "0": pgettext_lazy("base", "very narrow"),
        "1": pgettext_lazy("base", "narrow"),
        "2": pgettext_lazy("base", "medium"),
        "3": pgettext_lazy("base", "broad"),
    },
    "upper_softness": {
        "0": pgettext_lazy("upper", "rigid"),
        "1": pgettext_lazy("upper", "firm"),
        "2": pgettext_lazy("upper", "soft"),
        "3": pgettext_lazy("upper", "stretches, no hard seams"),
    },
}

_OPTION_WORDS: Mapping[str, Mapping[str, Text]] = {
    "toe_shape": {
        "pointed": pgettext_lazy("toe", "pointed"),
        "almond": pgettext_lazy("toe", "almond"),
        "square": pgettext_lazy("toe", "square"),
        "round": pgettext_lazy("toe", "round"),
        "foot_shaped": pgettext_lazy("toe", "foot-shaped or wide"),
        "open": pgettext_lazy("toe", "open"),
    },
    "fastening": {
        "lace_up": gettext_lazy("laces"),
        "buckle_heel_strap": gettext_lazy("buckle with heel strap"),
        "hook_loop": gettext_lazy("hook and loop"),
        "zip": gettext_lazy("zip"),
        "monk_t_strap": gettext_lazy("monk strap or T-strap"),
        "adjustable_strap": gettext_lazy("adjustable strap, open heel"),
        "slip_on": gettext_lazy("closed slip-on"),
        "pump": gettext_lazy("pump, held by the cut only"),
        "backless": gettext_lazy("backless or thong"),
    },
    "width_options": {
        "narrow": pgettext_lazy("width", "narrow"),
        "regular": pgettext_lazy("width", "regular"),
        "wide": pgettext_lazy("width", "wide"),
        "extra_wide": pgettext_lazy("width", "extra wide"),
    },
    "heel_type": {
        "none": pgettext_lazy("heel type", "none"),
        "block": pgettext_lazy("heel type", "block"),
        "wedge": pgettext_lazy("heel type", "wedge"),
        "cone": pgettext_lazy("heel type", "cone"),
        "kitten": pgettext_lazy("heel type", "kitten"),
        "stiletto": pgettext_lazy("heel type", "stiletto"),
        "spool": pgettext_lazy("heel type", "spool"),
        "cuban": pgettext_lazy("heel type", "Cuban"),
        "stacked": pgettext_lazy("heel type", "stacked"),
    },
    "midsole_material": {
        "eva": gettext_lazy("EVA foam"),
        "eva_blend": gettext_lazy("EVA blend"),
        "pu": gettext_lazy("PU foam"),
        "tpu_foam": gettext_lazy("TPU foam"),
        "peba": gettext_lazy("PEBA foam"),
        "cork_latex": gettext_lazy("cork and latex"),
        "rubber": gettext_lazy("rubber"),
        "leather": gettext_lazy("leather"),
        "wood": gettext_lazy("wood"),
        "air_gel": gettext_lazy("air or gel"),
    },
    "construction": {
        "cemented": gettext_lazy("glued"),
        "stitched": gettext_lazy("stitched or welted"),
        "injected": gettext_lazy("injected"),
        "vulcanised": gettext_lazy("vulcanised"),
        "cork_footbed": gettext_lazy("cork footbed"),
    },
    "insole_material": {
        "memory_foam": gettext_lazy("memory foam"),
        "ortholite": gettext_lazy("open-cell foam"),
        "eva": gettext_lazy("EVA foam"),
        "latex": gettext_lazy("latex"),
        "gel": gettext_lazy("gel"),
        "poron": gettext_lazy("microcellular foam"),
        "cork": gettext_lazy("cork"),
        "leather": gettext_lazy("leather"),
        "textile": gettext_lazy("textile"),
        "none": pgettext_lazy("insole", "none"),
    },
    "size_system": {
        "eu": "EU",
        "uk": "UK",
        "us": "US",
        "mondopoint": gettext_lazy("Mondopoint (foot length)"),
    },
}
_FLAG_WORDS: Mapping[str, Text] = {
    "no": pgettext_lazy("answer", "no"),
    "yes": pgettext_lazy("answer", "yes"),
}

_CONDITIONS: Mapping[str, Text] = {
    "general": gettext_lazy("the general guide"),
    "flat_feet": gettext_lazy("flat feet"),
    "overpronation": gettext_lazy("overpronation"),
    "plantar_fasciitis": gettext_lazy("plantar fasciitis"),
    "bunions": gettext_lazy("bunions"),
    "hammertoe": gettext_lazy("hammertoe"),
    "neuroma": gettext_lazy("Morton's neuroma"),
    "high_arch": gettext_lazy("high arches"),
    "low_back_pain": gettext_lazy("low back pain"),
    "standing_all_day": gettext_lazy("standing all day"),
    "diabetes_or_numb_feet": gettext_lazy("diabetes or numb feet"),
}

_CATEGORIES: Mapping[str, Text] = {
    "running": gettext_lazy("Running shoes"),
    "racing": gettext_lazy("Racing shoes"),
    "trail": gettext_lazy("Trail running shoes"),
    "walking": gettext_lazy("Walking shoes"),
    "training": gettext_lazy("Training shoes"),
    "casual_sneaker": gettext_lazy("Sneakers"),
    "work_standing": gettext_lazy("Work shoes"),
    "safety_boot": gettext_lazy("Safety boots"),
    "hiking": gettext_lazy("Hiking shoes"),
    "boot": gettext_lazy("Boots"),
    "dress_leather": gettext_lazy("Dress shoes"),
    "heel": gettext_lazy("Heels"),
    "flat": gettext_lazy("Flats"),
    "sandal": gettext_lazy("Sandals"),
    "flip_flop": gettext_lazy("Flip-flops and slides"),
    "slipper": gettext_lazy("Slippers"),
    "barefoot": gettext_lazy("Barefoot shoes"),
    "kids": gettext_lazy("Children's shoes"),
    "other": gettext_lazy("Other shoes"),
}


def attribute_label(key: str) -> str:
    """Return the name of an attribute for people.

    :raises KeyError: for a key that is no attribute.
    """
    return str(_LABELS[key])


def attribute_in_sentence(key: str) -> str:
    """Return the name of an attribute as it stands inside a sentence: "arch support".

    :raises KeyError: for a key that is no attribute.
    """
    label = attribute_label(key)
    if (get_language() or "en").partition("-")[0] in _LANGUAGES_WITH_CAPITAL_NOUNS:
        return label
    return label[:1].lower() + label[1:]


def option_label(attribute_key: str, option: str) -> str:
    """Return one answer of an attribute for people ("moderate", "laces").

    :raises KeyError: for an attribute or an answer that does not exist.
    """
    attribute = ATTRIBUTES[attribute_key]
    if attribute.kind is AttributeKind.LEVEL:
        return str(_LEVEL_WORDS[attribute_key][option])
    if attribute.kind is AttributeKind.FLAG:
        return str(_FLAG_WORDS[option])
    return str(_OPTION_WORDS[attribute_key][option])


def condition_label(condition: str) -> str:
    """Return the name of a condition profile for people.

    :raises KeyError: for a condition that does not exist.
    """
    return str(_CONDITIONS[condition])


def category_label(category: UseCategory | str) -> str:
    """Return the name of a use category for people.

    :raises ValueError: for a category that does not exist.
    """
    return str(_CATEGORIES[UseCategory(category).value])


def describe_value(key: str, value: Value | None, *, unit: str = "in") -> str:
    """Return a value for people: "2 to 2¾ in", "mild or moderate", "not stated".

    :raises KeyError: for a key that is no attribute.
    :raises ValueError: for a unit that is none of "in", "cm" and "mm".
    """
    attribute = ATTRIBUTES[key]
    if value is None:
        return _("not stated")
    if isinstance(value, Span):
        if attribute.kind is AttributeKind.WEIGHT:
            return _describe_weight(value)
        return describe_length(value.low, value.high, unit=unit)
    return _describe_options(attribute.kind, key, value)


def join_words(words: list[str], *, is_choice: bool) -> str:
    """Return words as a list for people: "mild, moderate or high", "regular and wide"."""
    if len(words) < 2:
        return "".join(words)
    head, last = ", ".join(words[:-1]), words[-1]
    pattern = _("{head} or {last}") if is_choice else _("{head} and {last}")
    return pattern.format(head=head, last=last)


def _describe_options(kind: AttributeKind, key: str, value: Options) -> str:
    known = [option for option in ATTRIBUTES[key].options if option in value.members]
    words = [option_label(key, option) for option in known]
    if kind is AttributeKind.OFFER:
        return join_words(words, is_choice=False)
    if len(known) == len(ATTRIBUTES[key].options):
        return _("not stated")
    if kind is AttributeKind.LEVEL and len(known) > 1 and known == list(LEVELS[-len(known) :]):
        return _("{level} or more").format(level=words[0])
    return join_words(words, is_choice=True)


def _describe_weight(value: Span) -> str:
    low, high = (
        number_format((end + 500) // 1000, force_grouping=True) for end in (value.low, value.high)
    )
    if low == high:
        return _("{grams} g").format(grams=low)
    return _("{low} to {high} g").format(low=low, high=high)
