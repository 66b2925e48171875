"""The doctor's questions about edits of many listings: does one hang, did one fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce

from shop_plugin.models import BulkEdit
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem

HANGS_AFTER = timedelta(minutes=10)
FORGOTTEN_AFTER = timedelta(days=7)
_State = BulkEdit.State


def report_bulk_edits(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about bulk edits; nothing where there never was one."""
    if not BulkEdit.objects.exists():
        return
    troubles = [*_find_hanging(now), *_find_failed()]
    yield from troubles
    if not troubles:
        yield ok("bulk_edits.fine", "No bulk edit hangs, and none failed.")
    yield from _find_forgotten(now)


def _find_hanging(now: datetime) -> Iterator[Finding]:
    """Yield one finding where work is due and nothing moved; edits wait for one another."""
    due = BulkEdit.objects.filter(state__in=(_State.PREVIEWING, _State.WAITING, _State.RUNNING))
    moved = due.aggregate(latest=Max(Coalesce("moved_at", "created_at")))["latest"]
    if moved is None or moved > now - HANGS_AFTER:
        return
    oldest = due.order_by("pk").defer("listing_ids", "preview")[0]
    minutes = int((now - moved).total_seconds() // 60)
    error = f" Its last error: {_first_line(oldest.error)}" if oldest.error else ""
    yield problem(
        "bulk_edits.hangs",
        f"Bulk edit {oldest.pk} has not moved for {count_of(minutes, 'minute', 'minutes')}, "
        f"{oldest.cursor:,} of {oldest.total:,} listings are done.{error}",
        "Let beat ring 'footback.bulk_edits' and start a worker, or run "
        "'manage.py footback_bulk_edits'; it goes on where it stopped.",
        edit=oldest.pk,
        minutes=minutes,
    )


def _find_failed() -> Iterator[Finding]:
    failed = BulkEdit.objects.filter(state=_State.FAILED, undos=None).order_by("-pk")
    for edit in failed.defer("listing_ids", "preview")[:3]:
        yield problem(
            "bulk_edits.failed",
            f"Bulk edit {edit.pk} failed after {edit.cursor:,} of {edit.total:,} listings: "
            f"{_first_line(edit.error)}",
            f"Mend the cause, then 'manage.py footback_bulk_edits --resume {edit.pk}', or undo it "
            "in the admin under bulk edits.",
            edit=edit.pk,
        )


def _find_forgotten(now: datetime) -> Iterator[Finding]:
    forgotten = BulkEdit.objects.filter(
        state__in=(_State.DRAFT, _State.PREVIEWED), created_at__lt=now - FORGOTTEN_AFTER
    ).count()
    if forgotten:
        yield notice(
            "bulk_edits.unconfirmed",
            f"{count_of(forgotten, 'bulk edit was', 'bulk edits were')} begun over a week ago and "
            "never confirmed.",
            "Confirm or discard them in the admin under bulk edits.",
            edits=forgotten,
        )


def _first_line(error: str) -> str:
    return (error.splitlines() or [""])[0][:200]
