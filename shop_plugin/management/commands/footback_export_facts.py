"""Listings with what staff say of them, as a spreadsheet to fill in."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.management.progress import FAILED, plain_errors
from shop_plugin.services.staff.sheets.export import find_listing_ids, write_facts_sheet

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_UNKNOWN = ("arch_support", "cushioning", "heel_height_mm")


class Command(BaseCommand):
    """Write a spreadsheet of facts; ``footback_import_facts`` takes it in again."""

    help = (
        "Write listings with what staff say of them into a spreadsheet to fill in. The ending "
        "of the file tells the format. Exit status: 0 written, 1 it could not be, 2 wrong "
        "arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, which listings, and how to write them."""
        parser.add_argument(
            "file", type=Path, help="the file to write, .xlsx or .csv; - is CSV out"
        )
        parser.add_argument("--source", default="", help="only listings of this shop or feed")
        parser.add_argument(
            "--category",
            default="",
            choices=["", *(kind.value for kind in UseCategory)],
            metavar="KIND",
            help="only this kind of shoe, such as running",
        )
        parser.add_argument("--brand", default="", help="only this brand")
        parser.add_argument(
            "--unknown",
            action="append",
            default=[],
            choices=_UNKNOWN,
            help="only listings of which this fact is not known; may be given several times",
        )
        parser.add_argument(
            "--language",
            default=settings.LANGUAGE_CODE,
            help="of the headings and words (default: the site's)",
        )
        parser.add_argument("--delimiter", choices=sorted(_DELIMITERS), help="of a CSV file")
        parser.add_argument(
            "--no-mark", action="store_true", help="begin a CSV file without a byte order mark"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file whole, or leave nothing of it."""
        path: Path = options["file"]
        is_out = str(path) == "-"
        format_name = "csv" if is_out else path.suffix.lower().lstrip(".")
        if format_name not in get_settings().SHEET_FORMATS:
            known = ", ".join(f".{name}" for name in sorted(get_settings().SHEET_FORMATS))
            raise CommandError(f"The file must end in one of: {known}", returncode=2)
        with plain_errors(again="Run the same command again."), override(options["language"]):
            pieces = write_facts_sheet(
                listing_ids=find_listing_ids(
                    source=options["source"],
                    category=options["category"],
                    brand=options["brand"],
                    unknown=options["unknown"],
                ),
                format_name=format_name,
                delimiter=_DELIMITERS.get(options["delimiter"], ""),
                has_mark=not options["no_mark"],
            )
            if is_out:
                for piece in pieces:
                    sys.stdout.buffer.write(piece)
                return
            unfinished = path.with_name(f"{path.name}.part")
            try:
                with unfinished.open("wb") as file:
                    file.writelines(pieces)
                unfinished.replace(path)
            except OSError as error:
                raise CommandError(
                    f"{path} cannot be written: {error.strerror or error}", returncode=FAILED
                ) from error
            finally:
                unfinished.unlink(missing_ok=True)
        if options["verbosity"] > 0:
            self.stdout.write(f"{path}: {path.stat().st_size / 1_000_000:.1f} MB")
