"""Compute the Guide match."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from shop_plugin.management.progress import plain_errors, show_progress
from shop_plugin.models import FootwearProfile
from shop_plugin.services.evidence.assessment import assess_stale, formula_in_force, stale_profiles


class Command(BaseCommand):
    """Assess: the Guide match of every profile that changed, for every condition."""

    help = (
        "Compute the Guide match of listings whose facts changed or whose match is of another "
        "formula, once per distinct set of facts and for every condition of the guide. "
        "Exit status: 0 done, 1 it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to assess."""
        parser.add_argument(
            "--all", action="store_true", help="compute matches that are up to date anew too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Assess and report."""
        with plain_errors(again="Run the same command again: it continues where it stopped."):
            waiting = FootwearProfile.objects.all() if options["all"] else stale_profiles()
            with show_progress(
                stream=sys.stderr,
                total=waiting.count(),
                what="assess",
                verbosity=options["verbosity"],
            ) as bar:
                result = assess_stale(
                    now=timezone.now(),
                    everything=options["all"],
                    on_progress=bar.update,
                )
        if options["verbosity"] > 0:
            self.stdout.write(
                f"{result.listings:,} listings assessed by {formula_in_force()}: "
                f"{result.written:,} matches written"
            )
