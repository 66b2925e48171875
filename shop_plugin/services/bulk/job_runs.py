"""Runs of long work: begun, moved on together with what they wrote, ended, taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shop_plugin.models import JobRun


class RunTaken(RuntimeError):
    """Another process is doing the same run at this moment."""


def start_run(
    *,
    kind: str,
    now: datetime,
    source: str = "",
    file_name: str = "",
    file_digest: str = "",
) -> JobRun:
    """Return a new run, stored and marked running."""
    return JobRun.objects.create(
        kind=kind,
        source=source,
        file_name=file_name[-500:],
        file_digest=file_digest,
        started_at=now,
    )


def find_unfinished_run(*, kind: str, source: str, file_digest: str) -> JobRun | None:
    """Return the latest run over the same file that did not come to its end, if there is one.

    A later run that was done means that nothing is left to take up.
    """
    latest = (
        JobRun.objects.filter(kind=kind, source=source, file_digest=file_digest)
        .order_by("-started_at", "-pk")
        .first()
    )
    return None if latest is None or latest.state == JobRun.State.DONE else latest


def advance_run(*, run: JobRun, lines_done: int, counts: Mapping[str, Any]) -> None:
    """Write down how far a run came; call it inside the transaction of the rows themselves.

    So after a crash exactly the rows up to ``lines_done`` are in the database.

    :raises RunTaken: when another process moved the same run on meanwhile.
    """
    mine = JobRun.objects.filter(pk=run.pk, lines_done=run.lines_done)
    if not mine.update(lines_done=lines_done, counts=dict(counts), state=JobRun.State.RUNNING):
        raise RunTaken(f"run {run.pk} is being done by another process; wait for it or start over")
    run.lines_done, run.counts = lines_done, dict(counts)


def finish_run(*, run: JobRun, now: datetime, counts: Mapping[str, Any] | None = None) -> None:
    """Mark a run done."""
    run.state, run.finished_at, run.error = JobRun.State.DONE, now, ""
    if counts is not None:
        run.counts = dict(counts)
    run.save(update_fields=["state", "finished_at", "error", "counts"])


def fail_run(*, run: JobRun, now: datetime, error: BaseException) -> None:
    """Mark a run failed, with the error's own words; what it wrote stays."""
    run.state, run.finished_at = JobRun.State.FAILED, now
    run.error = f"{type(error).__name__}: {error}"[:2000]
    run.save(update_fields=["state", "finished_at", "error"])
