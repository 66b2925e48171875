"""Pull the host's catalogue."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shop_plugin.management.progress import SOME_ROWS_REFUSED, plain_errors, show_progress
from shop_plugin.services.intake.catalogue import sync_catalogue


class Command(BaseCommand):
    """Sync listings from the adapter named in ``FOOTBACK["CATALOGUE_SOURCE"]``."""

    help = (
        "Pull listings through the configured catalogue adapter: what changed since the last "
        "sync, or with --full all of it, and then mark what is gone as withdrawn. "
        "Exit status: 0 all products are in, 3 some were refused, 1 it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the one choice."""
        parser.add_argument(
            "--full", action="store_true", help="read everything and withdraw what is gone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync, report, and exit 3 where products were refused."""
        with (
            plain_errors(again="Run the same command again: what is in, is skipped."),
            show_progress(
                stream=sys.stderr, total=None, what="sync", verbosity=options["verbosity"]
            ) as bar,
        ):
            result = sync_catalogue(
                now=timezone.now(), full=options["full"], on_progress=bar.update
            )
        if options["verbosity"] > 0:
            self.stdout.write(
                f"{result.rows:,} products: created {result.created:,}, updated "
                f"{result.updated:,}, unchanged {result.unchanged:,}, refused {result.refused:,}, "
                f"withdrawn {result.withdrawn:,}, returned {result.returned:,}"
            )
            for code, count in result.warnings.items():
                self.stdout.write(f"  warning {code} {count:,}")
            for item in result.examples:
                if item.is_refusal:
                    where = f"{item.raw or f'row {item.line}'}, {item.field}"
                    self.stderr.write(f"  refused {where}: {item.reason}")
        if result.refused:
            raise CommandError(
                f"{result.refused} of {result.rows} products were refused; the rest is in.",
                returncode=SOME_ROWS_REFUSED,
            )
