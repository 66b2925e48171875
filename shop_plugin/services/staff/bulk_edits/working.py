"""Working through edits: the rows are the queue, a chunk is a transaction, the oldest goes first.

Whoever calls, from however many processes: an edit moves on from one cursor
to the next in the transaction that also holds what was written, so no chunk
is done twice, and a process that is killed leaves the last chunk wholly done
or not begun.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import F

from shop_plugin.conf import get_settings
from shop_plugin.models import BulkEdit
from shop_plugin.services.staff.bulk_edits.chunks import carry_out
from shop_plugin.services.staff.bulk_edits.listing_sets import ids_from
from shop_plugin.services.staff.bulk_edits.previewing import preview_chunk
from shop_plugin.services.staff.bulk_edits.tallying import Tally

logger = logging.getLogger("footback.bulk_edits")

SMALL = 100  # listings that are done in the time of saving one, within a request
MOST_FAILURES = 3  # in a row, before an edit waits for a person
_State = BulkEdit.State
_ACTIVE = (_State.WAITING, _State.RUNNING)


class Step(StrEnum):
    """What one step did."""

    PREVIEWED = "previewed"
    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"  # another process is at it
    IDLE = "idle"  # nothing is due


@dataclass(frozen=True, slots=True)
class BulkWork:
    """What a round did: chunks by kind, and whether something was left for the next one."""

    previewed: int = 0
    done: int = 0
    failed: int = 0
    is_more: bool = False


def work_on_bulk_edits(*, now: datetime, budget_seconds: float | None = None) -> BulkWork:
    """Do chunk after chunk of what is due, until nothing is or the time is used up.

    The budget is ``TICK_BUDGET_SECONDS`` unless given; one chunk is done in any case. An
    error ends the round: it is written to the edit, which is tried again
    at the next one and fails for good after :data:`MOST_FAILURES` in a row.
    """
    budget = get_settings().TICK_BUDGET_SECONDS if budget_seconds is None else budget_seconds
    started = time.monotonic()
    counts = dict.fromkeys(Step, 0)
    while True:
        at = now + timedelta(seconds=time.monotonic() - started)
        step = do_next_step(now=at)
        counts[step] += 1
        is_over = step in (Step.IDLE, Step.BUSY, Step.FAILED)
        if is_over or time.monotonic() - started >= budget:
            return BulkWork(
                counts[Step.PREVIEWED],
                counts[Step.DONE],
                counts[Step.FAILED],
                is_more=step is not Step.IDLE,
            )


def advance_small_edit(*, edit_id: int, now: datetime) -> None:
    """Do the next step of an edit at once where it is small and its turn, so that nobody waits.

    What is not done here is done by the next round.
    """
    total = BulkEdit.objects.filter(pk=edit_id).values_list("total", flat=True).first()
    if total is not None and total <= SMALL:
        do_next_step(now=now, only=edit_id)


def do_next_step(*, now: datetime, only: int | None = None) -> Step:
    """Do one chunk: of the oldest preview that is asked for, else of the oldest edit.

    People wait for previews, and they change nothing. Edits never overtake
    one another. ``only`` names the one edit whose turn it may be.
    """
    due = BulkEdit.objects.order_by("pk")
    preview = due.filter(state=_State.PREVIEWING).values_list("pk", flat=True)
    edit_id = (preview if only is None else preview.filter(pk=only)).first()
    if edit_id is not None:
        try:
            return Step.PREVIEWED if preview_chunk(edit_id=edit_id, now=now) else Step.BUSY
        except Exception as error:
            _note_failure(edit_id, error, now)
            return Step.FAILED
    found = due.filter(state__in=_ACTIVE).values_list("pk", "cursor", "state").first()
    if found is None or only not in (None, found[0]):
        return Step.IDLE
    try:
        return _do_chunk(*found, now=now)
    except Exception as error:
        _note_failure(found[0], error, now)
        return Step.FAILED


def _do_chunk(edit_id: int, cursor: int, state: str, *, now: datetime) -> Step:
    with transaction.atomic():
        mine = BulkEdit.objects.filter(pk=edit_id, cursor=cursor, state=state)
        if connection.features.has_select_for_update_skip_locked:
            # Whoever finds the row taken leaves at once instead of waiting for the other's chunk.
            taken = mine.select_for_update(skip_locked=True, of=("self",)).values_list("pk")
            if not taken.first():
                return Step.BUSY
        # The first statement writes, so that SQLite hands out its one lock here and not halfway.
        if not mine.update(moved_at=now):
            return Step.BUSY
        edit = BulkEdit.objects.get(pk=edit_id)
        if edit.cancel_asked_at is not None:
            _end(edit, _State.CANCELLED, now)
            return Step.DONE
        ids = ids_from(edit, cursor, get_settings().CHUNK_SIZE)
        tally = Tally(edit.counts)
        if ids:
            carry_out(edit, ids, tally, now=now)
        edit.cursor = cursor + len(ids)
        edit.counts = tally.as_counts()
        edit.started_at = edit.started_at or now
        edit.failures, edit.error = 0, ""
        edit.state = _State.RUNNING
        edit.save(update_fields=["cursor", "counts", "started_at", "failures", "error", "state"])
        if edit.cursor >= edit.total:
            _end(edit, _State.DONE, now)
    return Step.DONE


def _end(edit: BulkEdit, state: BulkEdit.State, now: datetime) -> None:
    edit.state, edit.finished_at = state, now
    edit.save(update_fields=["state", "finished_at"])


def _note_failure(edit_id: int, error: Exception, now: datetime) -> None:
    """Write an error to its edit; what was done before stays done."""
    logger.exception("bulk edit %d: a chunk failed", edit_id)
    text = f"{type(error).__name__}: {error}"[:2000]
    rows = BulkEdit.objects.filter(pk=edit_id, state__in=(*_ACTIVE, _State.PREVIEWING))
    rows.update(failures=F("failures") + 1, error=text)
    rows.filter(failures__gte=MOST_FAILURES).update(state=_State.FAILED, finished_at=now)
