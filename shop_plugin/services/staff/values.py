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
WEIGHT = re.compile(r"\s*(\d{1,7}(?:[.,]\d{1,4})?)\s*(kg|g|oz)\.?\s*", re.IGNORECASE)
SIGN = re.compile(r"^\s*[-\u2212]\s*(?=\d)")


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
        return _within(definition, _read_weight(text), text)
    return _read_answers(definition, text)


def _read_signed_length(definition: Attribute, text: str) -> Span:
    # Only a drop may be negative: the toe can stand higher than the heel.
    is_negative = definition.minimum < 0 and bool(SIGN.match(text))
    span = read_length(SIGN.sub("", text) if is_negative else text)
    if span is None:
        raise ValueRefused(
            _(
                "“%(text)s” is not understood as one length. Write a number with its unit, "
                "such as 2 3/4 in, 7 cm or 70 mm."
            )
            % {"text": text}
        )
    return Span(-span.high, -span.low) if is_negative else span


def _read_weight(text: str) -> Span:
    found = WEIGHT.fullmatch(text)
    if found is None:
        raise ValueRefused(
            _(
                "“%(text)s” is not understood as one weight. Write a number with its unit, "
                "such as 300 g, 0.3 kg or 10.5 oz."
            )
            % {"text": text}
        )
    number = Decimal(found[1].replace(",", "."))
    return Span.exactly(round(number * MILLIGRAMS_PER_UNIT[found[2].lower()]))


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
