"""A table of text, record by record: what every format that is CSV shares.

The separator is recognised, cells may hold line breaks, and memory stays
bounded whatever stands in the file. A record that cannot be taken apart is
handed over with its reason and never stops the rest.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from shop_plugin.adapters.files import LONGEST_LINE, Line, TextFile
from shop_plugin.domain.ports import UnusableSource

DELIMITERS = ",;\t|"
# A shop has some hundred fields of its own at most; more is no table of products.
MOST_COLUMNS = 2_000
# Each line is bounded by itself; a record of many lines in many cells is bounded by this.
LONGEST_RECORD = 4 * LONGEST_LINE
_TOO_LONG = "the record is too long"


class Record(NamedTuple):
    """One record: its last line, counted from 1, and its cells, or why there are none.

    ``raw`` is the record as it stood, its line breaks and quotes lost.
    """

    line: int
    cells: list[str]
    code: str = ""
    reason: str = ""
    raw: str = ""


class CsvTable:
    """The records of a file behind its header. Read once, from the first to the last.

    ``header`` holds the names of the columns as they are written.

    :raises UnusableSource: for a file that is empty, not there, not text, or has no header.
    """

    def __init__(self, file: TextFile, path: Path) -> None:
        first = next((line.text for line in file.iter_lines(path) if line.text.strip()), "")
        if not first:
            raise UnusableSource(f"{path} is empty: there is nothing to import")
        self.delimiter = max(DELIMITERS, key=first.count)
        csv.field_size_limit(LONGEST_LINE)
        self._feed = _Feed(file.iter_lines(path))
        self._reader = csv.reader(self._feed, delimiter=self.delimiter, strict=False)
        self.header = self._read_header(path)

    def __iter__(self) -> Iterator[Record]:
        width = len(self.header)
        for line, cells in self._records():
            yield from self._feed.take_unreadable()
            if isinstance(cells, csv.Error):
                yield Record(line, [], *_say_why(cells))
            elif len(cells) > width and any(cells[width:]):
                reason = f"has {len(cells)} columns, the header {width}: a separator too many"
                yield Record(line, [], "too_many_columns", reason, self.delimiter.join(cells))
            elif any(cells):
                yield Record(line, cells, raw=self.delimiter.join(cells))
        yield from self._feed.take_unreadable()

    def spell_delimiter(self) -> str:
        """Return what parts the columns, as people say it."""
        return "tabs" if self.delimiter == "\t" else f'"{self.delimiter}"'

    def _records(self) -> Iterator[tuple[int, list[str] | csv.Error]]:
        while True:
            self._feed.begin_record()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._feed.number, error
                continue
            yield self._feed.number, cells

    def _read_header(self, path: Path) -> list[str]:
        try:
            cells: list[str] = next((row for row in self._reader if any(row)), [])
        except csv.Error as error:
            _code, reason = _say_why(error)
            raise UnusableSource(
                f"{path} has a first line that cannot be read: {reason}. If it is the only line, "
                "the file ends its lines as old Macs did; convert it: tr '\\r' '\\n' < FILE > "
                "FILE.csv"
            ) from error
        if len(cells) > MOST_COLUMNS:
            raise UnusableSource(
                f"{path} has {len(cells)} columns; at most {MOST_COLUMNS} are read. "
                "Export the columns that describe the products only"
            )
        return [cell.strip() for cell in cells]


class _Feed:
    """The lines of a file for the csv module; what has no text is put aside."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._unreadable: list[Line] = []
        self._size = 0
        self.number = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number = line.number
        if line.code:
            self._unreadable.append(line)
            return "\n"
        self._size += len(line.text)
        if self._size > LONGEST_RECORD:
            # An iterator that is a class goes on after what it raises: the next record is read.
            raise csv.Error(_TOO_LONG)
        return line.text.replace("\x00", "")

    def begin_record(self) -> None:
        self._size = 0

    def take_unreadable(self) -> Iterator[Record]:
        for line in self._unreadable:
            yield Record(line.number, [], line.code, line.reason, line.raw)
        self._unreadable.clear()


def _say_why(error: csv.Error) -> tuple[str, str]:
    """Return the code and the reason of a record that cannot be read."""
    if "new-line" in str(error):
        return "stray_line_end", "a carriage return stands in the middle of the line"
    if str(error) == _TOO_LONG:
        return "record_too_long", f"the record is longer than {LONGEST_RECORD // 1024} kB"
    # A cell beyond the limit: an opening quote that is never closed swallows the rest.
    reason = "a quotation mark is opened and never closed before the cell grew too long"
    return "cell_too_long", reason
