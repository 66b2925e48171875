"""CSV: a header and a row per listing or order line; separator and quotes are recognised.

Columns with the names of docs/how-to/import-a-catalogue.md fill the listing's
own fields; every other column becomes one of its raw attributes, so that a
column "Heel Height" is read like any other field of the host.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shop_plugin.adapters.base import (
    UnusableSource,
    read_listing_row,
    read_purchase_row,
    refuse_row,
)
from shop_plugin.adapters.files import LONGEST_LINE, Line, TextFile
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

DELIMITERS = ",;\t|"
LISTING_COLUMNS = frozenset(
    {"source", "id", "title", "brand", "category", "gender", "age_group", "price", "currency"}
    | {"description", "url", "image_url", "language", "availability", "sizes", "raw_attributes"}
    | {"fit_votes", "return_reasons", "arch_votes", "width_votes", "sales", "views"}
    | {"successor", "replaces", "is_recalled"}
)

# What shops call the columns that footback needs. A column of the very name always wins.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("sku", "product_id", "item_id", "handle"),
    "title": ("name", "product_name", "product_title"),
    "description": ("body", "body_html", "product_description"),
    "brand": ("vendor", "manufacturer"),
    "category": ("product_type", "product_category", "type"),
    "gender": ("target_gender", "google_shopping_/_gender"),
    "age_group": ("google_shopping_/_age_group",),
    "url": ("link", "product_url"),
    "image_url": ("image_link", "image_src", "image"),
}


class CsvRows(TextFile):
    """Listings or orders from a table with a header line."""

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per record that ends after the first ``skip_lines`` lines.

        :raises UnusableSource: for a table without the columns id and title.
        """
        return self._rows(path, source, skip_lines, ("id", "title"), _listing)

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield a row per record that ends after the first ``skip_lines`` lines.

        :raises UnusableSource: for a table without the column order_id.
        """
        return self._rows(path, source, skip_lines, ("order_id",), read_purchase_row)

    def _rows(
        self,
        path: Path,
        source: str,
        skip_lines: int,
        needed: tuple[str, ...],
        read: Callable[..., ReadRow[Any]],
    ) -> Iterator[ReadRow[Any]]:
        unreadable: list[Line] = []
        lines = self.iter_lines(path)
        first = next((line.text for line in lines if line.text.strip()), "")
        if not first:
            raise UnusableSource(f"{path} is empty: there is nothing to import")
        delimiter = _find_delimiter(first)
        csv.field_size_limit(LONGEST_LINE)
        reader = csv.reader(
            _readable(self.iter_lines(path), unreadable), delimiter=delimiter, strict=False
        )
        header = _read_header(reader, path, delimiter, needed)
        for number, cells in _records(reader):
            for line in unreadable:
                if line.number > skip_lines:
                    yield refuse_row(line.number, "", line.code, line.reason, line.raw)
            unreadable.clear()
            if number <= skip_lines:
                continue
            if isinstance(cells, csv.Error):
                yield refuse_row(number, "", *_say_why(cells))
                continue
            if not any(cells):
                continue
            raw = delimiter.join(cells)
            if len(cells) > len(header) and any(cells[len(header) :]):
                reason = f"has {len(cells)} columns, the header {len(header)}: a separator too many"
                yield refuse_row(number, "", "too_many_columns", reason, raw)
            else:
                yield read(
                    dict(zip(header, cells, strict=False)), source=source, line=number, raw=raw
                )
        for line in unreadable:
            yield refuse_row(line.number, "", line.code, line.reason, line.raw)


def _readable(lines: Iterable[Line], unreadable: list[Line]) -> Iterator[str]:
    """Yield the text of the lines for the csv module; what has none is put aside."""
    for line in lines:
        if line.code:
            unreadable.append(line)
            yield "\n"  # keeps the count of lines
        else:
            yield line.text.replace("\x00", "")


def _say_why(error: csv.Error) -> tuple[str, str]:
    """Return the code and the reason of a record that cannot be read."""
    if "new-line" in str(error):
        return "stray_line_end", "a carriage return stands in the middle of the line"
    # A cell beyond the limit: an opening quote that is never closed swallows the rest.
    reason = "a quotation mark is opened and never closed before the cell grew too long"
    return "cell_too_long", reason


def _records(reader: Any) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield the last line and the cells of each record, or why it has none."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, error
            continue
        yield reader.line_num, cells


def _find_delimiter(header: str) -> str:
    """Return the separator that parts the header line into the most columns."""
    return max(DELIMITERS, key=header.count)


def _read_header(reader: Any, path: Path, delimiter: str, needed: tuple[str, ...]) -> list[str]:
    try:
        cells: list[str] = next((row for row in reader if any(row)), [])
    except csv.Error as error:
        _code, reason = _say_why(error)
        raise UnusableSource(
            f"{path} has a first line that cannot be read: {reason}. If it is the only line, the "
            "file ends its lines as old Macs did; convert it: tr '\\r' '\\n' < FILE > FILE.csv"
        ) from error
    names = [cell.strip() for cell in cells]
    plain = [name.lower().replace(" ", "_").replace("-", "_") for name in names]
    taken = set(plain)
    header = []
    for name, shown in zip(plain, names, strict=True):
        meant = next(
            (key for key, others in _ALIASES.items() if name in others and key not in taken), None
        )
        if meant:
            taken.add(meant)
        header.append(meant or (name if name in LISTING_COLUMNS or name in needed else shown))
    missing = [name for name in needed if name not in header]
    if missing:
        shown = ", ".join(names[:12]) or "nothing"
        raise UnusableSource(
            f"{path} has no column {' and no column '.join(missing)}. Its first line, parted by "
            f"{_spell(delimiter)}, reads: {shown}. The first line must name the columns"
        )
    return header


def _spell(delimiter: str) -> str:
    return "tabs" if delimiter == "\t" else f'"{delimiter}"'


def _listing(values: Mapping[str, str], *, source: str, line: int, raw: str) -> ReadRow[Any]:
    row: dict[str, Any] = {key: value for key, value in values.items() if key in LISTING_COLUMNS}
    own = {key: value for key, value in values.items() if key not in LISTING_COLUMNS and value}
    stated = row.get("raw_attributes")
    if stated:
        try:
            parsed = json.loads(stated)
        except (ValueError, RecursionError):
            parsed = stated
        row["raw_attributes"] = {**parsed, **own} if isinstance(parsed, dict) else parsed
    else:
        row["raw_attributes"] = own
    row["sizes"] = _sizes(row.get("sizes", ""))
    for key in ("fit_votes", "return_reasons", "arch_votes", "width_votes"):
        row[key] = _counts(row.get(key, ""))
    return read_listing_row(row, source=source, line=line, raw=raw)


def _sizes(text: str) -> list[dict[str, str]]:
    """Return the sizes of a cell like "38:2@252|39|40:0", parted by "|".

    After ":" stand the pairs in stock, after "@" the length inside in millimetres.
    """
    sizes = []
    for part in text.split("|"):
        rest, _at, length = part.strip().partition("@")
        size = {"internal_length_mm": length.strip()} if length else {}
        label, colon, stock = rest.strip().rpartition(":")
        if colon and stock.strip().isdigit():
            sizes.append({"label": label.strip(), "stock": stock.strip(), **size})
        elif rest.strip():
            sizes.append({"label": rest.strip(), **size})
    return sizes


def _counts(text: str) -> dict[str, str] | str:
    """Return the counts of a cell like "small:7|true:20|large:1", or a text that is none."""
    parts = [part.partition(":") for part in text.split("|") if part.strip()]
    if not all(colon for _name, colon, _count in parts):
        return text
    return {name.strip(): count.strip() for name, _colon, count in parts}
