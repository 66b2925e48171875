"""A product as schema.org says it: its known facts, and nothing that is not known.

The Guide match is never among them: it is no review and no rating, and a
search engine would show it as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shop_plugin.domain.attributes import ATTRIBUTES, AttributeKind, Options, Span, Value
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.words.explaining import attribute_label, option_label

#: UN/CEFACT codes, as schema.org's ``unitCode`` wants them, with the unit in micrometres.
_LENGTH_UNITS: Mapping[str, tuple[str, int]] = {
    "mm": ("MMT", 1_000),
    "cm": ("CMT", 10_000),
    "in": ("INH", 25_400),
}
_MILLIGRAMS_PER_GRAM = 1_000
_PREFIX = "footback:"
_HEEL = "heel_height_mm"
_WEIGHT = "weight_g"


def describe_product(
    card: Card, *, product_id: str, url: str = "", unit: str = "mm"
) -> dict[str, Any]:
    """Return a schema.org ``Product`` with the facts of a shoe, lengths in ``unit``.

    ``url`` is the address of the product's page; "#product" behind it is the
    node's name, so that a host's own node of that name and this one are read
    as one. A fact that is unknown or in dispute is left out.

    :raises KeyError: for a unit that is none of "in", "cm" and "mm".
    """
    known = {
        key: value
        for key in ATTRIBUTES
        if (value := card.attributes.get(key)) is not None and key not in card.attributes.conflicts
    }
    node: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": card.title,
        "sku": product_id,
        "category": card.category_label,
    }
    if url:
        node |= {"@id": f"{url}#product", "url": url}
    if card.brand:
        node["brand"] = {"@type": "Brand", "name": card.brand}
    if isinstance(heel := known.pop(_HEEL, None), Span):
        node["hasMeasurement"] = {
            "@type": "QuantitativeValue",
            "name": attribute_label(_HEEL),
            "valueReference": "https://schema.org/WearableMeasurementHeight",
            **_length(heel, unit),
        }
    if isinstance(weight := known.pop(_WEIGHT, None), Span):
        node["weight"] = {
            "@type": "QuantitativeValue",
            "unitCode": "GRM",
            **_ends(weight, _MILLIGRAMS_PER_GRAM),
        }
    if properties := list(_properties(known, unit)):
        node["additionalProperty"] = properties
    return node


def _properties(known: Mapping[str, Value], unit: str) -> Iterator[dict[str, Any]]:
    for key, value in known.items():
        said = _length(value, unit) if isinstance(value, Span) else _answer(key, value)
        if said:
            yield {
                "@type": "PropertyValue",
                "propertyID": _PREFIX + key,
                "name": attribute_label(key),
                **said,
            }


def _length(span: Span, unit: str) -> dict[str, Any]:
    code, micrometres = _LENGTH_UNITS[unit]
    return {"unitCode": code, **_ends(span, micrometres)}


def _ends(span: Span, thousandths: int) -> dict[str, Any]:
    """Return one value, or the two ends between which it lies."""
    if span.low == span.high:
        return {"value": _number(span.low, thousandths)}
    return {
        "minValue": _number(span.low, thousandths),
        "maxValue": _number(span.high, thousandths),
    }


def _number(amount: int, per_unit: int) -> int | float:
    return amount // per_unit if amount % per_unit == 0 else round(amount / per_unit, 3)


def _answer(key: str, value: Options) -> dict[str, Any]:
    """Return the one answer left, all widths offered, or the levels between which it lies."""
    kind = ATTRIBUTES[key].kind
    answers = [option for option in ATTRIBUTES[key].options if option in value.members]
    if kind is AttributeKind.OFFER:
        return {"value": [option_label(key, option) for option in answers]}
    if kind is AttributeKind.LEVEL:
        ends = {"minValue": int(answers[0]), "maxValue": int(answers[-1])}
        if len(answers) == 1:
            return {"value": option_label(key, answers[0]), **ends}
        return ends if len(answers) < len(ATTRIBUTES[key].options) else {}
    if len(answers) > 1:
        return {}
    if kind is AttributeKind.FLAG:
        return {"value": answers[0] == "yes"}
    return {"value": option_label(key, answers[0])}
