"""What another guide, or a moved threshold, would do to the matches of this shop."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shop_plugin.domain.guide import GuideError
from shop_plugin.domain.guide_shifts import THRESHOLDS, shift_guide
from shop_plugin.domain.guide_terms import Guide
from shop_plugin.management.progress import plain_errors, show_progress
from shop_plugin.services.evidence.rescoring import compare_guides, count_classes, store_beside
from shop_plugin.services.shop.guides import find_guide, guide_in_force, guide_versions

_KEPT_PER_UNIT = {"mm": 1000, "points": 100, "share": 1000}


class Command(BaseCommand):
    """Compare, and store beside what is in force; never switches over."""

    help = (
        "Compute the matches of another formula beside those in force, and report which listings "
        "would show another grade. The pages keep the formula in force until the setting FORMULA "
        "names the other one. With --threshold, move one number of the guide and store nothing. "
        "Exit status: 0 done, 1 it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to compare with."""
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--formula", metavar="VERSION", help="the guide to compare with")
        chosen.add_argument(
            "--threshold",
            choices=sorted(THRESHOLDS),
            help="the number of the guide in force to move; needs --by",
        )
        parser.add_argument(
            "--by",
            type=float,
            help="how far: mm for lengths, points for grades and caps, 0 to 1 for shares",
        )
        parser.add_argument(
            "--report",
            nargs="?",
            const="-",
            metavar="FILE",
            help="write the difference as JSON into FILE, or print it",
        )
        parser.add_argument(
            "--no-store", action="store_true", help="compare only; keep no matches of --formula"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and report."""
        try:
            after = self._find_guide(options)
        except GuideError as error:
            raise CommandError(str(error), returncode=1) from error
        verbosity = options["verbosity"]
        with plain_errors(again="Run the same command again."):
            with show_progress(
                stream=sys.stderr, total=count_classes(), what="compare", verbosity=verbosity
            ) as bar:
                diff = compare_guides(
                    before=guide_in_force(), after=after, on_progress=bar.update
                ).as_plain()
            if options["formula"] and not options["no_store"]:
                written = store_beside(version=options["formula"], now=timezone.now())
                if verbosity:
                    self.stderr.write(
                        f"{written:,} matches of {after.version} stored beside those in force."
                    )
        self._write(diff, options)

    def _find_guide(self, options: dict[str, Any]) -> Guide:
        if options["formula"]:
            return find_guide(options["formula"])
        if options["by"] is None:
            raise CommandError("--threshold needs --by, for example --by 5", returncode=1)
        unit = THRESHOLDS[options["threshold"]].unit
        by = round(options["by"] * _KEPT_PER_UNIT[unit])
        return shift_guide(guide_in_force(), threshold=options["threshold"], by=by)

    def _write(self, diff: dict[str, Any], options: dict[str, Any]) -> None:
        if options["report"] == "-":
            self.stdout.write(json.dumps(diff, indent=2, ensure_ascii=False))
            return
        if options["report"]:
            path = Path(options["report"])
            try:
                path.write_text(json.dumps(diff, indent=2, ensure_ascii=False) + "\n", "utf-8")
            except OSError as error:
                raise CommandError(f"{path} cannot be written: {error}", returncode=1) from error
        self.stdout.write(
            f"{diff['before']} -> {diff['after']}: of {diff['listings']:,} listings "
            f"{diff['changed']:,} would show another grade ({diff['better']:,} a better letter, "
            f"{diff['worse']:,} a worse one)."
        )
        for move in diff["moves"]:
            samples = ", ".join(str(sample["listing"]) for sample in move["samples"])
            self.stdout.write(
                f"  {move['from']:>10} -> {move['to']:<10} {move['listings']:>9,}"
                f"   listings {samples}"
            )
        known = ", ".join(guide_versions())
        if options["formula"] and options["verbosity"] > 1:
            self.stdout.write(f"Guides: {known}.")
