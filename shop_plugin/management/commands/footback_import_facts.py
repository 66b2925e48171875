"""Staff values from a spreadsheet: checked, shown, and imported where that is asked for."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shop_plugin.management.progress import (
    FAILED,
    SOME_ROWS_REFUSED,
    plain_errors,
    show_progress,
)
from shop_plugin.models import BulkEdit
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.sheets.handing import confirm_sheet, do_edit
from shop_plugin.services.staff.sheets.imports import (
    ENCODINGS,
    check_sheets,
    discard_sheet,
    take_in_sheet,
)
from shop_plugin.services.staff.sheets.reporting import (
    SheetReport,
    SheetRow,
    find_sheet,
    list_rows,
    write_refused_rows,
)

_SHOWN = 20
_AGAIN = "Nothing was changed. Run the same command again."


class Command(BaseCommand):
    """Check a spreadsheet of facts; with ``--apply`` import the rows that can be used."""

    help = (
        "Check a spreadsheet of facts and tell what it would change. Nothing is changed without "
        "--apply. The same file again changes nothing. Exit status: 0 all rows can be used, "
        "3 some cannot, 1 the file cannot be used at all, 2 wrong arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and what to do with it."""
        parser.add_argument("file", type=Path, nargs="?", help="the spreadsheet, .xlsx or .csv")
        parser.add_argument("--apply", action="store_true", help="import the rows that can be used")
        parser.add_argument(
            "--encoding", default="", choices=["", *ENCODINGS], help="of a CSV file"
        )
        parser.add_argument(
            "--due",
            action="store_true",
            help="instead of a file, check what was handed in in the admin; without Celery",
        )
        parser.add_argument("--user", default="", help="in whose name it is done, for the log")
        parser.add_argument(
            "--refused", type=Path, help="write the rows that cannot be used into this CSV file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, report, and import where asked."""
        path: Path | None = options["file"]
        if options["due"] is (path is not None):
            raise CommandError("Name a file, or --due.", returncode=2)
        if path is None:
            self._check_due(options["verbosity"])
            return
        author = _find_user(options["user"])
        with plain_errors(again=_AGAIN):
            sheet = self._check(path, author, options)
            try:
                self._report(sheet, options)
                if options["refused"] is not None and (sheet.refused or sheet.conflicts):
                    _write(options["refused"], sheet.sheet_id)
                if options["apply"] and sheet.can_be_confirmed:
                    self._apply(sheet, author, options["verbosity"])
            finally:
                # What was not confirmed is told and then forgotten.
                discard_sheet(sheet_id=sheet.sheet_id, now=timezone.now())
        if sheet.refused or sheet.conflicts:
            raise CommandError(
                f"{sheet.refused} of {sheet.rows} rows are refused, {sheet.conflicts} are kept "
                "because they were changed since the export.",
                returncode=SOME_ROWS_REFUSED,
            )

    def _check_due(self, verbosity: int) -> None:
        with (
            plain_errors(again="Run the same command again: it goes on where it stopped."),
            show_progress(stream=sys.stderr, total=None, what="due", verbosity=verbosity) as bar,
        ):
            work = check_sheets(now=timezone.now(), on_progress=bar.update)
        if verbosity > 0:
            self.stdout.write(f"{work.rows:,} rows checked")

    def _check(self, path: Path, author: Any, options: dict[str, Any]) -> SheetReport:
        try:
            with path.open("rb") as file:
                sheet_id = take_in_sheet(
                    file=file,
                    file_name=path.name,
                    author=author,
                    now=timezone.now(),
                    encoding=options["encoding"],
                )
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(f"{path} cannot be read: {reason}", returncode=FAILED) from error
        verbosity = options["verbosity"]
        with show_progress(
            stream=sys.stderr, total=None, what=path.name, verbosity=verbosity
        ) as bar:
            check_sheets(now=timezone.now(), only=sheet_id, on_progress=bar.update)
        sheet = find_sheet(sheet_id=sheet_id)
        if sheet.problem:
            raise CommandError(f"{path}: {sheet.problem}", returncode=FAILED)
        return sheet

    def _report(self, sheet: SheetReport, options: dict[str, Any]) -> None:
        if options["verbosity"] < 1:
            return
        self.stdout.write(
            f"{sheet.file_name}: {sheet.rows:,} rows; {sheet.changes:,} would change "
            f"{sheet.facts:,} facts, {sheet.unchanged:,} change nothing, {sheet.conflicts:,} were "
            f"changed since the export, {sheet.refused:,} are refused"
        )
        if sheet.emptied:
            self.stdout.write(f"  {sheet.emptied:,} cells were emptied, which changes nothing")
        if sheet.unknown_columns:
            names = ", ".join(sheet.unknown_columns)
            self.stdout.write(f"  nothing is read from the columns: {names}")
        for row in list_rows(sheet_id=sheet.sheet_id, kind="change", limit=_SHOWN):
            self._show(row, is_change=True)
        for kind in ("conflict", "refused"):
            for row in list_rows(sheet_id=sheet.sheet_id, kind=kind, limit=_SHOWN):
                self._show(row, is_change=False)
        if not options["apply"]:
            self.stdout.write("Nothing was changed: this was a dry run. Import with --apply.")

    def _show(self, row: SheetRow, *, is_change: bool) -> None:
        for fact in row.facts:
            where = f"  line {row.line}" + (f", {fact.column}" if fact.column else "")
            if is_change:
                before, after = fact.before or "-", fact.after or "taken back"
                self.stdout.write(f"{where}: {before} -> {after} ({row.title})")
            elif fact.reason:
                found = f" [{fact.text}]" if fact.text else ""
                self.stderr.write(f"{where}{found}: {fact.reason}")

    def _apply(self, sheet: SheetReport, author: Any, verbosity: int) -> None:
        handed = confirm_sheet(sheet_id=sheet.sheet_id, author=author, now=timezone.now())
        edit = f"bulk edit {handed.edit_id}"
        if not handed.needs_second_person:
            do_edit(edit_id=handed.edit_id, now=timezone.now())
        if verbosity < 1:
            return
        if handed.needs_second_person:
            told = f"{sheet.chosen:,} rows wait as {edit}: two persons are needed to confirm it."
        elif find_edit(edit_id=handed.edit_id).state == BulkEdit.State.DONE:
            told = f"Imported {sheet.chosen:,} rows as {edit}; it can be undone in the admin."
        else:
            told = f"{sheet.chosen:,} rows are due as {edit}, after those before it."
        self.stdout.write(told)


def _find_user(name: str) -> Any:
    if not name:
        return None
    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(name)
    except model.DoesNotExist:
        raise CommandError(f'There is no user "{name}".', returncode=2) from None


def _write(path: Path, sheet_id: int) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(write_refused_rows(sheet_id=sheet_id))
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"{path} cannot be written: {reason}", returncode=FAILED) from error
