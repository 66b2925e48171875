"""Why a file or a cell was refused, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from shop_plugin.domain.sheets import OddCell, Oddity

_ENCODING_NAMES = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac OS Roman",
    "utf-16": "UTF-16",
    "utf-8": "UTF-8",
}


def say_unusable(code: str, *, line: int = 0, facts: Mapping[str, str | int]) -> str:
    """Return why a whole file was refused, in the language in force.

    :raises KeyError: for a code that does not exist.
    """
    named = {
        key: _ENCODING_NAMES.get(str(value), value) if key in ("tried", "guess") else value
        for key, value in facts.items()
    }
    text = _unusable()[code] % named
    return _("Line %(line)d: %(text)s") % {"line": line, "text": text} if line else text


def say_odd_cell(cell: OddCell) -> str:
    """Return why a cell that holds no typed value was refused, in the language in force."""
    return {
        Oddity.FORMULA: _("is a formula; formulas are never run here. Write the value itself."),
        Oddity.DATE: _(
            "is a date. The spreadsheet makes one of texts like 3/4: format the cell as text "
            "and write the value again."
        ),
        Oddity.ERROR: _("is an error of the spreadsheet. Write the value, or empty the cell."),
        Oddity.TOO_LONG: _("is far longer than any value."),
    }[cell.oddity]


def _unusable() -> dict[str, str]:
    return {
        "empty": _("The file is empty."),
        "too_large": _("The file is larger than %(limit)d MB. Part it into several files."),
        "too_many_rows": _(
            "The table has more than %(limit)d rows. Part it into several files, or delete the "
            "rows that are formatted but empty."
        ),
        "too_many_cells": _(
            "The sheet has more than %(limit)d cells. Part it into several files, or delete the "
            "columns that are not needed."
        ),
        "too_many_columns": _(
            "The table has more than %(limit)d columns. Delete those that are not needed."
        ),
        "line_too_long": _("A row is far longer than any row of a table."),
        "open_quote": _("A quotation mark is opened here and never closed."),
        "nul": _("The file holds NUL characters, so it is no text. Save it as CSV UTF-8 or XLSX."),
        "encoding": _(
            "The file is not %(tried)s; it looks like %(guess)s. Save it as CSV UTF-8, or choose "
            "%(guess)s when you hand it in."
        ),
        "old_workbook": _("This is an old Excel file (XLS). Save it as XLSX."),
        "open_document": _("This is an OpenDocument file. Save it as XLSX or CSV."),
        "no_workbook": _("This is a packed file (zip), but no workbook."),
        "broken_workbook": _(
            "The workbook is damaged or not written as the standard asks. Open it in a "
            "spreadsheet program and save it again as XLSX."
        ),
        "encrypted": _("The workbook has a password. Save it without one."),
        "zip_bomb": _(
            "The workbook would unpack to more than it can honestly hold (over %(limit)d MB, or "
            "packed too tightly). It was not opened."
        ),
        "part_too_large": _("The part “%(part)s” of the workbook is too large. It was not opened."),
        "too_many_members": _("The workbook has more than %(limit)d parts. It was not opened."),
        "too_many_texts": _("The workbook holds more than %(limit)d different texts."),
        "too_much_around": _(
            "The sheet has more than %(limit)d merged cells, links or rules. Copy the values "
            "alone into a new workbook."
        ),
        "entities": _(
            "The workbook declares a document type or entities, which no spreadsheet program "
            "writes. It was not opened."
        ),
        "external_links": _("The workbook has links to other files. Save the values alone."),
        "macros": _("The workbook has macros. Save it as XLSX without them."),
        "column_twice": _("Two columns are named “%(column)s”. Delete one."),
        "no_id_column": _(
            "There is no column with the shop's ids. The first line must name the columns, as an "
            "exported sheet does; it reads: %(found)s"
        ),
        "no_fact_column": _(
            "There is no column with a fact. The first line must name the columns, as an exported "
            "sheet does; it reads: %(found)s"
        ),
    }
