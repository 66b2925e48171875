"""One file, one run: recognised by its content, taken up where an earlier attempt stopped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from operator import attrgetter
from pathlib import Path

from django.db import DatabaseError

from shop_plugin.conf import get_settings
from shop_plugin.domain.intake import IncomingRow, prepare_file
from shop_plugin.domain.ports import FileFormat, UnusableSource
from shop_plugin.models import JobRun
from shop_plugin.services.bulk.import_results import ImportResult
from shop_plugin.services.bulk.job_runs import fail_run, find_unfinished_run, finish_run, start_run
from shop_plugin.services.bulk.second_core import read_ahead
from shop_plugin.services.intake.catalogue import import_chunks
from shop_plugin.services.intake.orders import import_purchases

_BLOCK = 1024 * 1024


class FileKind(StrEnum):
    """What stands in the rows of a file."""

    LISTINGS = "listings"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class FileImport:
    """What importing a file did.

    ``run_id`` is ``None`` after a dry run. ``resumed_after`` is the line after
    which an interrupted run was taken up, 0 for a fresh one; the counts of
    ``result`` cover the whole run.
    """

    result: ImportResult
    run_id: int | None
    resumed_after: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _FileFacts:
    digest: str
    lines: int


def import_file(
    *,
    path: Path,
    file_format: FileFormat,
    kind: FileKind,
    source: str,
    now: datetime,
    dry_run: bool = False,
    restart: bool = False,
    on_start: Callable[[int, int], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> FileImport:
    """Import a file of listings or orders; idempotent and resumable.

    The same content under the same source that was interrupted continues
    after the last line that is safely in the database, unless ``restart``.
    ``on_start`` is told the lines of the file and those done before;
    ``on_progress`` the rows of each chunk.

    :raises UnusableSource: when the file cannot be read at all.
    :raises RunTaken: when another process imports the same file now.
    """
    begun = time.monotonic()
    facts = _examine(path)
    run = None if dry_run else _open_run(path, facts, kind, source, now, restart)
    skip_lines = run.lines_done if run else 0
    if on_start is not None:
        on_start(facts.lines, skip_lines)
    try:
        if kind is FileKind.LISTINGS:
            with closing(_read_ahead(path, file_format, source, skip_lines)) as chunks:
                result = import_chunks(
                    chunks=chunks, now=now, dry_run=dry_run, run=run, on_progress=on_progress
                )
        else:
            result = import_purchases(
                rows=file_format.read_purchases(path, source=source, skip_lines=skip_lines),
                now=now,
                dry_run=dry_run,
                run=run,
                on_progress=on_progress,
            )
    except Exception as error:
        if run is not None:
            # The very database that failed may refuse this too; the run then stays "running".
            with suppress(DatabaseError):
                fail_run(run=run, now=_later(now, begun), error=error)
        raise
    if run is not None:
        finish_run(run=run, now=_later(now, begun), counts=result.as_counts())
    return FileImport(result, run.pk if run else None, skip_lines, time.monotonic() - begun)


def _read_ahead(
    path: Path, file_format: FileFormat, source: str, skip_lines: int
) -> Generator[Sequence[IncomingRow], None, None]:
    """Yield the rows of a file made ready, in chunks, read ahead on a second core."""
    settings = get_settings()
    read = partial(
        prepare_file,
        file_format,
        path,
        source,
        dict(settings.DEFAULT_HEEL_UNIT),
        settings.CHUNK_SIZE,
    )
    return read_ahead(read, skip_lines, attrgetter("line"))


def _open_run(
    path: Path, facts: _FileFacts, kind: FileKind, source: str, now: datetime, restart: bool
) -> JobRun:
    job_kind = (
        JobRun.Kind.IMPORT_LISTINGS if kind is FileKind.LISTINGS else JobRun.Kind.IMPORT_ORDERS
    )
    if not restart:
        unfinished = find_unfinished_run(kind=job_kind, source=source, file_digest=facts.digest)
        if unfinished is not None:
            return unfinished
    return start_run(
        kind=job_kind, source=source, file_name=path.name, file_digest=facts.digest, now=now
    )


def _examine(path: Path) -> _FileFacts:
    """Return the digest and the number of lines of a file, in one pass."""
    digest = hashlib.blake2b(digest_size=32)
    lines = 0
    last = b"\n"
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                lines += block.count(b"\n")
                last = block[-1:]
    except OSError as error:
        raise UnusableSource(f"{path} cannot be read: {error.strerror or error}") from error
    return _FileFacts(digest.hexdigest(), lines + (last != b"\n"))


def _later(now: datetime, begun: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - begun)
