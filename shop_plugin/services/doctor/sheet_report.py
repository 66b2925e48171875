"""The doctor's questions about spreadsheets: whether any waits for a worker or for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shop_plugin.models import SheetImport
from shop_plugin.services.doctor.findings import Finding, count_of, notice, problem

STANDS_STILL = timedelta(minutes=10)


def report_sheets(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about sheets that were handed in; nothing where none waits."""
    still = SheetImport.objects.filter(
        state=SheetImport.State.CHECKING, moved_at__lt=now - STANDS_STILL
    ).count()
    if still:
        yield problem(
            "sheets.not_checked",
            f"Nobody checks {count_of(still, 'spreadsheet', 'spreadsheets')} that "
            f"{'was' if still == 1 else 'were'} handed in.",
            "Run the task footback.sheets every few seconds, or 'manage.py "
            "footback_import_facts --due'.",
            sheets=still,
        )
    waiting = SheetImport.objects.filter(state=SheetImport.State.CHECKED).count()
    if waiting:
        yield notice(
            "sheets.undecided",
            f"{count_of(waiting, 'spreadsheet waits', 'spreadsheets wait')} for a decision.",
            "Import or give up what is listed in the admin under spreadsheets of facts.",
            sheets=waiting,
        )
