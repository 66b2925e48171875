"""Write the search index down, or compare it with the database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from shop_plugin.management.progress import plain_errors
from shop_plugin.services.doctor.search_report import IndexCheck, check_index, rewrite_words
from shop_plugin.services.search.snapshots import refresh_snapshot


class Command(BaseCommand):
    """Write a snapshot of the search index, from which every process begins."""

    help = (
        "Write a snapshot of the search index, from which every web process begins, and prune the "
        "log of changes. Exit status: 0 done or exact, 1 it failed, 4 --check found a difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--check",
            action="store_true",
            help="compare it with the database, write nothing",
        )
        what.add_argument(
            "--if-due", action="store_true", help="write only where much changed since the last one"
        )
        what.add_argument(
            "--words", action="store_true", help="write the stored words of listings anew first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare, and report."""
        with plain_errors(again="Run the same command again."):
            if options["check"]:
                self._report_check(check_index())
                return
            if options["words"]:
                self._say(f"{rewrite_words():,} listings have new words", options)
            report = refresh_snapshot(now=timezone.now(), anyway=not options["if_due"])
        if report.reason:
            self._say(f"no snapshot written: {report.reason}", options)
        else:
            self._say(
                f"{report.listings:,} listings in {report.size_bytes / 1e6:,.1f} MB, "
                f"{report.bytes_per_listing:,} bytes each",
                options,
            )
        self._say(f"{report.pruned:,} notes of changes pruned", options)

    def _say(self, text: str, options: dict[str, Any]) -> None:
        if options["verbosity"] > 0:
            self.stdout.write(text)

    def _report_check(self, check: IndexCheck) -> None:
        if check.is_exact:
            self.stdout.write(f"exact: {check.listings:,} listings")
            return
        if check.problem:
            self.stdout.write(f"cannot compare: {check.problem}")
        for name in ("differing", "missing", "surplus", "unworded"):
            if ids := getattr(check, name):
                self.stdout.write(f"{name}: {', '.join(map(str, ids))}")
        self.stdout.write(
            "Run 'manage.py footback_index' (with --words for listings named as unworded)."
        )
        sys.exit(4)
