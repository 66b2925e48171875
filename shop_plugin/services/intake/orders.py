"""Order lines from a file become purchases: in chunks that can be taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from django.db import transaction

from shop_plugin.conf import get_settings
from shop_plugin.domain.records import PurchaseRecord, ReadRow
from shop_plugin.models import JobRun, RefusedRow
from shop_plugin.services.bulk.import_results import ImportResult, Tally, refusals_of
from shop_plugin.services.bulk.job_runs import advance_run
from shop_plugin.services.pairs.purchases import record_purchases


def import_purchases(
    *,
    rows: Iterable[ReadRow[PurchaseRecord]],
    now: datetime,
    dry_run: bool = False,
    run: JobRun | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Record rows as purchases and return what changed; a bad row never stops the rest.

    Guarantees of :func:`~shop_plugin.services.pairs.purchases.record_purchases`
    hold. Each chunk is one transaction that also moves ``run`` on. With
    ``dry_run`` each chunk is done and taken back.

    :raises RunTaken: when another process does the same run.
    """
    tally = Tally(run.counts if run else None)
    remaining = iter(rows)
    while chunk := list(islice(remaining, get_settings().CHUNK_SIZE)):
        with transaction.atomic():
            _record_chunk(chunk, tally, now=now, run=run)
            if run is not None:
                counts = tally.result().as_counts()
                advance_run(run=run, lines_done=chunk[-1].line, counts=counts)
            if dry_run:
                transaction.set_rollback(True)
        if on_progress is not None:
            on_progress(len(chunk))
    return tally.result()


def _record_chunk(
    chunk: list[ReadRow[PurchaseRecord]], tally: Tally, *, now: datetime, run: JobRun | None
) -> None:
    refused = [row for row in chunk if row.record is None]
    for row in refused:
        tally.refuse(row)
    for row in chunk:
        if row.record is not None:
            for warning in row.warnings:
                tally.warn(row, warning)
    done = record_purchases(rows=[row.record for row in chunk if row.record is not None], now=now)
    for name in ("rows", "created", "updated", "unchanged"):
        tally.counts[name] += getattr(done, name)
    for name in ("people_created", "without_listing", "replaced"):
        tally.details[name] += getattr(done, name)
    if run is not None and refused:
        RefusedRow.objects.bulk_create(refusals_of(run, refused))
