"""Google Merchant, as a table: a line per size of a shoe, tabs between the cells.

Items of one ``item_group_id`` become one listing with its sizes. Facts go
back as a supplemental feed. How to: docs/how-to/exchange-google-merchant-feeds.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from shop_plugin.adapters.csv_records import CsvTable
from shop_plugin.adapters.files import TextFile
from shop_plugin.adapters.google.facts import CANNOT, write_table
from shop_plugin.adapters.google.feed import ProductFeed
from shop_plugin.adapters.google.groups import read_shoes
from shop_plugin.adapters.google.items import (
    DETAIL_PARTS,
    LONGEST_TEXT,
    Item,
    plain_field,
    read_details,
    refuse_place,
)
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow

CARD = AdapterCard(
    name="google-tsv",
    title="Google Merchant (TSV)",
    can={
        Capability.LISTINGS_FROM_FILES: "A product feed as a table; items of one group are the "
        "sizes of one listing.",
        Capability.FACTS_TO_FILES: "A supplemental feed: id and product_detail.",
    },
    cannot=CANNOT,
)
# "product_detail(attribute_name:attribute_value)": a header may name the parts of its cells.
_WITH_PARTS = re.compile(r"(?P<name>[^()]+)\((?P<parts>[\w :]+)\)")


class _Column(NamedTuple):
    name: str
    parts: tuple[str, ...]


class GoogleTsv(ProductFeed, TextFile):
    """A product feed of Google Merchant Center as a table of text."""

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per shoe, at the line of its last item.

        :raises UnusableSource: for a file that is no table with the columns id and title.
        """
        table = CsvTable(self, path)
        return read_shoes(_items(table, _read_header(table, path)), source=source, skip=skip_lines)


class GoogleSupplementalTsv:
    """A supplemental feed: a line per item with what is known of the shoe."""

    suffix = "tsv"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield a header and a line per item of which something can be said."""
        return write_table(rows)


def _read_header(table: CsvTable, path: Path) -> list[_Column]:
    columns = []
    for text in table.header:
        match = _WITH_PARTS.fullmatch(text)
        name = plain_field(match["name"] if match else text)
        parts = tuple(plain_field(part) for part in match["parts"].split(":")) if match else ()
        columns.append(_Column(name, parts or DETAIL_PARTS))
    names = {column.name for column in columns}
    missing = sorted({"id", "title"} - names)
    if missing:
        shown = ", ".join(table.header[:12])
        hint = " It looks like XML: use --format google-xml." if shown.startswith("<") else ""
        raise UnusableSource(
            f"{path} has no column {' and no column '.join(missing)}. Its first line, parted by "
            f"{table.spell_delimiter()}, reads: {shown[:300]}.{hint}"
        )
    return columns


def _items(table: CsvTable, columns: list[_Column]) -> Iterator[Item | ReadRow[Any]]:
    for record in table:
        if record.code:
            yield refuse_place(record.line, record.code, record.reason, record.raw)
            continue
        item = Item(record.line)
        for column, cell in zip(columns, record.cells, strict=False):
            if len(cell) > LONGEST_TEXT:
                item.note_cut(column.name)
                cell = cell[:LONGEST_TEXT]
            if column.name == "product_detail":
                for detail in read_details(cell, column.parts):
                    item.add(column.name, detail)
            elif column.name:
                item.add(column.name, cell)
        yield item
