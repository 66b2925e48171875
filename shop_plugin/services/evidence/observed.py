"""Who says what of one listing, and who is believed: for every page that shows evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from shop_plugin.domain.attributes import (
    SOURCE_RANK,
    FootwearAttributes,
    SourceKind,
    UseCategory,
    Value,
)
from shop_plugin.domain.resolution import category_readings, contains_value
from shop_plugin.models import FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.observation_rows import read_value


class _Said(Protocol):
    @property
    def value(self) -> Value: ...
    @property
    def source_kind(self) -> SourceKind: ...


SaidT = TypeVar("SaidT", bound=_Said)


@dataclass(frozen=True, slots=True)
class ObservedFact:
    """What one source says of one attribute of a listing.

    ``observation_id`` and ``observed_at`` are ``None`` for what is true of
    the category by definition: it is computed, not stored. ``quote`` stands
    verbatim in ``field`` at ``[start:end]`` while ``content_hash`` is the
    listing's. ``is_believed`` tells the source or sources that the resolved
    value rests on from those that lost, wait or were rejected.
    """

    observation_id: int | None
    attribute: str
    value: Value
    original: str
    source_kind: SourceKind
    rule: str
    confidence: int
    quote: str
    field: str
    start: int | None
    end: int | None
    state: str
    author: str
    content_hash: str
    observed_at: datetime | None
    is_believed: bool = False


def observations_of(listing_id: int) -> tuple[ObservedFact, ...]:
    """Return all that is said of a listing, superseded values included, the highest rank first.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    use_category = Listing.objects.values_list("use_category", flat=True).get(pk=listing_id)
    rows = Observation.objects.filter(listing_id=listing_id).select_related("author")
    facts = [_stored(row) for row in rows.order_by("attribute", "-observed_at", "-pk")]
    facts += _by_definition(UseCategory(use_category))
    snapshot = (
        FootwearProfile.objects.filter(pk=listing_id).values_list("snapshot", flat=True).first()
    )
    if snapshot is not None:
        facts = _mark_believed(facts, FootwearAttributes.from_snapshot(snapshot))
    facts.sort(key=lambda fact: (fact.attribute, -SOURCE_RANK[fact.source_kind]))
    return tuple(facts)


def _stored(row: Observation) -> ObservedFact:
    return ObservedFact(
        observation_id=row.pk,
        attribute=row.attribute,
        value=read_value(row.low_milli, row.high_milli, row.options),
        original=row.original,
        source_kind=SourceKind(row.source_kind),
        rule=row.rule,
        confidence=row.confidence,
        quote=row.quote,
        field=row.field,
        start=row.start,
        end=row.end,
        state=row.state,
        author=str(row.author) if row.author else "",
        content_hash=row.content_hash,
        observed_at=row.observed_at,
    )


def _by_definition(use_category: UseCategory) -> list[ObservedFact]:
    return [
        ObservedFact(
            observation_id=None,
            attribute=item.attribute,
            value=item.value,
            original="",
            source_kind=item.source_kind,
            rule=item.rule,
            confidence=item.confidence,
            quote="",
            field="category",
            start=None,
            end=None,
            state=Observation.State.ACCEPTED.value,
            author="",
            content_hash="",
            observed_at=None,
        )
        for item in category_readings(use_category)
    ]


def choose_believed(value: Value, said: Sequence[SaidT]) -> list[SaidT]:
    """Return those of the accepted sayings of one attribute that its believed value rests on.

    These are the ones that say exactly what is believed, else those whose
    value is a part of it (a union of sources), else the highest-ranked ones.
    """
    top = max(SOURCE_RANK[item.source_kind] for item in said)
    return (
        [item for item in said if item.value == value]
        or [item for item in said if contains_value(value, item.value)]
        or [item for item in said if SOURCE_RANK[item.source_kind] == top]
    )


def _mark_believed(facts: list[ObservedFact], attributes: FootwearAttributes) -> list[ObservedFact]:
    believed: set[int] = set()
    for attribute in {fact.attribute for fact in facts}:
        value = attributes.get(attribute)
        said = [
            fact
            for fact in facts
            if fact.attribute == attribute and fact.state == Observation.State.ACCEPTED
        ]
        if value is not None and said:
            believed.update(id(fact) for fact in choose_believed(value, said))
    return [replace(fact, is_believed=id(fact) in believed) for fact in facts]
