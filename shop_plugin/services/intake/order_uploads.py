"""A few hundred order lines handed over at once: recorded as by an import, with a word on each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from shop_plugin.domain.host_rows import read_purchase_row, read_updated_at, refuse_row
from shop_plugin.domain.records import PurchaseRecord, ReadRow, RowProblem
from shop_plugin.models import HostVersion, Purchase
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.intake.handed_rows import RowState, note_for_audit, read_each
from shop_plugin.services.intake.host_versions import take_words, word_of_purchase
from shop_plugin.services.pairs.purchases import record_purchases

MOST_LINES = 500
_Key = tuple[str, str]

_REPEATED = RowProblem(
    "id", "repeated", "another row is about the same order line, later; that one counts"
)
_OUTDATED = RowProblem(
    "updated_at", "outdated", "this order line is known as it stood later; that counts"
)
_ERASED = RowProblem(
    "customer_id", "person_erased", "this person's data was erased; nothing is kept of the order"
)


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one order line. It holds nothing of what the row said of a person.

    ``problems`` say why it was refused, or which fields were left out.
    ``has_listing`` tells whether the shoe is one of the catalogue.
    """

    state: RowState
    has_listing: bool
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    record_hash: str
    listing_id: int | None
    status: str


def upload_orders(
    *,
    rows: Sequence[object],
    source: str,
    author: AbstractBaseUser | None,
    now: datetime,
    only_source: str = "",
    reason: str = "",
) -> tuple[LineOutcome, ...]:
    """Record order lines as an import does and return what became of each, in their order.

    The rows are those of a JSON Lines file of purchases, cleaned and refused
    by the same rules; ``source`` counts where a row names none, and with
    ``only_source`` a row of any other is refused. Of several rows about one
    line the last counts, or the one that was ``updated_at`` last where they
    say so; a row that was updated before what is known of its line, by an
    earlier call or a webhook, changes nothing and is refused as outdated. A
    row that names no such time counts as it comes. All of it is one
    transaction; the audit entry tells how many, and nobody's name.

    :raises ValueError: for more than :data:`MOST_LINES`.
    """
    if len(rows) > MOST_LINES:
        raise ValueError(f"at most {MOST_LINES} rows at a time")
    read = read_each(rows, read=lambda row, line: _read(row, source, line), only_source=only_source)
    times = {
        row.line: _told_at(value, now) for row, value in zip(read, rows, strict=True) if row.record
    }
    last = _last_lines(read, times)
    records = [
        row.record for row in read if row.record is not None and last[_key(row.record)] == row.line
    ]
    with transaction.atomic():
        older = _take_words({_key(item): (item, times[last[_key(item)]]) for item in records})
        before = _stored(records)
        record_purchases(rows=[item for item in records if _key(item) not in older], now=now)
        after = _stored(records)
        outcomes = tuple(_judge(row, last, older, before, after) for row in read)
        changed = sum(item.state in (RowState.CREATED, RowState.UPDATED) for item in outcomes)
        if changed:
            note_for_audit(
                "upload_orders",
                source=source,
                changed={"lines": changed},
                author=author,
                now=now,
                reason=reason,
            )
    return outcomes


def _read(row: Mapping[Any, Any], source: str, line: int) -> ReadRow[PurchaseRecord]:
    try:
        read_updated_at(row)
    except ValueError as error:
        return refuse_row(line, "updated_at", "not_a_time", str(error))
    return read_purchase_row(row, source=source, line=line)


def _told_at(row: object, now: datetime) -> datetime | None:
    """Return as of when a row speaks; a clock that is ahead counts as now, or it would hold."""
    told = read_updated_at(row) if isinstance(row, Mapping) else None
    return None if told is None else min(told, now)


def _last_lines(
    read: Sequence[ReadRow[PurchaseRecord]], times: Mapping[int, datetime | None]
) -> dict[_Key, int]:
    """Return the number of the row that counts, for each order line."""
    last: dict[_Key, int] = {}
    for row in read:
        if row.record is None:
            continue
        key, told = _key(row.record), times[row.line]
        known = times[last[key]] if key in last else None
        if told is None or known is None or told >= known:
            last[key] = row.line
    return last


def _take_words(told: Mapping[_Key, tuple[PurchaseRecord, datetime | None]]) -> set[_Key]:
    """Return the lines of which something newer was told already.

    Call it first in the transaction: two calls about one line wait here for each other.
    """
    by_source: dict[str, list[tuple[PurchaseRecord, datetime]]] = {}
    for record, at in told.values():
        if at is not None:
            by_source.setdefault(record.source, []).append((record, at))
    older: set[_Key] = set()
    for source, timed in sorted(by_source.items()):
        standings = take_words(
            kind=HostVersion.Kind.PURCHASE,
            source=source,
            words=[(word_of_purchase(record), at) for record, at in timed],
        )
        for (record, _at), standing in zip(timed, standings, strict=True):
            if not (standing.is_news or standing.is_repeat):
                older.add(_key(record))
    return older


def _judge(
    row: ReadRow[PurchaseRecord],
    last: Mapping[_Key, int],
    older: Collection[_Key],
    before: Mapping[_Key, _Stored],
    after: Mapping[_Key, _Stored],
) -> LineOutcome:
    if row.record is None:
        return LineOutcome(RowState.REFUSED, False, (*row.problems, *row.warnings))
    key = _key(row.record)
    if last[key] != row.line:
        return LineOutcome(RowState.REFUSED, False, (_REPEATED,))
    if key in older:
        return LineOutcome(RowState.REFUSED, False, (_OUTDATED,))
    was, stands = before.get(key), after.get(key)
    if stands is None:
        return LineOutcome(RowState.REFUSED, False, (_ERASED,))
    if was is None:
        state = RowState.CREATED
    else:
        state = RowState.UNCHANGED if was == stands else RowState.UPDATED
    return LineOutcome(state, stands.listing_id is not None, row.warnings)


def _stored(records: Sequence[PurchaseRecord]) -> dict[_Key, _Stored]:
    return {
        (source, external_id): _Stored(record_hash, listing_id, status)
        for source, external_ids in ids_by_source(map(_key, records)).items()
        for external_id, record_hash, listing_id, status in Purchase.objects.filter(
            source=source, external_id__in=external_ids
        ).values_list("external_id", "record_hash", "listing_id", "status")
    }


def _key(record: PurchaseRecord) -> _Key:
    return record.source, record.external_id
