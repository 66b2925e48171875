"""A host's products become listings: in chunks, each in one transaction, and again without change.

The identity of a listing is its source and its id there. What the host says
is compared by hash, so a second import of the same rows writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from shop_plugin.conf import get_settings, load_catalogue_source
from shop_plugin.domain.fit_votes import VoteKind
from shop_plugin.domain.intake import (
    NO_DEMAND,
    DemandColumns,
    IncomingRow,
    Key,
    ListingColumns,
    SizeColumns,
    VoteColumns,
    prepare_rows,
)
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem
from shop_plugin.domain.terms import write_terms
from shop_plugin.models import FitVote, JobRun, Listing, ListingSize, ListingTerms, RefusedRow
from shop_plugin.services.bulk.import_results import ImportResult, RowReport, Tally, refusals_of
from shop_plugin.services.bulk.job_runs import advance_run, fail_run, finish_run, start_run
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.bulk.rows import among, insert_rows
from shop_plugin.services.evidence.demand import write_demand
from shop_plugin.services.evidence.earlier_texts import keep_reviewed_texts
from shop_plugin.services.evidence.resolving import resolve_listings
from shop_plugin.services.search.changes import note_changes

Progress = Callable[[int], None]
_Written = tuple[ListingColumns, Sequence[SizeColumns], Sequence[VoteColumns]]
# A host may commit a product a little after the time it writes on it.
# Votes that may speak against a fact.
FLAGGING_KINDS = frozenset({VoteKind.ARCH.value, VoteKind.WIDTH.value})
SYNC_OVERLAP = timedelta(minutes=10)


class NoCatalogueSource(LookupError):
    """Neither ``CATALOGUE_SOURCE`` nor ``HOST`` names a catalogue: nothing to sync from."""


class _Known(NamedTuple):
    pk: int
    record_hash: str
    is_withdrawn: bool
    content_hash: str
    alias: str


class _SeenKeys:
    """Primary keys met so far, one bit each: a million listings in 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, key: int) -> None:
        place, bit = divmod(key, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << bit

    def __contains__(self, key: int) -> bool:
        place, bit = divmod(key, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)


def import_listings(
    *,
    rows: Iterable[ReadRow[ListingRecord]],
    source: str,
    now: datetime,
    dry_run: bool = False,
    run: JobRun | None = None,
    on_progress: Progress | None = None,
    on_report: Callable[[RowReport], None] | None = None,
) -> ImportResult:
    """Write rows down as listings and return what changed, in memory that does not grow.

    Idempotent. A row without a record is counted and, where ``run`` is given,
    kept as a :class:`RefusedRow`; it never stops the rest. Each chunk is one
    transaction that also moves ``run`` on, so an interrupted import is taken
    up where it stopped. Of several rows with one identity the first counts.
    With ``dry_run`` nothing is written and the same numbers come back.
    ``source`` names the whole in the report; identities are in the records.
    ``on_report`` is told every refusal and every field that was left out.

    :raises RunTaken: when another process does the same run.
    """
    work = _Import(now=now, dry_run=dry_run, run=run, on_progress=on_progress, on_report=on_report)
    return work.take(_prepare(rows))


def import_chunks(
    *,
    chunks: Iterable[Sequence[IncomingRow]],
    now: datetime,
    dry_run: bool = False,
    run: JobRun | None = None,
    on_progress: Progress | None = None,
) -> ImportResult:
    """As :func:`import_listings`, of rows that were made ready elsewhere, in chunks."""
    return _Import(now=now, dry_run=dry_run, run=run, on_progress=on_progress).take(chunks)


def sync_catalogue(
    *, now: datetime, full: bool = False, on_progress: Progress | None = None
) -> ImportResult:
    """Read the configured catalogue: what changed since the last sync, or all of it.

    A full sync marks listings of this source that were not handed over as
    withdrawn (never deletes them), and takes that back when they return. A
    source that hands over nothing at all, or more rows that are refused than
    others, withdraws nothing: rather the map is broken than the shop empty.

    :raises NoCatalogueSource: when the setting is empty.
    :raises ImportError: when it leads nowhere.
    """
    source = load_catalogue_source()
    if source is None:
        raise NoCatalogueSource(
            'FOOTBACK["CATALOGUE_SOURCE"] is empty: name the dotted path of your adapter, or map '
            'the model of your products in FOOTBACK["HOST"]'
        )
    kind = JobRun.Kind.SYNC_LISTINGS
    done = JobRun.objects.filter(kind=kind, source=source.name, state=JobRun.State.DONE)
    last = None if full else done.order_by("-started_at").first()
    since = last.started_at - SYNC_OVERLAP if last else None
    run = start_run(kind=kind, source=source.name, now=now)
    work = _Import(now=now, run=run, on_progress=on_progress)
    try:
        result = work.take(_prepare(source.iter_listings(since=since)))
        if full and result.rows > 2 * result.refused:
            result = work.withdraw_unseen(source.name)
    except Exception as error:
        fail_run(run=run, now=now, error=error)
        raise
    finish_run(run=run, now=now, counts=result.as_counts())
    return result


def _prepare(rows: Iterable[ReadRow[ListingRecord]]) -> Iterator[list[IncomingRow]]:
    settings = get_settings()
    return prepare_rows(rows, heel_units=settings.DEFAULT_HEEL_UNIT, chunk_size=settings.CHUNK_SIZE)


class _Import:
    """One import on its way: what it has seen, counted and written."""

    def __init__(
        self,
        *,
        now: datetime,
        dry_run: bool = False,
        run: JobRun | None = None,
        on_progress: Progress | None = None,
        on_report: Callable[[RowReport], None] | None = None,
    ) -> None:
        self._now, self._dry_run, self._run = now, dry_run, run
        self._on_progress = on_progress
        self._tally = Tally(run.counts if run else None, on_report=on_report)
        self._seen = _SeenKeys()
        self._would_create: set[int] = set()

    def take(self, chunks: Iterable[Sequence[IncomingRow]]) -> ImportResult:
        for chunk in chunks:
            if self._dry_run:
                self._take_chunk(chunk)
            else:
                with transaction.atomic():
                    self._take_chunk(chunk)
                    if self._run is not None:
                        counts = self._tally.result().as_counts()
                        advance_run(run=self._run, lines_done=chunk[-1].line, counts=counts)
            if self._on_progress is not None:
                self._on_progress(len(chunk))
        return self._tally.result()

    def withdraw_unseen(self, source: str) -> ImportResult:
        """Mark the listings of a source that were not seen as withdrawn."""
        present = Listing.objects.filter(source=source, is_withdrawn=False)
        size = get_settings().CHUNK_SIZE
        last = 0
        while keys := list(
            present.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]
        ):
            gone = [key for key in keys if key not in self._seen]
            if gone:
                with transaction.atomic():
                    found = Listing.objects.filter(pk__in=gone)
                    found.update(is_withdrawn=True, updated_at=self._now)
                    note_changes(gone)
                self._tally.counts["withdrawn"] += len(gone)
            last = keys[-1]
        return self._tally.result()

    def _take_chunk(self, chunk: Sequence[IncomingRow]) -> None:
        known = _load_known([row.columns.key for row in chunk if row.columns is not None])
        refused: list[IncomingRow] = []
        written: dict[Key, _Written] = {}
        taken: dict[Key, DemandColumns] = {}
        for row in chunk:
            listing = row.columns
            if listing is None:
                refused.append(row)
                continue
            key = listing.key
            before = known.get(key)
            if key in taken or self._is_repeated(key, before):
                refused.append(_repeated(row, key))
                continue
            taken[key] = row.demand
            for warning in row.warnings:
                self._tally.warn(row, warning)
            if before is not None:
                self._seen.add(before.pk)
            if self._count(listing, before):
                written[key] = listing, row.sizes, row.votes
        self._tally.counts["rows"] += len(taken)
        for row in refused:
            self._tally.refuse(row)
        if self._dry_run:
            self._would_create.update(hash(key) for key in written if key not in known)
            return
        # Apart from the hash of the rest: looks change every day, and nothing is read from them.
        told = {key: said for key, said in taken.items() if key in known or said != NO_DEMAND}
        keeping = {row.columns.key for row in chunk if row.columns and row.keeps_sizes}
        known.update(self._write(written, known, keeping))
        write_demand(demand={known[key].pk: said for key, said in told.items()}, now=self._now)
        if self._run is not None:
            RefusedRow.objects.bulk_create(refusals_of(self._run, refused))

    def _count(self, listing: ListingColumns, before: _Known | None) -> bool:
        """Count what happens to a listing; tell whether it must be written."""
        counts = self._tally.counts
        if before is None:
            counts["created"] += 1
            return True
        if before.record_hash == listing.record_hash and not before.is_withdrawn:
            counts["unchanged"] += 1
            return False
        counts["updated"] += 1
        counts["returned"] += before.is_withdrawn
        return True

    def _is_repeated(self, key: Key, before: _Known | None) -> bool:
        if before is not None:
            return before.pk in self._seen
        return self._dry_run and hash(key) in self._would_create

    def _write(
        self, written: Mapping[Key, _Written], known: Mapping[Key, _Known], keeping: set[Key]
    ) -> dict[Key, _Known]:
        """Store listings with their sizes and votes; return them as they are stored.

        Those of ``keeping`` keep the sizes that they have.
        """
        if not written:
            return {}
        written = {key: _with_alias(row, known.get(key)) for key, row in written.items()}
        reworded = [
            known[key].pk
            for key, (listing, *_) in written.items()
            if key in known and known[key].content_hash != listing.content_hash
        ]
        if reworded:
            keep_reviewed_texts(listing_ids=reworded, now=self._now)
        columns = (*ListingColumns._fields, "is_withdrawn", "updated_at")
        insert_rows(
            Listing,
            (*columns, "annotated_hash", "created_at"),
            [(*listing, False, self._now, "", self._now) for listing, *_ in written.values()],
            unique=("source", "external_id"),
            update=columns[2:],
        )
        stored = _load_known(list(written))
        for item in stored.values():
            self._seen.add(item.pk)
        insert_rows(
            ListingTerms,
            ("listing_id", "terms"),
            [
                (stored[key].pk, write_terms(listing.title, listing.brand, listing.description))
                for key, (listing, *_) in written.items()
            ],
            unique=("listing_id",),
            update=("terms",),
        )
        changed = {known[key].pk for key in written if key in known}
        _write_sizes(
            {stored[key].pk: sizes for key, (_, sizes, _) in written.items()},
            changed=changed,
            kept={stored[key].pk for key in written if key in keeping},
        )
        voted = _write_votes(
            {stored[key].pk: votes for key, (_, _, votes) in written.items()},
            changed=changed,
            now=self._now,
        )
        if voted:
            # Votes are no text: nothing else would look at these listings again.
            resolve_listings(listing_ids=voted, now=self._now)
        note_changes(item.pk for item in stored.values())
        return stored


def _with_alias(row: _Written, before: _Known | None) -> _Written:
    """Keep the second id of a listing where it is not said again: files often do not know it."""
    listing, sizes, votes = row
    if listing.alias or before is None or not before.alias:
        return row
    return listing._replace(alias=before.alias), sizes, votes


def _repeated(row: IncomingRow, key: Key) -> IncomingRow:
    reason = f'"{key[1]}" of "{key[0]}" stood in an earlier row, which counts'
    return IncomingRow(row.line, None, (), (RowProblem("id", "repeated", reason),), (), row.raw)


def _load_known(keys: Sequence[Key]) -> dict[Key, _Known]:
    return {
        (source, external_id): _Known(*known)
        for source, ids in ids_by_source(keys).items()
        for external_id, *known in Listing.objects.filter(
            source=source, external_id__in=ids
        ).values_list("external_id", *_Known._fields)
    }


def _write_sizes(
    sizes: Mapping[int, Sequence[SizeColumns]], *, changed: set[int], kept: set[int]
) -> None:
    """Make the stored sizes of these listings those given, but where ``kept`` ones are stored."""
    identity, values = SizeColumns._fields[:3], SizeColumns._fields[3:]
    stored: dict[int, dict[tuple[str, ...], tuple[int, tuple[Any, ...]]]] = {}
    if changed:
        for pk, listing_id, *size in ListingSize.objects.filter(listing_id__in=changed).values_list(
            "pk", "listing_id", *SizeColumns._fields
        ):
            stored.setdefault(listing_id, {})[tuple(size[:3])] = (pk, tuple(size[3:]))
    gone: list[int] = []
    written = []
    for listing_id, offered in sizes.items():
        before = stored.get(listing_id, {})
        if before and listing_id in kept:
            continue
        for size in offered:
            if before.pop(size[:3], (0, ()))[1] != size[3:]:
                written.append((listing_id, *size))
        gone.extend(pk for pk, _ in before.values())
    if gone:
        ListingSize.objects.filter(pk__in=gone).delete()
    insert_rows(
        ListingSize,
        ("listing_id", *SizeColumns._fields),
        written,
        unique=("listing_id", *identity),
        update=values,
    )


def _write_votes(
    votes: Mapping[int, Sequence[VoteColumns]], *, changed: set[int], now: datetime
) -> list[int]:
    """Make the stored words of buyers those given; most listings have none.

    Returns the listings that were there before and whose facts have or had votes.
    """
    voted = {
        pk
        for pk, kinds in votes.items()
        if pk in changed and any(said.kind in FLAGGING_KINDS for said in kinds)
    }
    if changed:
        had = FitVote.objects.filter(
            among("listing_id", list(changed)), kind__in=sorted(FLAGGING_KINDS)
        )
        voted.update(had.values_list("listing_id", flat=True))
        FitVote.objects.filter(among("listing_id", list(changed))).delete()
    insert_rows(
        FitVote,
        ("listing_id", *VoteColumns._fields, "updated_at"),
        [(listing_id, *said, now) for listing_id, kinds in votes.items() for said in kinds],
        unique=("listing_id", "kind"),
        update=(*VoteColumns._fields[1:], "updated_at"),
    )
    return sorted(voted)
