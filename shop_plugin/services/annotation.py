"""Listings become observations, and from these the profile that search and scoring read.

What a machine reads (a feed field, a text) is stored with its words. What a
category makes true by definition is computed, never stored. A reading below
``AUTO_ACCEPT_CONFIDENCE`` waits for a person. What people, makers or labs said
is never touched here; a person's decision on a reading outlives a re-reading
as long as the same words say the same thing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import AgeGroup, UseCategory
from shop_plugin.domain.extraction import EXTRACTOR_VERSION
from shop_plugin.domain.listing_reading import ListingText, read_listing
from shop_plugin.domain.records import Reading
from shop_plugin.models import Listing, ListingSize, Observation
from shop_plugin.services.bulk_rows import among
from shop_plugin.services.observation_rows import (
    MACHINE_KINDS,
    StoredObservation,
    build_observation,
    insert_observations,
    load_observations,
)
from shop_plugin.services.observed import ObservedFact, observations_of
from shop_plugin.services.resolving import ResolvableListing, resolve_listings, write_profiles
from shop_plugin.services.search_changes import note_changes

__all__ = [
    "AnnotationResult",
    "ObservedFact",
    "annotate_listings",
    "annotate_stale",
    "fresh_hash",
    "observations_of",
    "resolve_listings",
    "stale_listings",
]

Progress = Callable[[int], None]

_State = Observation.State
_FRESH = Concat(F("content_hash"), Value(f":{EXTRACTOR_VERSION}"))


@dataclass(frozen=True, slots=True)
class AnnotationResult:
    """What reading listings did.

    ``written`` and ``removed`` count observations, ``waiting`` those among
    the written that a person must judge, ``profiles`` the profiles that
    changed. ``problems`` counts fields that could not be believed, by code.
    """

    listings: int = 0
    written: int = 0
    removed: int = 0
    waiting: int = 0
    profiles: int = 0
    problems: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: AnnotationResult) -> AnnotationResult:
        return AnnotationResult(
            self.listings + other.listings,
            self.written + other.written,
            self.removed + other.removed,
            self.waiting + other.waiting,
            self.profiles + other.profiles,
            dict(Counter(self.problems) + Counter(other.problems)),
        )


def fresh_hash(content_hash: str) -> str:
    """Return the ``annotated_hash`` of a listing that was read as it stands, by this extractor."""
    return f"{content_hash}:{EXTRACTOR_VERSION}"


def stale_listings() -> QuerySet[Listing]:
    """Return the listings that changed, or that this extractor has not read yet."""
    return Listing.objects.exclude(annotated_hash=_FRESH)


def annotate_stale(
    *,
    now: datetime,
    source: str = "",
    everything: bool = False,
    on_progress: Progress | None = None,
) -> AnnotationResult:
    """Read every listing that is not fresh, chunk by chunk, and bring its profile up to date.

    Each chunk is one transaction, so an interrupted run continues where it
    stopped. Memory does not grow with the catalogue. ``source`` narrows to
    one source; ``everything`` reads fresh listings again too (after a change
    of ``DEFAULT_HEEL_UNIT``).
    """
    listings = Listing.objects.all() if everything else stale_listings()
    if source:
        listings = listings.filter(source=source)
    result = AnnotationResult()
    for keys in _pages(listings):
        result += annotate_listings(listing_ids=keys, now=now)
        if on_progress is not None:
            on_progress(len(keys))
    return result


def _pages(listings: QuerySet[Listing]) -> Iterator[list[int]]:
    size = get_settings().CHUNK_SIZE
    last = 0
    while keys := list(
        listings.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]
    ):
        yield keys
        last = keys[-1]


def annotate_listings(*, listing_ids: Sequence[int], now: datetime) -> AnnotationResult:
    """Read these listings, fresh or not, in one transaction; ids that do not exist are left out."""
    units = get_settings().DEFAULT_HEEL_UNIT
    with transaction.atomic():
        listings = _load_listings(listing_ids)
        keys = [item.pk for item in listings]
        live = (_State.ACCEPTED, _State.SUGGESTED, _State.REJECTED)
        stored = load_observations(keys, states=live)
        change = _Change(least=get_settings().AUTO_ACCEPT_CONFIDENCE)
        problems: Counter[str] = Counter()
        resolvable = []
        for listing in listings:
            read = read_listing(listing, default_heel_unit=units.get(listing.source, ""))
            problems.update(read.problems)
            believed = change.plan(listing, read.readings, stored.get(listing.pk, ()))
            resolvable.append(
                ResolvableListing(
                    listing.pk,
                    UseCategory(listing.use_category),
                    AgeGroup(listing.age_group),
                    believed,
                )
            )
        change.carry_out(now)
        if change.is_any:
            note_changes(keys)  # what lost is shown too, though no result depends on it
        profiles = write_profiles(resolvable, now=now)
        Listing.objects.filter(among("pk", keys)).update(annotated_hash=_FRESH)
    return AnnotationResult(
        listings=len(listings),
        written=len(change.written),
        removed=len(change.removed),
        waiting=sum(row.state == _State.SUGGESTED for row, _ in change.written),
        profiles=profiles,
        problems=dict(problems),
    )


def _load_listings(listing_ids: Sequence[int]) -> list[ListingText]:
    # Locked, so that an import cannot change a text between its reading and its mark as read.
    rows = (
        Listing.objects.select_for_update(of=("self",))
        .filter(among("pk", listing_ids))
        .order_by("pk")
        .values_list(*ListingText._fields[:-1])
    )
    listings = [ListingText(*row) for row in rows]
    widths: dict[int, set[str]] = {}
    for listing_id, width in ListingSize.objects.filter(
        among("listing_id", listing_ids), width__gt=""
    ).values_list("listing_id", "width"):
        widths.setdefault(listing_id, set()).add(width)
    if not widths:
        return listings
    return [item._replace(widths=tuple(sorted(widths.get(item.pk, ())))) for item in listings]


@dataclass(slots=True)
class _Change:
    """What must be written so that the stored machine readings are those just read."""

    least: int
    written: list[tuple[StoredObservation, str]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)

    def plan(
        self,
        listing: ListingText,
        readings: Sequence[Reading],
        stored: Sequence[StoredObservation],
    ) -> list[Reading]:
        """Compare one listing's readings with its observations; return what is believed of it."""
        believed = []
        before: dict[tuple[Any, ...], StoredObservation] = {}
        decisions: dict[tuple[Any, ...], str] = {}
        for item in stored:
            if item.source_kind not in MACHINE_KINDS:
                if item.state == _State.ACCEPTED:
                    believed.append(item.as_reading())
            elif before.setdefault(item.identity, item) is item:
                decisions[item.statement] = item.state
            else:
                self.removed.append(item.pk)
        said = set()
        for reading in readings:
            state = _State.ACCEPTED if reading.confidence >= self.least else _State.SUGGESTED
            row = build_observation(reading, listing_id=listing.pk, state=state)
            said.add(row.statement)
            kept = before.pop(row.identity, None)
            if kept is None:
                row = row._replace(state=decisions.get(row.statement, state))
                self.written.append((row, listing.content_hash))
            if (kept or row).state == _State.ACCEPTED:
                believed.append(reading)
        for item in before.values():
            self._retire(item, is_replaced=item.statement in said)
        return believed

    @property
    def is_any(self) -> bool:
        """Tell whether anything that is stored must change."""
        return bool(self.written or self.removed or self.superseded)

    def carry_out(self, now: datetime) -> None:
        """Write it all, in three statements."""
        if self.removed:
            Observation.objects.filter(pk__in=self.removed).delete()
        if self.superseded:
            Observation.objects.filter(pk__in=self.superseded).update(state=_State.SUPERSEDED)
        insert_observations(self.written, now=now)

    def _retire(self, item: StoredObservation, *, is_replaced: bool) -> None:
        """Take away what is read no more; what a person decided about stays readable."""
        if not is_replaced and item.state == _State.REJECTED:
            return
        if not is_replaced and item.state == _State.ACCEPTED and item.confidence < self.least:
            self.superseded.append(item.pk)
        else:
            self.removed.append(item.pk)
