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
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from shop_plugin.conf import get_settings
from shop_plugin.domain.listing_reading import (
    READING_VERSION,
    ListingText,
    PlainReading,
    PlainReadings,
    read_plainly,
)
from shop_plugin.models import Listing, ListingSize, Observation
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.bulk.second_core import Job, work_through
from shop_plugin.services.evidence.observation_rows import (
    MACHINE_KINDS,
    StoredObservation,
    insert_observations,
    load_observations,
)
from shop_plugin.services.evidence.observed import ObservedFact, observations_of
from shop_plugin.services.evidence.resolving import (
    make_resolvable,
    resolve_listings,
    write_profiles,
)
from shop_plugin.services.search.changes import note_changes

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
_ANSWERED_NO = (_State.REJECTED, _State.UNCLEAR)
# The columns of a ListingText; the host's own fields stay text, for whoever reads them.
_COLUMNS = [
    "fields" if name == "raw_attributes" else name
    for name in ListingText._fields
    if name != "widths"
]
_FRESH = Concat(F("content_hash"), Value(f":{READING_VERSION}"))


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
    """Return the ``annotated_hash`` of a listing that was read as it stands, by this version."""
    return f"{content_hash}:{READING_VERSION}"


def stale_listings() -> QuerySet[Listing]:
    """Return the listings that changed, or that this version has not read yet."""
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
    units = dict(get_settings().DEFAULT_HEEL_UNIT)
    jobs = (Job(texts, (texts, units)) for texts in _pages(listings))
    with closing(work_through(read_plainly, jobs)) as done:
        for texts, readings in done:
            result += _write_down(texts, readings, now=now)
            if on_progress is not None:
                on_progress(len(texts))
    return result


def _pages(listings: QuerySet[Listing]) -> Iterator[list[ListingText]]:
    size = get_settings().CHUNK_SIZE
    last = 0
    while texts := _load_texts(listings.filter(pk__gt=last).order_by("pk")[:size]):
        yield texts
        if len(texts) < size:
            return
        last = texts[-1].pk


def annotate_listings(*, listing_ids: Sequence[int], now: datetime) -> AnnotationResult:
    """Read these listings, fresh or not, in one transaction; ids that do not exist are left out."""
    with transaction.atomic():
        texts = _load_texts(Listing.objects.filter(among("pk", listing_ids)).order_by("pk"))
        readings = read_plainly(texts, get_settings().DEFAULT_HEEL_UNIT)
        return _write_down(texts, readings, now=now)


def _write_down(
    texts: Sequence[ListingText], readings: Sequence[PlainReadings], *, now: datetime
) -> AnnotationResult:
    """Store what was read, in one transaction; a text that changed meanwhile is read anew."""
    with transaction.atomic():
        read = _still_true(texts, readings)
        keys = [text.pk for text, _ in read]
        live = (_State.ACCEPTED, _State.SUGGESTED, _State.REJECTED, _State.UNCLEAR)
        stored = load_observations(keys, states=live)
        change = _Change(least=get_settings().AUTO_ACCEPT_CONFIDENCE)
        problems: Counter[str] = Counter()
        resolvable = []
        for text, found in read:
            problems.update(found.problems)
            accepted = change.plan(text, found.readings, stored.get(text.pk, ()))
            resolvable.append(make_resolvable(text, accepted))
        change.carry_out(now)
        if change.is_any:
            note_changes(keys)  # what lost is shown too, though no result depends on it
        profiles = write_profiles(resolvable, now=now)
        Listing.objects.filter(among("pk", keys)).update(annotated_hash=_FRESH)
    return AnnotationResult(
        listings=len(read),
        written=len(change.written),
        removed=len(change.removed),
        waiting=sum(row.state == _State.SUGGESTED for row in change.written),
        profiles=profiles,
        problems=dict(problems),
    )


def _still_true(
    texts: Sequence[ListingText], readings: Sequence[PlainReadings]
) -> list[tuple[ListingText, PlainReadings]]:
    """Lock the listings and return them with what they say now; those that are gone are left out.

    Locked, so that no import changes a text, and nobody decides on a reading,
    before what was read is stored and marked as read.
    """
    hashes = dict(
        Listing.objects.select_for_update(of=("self",))
        .filter(among("pk", [text.pk for text in texts]))
        .order_by("pk")
        .values_list("pk", "content_hash")
    )
    read = [
        (text, found)
        for text, found in zip(texts, readings, strict=True)
        if hashes.get(text.pk) == text.content_hash
    ]
    if len(read) < len(hashes):
        known = {text.pk for text, _ in read}
        changed = [pk for pk in hashes if pk not in known]
        anew = _load_texts(Listing.objects.filter(pk__in=changed).order_by("pk"))
        found_anew = read_plainly(anew, get_settings().DEFAULT_HEEL_UNIT)
        read += zip(anew, found_anew, strict=True)
    return read


def _load_texts(listings: QuerySet[Listing]) -> list[ListingText]:
    rows = listings.annotate(fields=Cast("raw_attributes", TextField())).values_list(*_COLUMNS)
    texts = [ListingText(*row) for row in rows]
    widths: dict[int, set[str]] = {}
    for listing_id, width in ListingSize.objects.filter(
        among("listing_id", [text.pk for text in texts]), width__gt=""
    ).values_list("listing_id", "width"):
        widths.setdefault(listing_id, set()).add(width)
    if not widths:
        return texts
    return [text._replace(widths=tuple(sorted(widths.get(text.pk, ())))) for text in texts]


@dataclass(slots=True)
class _Change:
    """What must be written so that the stored machine readings are those just read."""

    least: int
    written: list[StoredObservation] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)

    def plan(
        self,
        listing: ListingText,
        readings: Sequence[PlainReading],
        stored: Sequence[StoredObservation],
    ) -> list[StoredObservation]:
        """Compare one listing's readings with its observations; return what is accepted of it."""
        accepted = []
        before: dict[tuple[Any, ...], StoredObservation] = {}
        decisions: dict[tuple[Any, ...], str] = {}
        for item in stored:
            if item.source_kind not in MACHINE_KINDS:
                if item.state == _State.ACCEPTED:
                    accepted.append(item)
            elif before.setdefault(item.identity, item) is item:
                # Who said no, or could not tell, said so of the text as it was.
                is_past = _is_of_another_text(item, listing)
                decisions[item.statement] = _State.SUGGESTED.value if is_past else item.state
            else:
                self.removed.append(item.pk)
        said = set()
        for reading in readings:
            state = _State.ACCEPTED if reading.confidence >= self.least else _State.SUGGESTED
            row = StoredObservation(0, listing.pk, *reading, state, listing.content_hash)
            said.add(row.statement)
            kept = before.pop(row.identity, None)
            if kept is not None and _is_of_another_text(kept, listing):
                self.removed.append(kept.pk)
                kept = None
            if kept is None:
                row = row._replace(state=decisions.get(row.statement, row.state))
                self.written.append(row)
            if (kept or row).state == _State.ACCEPTED:
                accepted.append(row)
        for item in before.values():
            self._retire(item, is_replaced=item.statement in said)
        return accepted

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
        if not is_replaced and item.state in _ANSWERED_NO:
            return
        if not is_replaced and item.state == _State.ACCEPTED and item.confidence < self.least:
            self.superseded.append(item.pk)
        else:
            self.removed.append(item.pk)


def _is_of_another_text(item: StoredObservation, listing: ListingText) -> bool:
    """Tell whether a person said no, or could not tell, of a text that is not the one there is."""
    return item.state in _ANSWERED_NO and item.content_hash != listing.content_hash
