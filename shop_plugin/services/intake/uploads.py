"""A few hundred rows handed over at once: brought in, read and assessed, with a word on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from shop_plugin.domain.host_rows import read_listing_row
from shop_plugin.domain.records import ListingRecord, ReadRow
from shop_plugin.models import Listing
from shop_plugin.services.bulk.import_results import RowReport
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.intake.catalogue import import_listings
from shop_plugin.services.intake.handed_rows import RowState, note_for_audit, read_each
from shop_plugin.services.pairs.purchases import mark_replaced
from shop_plugin.services.pairs.shoe_matching import link_purchases

MOST_ROWS = 200
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row. ``listing_id`` is ``None`` where it was refused.

    ``problems`` say why it was refused, or which fields were left out.
    """

    listing_id: int | None
    external_id: str
    state: RowState
    problems: tuple[RowReport, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    pk: int
    record_hash: str
    is_withdrawn: bool


def upload_rows(
    *,
    rows: Sequence[object],
    source: str,
    author: AbstractBaseUser | None,
    now: datetime,
    only_source: str = "",
    reason: str = "",
) -> tuple[RowOutcome, ...]:
    """Bring rows in as an import does and return what became of each, in their order.

    The rows are those of a JSON Lines file, cleaned and refused by the same
    rules; ``source`` counts where a row names none, and with ``only_source`` a
    row of any other is refused. What changed is read and
    assessed at once, so that the next page view shows it. All of it is one
    transaction, and one audit entry names the listings that changed.

    :raises ValueError: for more than :data:`MOST_ROWS`.
    """
    if len(rows) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} rows at a time")
    read = read_each(
        rows,
        read=lambda row, line: read_listing_row(row, source=source, line=line),
        only_source=only_source,
    )
    with transaction.atomic():
        outcomes = bring_in(read=read, source=source, now=now)
        changed = _changed(outcomes)
        if changed:
            note_for_audit(
                "upload_listings",
                source=source,
                changed={"listings": changed},
                author=author,
                now=now,
                reason=reason,
            )
    return outcomes


def bring_in(
    *, read: Sequence[ReadRow[ListingRecord]], source: str, now: datetime
) -> tuple[RowOutcome, ...]:
    """Bring rows in that were read already, and return what became of each, in their order.

    What changed is read for facts and assessed at once, and order lines that
    waited for one of these shoes are given it. All of it is one transaction.
    """
    problems: dict[int, list[RowReport]] = {}
    with transaction.atomic():
        before = _stored(read)
        import_listings(
            rows=read,
            source=source,
            now=now,
            on_report=lambda report: problems.setdefault(report.line, []).append(report),
        )
        after = _stored(read)
        outcomes = tuple(_judge(row, before, after, problems.get(row.line, [])) for row in read)
        changed = _changed(outcomes)
        if changed:
            annotate_listings(listing_ids=changed, now=now)
            assess_listings(listing_ids=changed, now=now)
            if owners := link_purchases(listing_ids=changed, now=now):
                mark_replaced(contact_ids=owners, now=now)
    return outcomes


def _changed(outcomes: Sequence[RowOutcome]) -> list[int]:
    return sorted(
        item.listing_id
        for item in outcomes
        if item.listing_id is not None and item.state is not RowState.UNCHANGED
    )


def _judge(
    row: ReadRow[ListingRecord],
    before: Mapping[_Key, _Stored],
    after: Mapping[_Key, _Stored],
    problems: Sequence[RowReport],
) -> RowOutcome:
    if row.record is None or any(report.is_refusal for report in problems):
        external_id = row.record.external_id if row.record else ""
        return RowOutcome(None, external_id, RowState.REFUSED, tuple(problems))
    key = _key(row.record)
    was, stands = before.get(key), after[key]
    if was is None:
        state = RowState.CREATED
    elif (was.record_hash, was.is_withdrawn) == (stands.record_hash, stands.is_withdrawn):
        state = RowState.UNCHANGED
    else:
        state = RowState.UPDATED
    return RowOutcome(stands.pk, row.record.external_id, state, tuple(problems))


def _stored(rows: Sequence[ReadRow[ListingRecord]]) -> dict[_Key, _Stored]:
    keys = (_key(row.record) for row in rows if row.record is not None)
    return {
        (source, external_id): _Stored(pk, record_hash, is_withdrawn)
        for source, external_ids in ids_by_source(keys).items()
        for external_id, pk, record_hash, is_withdrawn in Listing.objects.filter(
            source=source, external_id__in=external_ids
        ).values_list("external_id", "pk", "record_hash", "is_withdrawn")
    }


def _key(record: ListingRecord) -> _Key:
    return record.source, record.external_id
