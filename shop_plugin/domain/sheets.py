"""Tables as people keep them in a spreadsheet: lines of cells, and what no table may hold.

A table comes in and goes out through a :class:`SheetFormat`. What stands in a
cell is text or an :class:`OddCell`, which is anything that a person did not
type as a value. A file that cannot be used at all is a :class:`SheetUnusable`
with a code; the words for it are made where somebody reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

# Wider than any table of ours; a sheet with thousands of columns is no table.
MOST_COLUMNS = 100
# A fact takes a few words, a title at most 500 characters.
MOST_CELL_CHARACTERS = 4_000


class SheetUnusable(Exception):
    """A file that is refused as a whole. ``code`` says why, ``facts`` hold what to name.

    ``line`` is where it was found, 0 for the file itself.
    """

    def __init__(self, code: str, *, line: int = 0, **facts: str | int) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code = code
        self.line = line
        self.facts = facts


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How large a table may be. ``most_bytes`` counts the file as it comes in."""

    most_bytes: int = 20_000_000
    most_rows: int = 200_000
    most_columns: int = MOST_COLUMNS
    most_cell_characters: int = MOST_CELL_CHARACTERS


class Oddity(StrEnum):
    """What a cell may hold beside what was typed into it."""

    FORMULA = "formula"
    DATE = "date"
    ERROR = "error"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that holds no typed value; ``shown`` is what a person sees or wrote there."""

    oddity: Oddity
    shown: str


Cell = str | OddCell


class SheetLine(NamedTuple):
    """One line of a table: its number as the spreadsheet shows it, from 1, and its cells.

    ``fault`` is the code of why the line has none, or empty.
    """

    number: int
    cells: tuple[Cell, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingColumn:
    """A column to write. ``choices`` are offered in a list; ``hint`` says what to write.

    ``is_open`` tells the columns that people fill in from those to read.
    """

    label: str
    is_open: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""
    width: int = 16


@dataclass(frozen=True, slots=True)
class OutgoingSheet:
    """A table to write, row by row, with a second sheet that explains it.

    ``delimiter`` and ``has_mark`` (a byte order mark) are for formats of text.
    """

    title: str
    columns: Sequence[OutgoingColumn]
    rows: Iterable[Sequence[str]]
    legend_title: str = ""
    legend: Sequence[Sequence[str]] = ()
    delimiter: str = ","
    has_mark: bool = True


@runtime_checkable
class SheetFormat(Protocol):
    """A file format of tables. Reading and writing stream, in memory that does not grow."""

    suffix: str
    content_type: str

    def read(
        self, file: BinaryIO, *, limits: SheetLimits, encoding: str = ""
    ) -> Iterator[SheetLine]:
        """Yield the lines that are not empty.

        Whatever would take too much time or memory is refused before it does.

        :raises SheetUnusable: at once or on the way; what came before stands.
        """
        ...

    def write(self, sheet: OutgoingSheet) -> Iterator[bytes]:
        """Yield the file in pieces. No cell of it is run as a formula by any program."""
        ...


# --- cells that a spreadsheet would run ---------------------------------------------------------

# What starts a formula, a command or another cell, in ASCII and as wide characters.
_STARTS = "=+\\-@|\t\r\n\uff1d\uff0b\uff0d\uff20\uff5c\u2212"
# Programs skip spaces and characters without width before they look.
_SKIPPED = "[ \u00a0\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\u3000]*"
_RISKY = re.compile(f"'*{_SKIPPED}[{_STARTS}]")
_GUARDED = re.compile(f"''*{_SKIPPED}[{_STARTS}]")
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def guard_cell(text: str) -> str:
    """Return the text of a cell as no program runs it: with an apostrophe before what it might.

    :func:`bare_cell` gives the very text back.
    """
    return f"'{text}" if _RISKY.match(text) else text


def bare_cell(text: str) -> str:
    """Return the text that :func:`guard_cell` was given."""
    return text[1:] if _GUARDED.match(text) else text


def writable(text: str) -> str:
    """Return a text without the control characters that a file of a spreadsheet cannot hold."""
    return _UNWRITABLE.sub("", text)
