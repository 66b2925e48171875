"""Mail what fell due before the shop went live, after a preview and a typed number."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.services.nudges.backfilling import (
    Backfill,
    BackfillChangedError,
    preview_backfill,
    start_backfill,
)
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """Open the backfill guard for one kind of shoe."""

    help = (
        "Mail about pairs that fell due before the shop went live, which the backfill guard keeps "
        "back. Shows first how many people that would be; their number has to be typed, or given "
        "with --confirm. All other gates, caps and hours hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the kind, how far back, how many a day, and the confirmation."""
        kinds = [item.value for item in UseCategory]
        parser.add_argument("--category", required=True, choices=kinds, help="the kind of shoe")
        parser.add_argument(
            "--max-late",
            required=True,
            type=_read_days,
            metavar="90d",
            help="how long ago a stage may have come due",
        )
        parser.add_argument("--per-day", type=int, default=200, help="people a day (200)")
        parser.add_argument(
            "--confirm", type=int, metavar="PEOPLE", help="the number of people of the preview"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Show the preview; act on the typed number."""
        wanted = {
            "category": UseCategory(options["category"]),
            "max_late_days": options["max_late"],
            "per_day": options["per_day"],
        }
        if options["per_day"] < 1:
            raise CommandError("--per-day must be at least 1.")
        preview = preview_backfill(**wanted, now=read_database_clock())
        self._print(preview)
        if not preview.people:
            return
        confirmed = options["confirm"]
        if confirmed is None:
            confirmed = self._ask(preview.people)
        if confirmed is None:
            return
        try:
            done = start_backfill(**wanted, confirmed_people=confirmed, now=read_database_clock())
        except BackfillChangedError as changed:
            raise CommandError(
                f"{confirmed} people were confirmed, but it would be {changed}. Nothing was "
                "changed; look at the preview again."
            ) from changed
        self.stdout.write(
            f"Planned: {done.stages:,} stages of pairs of {done.people:,} people, "
            f"until {done.last_on}."
        )

    def _print(self, preview: Backfill) -> None:
        self.stdout.write(
            f"{preview.category}: {preview.stages:,} stages of pairs of {preview.people:,} people "
            f"would be mailed about from {preview.first_on} to {preview.last_on}, at the earliest."
        )
        for reason, count in preview.held_back.items():
            self.stdout.write(f"  {count:>8,} stay back: {reason}")

    def _ask(self, people: int) -> int | None:
        if not sys.stdin.isatty():
            self.stdout.write(f"Nothing was changed. To do it, repeat this with --confirm {people}")
            return None
        typed = input("Type the number of people to mail them, anything else to leave it: ")
        if typed.strip().replace(",", "") != str(people):
            self.stdout.write("Nothing was changed.")
            return None
        return people


def _read_days(text: str) -> int:
    """Read "90d" or "90" as days."""
    found = re.fullmatch(r"([0-9]{1,4})d?", text.strip())
    if not found or not int(found[1]):
        raise ValueError(text)
    return int(found[1])
