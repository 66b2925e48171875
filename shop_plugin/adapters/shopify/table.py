"""Shopify's product CSV: many rows make one product, in either generation of the header.

The first row of a product carries title, text and options; the others carry
its variants and images and repeat nothing but the handle. A spreadsheet that
was sorted may have torn them apart: the rows are put together all the same,
as long as not too many products are open at once.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from shop_plugin.adapters.base import UnusableSource, read_listing_row, refuse_row
from shop_plugin.adapters.csv_records import CsvTable, Record
from shop_plugin.adapters.files import TextFile
from shop_plugin.adapters.shopify.products import (
    LONGEST_VALUE,
    Metafield,
    ShopifyProduct,
    Variant,
    find_outsider,
    row_of_product,
)
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem

# Both generations of Shopify's header, and the names of the tables that its bulk editors write.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body_html": ("body (html)", "body html", "description"),
    "vendor": ("vendor",),
    "category": ("product category", "category: name", "standard product type"),
    "google_category": (
        "google shopping / google product category",
        "google shopping / product category",
    ),
    "kind": ("type", "custom product type"),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "state": ("status",),
    "sku": ("variant sku", "sku"),
    "barcode": ("variant barcode", "barcode"),
    "price": ("variant price", "price"),
    "stock": ("variant inventory qty", "inventory quantity"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "policy": ("variant inventory policy", "continue selling when out of stock"),
    "image_url": ("image src", "product image url", "image source"),
    "image_position": ("image position",),
    "gender": ("google shopping / gender",),
    "age_group": ("google shopping / age group",),
    "gift_card": ("gift card",),
    **{
        f"option{number}_{part}": (f"option{number} {written}",)
        for number in (1, 2, 3)
        for part, written in (("name", "name"), ("value", "value"), ("link", "linked to"))
    },
}
_MEANINGS = {name: key for key, names in _COLUMNS.items() for name in names}
_METAFIELD = re.compile(r"(?P<label>.*?)\s*\(product\.metafields\.(?P<path>[^()]+)\)\s*")
_BULK_METAFIELD = re.compile(r"metafield:\s*(?P<path>[^\[\]]+?)\s*(?:\[[^\]]*\])?", re.IGNORECASE)
_YES = frozenset({"true", "yes", "1", "continue", "wahr", "vrai", "verdadero"})
_NO = frozenset({"false", "no", "0", "falsch", "faux", "falso"})

# More rows than the variants and images that Shopify allows one product.
_MOST_ROWS = 10_000
_LONGEST_CELL = 300
# So many characters of unfinished products are held; a table in order holds one product.
_MOST_HELD = 64 * 1024 * 1024


@dataclass(slots=True)
class _Columns:
    """Where each meaning stands in the table, and which columns are metafields."""

    places: dict[str, int] = field(default_factory=dict)
    metafields: list[tuple[int, str, str, str]] = field(default_factory=list)

    def cell(self, cells: list[str], key: str) -> str:
        place = self.places.get(key)
        return cells[place].strip() if place is not None and place < len(cells) else ""


@dataclass(slots=True)
class _Open:
    """A product of which more rows may come. ``size`` is in characters."""

    product: ShopifyProduct
    raw: str
    runs_left: int
    last_line: int = 0
    rows: int = 0
    size: int = 0
    image_position: int = 0


def read_products(
    file: TextFile, path: Path, *, source: str, skip_lines: int, shop: ShopifyShop
) -> Iterator[ReadRow[ListingRecord]]:
    """Yield a row per product whose last line comes after the first ``skip_lines`` lines.

    A product stands at the line of its last row. One that is a draft, a gift
    card or no footwear is yielded with the reason why it is left out.

    :raises UnusableSource: for a table without handle and title, and for one
        in which the rows of very many products lie far apart.
    """
    torn = _count_runs(file, path)
    table = CsvTable(file, path)
    columns = _find_columns(table, path)
    opened: dict[str, _Open] = {}
    held = 0
    current: _Open | None = None
    for record in table:
        handle = "" if record.code else columns.cell(record.cells, "handle")
        if current is not None and current.product.handle != handle:
            # A row that cannot be read ends the run as well: rows must come out in the order of
            # their lines, or an import that is taken up again would miss a product.
            current.runs_left -= 1
            if current.runs_left <= 0:
                del opened[current.product.handle]
                held -= current.size
                if current.last_line > skip_lines:
                    yield _finish(current, source, shop)
            current = None
        if not handle:
            if record.line > skip_lines:
                yield _refuse(record)
            continue
        if current is None:
            current = opened.get(handle)
        if current is None:
            runs = torn.get(_digest(handle), 1)
            current = _Open(ShopifyProduct(handle), record.raw[:_LONGEST_CELL], runs)
            opened[handle] = current
        before = current.size
        _add_row(current, record, columns)
        held += current.size - before
        if held > _MOST_HELD:
            raise UnusableSource(
                f"{path}: up to line {record.line} the rows of too many products lie apart "
                "from each other. Sort the table by its handle, the rows of each product in "
                "their old order, or export it again, and run the import again"
            )
    for left in opened.values():
        if left.last_line > skip_lines:
            yield _finish(left, source, shop)


def _finish(opened: _Open, source: str, shop: ShopifyShop) -> ReadRow[ListingRecord]:
    product, line = opened.product, opened.last_line
    reason = find_outsider(product, shop)
    if reason:
        return refuse_row(line, "category", "not_footwear", reason, opened.raw)
    if product.state == "draft":
        reason = "is a draft in Shopify; it comes in once it is published"
        return refuse_row(line, "status", "not_public", reason, opened.raw)
    row = row_of_product(product, shop)
    read = read_listing_row(row, source=source, line=line, raw=opened.raw)
    return read if opened.rows <= _MOST_ROWS else _say_cut(read, opened.rows)


def _say_cut(read: ReadRow[ListingRecord], rows: int) -> ReadRow[ListingRecord]:
    reason = f"has {rows} rows; the first {_MOST_ROWS} were read, more is no product of Shopify's"
    return replace(read, warnings=(*read.warnings, RowProblem("", "too_many_rows", reason)))


def _refuse(record: Record) -> ReadRow[Any]:
    if record.code:
        return refuse_row(record.line, "", record.code, record.reason, record.raw)
    reason = "is missing; without it nobody can tell to which product the row belongs"
    return refuse_row(record.line, "handle", "missing", reason, record.raw)


def _digest(handle: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(handle.encode("utf-8", "replace"), digest_size=8).digest()
    )


def _count_runs(file: TextFile, path: Path) -> dict[int, int]:
    """Return in how many pieces the rows of torn products lie; eight bytes for each piece."""
    table = CsvTable(file, path)
    columns = _find_columns(table, path)
    pieces = array("Q")
    last = ""
    for record in table:
        handle = "" if record.code else columns.cell(record.cells, "handle")
        if handle and handle != last:
            pieces.append(_digest(handle))
        last = handle
    found, counts = np.unique(np.frombuffer(pieces, dtype=np.uint64), return_counts=True)
    is_torn = counts > 1
    return dict(zip(found[is_torn].tolist(), counts[is_torn].tolist(), strict=True))


def _find_columns(table: CsvTable, path: Path) -> _Columns:
    columns = _Columns()
    for place, name in enumerate(table.header):
        plain = " ".join(name.lower().split())
        if plain in _MEANINGS:
            columns.places.setdefault(_MEANINGS[plain], place)
        elif match := _METAFIELD.fullmatch(name) or _BULK_METAFIELD.fullmatch(name):
            namespace, _dot, key = match["path"].strip().rpartition(".")
            label = match.groupdict().get("label", "")
            columns.metafields.append((place, namespace, key, label))
    missing = [key for key in ("handle", "title") if key not in columns.places]
    if missing:
        shown = ", ".join(table.header[:12]) or "nothing"
        raise UnusableSource(
            f"{path} is no product export of Shopify: its first line has no column "
            f"{' and no column '.join(missing)}. Parted by {table.spell_delimiter()}, it reads: "
            f"{shown}. For a table of another kind use --format csv"
        )
    return columns


def _add_row(opened: _Open, record: Record, columns: _Columns) -> None:
    opened.last_line = record.line
    opened.rows += 1
    if opened.rows > _MOST_ROWS:
        return
    cells, product = record.cells, opened.product

    def cell(key: str) -> str:
        return columns.cell(cells, key)

    for key in ("title", "body_html", "vendor", "kind", "tags", "gender", "age_group"):
        if not getattr(product, key) and (text := cell(key)):
            setattr(product, key, text)
            opened.size += len(text)
    product.product_id = product.product_id or cell("id")
    product.category = product.category or cell("category") or cell("google_category")
    if state := cell("state").lower():
        product.state = state
    if published := cell("published").lower():
        product.is_published = published not in _NO
    product.is_gift_card |= cell("gift_card").lower() in _YES
    if not any(product.option_names):
        product.option_names = tuple(cell(f"option{number}_name") for number in (1, 2, 3))
        product.option_links = tuple(cell(f"option{number}_link") for number in (1, 2, 3))
    _add_image(opened, cell("image_url"), cell("image_position"))
    _add_metafields(opened, cells, columns)
    if cell("option1_value") or cell("price") or cell("sku"):
        product.variants.append(_variant_of(cells, columns))
        opened.size += 2 * _LONGEST_CELL


def _add_image(opened: _Open, url: str, position: str) -> None:
    """Keep the picture that stands first, whatever row it is in."""
    if not url:
        return
    place = int(position) if position.isascii() and position.isdigit() else opened.rows
    if not opened.product.image_url or place < opened.image_position:
        opened.product.image_url, opened.image_position = url, place


def _add_metafields(opened: _Open, cells: list[str], columns: _Columns) -> None:
    fields = opened.product.metafields
    known = {(item.namespace, item.key) for item in fields}
    for place, namespace, key, label in columns.metafields:
        value = cells[place].strip()[:LONGEST_VALUE] if place < len(cells) else ""
        if value and (namespace, key) not in known:
            fields.append(Metafield(namespace, key, value, label))
            opened.size += len(value)


def _variant_of(cells: list[str], columns: _Columns) -> Variant:
    def cell(key: str) -> str:
        return columns.cell(cells, key)[:_LONGEST_CELL]

    stock = _whole(cell("stock"))
    return Variant(
        values=tuple(cell(f"option{number}_value") for number in (1, 2, 3)),
        price=cell("price"),
        stock=stock,
        # Shopify writes "shopify" where it counts; an empty cell says that nobody does.
        is_untracked="tracker" in columns.places and not cell("tracker"),
        is_sold_on=cell("policy").lower() in _YES,
        sku=cell("sku"),
        barcode=cell("barcode").removeprefix("'"),
    )


def _whole(text: str) -> int | None:
    try:
        return max(min(int(float(text)), 1_000_000), -1_000_000)
    except (ValueError, OverflowError):
        return None
