"""Values as staff write them: "2 3/4 in", "7 cm", "300 g". Understood or refused, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import ATTRIBUTES, Attribute, AttributeKind, Options, Span, Value
from shop_plugin.domain.measures import read_length

MAX_TEXT = 200
MILLIGRAMS_PER_UNIT = {
    "g": Decimal(1000),
    "kg": Decimal(1_000_000),
    "oz": Decimal("28349.523125"),  # the avoirdupois ounce, by definition of the pound
}
WEIGHT = re.compile(
    r"\s*(\d{1,7}(?:[.,]\d{1,4})?)\s*(?:(kg|g|oz)\.?\s*)?"
    r"(?:(?:-|\u2013|\bto\b)\s*(\d{1,7}(?:[.,]\d{1,4})?)\s*(kg|g|oz)\.?\s*)?",
    re.IGNORECASE,
)
BELOW_ZERO = re.compile(r"\s*[-\u2212]\s*(\d.*?)(?:\s*\bto\b\s*[-\u2212]\s*(\d.*))?")
# "1.234 g" is a good gram in one country and more than a kilogram in another.
THOUSANDS = re.compile(r"\b[1-9]\d{0,2}[.,]\d{3}(?!\d)")


class ValueRefused(ValueError):
    """A text that is no value of the attribute. The message says what to write instead."""


def read_value(*, attribute: str, text: str) -> Value:
    """Return the value a person wrote for an attribute.

    Lengths need a unit or an inch mark (``2 3/4"``); weights are in
    g, kg or oz; any other value is one or more of the attribute's answers,
    separated by commas.

    :raises KeyError: for a key that is no attribute.
    :raises ValueRefused: when the text is not understood or is out of range.
    """
    definition = ATTRIBUTES[attribute]
    text = text.strip()[:MAX_TEXT]
    if definition.kind is AttributeKind.LENGTH:
        return _within(definition, _read_signed_length(definition, text), text)
    if definition.kind is AttributeKind.WEIGHT:
        _refuse_two_meanings(definition, text)
        return _within(definition, _read_weight(text), text)
    return _read_answers(definition, text)


def _refuse_two_meanings(definition: Attribute, text: str) -> None:
    """Refuse a sign that may part thousands or decimals where both weights are possible."""
    if THOUSANDS.search(text) is None:
        return
    try:
        _within(definition, _read_weight(THOUSANDS.sub(_without_sign, text)), text)
    except ValueRefused:
        return
    raise ValueRefused(
        _(
            "“%(text)s” can be read in two ways. Write the number without a sign for thousands, "
            "and decimals with one, two or four digits."
        )
        % {"text": text}
    )


def _without_sign(found: re.Match[str]) -> str:
    return found[0].replace(".", "").replace(",", "")


def _read_signed_length(definition: Attribute, text: str) -> Span:
    span = read_length(text)
    # Only a drop may be negative: the toe can stand higher than the heel.
    below = BELOW_ZERO.fullmatch(text) if definition.minimum < 0 and span is None else None
    if below is not None:
        far, near = read_length(below[1]), read_length(below[2] or below[1])
        if far is not None and near is not None and near.high <= far.low:
            return Span(-far.high, -near.low)
    if span is None:
        raise ValueRefused(
            _(
                "“%(text)s” is not understood as one length. Write a number with its unit, "
                "such as 2 3/4 in, 7 cm or 70 mm."
            )
            % {"text": text}
        )
    return span


def _read_weight(text: str) -> Span:
    found = WEIGHT.fullmatch(text)
    span = None if found is None else _weight_of(found)
    if span is None:
        raise ValueRefused(
            _(
                "“%(text)s” is not understood as one weight. Write a number with its unit, "
                "such as 300 g, 0.3 kg or 10.5 oz."
            )
            % {"text": text}
        )
    return span


def _weight_of(found: re.Match[str]) -> Span | None:
    """Return the weight or the range that was found, ``None`` without a unit or backwards."""
    unit, last_unit = found[2] or found[4], found[4] or found[2]
    if not unit:
        return None
    low = _milligrams(found[1], unit)
    high = _milligrams(found[3], last_unit) if found[3] else low
    return Span(low, high) if low <= high else None


def _milligrams(number: str, unit: str) -> int:
    return round(Decimal(number.replace(",", ".")) * MILLIGRAMS_PER_UNIT[unit.lower()])


def _within(definition: Attribute, span: Span, text: str) -> Span:
    if definition.minimum <= span.low and span.high <= definition.maximum:
        return span
    raise ValueRefused(
        _("“%(text)s” is outside what is possible, %(low)d to %(high)d %(unit)s.")
        % {
            "text": text,
            "low": definition.minimum // 1000,
            "high": definition.maximum // 1000,
            "unit": definition.unit,
        }
    )


def _read_answers(definition: Attribute, text: str) -> Options:
    answers = frozenset(part.strip() for part in text.split(",") if part.strip())
    if answers and answers <= set(definition.options):
        return Options(answers)
    raise ValueRefused(
        _("“%(text)s” is not one of the answers: %(answers)s.")
        % {"text": text, "answers": ", ".join(definition.options)}
    )
