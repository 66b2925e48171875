"""Who is believed: observations of many sources -> one set of attributes.

The rules, in order (domain reference, section 2):

1. Sources rank: lab, maker, staff, feed, text, category, buyers. The highest
   rank that says anything of an attribute is believed.
2. Within one rank, a value inside the others is the more exact saying of the
   same thing and wins. Values that disagree are kept as their union, and the
   attribute is named in ``conflicts``.
3. A lower rank may make a feed's, a text's or the buyers' word more exact,
   never contradict it: its value counts only where it lies inside. What a lab,
   a maker or the staff say stands as it is.
4. What is true of a category by definition narrows what machines read, where
   both can be true at once; else it yields to the higher rank.
5. Offered widths add up: who offers "wide" does not deny "narrow".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    MICROMETRES_PER_INCH,
    SOURCE_RANK,
    AgeGroup,
    AttributeKind,
    FootwearAttributes,
    Options,
    SourceKind,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.domain.records import Reading

# How sure a bound is that is true by definition (domain reference, section 2).
CATEGORY_CONFIDENCE = 900

_OFFERS = frozenset(key for key, item in ATTRIBUTES.items() if item.kind is AttributeKind.OFFER)
_STANDS_AS_IT_IS = SOURCE_RANK[SourceKind.STAFF]


def _bound(attribute: str, value: Value, rule: str) -> Reading:
    return Reading(attribute, value, SourceKind.CATEGORY, rule, CATEGORY_CONFIDENCE)


# True by definition, and nothing else is inferred from a category (domain reference, 2.1). That
# a foam-soled sports shoe is nearly level is a rule of the formula, not a fact of one shoe.
CATEGORY_BOUNDS: Mapping[UseCategory, tuple[Reading, ...]] = {
    UseCategory.FLAT: (
        _bound("heel_height_mm", Span(0, MICROMETRES_PER_INCH), "category.flat_heel"),
    ),
    UseCategory.FLIP_FLOP: (
        _bound("fastening", Options.of("backless"), "category.flip_flop_fastening"),
        _bound("toe_shape", Options.of("open"), "category.flip_flop_toe"),
    ),
}


def category_readings(use_category: UseCategory) -> tuple[Reading, ...]:
    """Return what is true of every shoe of a category by definition."""
    return CATEGORY_BOUNDS.get(use_category, ())


def resolve(
    readings: Iterable[Reading],
    *,
    use_category: UseCategory,
    age_group: AgeGroup = AgeGroup.UNKNOWN,
) -> FootwearAttributes:
    """Return what is believed of one shoe, given every accepted observation of it.

    The order of the readings never matters. The category's own bounds are
    added here; they need not be among the readings.

    :raises KeyError: for a reading of something that is no attribute.
    """
    by_attribute: dict[str, list[Reading]] = {}
    for reading in (*readings, *category_readings(use_category)):
        if reading.attribute not in ATTRIBUTES:
            raise KeyError(reading.attribute)
        by_attribute.setdefault(reading.attribute, []).append(reading)
    values: dict[str, Value] = {}
    confidence: dict[str, int] = {}
    conflicts: set[str] = set()
    for attribute, statements in by_attribute.items():
        value, sure, is_disputed = _resolve_one(attribute, statements)
        values[attribute] = value
        confidence[attribute] = sure
        if is_disputed:
            conflicts.add(attribute)
    return FootwearAttributes(
        use_category=use_category,
        age_group=age_group,
        confidence=confidence,
        conflicts=frozenset(conflicts),
        **values,  # type: ignore[arg-type]
    )


def _resolve_one(attribute: str, statements: Sequence[Reading]) -> tuple[Value, int, bool]:
    if len(statements) == 1:
        only = statements[0]
        return only.value, only.confidence, False
    ranks: dict[int, list[Reading]] = {}
    for statement in statements:
        ranks.setdefault(SOURCE_RANK[statement.source_kind], []).append(statement)
    order = sorted(ranks, reverse=True)
    value, sure, is_disputed = _agree(attribute, ranks[order[0]])
    if order[0] >= _STANDS_AS_IT_IS:
        return value, sure, is_disputed
    for rank in order[1:]:
        lower, lower_sure, lower_disputed = _agree(attribute, ranks[rank])
        if attribute in _OFFERS:
            value, sure = _union(value, lower), min(sure, lower_sure)
        elif rank == SOURCE_RANK[SourceKind.CATEGORY]:
            value = _intersection(value, lower) or value
        elif lower != value and contains_value(value, lower) and not lower_disputed:
            value, sure, is_disputed = lower, lower_sure, False
    return value, sure, is_disputed


def _agree(attribute: str, statements: Sequence[Reading]) -> tuple[Value, int, bool]:
    """Return what sources of one rank say together, how sure that is, and whether they differ."""
    sureness: dict[Value, int] = {}
    for statement in statements:
        known = sureness.get(statement.value, 0)
        sureness[statement.value] = max(known, statement.confidence)
    distinct = list(sureness)
    together = distinct[0]
    for value in distinct[1:]:
        together = _union(together, value)
    if len(distinct) == 1:
        return together, sureness[together], False
    if attribute in _OFFERS:
        return together, min(sureness.values()), False
    for value in distinct:
        if all(contains_value(other, value) for other in distinct):
            return value, sureness[value], False
    return together, min(sureness.values()), True


def contains_value(outer: Value, inner: Value) -> bool:
    """Tell whether the inner value says the same as the outer one, or more exactly so."""
    if isinstance(outer, Span):
        return isinstance(inner, Span) and outer.contains(inner)
    return isinstance(inner, Options) and outer.contains(inner)


def _union(first: Value, second: Value) -> Value:
    if isinstance(first, Span):
        if not isinstance(second, Span):
            raise TypeError("a span and a set of options cannot be joined")
        return first.union(second)
    if not isinstance(second, Options):
        raise TypeError("a span and a set of options cannot be joined")
    return first.union(second)


def _intersection(first: Value, second: Value) -> Value | None:
    if isinstance(first, Span) and isinstance(second, Span):
        low, high = max(first.low, second.low), min(first.high, second.high)
        return Span(low, high) if low <= high else None
    if isinstance(first, Options) and isinstance(second, Options):
        members = first.members & second.members
        return Options(members) if members else None
    return None
