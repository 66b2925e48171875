"""Read listings into observations and profiles."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from shop_plugin.management.progress import plain_errors, show_progress
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale, stale_listings


class Command(BaseCommand):
    """Annotate: the words and fields of listings become observations and profiles."""

    help = (
        "Read the listings that are new or changed, or that an older extractor read: feed fields "
        "and texts become observations with their quotes, observations become profiles. An "
        "interrupted run continues where it stopped. Exit status: 0 done, 1 it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to read."""
        parser.add_argument("--source", default="", help="read the listings of one source only")
        parser.add_argument(
            "--all",
            action="store_true",
            help="read fresh listings again too (after a change of DEFAULT_HEEL_UNIT)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and report."""
        with plain_errors(again="Run the same command again: it continues where it stopped."):
            waiting = Listing.objects.all() if options["all"] else stale_listings()
            if options["source"]:
                waiting = waiting.filter(source=options["source"])
            with show_progress(
                stream=sys.stderr,
                total=waiting.count(),
                what="annotate",
                verbosity=options["verbosity"],
            ) as bar:
                result = annotate_stale(
                    now=timezone.now(),
                    source=options["source"],
                    everything=options["all"],
                    on_progress=bar.update,
                )
        if options["verbosity"] == 0:
            return
        self.stdout.write(
            f"listings read: {result.listings:,}; observations written: {result.written:,}, "
            f"removed: {result.removed:,}; profiles changed: {result.profiles:,}"
        )
        if result.waiting:
            self.stdout.write(f"  readings that wait for a person: {result.waiting:,}")
        for code, count in sorted(result.problems.items()):
            self.stdout.write(f"  fields left out, {code}: {count:,}")
