"""Work through edits of many listings without Celery, or list, cancel, resume and undo them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop_plugin.management.progress import FAILED, plain_errors
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.staff.bulk_edits.asking import (
    NotNow,
    cancel_edit,
    resume_edit,
    undo_edit,
)
from shop_plugin.services.staff.bulk_edits.reporting import NoSuchEdit, find_edit, list_edits
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits

UNTIL_DONE = 365 * 24 * 3600.0


class Command(BaseCommand):
    """Work through what is due; the same chunks that the task footback.bulk_edits does."""

    help = (
        "Work through the edits of many listings that are confirmed, and the previews that are "
        "asked for, until nothing is due. Does without Celery what the task footback.bulk_edits "
        "does; any number may run at once, and a killed one is taken up again. Exit status: 0 "
        "done, 1 an edit failed or cannot be changed so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--list", action="store_true", help="show the latest edits and their state"
        )
        what.add_argument("--cancel", type=int, metavar="EDIT", help="call an edit off")
        what.add_argument("--resume", type=int, metavar="EDIT", help="let a failed edit go on")
        what.add_argument("--undo", type=int, metavar="EDIT", help="queue the undo of an edit")
        what.add_argument(
            "--seconds", type=float, metavar="N", help="stop after the chunk that passes N seconds"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is asked, and say what was done."""
        again = "Run the same command again; what was done stays done."
        with plain_errors(again=again):
            if options["list"]:
                self._list(options["json"])
            elif edit_id := options["cancel"] or options["resume"] or options["undo"]:
                self._change(edit_id, options)
            else:
                self._work(options)

    def _work(self, options: dict[str, Any]) -> None:
        seconds = UNTIL_DONE if options["seconds"] is None else options["seconds"]
        work = work_on_bulk_edits(now=read_database_clock(), budget_seconds=seconds)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(work)))
        elif options["verbosity"] > 0:
            rest = " More is due." if work.is_more else ""
            self.stdout.write(
                f"{work.done:,} chunks done, {work.previewed:,} chunks previewed.{rest}"
            )
        if work.failed:
            raise CommandError(
                "A chunk failed; the reason stands at the edit (--list). Run the same command "
                "again.",
                returncode=FAILED,
            )

    def _list(self, as_json: bool) -> None:
        for report in list_edits(limit=20):
            facts = {
                "edit": report.edit_id,
                "state": report.state,
                "done": report.done,
                "total": report.total,
                "changed": report.changed,
                "reason": report.reason,
                "error": report.error,
            }
            if as_json:
                self.stdout.write(json.dumps(facts))
                continue
            self.stdout.write(
                f"{report.edit_id:>6}  {report.state:<10}  {report.done:,} of {report.total:,}, "
                f"{report.changed:,} changed  {report.reason}"
            )
            if report.error:
                self.stdout.write(f"        {report.error.splitlines()[0]}")

    def _change(self, edit_id: int, options: dict[str, Any]) -> None:
        now = read_database_clock()
        try:
            find_edit(edit_id=edit_id)
            if options["cancel"]:
                cancel_edit(edit_id=edit_id, author=None, now=now)
                said = f"edit {edit_id} is called off"
            elif options["resume"]:
                resume_edit(edit_id=edit_id, author=None, now=now)
                said = f"edit {edit_id} goes on; run footback_bulk_edits"
            else:
                undo_id = undo_edit(edit_id=edit_id, author=None, now=now)
                said = f"edit {undo_id} undoes edit {edit_id}; run footback_bulk_edits"
        except NoSuchEdit as error:
            raise CommandError(f"There is no edit {edit_id}.", returncode=FAILED) from error
        except NotNow as error:
            raise CommandError(
                f"Edit {edit_id} is in a state in which that cannot be done (--list shows it).",
                returncode=FAILED,
            ) from error
        self.stdout.write(said)
