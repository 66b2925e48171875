"""WooCommerce's product CSV: a row for each product and one for each of its variations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from shop_plugin.adapters.base import read_listing_row, refuse_row
from shop_plugin.adapters.csv_records import CsvTable, Record
from shop_plugin.adapters.files import TextFile
from shop_plugin.adapters.woocommerce.columns import (
    Columns,
    find_columns,
    one_value,
    split_values,
    unfold,
)
from shop_plugin.adapters.woocommerce.products import (
    WooProduct,
    find_closed,
    find_outsider,
    row_of_product,
)
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.variations import Variation, VariationStore
from shop_plugin.domain.host_texts import clean_line
from shop_plugin.domain.records import ListingRecord, ReadRow

_STATES = {"1": "in_stock", "0": "out_of_stock", "backorder": "backorder"}
_PUBLISHED = frozenset({"1", "true", ""})
_HIDDEN = "hidden"


def read_products(
    file: TextFile,
    path: Path,
    *,
    source: str,
    skip_lines: int,
    shop: WooCommerceShop,
    today: date,
) -> Iterator[ReadRow[ListingRecord]]:
    """Yield a row per product whose line comes after the first ``skip_lines`` lines.

    Variations are no rows of their own, but for one whose product does not
    stand in the table. A product that customers cannot see, a group, a
    download and a service are yielded with the reason why they are left out.
    ``today`` tells which sale prices are in force.

    :raises UnusableSource: for a table without the columns ID, Type and Name.
    """
    with VariationStore() as store:
        _put_aside(file, path, store, today)
        table = CsvTable(file, path)
        columns = find_columns(table, path)
        for record in table:
            if record.line <= skip_lines:
                continue
            if record.code:
                yield refuse_row(record.line, "", record.code, record.reason, record.raw)
            elif _is_variation(_kinds_of(record.cells, columns)):
                refused = _find_orphan(record, columns, store)
                if refused is not None:
                    yield refused
            else:
                product = _product_of(record.cells, columns, store, today)
                yield _read_product(record, product, source, shop)


def _put_aside(file: TextFile, path: Path, store: VariationStore, today: date) -> None:
    table = CsvTable(file, path)
    columns = find_columns(table, path)
    for record in table:
        if record.code:
            continue
        kinds = _kinds_of(record.cells, columns)
        if not _is_variation(kinds):
            store.add_product(_own_names(record.cells, columns))
        elif columns.cell(record.cells, "published").lower() in _PUBLISHED:
            parent = _parent_name(columns.cell(record.cells, "parent"))
            if parent:
                store.add_variation(parent, _variation_of(record.cells, columns, today))
    store.close_writing()


def _read_product(
    record: Record, product: WooProduct, source: str, shop: WooCommerceShop
) -> ReadRow[ListingRecord]:
    code, reason = find_outsider(product, shop)
    if not code and (reason := find_closed(product)):
        code = "not_public"
    if not code and not product.product_id.isdigit():
        code, reason = "not_an_id", "has no number in the column ID; export it from WooCommerce"
    if code:
        return refuse_row(
            record.line, "id" if code == "not_an_id" else "", code, reason, record.raw
        )
    row = row_of_product(product, shop)
    return read_listing_row(row, source=source, line=record.line, raw=record.raw)


def _find_orphan(
    record: Record, columns: Columns, store: VariationStore
) -> ReadRow[ListingRecord] | None:
    stated = columns.cell(record.cells, "parent")
    if stated and store.knows(_parent_name(stated)):
        return None
    reason = (
        f"is a variation of {stated[:80]}, which does not stand in this file; export variable "
        "products together with their variations"
        if stated
        else "is a variation that names no product in the column Parent"
    )
    return refuse_row(record.line, "parent", "no_parent", reason, record.raw)


def _kinds_of(cells: Sequence[str], columns: Columns) -> tuple[str, ...]:
    return tuple(item.lower() for item in split_values(columns.cell(cells, "type")))


def _is_variation(kinds: Sequence[str]) -> bool:
    return any(kind.endswith("variation") for kind in kinds)


def _own_names(cells: Sequence[str], columns: Columns) -> tuple[str, str]:
    """Return the two names by which variations may call a product: its number and its SKU."""
    return f"id:{columns.cell(cells, 'id')}", _parent_name(columns.cell(cells, "sku"))


def _parent_name(cell: str) -> str:
    return clean_line(cell).casefold()


def _product_of(
    cells: Sequence[str], columns: Columns, store: VariationStore, today: date
) -> WooProduct:
    def cell(key: str) -> str:
        return columns.cell(cells, key)

    variations: tuple[Variation, ...] = ()
    kinds = _kinds_of(cells, columns)
    if any(kind.startswith("variable") for kind in kinds):
        variations = tuple(store.take(*_own_names(cells, columns)))
    return WooProduct(
        product_id=cell("id"),
        kinds=kinds,
        sku=cell("sku"),
        name=cell("name"),
        short_description=unfold(cell("short_description")),
        description=unfold(cell("description")),
        brand=", ".join(split_values(cell("brands"))),
        categories=tuple(split_values(cell("categories"))),
        tags=", ".join(split_values(cell("tags"))),
        gtin=cell("gtin"),
        price=_price_of(cells, columns, today),
        stock=_whole(cell("stock")),
        state=_STATES.get(cell("in_stock").lower(), ""),
        url=cell("external_url"),
        image_url=next(iter(split_values(cell("images"))), ""),
        is_published=cell("published").lower() in _PUBLISHED,
        is_hidden=cell("visibility").lower() == _HIDDEN,
        attributes=tuple(
            (name, tuple(split_values(values))) for name, values in columns.attributes_of(cells)
        ),
        variations=variations,
        has_variations=bool(variations),
        meta=tuple(columns.meta_of(cells)),
    )


def _variation_of(cells: Sequence[str], columns: Columns, today: date) -> Variation:
    def cell(key: str) -> str:
        return columns.cell(cells, key)

    return Variation(
        attributes=tuple(
            (name, one_value(value)) for name, value in columns.attributes_of(cells) if value
        ),
        price=_price_of(cells, columns, today),
        # "parent" stands where all sizes are counted together: then nobody knows how many of one.
        stock=_whole(cell("stock")),
        state=_STATES.get(cell("in_stock").lower(), ""),
        sku=cell("sku"),
        gtin=cell("gtin"),
    )


def _price_of(cells: Sequence[str], columns: Columns, today: date) -> str:
    """Return what a customer pays today."""
    sale = columns.cell(cells, "sale_price")
    starts, ends = (_day_of(columns.cell(cells, key)) for key in ("sale_from", "sale_until"))
    is_on = (starts is None or starts <= today) and (ends is None or today <= ends)
    return sale if sale and is_on else columns.cell(cells, "regular_price")


def _day_of(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    try:
        return max(min(int(float(text.replace(",", "."))), 1_000_000), -1_000_000)
    except (ValueError, OverflowError):
        return None
