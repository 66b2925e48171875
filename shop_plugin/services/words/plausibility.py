"""What does not fit together about a shoe, in sentences for the shop's staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.plausibility import find_rule
from shop_plugin.services.words.attributes import attribute_label, describe_value


@dataclass(frozen=True, slots=True)
class FlagText:
    """A rule that a listing breaks: its id, the sentence, and the facts to look at."""

    rule: str
    sentence: str
    labels: tuple[str, ...]


def describe_flags(
    flags: str, *, attributes: FootwearAttributes, unit: str = "in"
) -> tuple[FlagText, ...]:
    """Return the stored flags of a listing (ids joined by commas) as sentences.

    The values in a sentence are those believed now. An id that no rule knows
    any more is left out: the next reading takes it away.
    """
    return tuple(
        _describe(rule_id, attributes, unit)
        for rule_id in flags.split(",")
        if rule_id and find_rule(rule_id) is not None
    )


def _describe(rule_id: str, attributes: FootwearAttributes, unit: str) -> FlagText:
    rule = find_rule(rule_id)
    assert rule is not None
    values = {
        key: str(describe_value(key, attributes.get(key), unit=unit)) for key in rule.attributes
    }
    sentence = _SENTENCES.get(rule_id)
    text = sentence(values) if sentence else _name_facts(rule.attributes)
    return FlagText(rule_id, text, tuple(str(attribute_label(key)) for key in rule.attributes))


def _name_facts(keys: tuple[str, ...]) -> str:
    """Return the sentence for a rule of a shop's own, which has no words yet."""
    names = ", ".join(str(attribute_label(key)) for key in keys)
    return _("These facts do not fit each other: {facts}.").format(facts=names)


_Values = Mapping[str, str]


def _heel_below_platform(values: _Values) -> str:
    return _("The heel ({heel}) is lower than the platform ({platform}).").format(
        heel=values["heel_height_mm"], platform=values["forefoot_height_mm"]
    )


def _drop_of_heel(values: _Values) -> str:
    return _("The drop ({drop}) is not the heel ({heel}) less the platform ({platform}).").format(
        drop=values["drop_mm"],
        heel=values["heel_height_mm"],
        platform=values["forefoot_height_mm"],
    )


def _drop_of_stack(values: _Values) -> str:
    return _(
        "The drop ({drop}) is not the sole under the heel ({stack}) less the sole in front "
        "({platform})."
    ).format(
        drop=values["drop_mm"],
        stack=values["stack_heel_mm"],
        platform=values["forefoot_height_mm"],
    )


def _flat_kind(values: _Values) -> str:
    return _("The shoe is listed as a flat, and its heel is {heel}, over 1 in.").format(
        heel=values["heel_height_mm"]
    )


def _no_heel(values: _Values) -> str:
    return _("The shoe is said to have no heel, and its heel is {heel}, over 1 in.").format(
        heel=values["heel_height_mm"]
    )


def _width_letter(values: _Values) -> str:
    return _(
        "A width was read from a letter in a way that does not hold for those the shoe is made "
        "for: D is a medium width for men and a wide one for women."
    )


def _apart(key: str) -> Callable[[_Values], str]:
    def describe(values: _Values) -> str:
        return _("{fact}: {value} is believed, and another source says something else.").format(
            fact=attribute_label(key), value=values[key]
        )

    return describe


def _voted_down(key: str) -> Callable[[_Values], str]:
    def describe(values: _Values) -> str:
        return _("{fact}: {value} is believed, and most buyers say otherwise.").format(
            fact=attribute_label(key), value=values[key]
        )

    return describe


_SENTENCES: Mapping[str, Callable[[_Values], str]] = {
    "heel.below_platform": _heel_below_platform,
    "drop.heel_less_platform": _drop_of_heel,
    "drop.stack_less_platform": _drop_of_stack,
    "flat.kind_over_inch": _flat_kind,
    "flat.no_heel_over_inch": _no_heel,
    "width.letter_of_others": _width_letter,
    "sources.heel_apart": _apart("heel_height_mm"),
    "sources.platform_apart": _apart("forefoot_height_mm"),
    "sources.arch_apart": _apart("arch_support"),
    "sources.cushioning_apart": _apart("cushioning"),
    "buyers.arch_apart": _voted_down("arch_support"),
    "buyers.width_apart": _voted_down("width_options"),
    "sources.insole_apart": _apart("removable_insole"),
}
