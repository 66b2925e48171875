"""Workbooks (XLSX), read and written row by row.

Two libraries, by what was measured on 20,000 rows: XlsxWriter writes them in
a third of the time of openpyxl and half the memory; openpyxl tells formulas,
dates and errors from values and reads row by row, which faster readers do not.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from shop_plugin.adapters.sheets.guard import BROKEN, check_workbook
from shop_plugin.domain.sheets import (
    Cell,
    OddCell,
    Oddity,
    OutgoingColumn,
    OutgoingSheet,
    SheetLimits,
    SheetLine,
    SheetUnusable,
    bare_cell,
    guard_cell,
    writable,
)

_BLOCK = 65_536
# What openpyxl raises where a part is XML and yet not as the standard asks; an error of the XML
# itself is a SyntaxError.
_MISREAD = (ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError)
_TEXT_FORMAT = "@"  # so that a spreadsheet leaves "3/4" alone instead of making it a date
_LAST_ROW = 1_048_575  # counted from 0
_MOST_LABEL = 31  # characters in the name of a sheet
_NOT_IN_LABEL = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_READ_ONLY_FILL = "#EDEDED"
# No text of ours becomes a formula, a link or a number because of how it looks.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class XlsxSheet:
    """The first sheet of a workbook."""

    suffix = ".xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def read(
        self, file: BinaryIO, *, limits: SheetLimits, encoding: str = ""
    ) -> Iterator[SheetLine]:
        """Yield the lines that are not empty; see :class:`SheetFormat`.

        :raises SheetUnusable: see :meth:`SheetFormat.read`.
        """
        check_workbook(file, limits)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of parts of the workbook that are not looked at
                yield from _read_first_sheet(file, limits)
        except DefusedXmlException as error:
            raise SheetUnusable("entities") from error
        except (*BROKEN, *_MISREAD) as error:
            raise SheetUnusable("broken_workbook") from error

    def write(self, sheet: OutgoingSheet) -> Iterator[bytes]:
        """Yield a workbook: the table, then the sheet that explains it."""
        with tempfile.TemporaryFile() as file:
            _write_workbook(sheet, file)
            file.seek(0)
            while block := file.read(_BLOCK):
                yield block


# --- in -----------------------------------------------------------------------------------------


def _read_first_sheet(file: BinaryIO, limits: SheetLimits) -> Iterator[SheetLine]:
    file.seek(0)
    book = load_workbook(file, read_only=True, keep_links=False)
    try:
        sheets = book.worksheets
        if not sheets:
            raise SheetUnusable("empty")
        sheet = sheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be old
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = [_read_cell(cell, limits) for cell in row]
            while cells and cells[-1] == "":
                cells.pop()
            if cells:
                yield SheetLine(number, tuple(cells))
    finally:
        book.close()


def _read_cell(cell: Any, limits: SheetLimits) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return OddCell(Oddity.FORMULA, writable(str(getattr(value, "text", value)))[:80])
    if cell.data_type == "e":
        return OddCell(Oddity.ERROR, str(value)[:80])
    if isinstance(value, str):
        value = writable(value)
        if len(value) > limits.most_cell_characters:
            return OddCell(Oddity.TOO_LONG, value[:80])
        return bare_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time, timedelta)):
        return OddCell(Oddity.DATE, str(value)[:80])
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)[:80]


# --- out ----------------------------------------------------------------------------------------


def _write_workbook(sheet: OutgoingSheet, file: BinaryIO) -> None:
    with Workbook(file, _OPTIONS) as book:
        writer = _Writer(book)
        legend = _label(sheet.legend_title)
        writer.write_table(sheet, legend)
        if legend:
            writer.write_legend(sheet, legend)


def _label(title: str) -> str:
    """Return a text as a sheet may be named."""
    return writable(title).translate(_NOT_IN_LABEL)[:_MOST_LABEL].strip("' ")


class _Writer:
    """A workbook on its way, with the formats its cells share."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._text = book.add_format({"num_format": _TEXT_FORMAT, "valign": "top"})
        head = {"bold": True, "text_wrap": True, "valign": "top", "num_format": _TEXT_FORMAT}
        self._open_head = book.add_format(head)
        self._read_only_head = book.add_format({**head, "bg_color": _READ_ONLY_FILL})

    def write_table(self, sheet: OutgoingSheet, legend: str) -> None:
        """Write the header, what each column offers, and the rows."""
        table = self._book.add_worksheet(_label(sheet.title) or None)
        table.freeze_panes(1, 0)
        for number, column in enumerate(sheet.columns):
            table.set_column(number, number, column.width, self._text)
        self._write_head(table, sheet.columns)
        for line, row in enumerate(sheet.rows, start=1):
            self._write_row(table, line, row)
        for number, column in enumerate(sheet.columns):
            if column.is_open:
                offered = _offered(sheet.columns, number, legend)
                table.data_validation(1, number, _LAST_ROW, number, offered)

    def write_legend(self, sheet: OutgoingSheet, legend: str) -> None:
        """Write one column per open column with what may stand there, and below it the rest."""
        page = self._book.add_worksheet(legend)
        page.freeze_panes(1, 0)
        columns = [column for column in sheet.columns if column.is_open]
        for number, column in enumerate(columns):
            page.set_column(number, number, max(24, column.width), self._text)
        self._write_head(page, columns)
        lists = [column.choices or (column.hint,) for column in columns]
        longest = max((len(words) for words in lists), default=0)
        for line in range(longest):
            words = [texts[line] if line < len(texts) else "" for texts in lists]
            self._write_row(page, line + 1, words)
        for line, texts in enumerate(sheet.legend, start=longest + 2):
            self._write_row(page, line, texts)

    def _write_head(self, page: Any, columns: Sequence[OutgoingColumn]) -> None:
        for number, column in enumerate(columns):
            style = self._open_head if column.is_open else self._read_only_head
            page.write_string(0, number, guard_cell(writable(column.label)), style)

    def _write_row(self, page: Any, line: int, row: Sequence[str]) -> None:
        for number, text in enumerate(row):
            if text:
                page.write_string(line, number, guard_cell(writable(text)), self._text)


def _offered(columns: Sequence[OutgoingColumn], number: int, legend: str) -> dict[str, Any]:
    """Return what a cell of a column offers; anything else may be typed, the import judges it."""
    column = columns[number]
    rule: dict[str, Any] = {"validate": "any"}
    if column.choices and legend:
        letter = xl_col_to_name(sum(before.is_open for before in columns[:number]))
        area = f"${letter}$2:${letter}${len(column.choices) + 1}"
        rule = {"validate": "list", "source": f"={quote_sheetname(legend)}!{area}"}
    rule |= {"show_error": False, "show_input": bool(column.hint)}
    if column.hint:
        rule |= {"input_title": column.label[:32], "input_message": column.hint[:255]}
    return rule
