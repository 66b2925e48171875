"""A shop's own product fields -> readings with the words they rest on.

A field that is known by name and cannot be believed ("0 inch" on a boot, a
height without a unit, a fastening in the width column) yields a problem, not
a value; the rest of the listing stands. A field that no rule knows is left
alone. A rule's id is "feed." and what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from shop_plugin.domain import field_words as words
from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    Gender,
    Options,
    SourceKind,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.domain.feed_bands import find_heel_band
from shop_plugin.domain.feed_shapes import FieldText, flatten_fields, plain_name, plain_word
from shop_plugin.domain.measures import find_quantities, read_length
from shop_plugin.domain.records import Reading, RowProblem

# How sure a source is, in thousandths (domain reference, section 2).
SURE_MEASURE = 900
SURE_WORD = 900
SURE_BAND = 700
SURE_CLAIM = 700
SURE_HINT = 400

# Heel zero is a measurement only where the kind of shoe says so; elsewhere it is an empty form.
FLAT_BY_DEFINITION = frozenset({UseCategory.FLAT, UseCategory.FLIP_FLOP, UseCategory.BAREFOOT})

_LEVELS = frozenset(key for key, item in ATTRIBUTES.items() if item.kind == "level")
_UNIT_NAMES = {"mm": "mm", "millimetres": "mm", "millimeters": "mm", "millimeter": "mm"}
_UNIT_NAMES |= {"cm": "cm", "centimetres": "cm", "centimeters": "cm", "centimeter": "cm"}
_UNIT_NAMES |= {"in": "in", "inch": "in", "inches": "in", "zoll": "in", '"': "in"}
_NAME_UNIT = re.compile(r"^(?P<name>.+?)[ (\[]+(?:in )?(?P<unit>mm|cm|inches|inch|in)[)\]]?$")
_UNIT_FIELD = re.compile(r"^(?P<name>.+?) unit(?: of measure)?$")
_PARTS = re.compile(r"\s*[,;/|]\s*")
_NOISE = re.compile(r" (?:toe|heel|width|fit|closure|mens us|womens us|unisex eu|unisex us)$")
_BARE_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,3})?")
_UNDER = re.compile(r"^(?:(?:under|up to|below|less than|bis)\b|<)\s*=?\s*", re.IGNORECASE)
_OVER = re.compile(
    r"^(?:(?:over|above|more than|from|ab)\b|>)\s*=?\s*|\s*(?:&|and)\s*(?:over|up)$", re.IGNORECASE
)
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class FieldReadings:
    """What a listing's own fields say, and which of them could not be used and why."""

    readings: tuple[Reading, ...] = ()
    problems: tuple[RowProblem, ...] = ()


class _Rule(NamedTuple):
    kind: str  # length | weight | choice | width | features
    attribute: str
    unit: str = ""


@dataclass(slots=True)
class _Found:
    """One field as it stands, and what was read from it. ``unit`` is that of bare numbers."""

    name: str
    text: str
    use_category: UseCategory
    gender: Gender
    unit: str
    readings: list[Reading] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, attribute: str, value: Value, rule: str, confidence: int, quote: str) -> None:
        start = self.text.find(quote)
        self.readings.append(
            Reading(
                attribute,
                value,
                SourceKind.FEED,
                rule,
                confidence,
                quote=quote,
                field=f"raw_attributes.{self.name}"[:100],
                start=start if start >= 0 else None,
                end=start + len(quote) if start >= 0 else None,
                original=quote[:200],
            )
        )

    def leave_out(self, code: str, reason: str) -> None:
        self.problems.append(RowProblem(f"raw_attributes.{self.name}"[:100], code, reason))


def read_fields(
    raw_attributes: Mapping[str, Any],
    *,
    use_category: UseCategory,
    gender: Gender = Gender.UNKNOWN,
    default_heel_unit: str = "",
) -> FieldReadings:
    """Return what a listing's own fields state, each reading with its words verbatim.

    ``default_heel_unit`` ("in", "cm", "mm") is what a heel height without a
    unit is in, where the shop has said so; without it such a height is
    unknown. The quote of a reading stands in the field's value as text.
    """
    ruled = [
        (item, rule)
        for item in flatten_fields(raw_attributes)
        if (rule := _rule_of(plain_name(item.name)))
    ]
    if not ruled:
        return FieldReadings()
    stated = _stated_units(raw_attributes)
    readings: list[Reading] = []
    problems: list[RowProblem] = []
    for field_text, rule in ruled:
        unit = stated.get(plain_name(field_text.name), "")
        if not unit and rule.attribute == "heel_height_mm":
            unit = default_heel_unit
        text = field_text.text[:_LONGEST_VALUE]
        found = _read_field(field_text.name, text, use_category, gender, unit)
        readings += found.readings
        problems += found.problems
    return FieldReadings(tuple(readings), tuple(problems))


# A catalogue says the same few things of thousands of shoes.
@lru_cache(maxsize=8192)
def _read_field(
    name: str, text: str, use_category: UseCategory, gender: Gender, unit: str
) -> FieldReadings:
    rule = _rule_of(plain_name(name))
    if rule is None or _says_nothing(text):
        return FieldReadings()
    found = _Found(name, text, use_category, gender, unit)
    _READERS[rule.kind](found, rule)
    return FieldReadings(tuple(found.readings), tuple(found.problems))


def read_widths(labels: Iterable[str], *, gender: Gender) -> tuple[Reading, ...]:
    """Return the widths in which the sizes of a listing are offered, as one reading each."""
    readings = []
    for label in labels:
        width = _width_in(_normalise(label), gender)
        if width is not None:
            readings.append(
                Reading(
                    "width_options",
                    Options.of(width),
                    SourceKind.FEED,
                    "feed.sizes",
                    SURE_WORD,
                    quote=label,
                    field="sizes",
                    original=label,
                )
            )
    return tuple(readings)


def readable_fields(raw_attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that facts can be read from: a change of another one changes no fact."""
    return {
        name: value
        for name, value in raw_attributes.items()
        if any(_is_readable(field) for field in flatten_fields({name: value}))
    }


def readable_texts(raw_attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the same as people read it: each field with its words, in whatever shape it came."""
    texts: dict[str, str] = {}
    for found in flatten_fields(raw_attributes):
        if _is_readable(found):
            before = texts.get(found.name)
            texts[found.name] = f"{before}, {found.text}" if before else found.text
    return texts


def _is_readable(field: FieldText) -> bool:
    name = plain_name(field.name)
    return _rule_of(name) is not None or _UNIT_FIELD.match(name) is not None


@lru_cache(maxsize=4096)
def _normalise(text: str) -> str:
    return plain_word(text)


def _says_nothing(text: str) -> bool:
    # A taxonomy's own number for a value cannot be told without its list.
    return _normalise(text) in words.SAYS_NOTHING or text.startswith("gid://")


@lru_cache(maxsize=4096)
def _rule_of(plain: str) -> _Rule | None:
    rule = _RULES.get(plain)
    if rule is not None:
        return rule
    match = _NAME_UNIT.match(plain)
    if match is not None:
        rule = _RULES.get(match["name"].strip())
        if rule is not None and rule.kind == "length":
            return rule._replace(unit=_UNIT_NAMES[match["unit"]])
    return None


def _stated_units(raw_attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the units that stand in columns of their own, by the column they serve."""
    units = {}
    for name, value in raw_attributes.items():
        match = _UNIT_FIELD.match(plain_name(name)) if isinstance(value, str) else None
        unit = _UNIT_NAMES.get(_normalise(value)) if match and isinstance(value, str) else None
        if match and unit:
            units[match["name"]] = unit
    return units


def _read_length_field(found: _Found, rule: _Rule) -> None:
    text, attribute = found.text.strip(), rule.attribute
    plain = _normalise(text)
    rule_id = f"feed.{attribute.removesuffix('_mm')}"
    if attribute == "heel_height_mm":
        band = find_heel_band(plain, field=plain_name(found.name))
        if band is not None:
            found.add(attribute, band, f"{rule_id}_word", SURE_BAND, text)
            return
    span = _read_span(text, rule.unit or found.unit, ATTRIBUTES[attribute].maximum)
    if span is None:
        _explain_length(found, plain, attribute)
        return
    limits = ATTRIBUTES[attribute]
    if not limits.minimum <= span.low <= span.high <= limits.maximum:
        found.leave_out(
            "out_of_range",
            f'"{text}" lies outside {limits.minimum // 1000} to {limits.maximum // 1000} mm',
        )
        return
    if attribute == "heel_height_mm" and span.high == 0 and not _is_flat(found):
        found.leave_out(
            "heel_zero",
            f'"{text}" on a shoe not flat by definition is an empty form field, no measurement',
        )
        return
    sure = SURE_MEASURE if span.low == span.high else SURE_BAND
    found.add(attribute, span, rule_id, sure, text)


def _read_span(text: str, unit: str, maximum: int) -> Span | None:
    """Return the length a field states; a band open to one side ends at zero or at the limit."""
    if under := _UNDER.match(text):
        top = read_length(text[under.end() :], default_unit=unit)
        return Span(0, top.high) if top else None
    if _OVER.search(text):
        base = read_length(_OVER.sub("", text), default_unit=unit)
        return Span(base.low, maximum) if base and base.low <= maximum else None
    if _BARE_NUMBER.fullmatch(text) and float(text.replace(",", ".")) == 0:
        return Span(0, 0)  # nought needs no unit
    return read_length(text, default_unit=unit) or _only_length_in(text)


def _only_length_in(text: str) -> Span | None:
    found = [item for item in find_quantities(text) if item.is_length and item.pair is None]
    return found[0].span if len(found) == 1 and found[0].other is None else None


def _explain_length(found: _Found, plain: str, attribute: str) -> None:
    if _BARE_NUMBER.fullmatch(found.text.strip()):
        found.leave_out(
            "no_unit",
            f'"{found.text}" has no unit, so nobody can tell the length; '
            "DEFAULT_HEEL_UNIT can name the unit of this source"
            if attribute == "heel_height_mm"
            else f'"{found.text}" has no unit, so nobody can tell the length',
        )
    elif plain not in words.LENGTH_WORDS_IGNORED:
        _explain_word(found, "a length")


def _is_flat(found: _Found) -> bool:
    return found.use_category in FLAT_BY_DEFINITION


def _read_weight_field(found: _Found, rule: _Rule) -> None:
    weights = [item for item in find_quantities(found.text) if not item.is_length]
    if len(weights) != 1:
        return
    span, quote = weights[0].span, found.text[weights[0].start : weights[0].end]
    if "pair" in found.text.lower() and "per pair" in found.text.lower():
        span = Span(span.low // 2, span.high // 2)
    if 0 < span.low <= span.high <= ATTRIBUTES["weight_g"].maximum:
        found.add("weight_g", span, "feed.weight", SURE_MEASURE, quote)
    else:
        found.leave_out("out_of_range", f'"{quote}" is not the weight of a shoe')


def _read_choice_field(found: _Found, rule: _Rule) -> None:
    attribute = rule.attribute
    table = words.CHOICE_FIELDS[attribute][1]
    parts = [found.text.strip(), *(_PARTS.split(found.text) if _PARTS.search(found.text) else ())]
    members: set[str] = set()
    is_known = False
    for part in parts:
        key = _word_in(part, table)
        if key is None:
            continue
        is_known = True
        options = table[key]
        if options is not None:
            members |= options.members
        if attribute == "heel_type" and key in words.HEEL_WORDS:
            _add_heel_word(found, key, part)
        if part == parts[0]:
            break
    if attribute == "insole_material":
        _add_insole_labels(found, parts)
    if members:
        sure = SURE_CLAIM if attribute in _LEVELS else SURE_WORD
        value = Options(frozenset(members))
        found.add(attribute, value, f"feed.{attribute}", sure, found.text.strip())
        if attribute == "insole_material" and members <= words.CUSHION_HINTS:
            hint = Options.of("1", "2")
            found.add("cushioning", hint, "feed.insole_hint", SURE_HINT, found.text.strip())
    elif not is_known:
        _explain_word(found, _label(attribute))


def _add_insole_labels(found: _Found, parts: Iterable[str]) -> None:
    for part in dict.fromkeys(parts):
        label = words.INSOLE_LABELS.get(_normalise(part))
        if label is not None:
            attribute, value, is_hint = label
            sure = SURE_HINT if is_hint else SURE_CLAIM
            found.add(attribute, value, "feed.insole_label", sure, part.strip())


def _add_heel_word(found: _Found, key: str, part: str) -> None:
    span = words.HEEL_WORDS[key]
    found.add("heel_height_mm", span, "feed.heel_type_word", SURE_BAND, part.strip())


def _word_in(part: str, table: Mapping[str, Any]) -> str | None:
    plain = _normalise(part)
    while plain not in table:
        shorter = _NOISE.sub("", plain)
        if shorter == plain:
            return None
        plain = shorter
    return plain


def _read_width_field(found: _Found, rule: _Rule) -> None:
    offered = {
        width
        for part in _PARTS.split(found.text)
        if (width := _width_in(_normalise(part), found.gender))
    }
    if offered:
        value = Options(frozenset(offered))
        found.add("width_options", value, "feed.width", SURE_WORD, found.text.strip())
    elif _normalise(found.text) not in ("d", "b", "2e", "ee", "c", "e", "f", "g", "h", "k"):
        _explain_word(found, "a width")


def _width_in(plain: str, gender: Gender) -> str | None:
    if plain.endswith((" mens us", " men")):
        gender = Gender.MEN
    elif plain.endswith((" womens us", " women")):
        gender = Gender.WOMEN
    plain = _NOISE.sub("", plain)
    letters = {
        Gender.MEN: words.WIDTH_LETTERS_MEN,
        Gender.WOMEN: words.WIDTH_LETTERS_WOMEN,
    }.get(gender, {})
    return words.WIDTH_WORDS.get(plain) or letters.get(plain)


def _read_features_field(found: _Found, rule: _Rule) -> None:
    for part in _PARTS.split(found.text):
        feature = words.FEATURES.get(_normalise(part))
        if feature is not None:
            found.add(*feature, f"feed.feature_{feature[0]}", SURE_CLAIM, part)


def _explain_word(found: _Found, what: str) -> None:
    shown = found.text.strip()[:80]
    other = _field_knowing(_normalise(found.text))
    if other:
        found.leave_out(
            "shifted_column",
            f'"{shown}" is {other}, not {what}: the columns of this row may be shifted',
        )
    else:
        found.leave_out("not_understood", f'"{shown}" is not understood as {what}')


@lru_cache(maxsize=1024)
def _field_knowing(plain: str) -> str:
    """Return what kind of thing a word is elsewhere, "" where no other field knows it."""
    for attribute in ("fastening", "toe_shape", "heel_type"):
        if plain in words.CHOICE_FIELDS[attribute][1] and plain not in words.WIDTH_WORDS:
            return _label(attribute)
    return "a width" if plain in words.WIDTH_WORDS and len(plain) > 2 else ""


def _label(attribute: str) -> str:
    name = attribute.replace("_", " ")
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


_READERS = {
    "length": _read_length_field,
    "weight": _read_weight_field,
    "choice": _read_choice_field,
    "width": _read_width_field,
    "features": _read_features_field,
}

_RULES: dict[str, _Rule] = {
    **{
        plain_name(name): _Rule("length", attribute)
        for attribute, names in words.LENGTH_FIELDS.items()
        for name in names
    },
    **{
        plain_name(name): _Rule("choice", attribute)
        for attribute, (names, _) in words.CHOICE_FIELDS.items()
        for name in names
    },
    **{plain_name(name): _Rule("weight", "weight_g") for name in words.WEIGHT_FIELDS},
    **{plain_name(name): _Rule("width", "width_options") for name in words.WIDTH_FIELDS},
    **{plain_name(name): _Rule("features", "") for name in words.FEATURE_FIELDS},
}
