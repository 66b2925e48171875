"""Count how much is known of the shoes on offer."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from shop_plugin.domain.completeness import needed_facts
from shop_plugin.management.progress import plain_errors, show_progress
from shop_plugin.services.evidence.completeness import count_today
from shop_plugin.services.evidence.rescoring import count_classes
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.shop.guides import guide_in_force


class Command(BaseCommand):
    """Count, keep the row of the day, and print it."""

    help = (
        "Count by kind of shoe how many can be scored and how many facts are known, and keep it as "
        "the row of today, as the task footback.reports does once a day. "
        "Exit status: 0 done, 1 it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form of the answer."""
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count and print."""
        now = read_database_clock()
        with (
            plain_errors(again="Run the same command again."),
            show_progress(
                stream=sys.stderr,
                total=count_classes(),
                what="count",
                verbosity=options["verbosity"],
            ) as bar,
        ):
            counts = count_today(day=now.date(), now=now, on_progress=bar.update).counts
        if options["json"]:
            self.stdout.write(json.dumps(counts, indent=2))
            return
        needed = needed_facts(guide_in_force())
        self.stdout.write(
            "kind".ljust(16)
            + "shoes".rjust(9)
            + "can be scored".rjust(15)
            + "needed facts".rjust(15)
        )
        for name, kind in counts["kinds"].items():
            known = sum(kind["known"].get(key, 0) for key in needed)
            possible = kind["listings"] * len(needed)
            self.stdout.write(
                f"{name:<16}{kind['listings']:>9,}{kind['scored']:>15,}"
                f"{known / possible if possible else 0:>15.0%}"
            )
        for place, item in enumerate(counts["helpful"], start=1):
            self.stdout.write(
                f"{place:>3}. {item['attribute']} of {item['kind']}: {item['listings']:,} shoes, "
                f"narrows the match by {item['narrowing'] / 100:.0f} points"
            )
