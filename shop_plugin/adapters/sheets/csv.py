"""Tables of text: comma, semicolon, tab or bar between the cells, told by the first line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from shop_plugin.domain.sheets import (
    Cell,
    OddCell,
    Oddity,
    OutgoingSheet,
    SheetLimits,
    SheetLine,
    SheetUnusable,
    bare_cell,
    guard_cell,
    writable,
)

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 65_536
_MOST_LINE_CHARACTERS = 100_000  # the csv module's own limit for one cell is a little higher
_ROWS_AT_ONCE = 500
_FORMULA_SIGNS = ("=", "\uff1d")
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvSheet:
    """A table in a text file: UTF-8, or UTF-16 where its mark says so, or a named encoding."""

    suffix = ".csv"
    content_type = "text/csv; charset=utf-8"

    def read(
        self, file: BinaryIO, *, limits: SheetLimits, encoding: str = ""
    ) -> Iterator[SheetLine]:
        """Yield the lines that are not empty; see :class:`SheetFormat`.

        :raises SheetUnusable: see :meth:`SheetFormat.read`.
        """
        found = _check(file, limits, encoding)
        text = io.TextIOWrapper(file, encoding=found, newline="")
        try:
            yield from _read_lines(text, limits)
        finally:
            text.detach()

    def write(self, sheet: OutgoingSheet) -> Iterator[bytes]:
        """Yield the table with its header; the explaining sheet has no place in text."""
        if sheet.has_mark:
            yield codecs.BOM_UTF8
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=sheet.delimiter, lineterminator="\r\n")
        writer.writerow([guard_cell(writable(column.label)) for column in sheet.columns])
        for number, row in enumerate(sheet.rows, start=1):
            writer.writerow([guard_cell(writable(text)) for text in row])
            if number % _ROWS_AT_ONCE == 0:
                yield _drain(buffer)
        yield _drain(buffer)


def _drain(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return data


# --- looking at the bytes before anything is made of them --------------------------------------


def _check(file: BinaryIO, limits: SheetLimits, encoding: str) -> str:
    """Return the encoding to read with, after one pass over the bytes."""
    file.seek(0)
    start = file.read(4)
    if not start:
        raise SheetUnusable("empty")
    if not encoding:
        encoding = "utf-16" if start.startswith(_UTF_16_MARKS) else "utf-8-sig"
    if encoding == "utf-16" and not start.startswith(_UTF_16_MARKS):
        encoding = "utf-16-le"  # as Windows writes it
    is_wide = encoding.startswith("utf-16")
    if not is_wide and start.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    lines, size = 0, 0
    while block := file.read(_BLOCK):
        size += len(block)
        if size > limits.most_bytes:
            raise SheetUnusable("too_large", limit=limits.most_bytes // 1_000_000)
        if not is_wide and b"\x00" in block:
            raise SheetUnusable("nul", line=lines + 1 + block[: block.index(0)].count(b"\n"))
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            at = max(0, error.start)
            line = lines + 1 + block[:at].count(b"\n")
            raise SheetUnusable(
                "encoding", line=line, tried=encoding.removesuffix("-sig"), guess=_guess(file)
            ) from None
        lines += block.count(b"\n")
        # A cell may hold line breaks, so that only many times the rows are sure to be too many.
        if lines > limits.most_rows * 5:
            raise SheetUnusable("too_many_rows", limit=limits.most_rows)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        tried = encoding.removesuffix("-sig")
        raise SheetUnusable("encoding", line=lines + 1, tried=tried, guess=_guess(file)) from None
    file.seek(0)
    return encoding


def _guess(file: BinaryIO) -> str:
    """Return the likely encoding of bytes that are not UTF-8."""
    file.seek(0)
    block = file.read(_BLOCK * 4)
    odd = block[1::2].count(0) + block[::2].count(0)
    if odd > len(block) // 4:
        return "utf-16"
    try:
        block.decode("cp1252")
    except UnicodeDecodeError:
        return "mac_roman"
    return "cp1252"


# --- lines --------------------------------------------------------------------------------------


class _TooLong(Exception):
    """A line goes on for longer than any line of a table."""


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_MOST_LINE_CHARACTERS):
        if len(line) == _MOST_LINE_CHARACTERS and not line.endswith(("\n", "\r")):
            raise _TooLong
        yield line


def _read_lines(text: io.TextIOWrapper, limits: SheetLimits) -> Iterator[SheetLine]:
    lines = _bounded(text)
    try:
        first = next((line for line in lines), "")
    except _TooLong:
        raise SheetUnusable("line_too_long", line=1) from None
    named = _named_delimiter(first)
    skipped = 0
    if named:
        skipped, first = 1, next(lines, "")
    reader = csv.reader(_chain(first, lines), delimiter=named or find_delimiter(first))
    rows = 0
    while True:
        number = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLong:
            raise SheetUnusable("line_too_long", line=number) from None
        except csv.Error:
            # An opening quote that is never closed swallows the rest, and with it where it ends.
            raise SheetUnusable("open_quote", line=number) from None
        if not any(cell.strip() for cell in cells):
            continue
        rows += 1
        if rows > limits.most_rows + 1:  # the header is no row
            raise SheetUnusable("too_many_rows", limit=limits.most_rows)
        if len(cells) > limits.most_columns and any(cells[limits.most_columns :]):
            raise SheetUnusable("too_many_columns", line=number, limit=limits.most_columns)
        yield SheetLine(number, _cells(cells[: limits.most_columns], limits))


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _cells(cells: Sequence[str], limits: SheetLimits) -> tuple[Cell, ...]:
    return tuple(_cell(cell, limits) for cell in cells)


def _cell(cell: str, limits: SheetLimits) -> Cell:
    cell = writable(cell)  # UTF-16 may hold NUL, which no database stores
    if len(cell) > limits.most_cell_characters:
        return OddCell(Oddity.TOO_LONG, cell[:80])
    if cell.lstrip().startswith(_FORMULA_SIGNS):
        return OddCell(Oddity.FORMULA, cell[:80])
    return bare_cell(cell)


def _named_delimiter(line: str) -> str:
    """Return what a first line like "sep=;" names, which Excel writes and reads."""
    text = line.strip("\r\n")
    if len(text) == 5 and text.lower().startswith("sep=") and text[4] in DELIMITERS:
        return text[4]
    return ""


def find_delimiter(header: str) -> str:
    """Return the separator that parts a header line into the most cells, outside of quotes."""
    parts = {}
    for delimiter in DELIMITERS:
        try:
            parts[delimiter] = len(next(csv.reader([header], delimiter=delimiter), []))
        except csv.Error:
            parts[delimiter] = 0
    return max(DELIMITERS, key=lambda delimiter: parts[delimiter])
