"""Listings or orders from a file."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shop_plugin.conf import get_settings, load_file_format
from shop_plugin.management.progress import SOME_ROWS_REFUSED, plain_errors, show_progress
from shop_plugin.services.bulk.import_results import ImportResult, RowReport
from shop_plugin.services.intake.feed_download import download_feed
from shop_plugin.services.intake.files import FileImport, FileKind, import_file

_BY_SUFFIX = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xml": "google-xml",
}


def _column(names: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:^|[\t,;|\"])(?:" + names + rb")(?:[\t,;|\"\r\n]|$)", re.IGNORECASE)


# Columns of tables in which each line is a size, or a variant: read as plain CSV, every one of
# them would be a listing.
_TELLING_COLUMNS = {
    "google-tsv": _column(rb"(?:g:)?item[ _]group[ _]id"),
    "shopify": _column(rb"option1 name"),
    "woocommerce": _column(rb"is featured\?|attribute 1 name"),
}
_LONGEST_HEADER = 64 * 1024
_NEXT = {
    FileKind.LISTINGS: "Next: footback_annotate reads the texts, footback_assess scores.",
    FileKind.ORDERS: "Next: footback_forecast tells what would be mailed, and when.",
}


class Command(BaseCommand):
    """Import a file of listings or orders: again without change, on after an interruption."""

    help = (
        "Import listings or orders from a file. The same file again changes nothing; after an "
        "interruption the next run continues. Exit status: 0 all rows are in, 3 some were "
        "refused, 1 nothing could be read or the database failed, 2 wrong arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and how to read it."""
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("file", type=Path, nargs="?", help="the file to read")
        where.add_argument(
            "--url",
            default="",
            help="fetch the file from an https address; only from hosts named in the setting "
            "URL_IMPORT",
        )
        parser.add_argument(
            "--format",
            choices=sorted(get_settings().FILE_FORMATS),
            help="how the file is written (default: by its ending, .jsonl, .csv, .tsv or .xml, and "
            "for a table by the columns of Google's feeds and of Shopify's and WooCommerce's "
            "exports)",
        )
        parser.add_argument(
            "--source", required=True, help="the name of the shop or feed, for rows without one"
        )
        parser.add_argument(
            "--kind", choices=[item.value for item in FileKind], default=FileKind.LISTINGS.value
        )
        parser.add_argument("--encoding", default="utf-8", help="of the text (default: utf-8)")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would happen and write nothing"
        )
        parser.add_argument(
            "--restart", action="store_true", help="begin anew after an interrupted run"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, report, and exit 3 where rows were refused."""
        if not options["url"]:
            self._handle_file(options["file"], options)
            return
        with (
            plain_errors(again="Run the same command again."),
            download_feed(url=options["url"]) as path,
        ):
            self._handle_file(path, options)

    def _handle_file(self, path: Path, options: dict[str, Any]) -> None:
        kind = FileKind(options["kind"])
        name = options["format"] or _guess_format(path)
        if name not in get_settings().FILE_FORMATS:
            known = ", ".join(sorted(get_settings().FILE_FORMATS))
            raise CommandError(
                f'The ending of "{path.name}" tells no format; name one with --format: {known}',
                returncode=2,
            )
        again = "Run the same command again: it continues after the last row that is in."
        try:
            with plain_errors(again=again):
                done = self._import(path, name, kind, options)
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {again}", returncode=130) from None
        if options["verbosity"] > 0:
            self._report(path, kind, done, is_dry=options["dry_run"])
        refused = done.result.refused
        if refused:
            rest = "would be refused" if options["dry_run"] else "were refused; the rest is in"
            raise CommandError(
                f"{refused} of {done.result.rows} rows {rest}.", returncode=SOME_ROWS_REFUSED
            )

    def _import(self, path: Path, name: str, kind: FileKind, options: dict[str, Any]) -> FileImport:
        file_format = load_file_format(name)
        file_format.encoding = options["encoding"]
        with show_progress(
            stream=sys.stderr, total=None, what=path.name, verbosity=options["verbosity"]
        ) as bar:

            def start(lines: int, done_before: int) -> None:
                bar.total = lines
                bar.update(done_before)
                if done_before and options["verbosity"] > 0:
                    self.stdout.write(f"Continuing after line {done_before}.")

            return import_file(
                path=path,
                file_format=file_format,
                kind=kind,
                source=options["source"],
                now=timezone.now(),
                dry_run=options["dry_run"],
                restart=options["restart"],
                on_start=start,
                on_progress=bar.update,
            )

    def _report(self, path: Path, kind: FileKind, done: FileImport, *, is_dry: bool) -> None:
        result = done.result
        rate = result.rows / done.seconds if done.seconds else 0
        self.stdout.write(
            f"{path.name}: {result.rows:,} rows in {done.seconds:.1f} s ({rate:,.0f} a second)"
        )
        would = "would be " if is_dry else ""
        self.stdout.write(
            f"  {would}created {result.created:,}, updated {result.updated:,}, "
            f"unchanged {result.unchanged:,}, refused {result.refused:,}"
        )
        for name, count in result.details.items():
            if count:
                self.stdout.write(f"  {name.replace('_', ' ')} {count:,}")
        self._report_rows(result, done.run_id)
        if is_dry:
            self.stdout.write("Nothing was written: this was a dry run.")
        elif result.created or result.updated:
            self.stdout.write(_NEXT[kind])

    def _report_rows(self, result: ImportResult, run_id: int | None) -> None:
        firsts = {item.code: item for item in result.examples if not item.is_refusal}
        for code, count in result.warnings.items():
            first = firsts.get(code)
            where = f", first in {_place(first)}: {first.reason}" if first else ""
            self.stdout.write(f"  warning {code} {count:,}{where}")
        refusals = [item for item in result.examples if item.is_refusal]
        for item in refusals:
            self.stderr.write(f"  refused {_place(item)}: {item.reason}")
        if result.refused > len({item.line for item in refusals}) and run_id is not None:
            self.stderr.write(f"  All refused rows are kept with run {run_id}; see the admin.")


def _guess_format(path: Path) -> str | None:
    name = _BY_SUFFIX.get(path.suffix.lower())
    if name == "csv":
        try:
            with path.open("rb") as file:
                header = file.readline(_LONGEST_HEADER)
        except OSError:
            return name  # the import says why it cannot be read
        known = get_settings().FILE_FORMATS
        return next(
            (
                told
                for told, column in _TELLING_COLUMNS.items()
                if told in known and column.search(header)
            ),
            name,
        )
    return name


def _place(item: RowReport) -> str:
    return f"line {item.line}, {item.field}" if item.field else f"line {item.line}"
