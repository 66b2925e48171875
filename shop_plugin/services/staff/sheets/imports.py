"""A spreadsheet on its way: taken in, checked in chunks, chosen from, discarded.

The rows are the queue. What is small is checked at once; the rest waits in
state "checking" for the task ``footback.sheets`` or the command, which go on
where the last chunk ended. Nothing counts before somebody confirms
(:mod:`handing`).
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import get_language, override

from shop_plugin.conf import get_settings, load_sheet_format
from shop_plugin.domain.attributes import value_to_plain
from shop_plugin.domain.sheets import OddCell, SheetLimits, SheetLine, SheetUnusable, writable
from shop_plugin.models import SheetImport, SheetImportRow
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.staff.sheets.checking import (
    JudgedCell,
    JudgedRow,
    RowChecker,
    Verdict,
)
from shop_plugin.services.staff.sheets.columns import SheetColumns, find_columns
from shop_plugin.services.staff.sheets.standing import fingerprint_listings

INLINE_ROWS = 1_000  # so many are checked while somebody waits
ENCODINGS = ("utf-8", "cp1252", "mac_roman", "utf-16")  # a person may name one of these
_ROWS_AT_ONCE = 500
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_State = SheetImport.State
_ROW_COLUMNS = (
    "sheet_id",
    "line",
    "kind",
    "listing_id",
    "title",
    "cells",
    "facts",
    "seen",
    "is_chosen",
)


@dataclass(frozen=True, slots=True)
class SheetsWork:
    """What one round of checking did. ``is_due`` tells that something is left to do."""

    rows: int
    is_due: bool


def take_in_sheet(
    *,
    file: BinaryIO,
    file_name: str,
    author: AbstractBaseUser | None,
    now: datetime,
    encoding: str = "",
) -> int:
    """Keep a spreadsheet and check its first rows; return its id.

    A file that cannot be used is kept without its content, with the reason.
    Reasons are written in the language in force. ``file`` must be seekable.

    :raises ValueError: for an encoding that is none of :data:`ENCODINGS`.
    """
    if encoding and encoding not in ENCODINGS:
        raise ValueError(f"an encoding is one of {', '.join(ENCODINGS)}")
    sheet = SheetImport(
        author_id=None if author is None else author.pk,
        file_name=PurePath(writable(file_name).replace("\\", "/")).name[-200:] or "?",
        encoding=encoding,
        language=get_language() or "en",
        created_at=now,
        moved_at=now,
    )
    try:
        sheet.format_name = _tell_format(file)
        sheet.content = _read_bounded(file)
    except SheetUnusable as error:
        _mark_unusable(sheet, error)
        sheet.save()
        return sheet.pk
    sheet.save()
    _check(sheet, now=now, is_over=lambda rows: rows >= INLINE_ROWS)
    return sheet.pk


def check_sheets(
    *,
    now: datetime,
    budget_seconds: float | None = None,
    only: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> SheetsWork:
    """Go on with the oldest sheet that is being checked, until the budget or the sheets end.

    Several processes may call this at once: of two that check the same chunk one wins and the
    other goes home. Sheets that nothing happened to for ``KEEP_REFUSED_ROWS_DAYS`` are forgotten.
    """
    forget_sheets(before=now - timedelta(days=get_settings().KEEP_REFUSED_ROWS_DAYS))
    begun = time.monotonic()
    rows = 0

    def is_over(_rows: int) -> bool:
        return budget_seconds is not None and time.monotonic() - begun >= budget_seconds

    while sheet := _next_sheet(only):
        done = _check(sheet, now=now, is_over=is_over, on_progress=on_progress)
        rows += done
        if is_over(rows) or not done:
            break
    return SheetsWork(rows, _next_sheet(only) is not None)


def choose_rows(
    *, sheet_id: int, shown: Sequence[int] | None = None, chosen: Sequence[int] = ()
) -> int:
    """Choose among the rows of the lines ``shown`` (all rows with ``None``); return how many are.

    Of the rows shown those ``chosen`` will be imported, with ``shown=None`` all of them. Only
    rows that would change something can be chosen, and only while the sheet waits.
    """
    rows = SheetImportRow.objects.filter(
        sheet_id=sheet_id, sheet__state=_State.CHECKED, kind=SheetImportRow.Kind.CHANGE
    )
    ids = rows.values("pk")
    if shown is None:
        SheetImportRow.objects.filter(pk__in=ids).update(is_chosen=True)
    else:
        picked = set(chosen) & set(shown)
        on_page = SheetImportRow.objects.filter(pk__in=ids, line__in=shown)
        on_page.filter(line__in=picked).update(is_chosen=True)
        on_page.exclude(line__in=picked).update(is_chosen=False)
    return rows.filter(is_chosen=True).count()


def discard_sheet(*, sheet_id: int, now: datetime) -> bool:
    """Give a sheet up with all its rows; tell whether it was still open."""
    open_states = (_State.CHECKING, _State.CHECKED)
    with transaction.atomic():
        found = SheetImport.objects.filter(pk=sheet_id, state__in=open_states).update(
            state=_State.DISCARDED, content=b"", moved_at=now
        )
        if found:
            SheetImportRow.objects.filter(sheet_id=sheet_id).delete()
    return bool(found)


def forget_sheets(*, before: datetime) -> int:
    """Delete sheets that nothing happened to since; return how many. What was done stays done."""
    old = list(SheetImport.objects.filter(moved_at__lt=before).values_list("pk", flat=True))
    if old:
        with transaction.atomic():
            SheetImportRow.objects.filter(sheet_id__in=old).delete()
            SheetImport.objects.filter(pk__in=old).delete()
    return len(old)


# --- the file ----------------------------------------------------------------------------------


def _tell_format(file: BinaryIO) -> str:
    """Return the name of the format, by how the file begins."""
    file.seek(0)
    start = file.read(8)
    if start.startswith(_OLD_WORKBOOK):
        raise SheetUnusable("old_workbook")
    return "xlsx" if start.startswith(_ZIP) else "csv"


def _read_bounded(file: BinaryIO) -> bytes:
    file.seek(0)
    limit = sheet_limits().most_bytes
    content = file.read(limit + 1)
    if len(content) > limit:
        raise SheetUnusable("too_large", limit=limit // 1_000_000)
    return content


def sheet_limits() -> SheetLimits:
    """Return how large a spreadsheet may be in this shop."""
    settings = get_settings()
    return SheetLimits(
        most_bytes=settings.SHEET_MOST_MEGABYTES * 1_000_000, most_rows=settings.SHEET_MOST_ROWS
    )


# --- checking ----------------------------------------------------------------------------------


def _next_sheet(only: int | None) -> SheetImport | None:
    due = SheetImport.objects.filter(state=_State.CHECKING).order_by("pk")
    return (due if only is None else due.filter(pk=only)).first()


def _check(
    sheet: SheetImport,
    *,
    now: datetime,
    is_over: Callable[[int], bool],
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Check chunks of a sheet until its end, or until it is over; return how many rows."""
    done = 0
    with override(sheet.language):
        try:
            lines = load_sheet_format(sheet.format_name).read(
                io.BytesIO(bytes(sheet.content)), limits=sheet_limits(), encoding=sheet.encoding
            )
            header = next(lines, None)
            if header is None:
                raise SheetUnusable("empty")
            columns = find_columns(header.cells)
            checker = RowChecker(columns)
            for chunk in _chunks(lines):
                judged = checker.check_rows(chunk)
                if chunk[-1].number <= sheet.lines_done:
                    continue  # checked before; the checker has met its listings now
                if not _store(sheet, columns, chunk, judged, now):
                    return done
                done += len(chunk)
                if on_progress is not None:
                    on_progress(len(chunk))
                if is_over(done):
                    break
            else:
                _finish(sheet, columns, now)
        except SheetUnusable as error:
            _give_up(sheet, error, now)
    return done


def _chunks(lines: Iterator[SheetLine]) -> Iterator[list[SheetLine]]:
    while chunk := list(islice(lines, _ROWS_AT_ONCE)):
        yield chunk


def _store(
    sheet: SheetImport,
    columns: SheetColumns,
    chunk: Sequence[SheetLine],
    judged: Sequence[JudgedRow],
    now: datetime,
) -> bool:
    """Write a chunk and how far the sheet came, together; tell whether nobody was faster."""
    counts = Counter(sheet.counts)
    counts["rows"] += len(judged)
    counts["emptied"] += sum(row.emptied for row in judged)
    for row in judged:
        counts[row.verdict.value] += 1
        counts["facts"] += len(row.cells) if row.verdict is Verdict.CHANGE else 0
    changing = [row.listing_id for row in judged if row.verdict is Verdict.CHANGE]
    seen = fingerprint_listings([pk for pk in changing if pk is not None])
    kept = [
        _columns_of(sheet.pk, line, row, seen.get(row.listing_id or 0, ""))
        for line, row in zip(chunk, judged, strict=True)
        if row.verdict is not Verdict.UNCHANGED
    ]
    with transaction.atomic():
        moved = SheetImport.objects.filter(
            pk=sheet.pk, state=_State.CHECKING, lines_done=sheet.lines_done
        ).update(
            lines_done=chunk[-1].number,
            counts=dict(counts),
            labels=list(columns.labels),
            moved_at=now,
        )
        if moved:
            insert_rows(SheetImportRow, _ROW_COLUMNS, kept)
    sheet.lines_done, sheet.counts = chunk[-1].number, dict(counts)
    return bool(moved)


def _columns_of(sheet_id: int, line: SheetLine, row: JudgedRow, seen: str) -> tuple[Any, ...]:
    is_change = row.verdict is Verdict.CHANGE
    cells = [] if is_change else [_as_text(cell) for cell in line.cells]
    facts = [_plain_cell(cell) for cell in row.cells]
    kind, listing_id, title = row.verdict.value, row.listing_id, row.title[:200]
    return sheet_id, row.line, kind, listing_id, title, cells, facts, seen, is_change


def _as_text(cell: str | OddCell) -> str:
    return cell.shown if isinstance(cell, OddCell) else cell


def _plain_cell(cell: JudgedCell) -> dict[str, Any]:
    return {
        "column": cell.column,
        "attribute": cell.attribute,
        "text": cell.text,
        "before": cell.before,
        "after": cell.after,
        "value": None if cell.value is None else value_to_plain(cell.value),
        "reason": cell.reason,
        "accepted": cell.accepted,
    }


def _finish(sheet: SheetImport, columns: SheetColumns, now: datetime) -> None:
    counts = {**dict.fromkeys(("rows", *Verdict), 0), **sheet.counts}
    SheetImport.objects.filter(
        pk=sheet.pk, state=_State.CHECKING, lines_done=sheet.lines_done
    ).update(
        state=_State.CHECKED,
        content=b"",
        counts={**counts, "unknown_columns": list(columns.unknown)},
        labels=list(columns.labels),
        moved_at=now,
    )


def _give_up(sheet: SheetImport, error: SheetUnusable, now: datetime) -> None:
    """Keep why a file cannot be used; what was found in its first rows counts for nothing."""
    _mark_unusable(sheet, error)
    with transaction.atomic():
        found = SheetImport.objects.filter(pk=sheet.pk, state=_State.CHECKING).update(
            state=sheet.state, problem=sheet.problem, content=b"", moved_at=now
        )
        if found:
            SheetImportRow.objects.filter(sheet_id=sheet.pk).delete()


def _mark_unusable(sheet: SheetImport, error: SheetUnusable) -> None:
    sheet.state = _State.UNUSABLE
    sheet.problem = {"code": error.code, "line": error.line, "facts": error.facts}
    sheet.content = b""
