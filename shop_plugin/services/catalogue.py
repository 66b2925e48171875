"""A host's products become listings: in chunks, each in one transaction, and again without change.

The identity of a listing is its source and its id there. What the host says
is compared by hash, so a second import of the same rows writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction

from shop_plugin.conf import get_settings, load_catalogue_source
from shop_plugin.domain.attributes import AgeGroup, Gender, UseCategory
from shop_plugin.domain.categories import classify_category, read_age_group, read_gender
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem, SizeRecord
from shop_plugin.domain.structured import read_fields, readable_fields
from shop_plugin.domain.terms import write_terms
from shop_plugin.models import JobRun, Listing, ListingSize, ListingTerms, RefusedRow
from shop_plugin.services.bulk_rows import insert_rows
from shop_plugin.services.import_results import ImportResult, RowReport, Tally
from shop_plugin.services.job_runs import advance_run, fail_run, finish_run, start_run
from shop_plugin.services.search_changes import note_changes

Progress = Callable[[int], None]
_Key = tuple[str, str]
# What a size says beside its identity, and may change.
_SIZE_VALUES = ("stock", "internal_length_um", "ball_width_um")
_SizeValues = tuple[int | None, ...]

# A host may commit a product a little after the time it writes on it.
SYNC_OVERLAP = timedelta(minutes=10)


class NoCatalogueSource(LookupError):
    """``FOOTBACK["CATALOGUE_SOURCE"]`` is empty, so there is nothing to sync from."""


class _ListingRow(NamedTuple):
    """One row of the table, all columns but the key and what annotation writes."""

    source: str
    external_id: str
    title: str
    description: str
    language: str
    brand: str
    category_text: str
    use_category: str
    gender: str
    age_group: str
    price_minor: int | None
    currency: str
    url: str
    image_url: str
    availability: str
    raw_attributes: str
    is_withdrawn: bool
    record_hash: str
    content_hash: str
    updated_at: datetime

    @property
    def key(self) -> _Key:
        return self[0], self[1]


class _Known(NamedTuple):
    pk: int
    record_hash: str
    is_withdrawn: bool


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
    return work.take(rows)


def sync_catalogue(
    *, now: datetime, full: bool = False, on_progress: Progress | None = None
) -> ImportResult:
    """Read the configured catalogue: what changed since the last sync, or all of it.

    A full sync marks listings of this source that were not handed over as
    withdrawn (never deletes them), and takes that back when they return. A
    source that hands over nothing at all withdraws nothing.

    :raises NoCatalogueSource: when the setting is empty.
    :raises ImportError: when it leads nowhere.
    """
    source = load_catalogue_source()
    if source is None:
        raise NoCatalogueSource(
            'FOOTBACK["CATALOGUE_SOURCE"] is empty: name the dotted path of your catalogue adapter'
        )
    kind = JobRun.Kind.SYNC_LISTINGS
    done = JobRun.objects.filter(kind=kind, source=source.name, state=JobRun.State.DONE)
    last = None if full else done.order_by("-started_at").first()
    since = last.started_at - SYNC_OVERLAP if last else None
    run = start_run(kind=kind, source=source.name, now=now)
    work = _Import(now=now, run=run, on_progress=on_progress)
    try:
        result = work.take(source.iter_listings(since=since))
        if full and result.rows:
            result = work.withdraw_unseen(source.name)
    except Exception as error:
        fail_run(run=run, now=now, error=error)
        raise
    finish_run(run=run, now=now, counts=result.as_counts())
    return result


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
        self._units = get_settings().DEFAULT_HEEL_UNIT
        self._tally = Tally(run.counts if run else None, on_report=on_report)
        self._seen = _SeenKeys()
        self._would_create: set[int] = set()

    def take(self, rows: Iterable[ReadRow[ListingRecord]]) -> ImportResult:
        remaining = iter(rows)
        size = get_settings().CHUNK_SIZE
        while chunk := list(islice(remaining, size)):
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

    def _take_chunk(self, chunk: Sequence[ReadRow[ListingRecord]]) -> None:
        known = _load_known([row.record for row in chunk if row.record is not None])
        refused: list[ReadRow[ListingRecord]] = []
        written: dict[_Key, tuple[_ListingRow, ListingRecord]] = {}
        taken: set[_Key] = set()
        for row in chunk:
            record = row.record
            if record is None:
                refused.append(row)
                continue
            key = (record.source, record.external_id)
            before = known.get(key)
            if key in taken or self._is_repeated(key, before):
                refused.append(_repeated(row, record))
                continue
            taken.add(key)
            listing = self._to_row(row, record)
            if before is not None:
                self._seen.add(before.pk)
            if self._count(listing, before):
                written[key] = (listing, record)
        self._tally.counts["rows"] += len(taken)
        for row in refused:
            self._tally.refuse(row)
        if self._dry_run:
            self._would_create.update(hash(key) for key in written if key not in known)
            return
        self._write(written, known)
        if self._run is not None:
            RefusedRow.objects.bulk_create(refusals_of(self._run, refused))

    def _count(self, listing: _ListingRow, before: _Known | None) -> bool:
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

    def _is_repeated(self, key: _Key, before: _Known | None) -> bool:
        if before is not None:
            return before.pk in self._seen
        return self._dry_run and hash(key) in self._would_create

    def _to_row(self, row: ReadRow[ListingRecord], record: ListingRecord) -> _ListingRow:
        gender = read_gender(record.gender)
        if gender is Gender.UNKNOWN:
            gender = read_gender(record.category)
        if gender is Gender.UNKNOWN:
            gender = read_gender(record.title)
        age_group = read_age_group(
            age_group=record.age_group,
            gender=record.gender,
            category=record.category,
            title=record.title,
        )
        use_category = (
            UseCategory.KIDS
            if age_group is AgeGroup.KIDS
            else classify_category(record.category, record.title)
        )
        for warning in (*row.warnings, *self._field_problems(record, use_category, gender)):
            self._tally.warn(row, warning)
        raw_attributes = dump_json(record.raw_attributes) if record.raw_attributes else "{}"
        derived = (use_category.value, gender.value, age_group.value)
        content_hash = _hash_content(record, derived)
        return _ListingRow(
            record.source,
            record.external_id,
            record.title,
            record.description,
            record.language,
            record.brand,
            record.category,
            *derived,
            record.price_minor,
            record.currency,
            record.url,
            record.image_url,
            record.availability or Listing.Availability.UNKNOWN.value,
            raw_attributes,
            False,
            _hash_record(record, content_hash, raw_attributes),
            content_hash,
            self._now,
        )

    def _field_problems(
        self, record: ListingRecord, use_category: UseCategory, gender: Gender
    ) -> tuple[RowProblem, ...]:
        if not record.raw_attributes:
            return ()
        return read_fields(
            record.raw_attributes,
            use_category=use_category,
            gender=gender,
            default_heel_unit=self._units.get(record.source, ""),
        ).problems

    def _write(
        self,
        written: Mapping[_Key, tuple[_ListingRow, ListingRecord]],
        known: Mapping[_Key, _Known],
    ) -> None:
        if not written:
            return
        columns = _ListingRow._fields
        insert_rows(
            Listing,
            (*columns, "annotated_hash", "created_at"),
            [(*listing, "", self._now) for listing, _ in written.values()],
            unique=("source", "external_id"),
            update=columns[2:],
        )
        stored = _load_known([record for _, record in written.values()])
        for item in stored.values():
            self._seen.add(item.pk)
        insert_rows(
            ListingTerms,
            ("listing_id", "terms"),
            [
                (stored[key].pk, write_terms(record.title, record.brand, record.description))
                for key, (_, record) in written.items()
            ],
            unique=("listing_id",),
            update=("terms",),
        )
        _write_sizes(
            {stored[key].pk: record for key, (_, record) in written.items()},
            changed={known[key].pk for key in written if key in known},
        )
        note_changes(item.pk for item in stored.values())


def refusals_of(run: JobRun, rows: Iterable[ReadRow[Any]]) -> list[RefusedRow]:
    """Return the rows to store for refused rows of a run, one per reason, texts cut to fit."""
    return [
        RefusedRow(
            run=run,
            line=row.line,
            field=problem.field[:100],
            code=problem.code[:40],
            reason=problem.reason[:500],
            raw=row.raw[:2000],
        )
        for row in rows
        for problem in row.problems
    ]


def _repeated(row: ReadRow[ListingRecord], record: ListingRecord) -> ReadRow[ListingRecord]:
    reason = f'"{record.external_id}" of "{record.source}" stood in an earlier row, which counts'
    return ReadRow(row.line, None, (RowProblem("id", "repeated", reason),), raw=row.raw)


def _load_known(records: Sequence[ListingRecord]) -> dict[_Key, _Known]:
    by_source: dict[str, list[str]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record.external_id)
    return {
        (source, external_id): _Known(pk, record_hash, is_withdrawn)
        for source, ids in by_source.items()
        for external_id, pk, record_hash, is_withdrawn in Listing.objects.filter(
            source=source, external_id__in=ids
        ).values_list("external_id", "pk", "record_hash", "is_withdrawn")
    }


def _hash_content(record: ListingRecord, derived: tuple[str, str, str]) -> str:
    """Return the hash of what facts are read from."""
    readable = readable_fields(record.raw_attributes)
    widths = sorted({size.width for size in record.sizes if size.width})
    return _digest(
        record.title,
        record.description,
        record.language,
        *derived,
        dump_json([readable, widths]) if readable or widths else "",
    )


def _hash_record(record: ListingRecord, content_hash: str, raw_attributes: str) -> str:
    """Return the hash of all the host said, and of what was made of it."""
    return _digest(
        content_hash,
        record.brand,
        record.category,
        str(record.price_minor),
        record.currency,
        record.url,
        record.image_url,
        record.availability,
        raw_attributes,
        *(_size_text(size) for size in record.sizes),
    )


def _size_text(size: SizeRecord) -> str:
    known = [str(um) for um in _inside(size)] if any(_inside(size)) else []
    return "|".join((size.label, size.system, size.width, str(size.stock), *known))


def _digest(*parts: str) -> str:
    # The separator stands in no text: cleaning takes control characters out.
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _write_sizes(records: Mapping[int, ListingRecord], *, changed: set[int]) -> None:
    """Make the stored sizes of these listings those of their records."""
    stored: dict[int, dict[tuple[str, str, str], tuple[int, _SizeValues]]] = {}
    if changed:
        for pk, listing_id, label, system, width, *values in ListingSize.objects.filter(
            listing_id__in=changed
        ).values_list("pk", "listing_id", "label", "system", "width", *_SIZE_VALUES):
            stored.setdefault(listing_id, {})[label, system, width] = (pk, tuple(values))
    gone: list[int] = []
    written = []
    for listing_id, record in records.items():
        before = stored.get(listing_id, {})
        for size in record.sizes:
            key = (size.label, size.system, size.width)
            values = (size.stock, *_inside(size))
            if before.pop(key, (0, ()))[1] != values:
                written.append((listing_id, *key, *values))
        gone.extend(pk for pk, _ in before.values())
    if gone:
        ListingSize.objects.filter(pk__in=gone).delete()
    insert_rows(
        ListingSize,
        ("listing_id", "label", "system", "width", *_SIZE_VALUES),
        written,
        unique=("listing_id", "label", "system", "width"),
        update=_SIZE_VALUES,
    )


def _inside(size: SizeRecord) -> tuple[int | None, int | None]:
    return size.internal_length_um, size.ball_width_um
