"""Known facts of listings, in a form that their host takes back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from shop_plugin.conf import get_settings, load_facts_format
from shop_plugin.management.progress import FAILED, plain_errors, show_progress
from shop_plugin.services.evidence.listed_facts import ListedFactsReader

_WRONG_ARGUMENTS = 2


class Command(BaseCommand):
    """Write the facts of listings for Google Merchant or another host; never a match."""

    help = (
        "Write what is known of the listings on offer in a form that a host takes back (a "
        "supplemental feed, say). What is unknown is left out, and so are matches and "
        "conditions. Exit status: 0 written, 1 it could not be, 2 wrong arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form, which listings, and where to."""
        parser.add_argument(
            "--format",
            required=True,
            choices=sorted(get_settings().FACTS_FORMATS),
            help="the form in which the host takes facts",
        )
        parser.add_argument("--source", default="", help="only listings of this shop or feed")
        parser.add_argument("--brand", default="", help="only listings of this brand")
        parser.add_argument("--out", type=Path, help="the file to write (default: standard output)")
        parser.add_argument(
            "--force", action="store_true", help="replace the file where it exists already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file whole, or leave what stood there; then say what was left out."""
        out: Path | None = options["out"]
        if out is not None and out.exists() and not options["force"]:
            raise CommandError(
                f"{out} exists already; name another file, or replace it with --force.",
                returncode=_WRONG_ARGUMENTS,
            )
        with plain_errors(again="Run the same command again."):
            facts = ListedFactsReader(source=options["source"], brand=options["brand"])
            with show_progress(
                stream=sys.stderr,
                total=facts.count(),
                what=options["format"],
                verbosity=options["verbosity"],
            ) as bar:
                facts.on_progress = bar.update
                written = self._write(options["format"], facts, out)
            if options["verbosity"] > 0:
                self._report(facts, written, out)

    def _write(self, name: str, facts: ListedFactsReader, out: Path | None) -> int:
        pieces = load_facts_format(name).write(facts)
        if out is None:
            return _pass_on(pieces, sys.stdout.buffer)
        unfinished = out.with_name(f"{out.name}.part")
        try:
            with unfinished.open("wb") as file:
                written = _pass_on(pieces, file)
            unfinished.replace(out)
        except OSError as error:
            raise CommandError(
                f"{out} cannot be written: {error.strerror or error}", returncode=FAILED
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)
        return written

    def _report(self, facts: ListedFactsReader, written: int, out: Path | None) -> None:
        left_out = facts.left_out
        self.stderr.write(
            f"{out or 'standard output'}: {facts.handed_over:,} listings, "
            f"{written / 1_000_000:.1f} MB"
        )
        if left_out.unknown:
            self.stderr.write(f"  left out, nothing is known of them: {left_out.unknown:,}")
        if left_out.withdrawn:
            self.stderr.write(f"  left out, no longer on offer: {left_out.withdrawn:,}")


def _pass_on(pieces: Iterator[bytes], file: BinaryIO) -> int:
    written = 0
    for piece in pieces:
        written += file.write(piece)
    return written
