"""CSV: a header and a row per listing or order line; separator and quotes are recognised.

Columns with the names of docs/how-to/import-a-catalogue.md fill the listing's
own fields; every other column becomes one of its raw attributes, so that a
column "Heel Height" is read like any other field of the host.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shop_plugin.adapters.base import (
    UnusableSource,
    read_listing_row,
    read_purchase_row,
    refuse_row,
)
from shop_plugin.adapters.csv_records import CsvTable
from shop_plugin.adapters.files import TextFile
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow

_ONLY_FILES = "It is a file; a host that pushes signs its webhooks, or calls the REST API."
_NO_MODELS = "It is a file; the models of a Django shop are read by the orm adapter."
CARD = AdapterCard(
    name="csv",
    title="CSV",
    can={
        Capability.LISTINGS_FROM_FILES: "A header and a row per listing; columns of other names "
        "become raw attributes.",
        Capability.PURCHASES_FROM_FILES: "A header and a row per order line.",
    },
    cannot={
        Capability.LISTINGS_FROM_MODELS: _NO_MODELS,
        Capability.PURCHASES_FROM_MODELS: _NO_MODELS,
        Capability.LISTINGS_BY_WEBHOOK: _ONLY_FILES,
        Capability.PURCHASES_BY_WEBHOOK: _ONLY_FILES,
        Capability.RETURNS_BY_WEBHOOK: "Hand the order line over again with quantity_returned.",
        Capability.ERASURE_BY_WEBHOOK: "A file tells no such thing; run footback_erase.",
        Capability.FACTS_TO_FILES: "Facts for people leave by footback_export_facts.",
    },
)

LISTING_COLUMNS = frozenset(
    {"source", "id", "title", "brand", "category", "gender", "age_group", "price", "currency"}
    | {"description", "url", "image_url", "language", "availability", "sizes", "raw_attributes"}
    | {"fit_votes", "return_reasons", "arch_votes", "width_votes", "sales", "views"}
    | {"successor", "replaces", "is_recalled", "alias"}
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
        table = CsvTable(self, path)
        header = _name_columns(table, path, needed)
        for record in table:
            if record.line <= skip_lines:
                continue
            if record.code:
                yield refuse_row(record.line, "", record.code, record.reason, record.raw)
                continue
            values = dict(zip(header, record.cells, strict=False))
            yield read(values, source=source, line=record.line, raw=record.raw)


def _name_columns(table: CsvTable, path: Path, needed: tuple[str, ...]) -> list[str]:
    """Return what each column is to footback: a field of the listing, or the shop's own name.

    :raises UnusableSource: where a needed column is missing.
    """
    names = table.header
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
            f"{table.spell_delimiter()}, reads: {shown}. The first line must name the columns"
        )
    return header


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


def _sizes(text: str) -> Any:
    """Return the sizes of a cell like "38:2@252|39|40:0", parted by "|".

    After ":" stand the pairs in stock, after "@" the length inside in
    millimetres. A cell that begins with "[" is a JSON list of sizes, as JSON
    Lines have it, for what the short form has no place for (widths).
    """
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text  # the row says that it is no list of sizes
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
