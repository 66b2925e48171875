"""Compute past matches anew and compare every bit."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop_plugin.management.progress import plain_errors, show_progress
from shop_plugin.models import FootwearProfile
from shop_plugin.services.evidence.rescoring import replay_matches


class Command(BaseCommand):
    """Replay: the stored matches, from their stored facts, by the guide they were made with."""

    help = (
        "Compute stored matches anew from their stored facts and the guide of their version, and "
        "compare score, grade, reasons and all else bit for bit. Changes nothing. "
        "Exit status: 0 all the same, 1 some differ or their guide is gone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which matches."""
        parser.add_argument("--formula", default="", metavar="VERSION", help="of one version only")
        parser.add_argument("--listing", type=int, metavar="ID", help="of one listing's facts only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and report."""
        with (
            plain_errors(again="Run the same command again."),
            show_progress(
                stream=sys.stderr, total=None, what="replay", verbosity=options["verbosity"]
            ) as bar,
        ):
            try:
                replay = replay_matches(
                    version=options["formula"],
                    listing_id=options["listing"],
                    on_progress=bar.update,
                )
            except FootwearProfile.DoesNotExist:
                raise CommandError(
                    f"Listing {options['listing']} has no facts: run footback_annotate.",
                    returncode=1,
                ) from None
        for item in replay.mismatches:
            self.stdout.write(
                f"{item.attribute_hash} {item.condition} {item.formula_version}: "
                f"{', '.join(item.columns)} differ"
            )
        for version, count in sorted(replay.unknown.items()):
            self.stdout.write(f"{count:,} matches of {version}: there is no such guide any more")
        self.stdout.write(
            f"{replay.checked:,} matches computed anew, {replay.different:,} came out different."
        )
        if not replay.is_exact:
            raise CommandError("Not every past match can be replayed.", returncode=1)
