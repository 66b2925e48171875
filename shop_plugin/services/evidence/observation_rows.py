"""Observations as they are stored, and as readings: the one place that turns one into the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import Options, SourceKind, Span, Value
from shop_plugin.domain.records import Reading
from shop_plugin.models import Observation
from shop_plugin.services.bulk.rows import among, insert_rows

# Attribute, kind of source, span or options, confidence: all that resolving looks at.
Said = tuple[str, str, int | None, int | None, str, int]

MACHINE_KINDS = frozenset({SourceKind.FEED.value, SourceKind.TEXT.value})


def read_value(low_milli: int | None, high_milli: int | None, options: str) -> Value:
    """Return the value that the three columns of an observation hold."""
    if low_milli is not None and high_milli is not None:
        return Span(low_milli, high_milli)
    return Options(frozenset(options.split(",")))


class StoredObservation(NamedTuple):
    """One observation that is not superseded, without the cost of a model instance.

    From ``attribute`` to ``original`` the columns are those of a
    :class:`~shop_plugin.domain.listing_reading.PlainReading`; ``pk`` is 0 until it is stored.
    ``content_hash`` is of the listing when it was read.
    """

    pk: int
    listing_id: int
    attribute: str
    source_kind: str
    rule: str
    low_milli: int | None
    high_milli: int | None
    options: str
    quote: str
    confidence: int
    field: str
    start: int | None
    end: int | None
    original: str
    state: str
    content_hash: str = ""

    @property
    def value(self) -> Value:
        """Return the observed value."""
        return read_value(self.low_milli, self.high_milli, self.options)

    @property
    def statement(self) -> tuple[Any, ...]:
        """Return what is said with which words, wherever they stand."""
        return self[2:9]

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return all that a re-reading must find again for the row to stay as it is."""
        return self[2:14]

    @property
    def said(self) -> Said:
        """Return what counts when it is resolved what to believe."""
        return self[2], self[3], self[5], self[6], self[7], self[9]

    def as_reading(self) -> Reading:
        """Return the observation as what its source says."""
        return Reading(
            attribute=self.attribute,
            value=self.value,
            source_kind=SourceKind(self.source_kind),
            rule=self.rule,
            confidence=self.confidence,
            quote=self.quote,
            field=self.field,
            start=self.start,
            end=self.end,
            original=self.original,
        )


def load_observations(
    listing_ids: Sequence[int], *, states: Iterable[str]
) -> dict[int, list[StoredObservation]]:
    """Return the observations of these listings in some states, oldest first, in one query."""
    stored: dict[int, list[StoredObservation]] = {}
    rows = (
        Observation.objects.filter(among("listing_id", listing_ids), state__in=list(states))
        .order_by("pk")
        .values_list(*StoredObservation._fields)
    )
    for row in rows:
        item = StoredObservation(*row)
        stored.setdefault(item.listing_id, []).append(item)
    return stored


def insert_observations(rows: Iterable[StoredObservation], *, now: datetime) -> None:
    """Store new observations."""
    columns = StoredObservation._fields[1:]
    insert_rows(Observation, (*columns, "observed_at"), [(*row[1:], now) for row in rows])
