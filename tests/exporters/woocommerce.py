"""WooCommerce's product CSV, as its admin exports it: a row per product and one per variation.

Rows stand in no helpful order, as in a shop that grew: the variations of every
second product come before it, those of the others far behind.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.records import ListingRecord
from tests.exporters.own_shop import OwnProduct, OwnVariant, own_products

NOT_CARRIED = {
    "url": "the export names no page",
    "currency": "the export names no currency",
    "language": "the export names no language",
    "fit_votes": "WooCommerce has no place for what buyers say",
    "return_reasons": "WooCommerce has no place for what buyers say",
    "sizes.internal_length_um": "no column of its own; it would be one of the shop's own fields",
    "sizes.ball_width_um": "no column of its own; it would be one of the shop's own fields",
}

COLUMNS = (
    "ID, Type, SKU, GTIN\\, UPC\\, EAN\\, or ISBN, Name, Published, Is featured?, "
    "Visibility in catalog, Short description, Description, Date sale price starts, "
    "Date sale price ends, Tax status, Tax class, In stock?, Stock, Low stock amount, "
    "Backorders allowed?, Sold individually?, Weight (kg), Length (cm), Width (cm), Height (cm), "
    "Allow customer reviews?, Purchase note, Sale price, Regular price, Categories, Tags, "
    "Shipping class, Images, Download limit, Download expiry days, Parent, Grouped products, "
    "Upsells, Cross-sells, External URL, Button text, Position, Brands"
)
FIXED = [name.replace("\\,", ",") for name in re.split(r"(?<!\\), ", COLUMNS)]
FIRST_VARIATION = 10_000


def write_listings(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield the file of an export with all columns."""
    products = list(products)
    most = max((len(_attributes(product)) for product in products), default=0)
    parts = ("name", "value(s)", "visible", "global")
    header = [*FIXED, *(f"Attribute {n} {part}" for n in range(1, most + 1) for part in parts)]
    before = [row for product in products if product.number % 2 for row in _variations(product)]
    behind = [row for product in products if not product.number % 2 for row in _variations(product)]
    yield "\ufeff".encode()
    yield from write_rows(header, [*before, *map(_product, products), *behind])


def write_rows(header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield a header and rows, with the apostrophe by which WooCommerce guards cells."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: guard(value) for key, value in row.items()})
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def as_carried(record: ListingRecord) -> ListingRecord:
    """Return what is to be expected of a record: a number as its id, and no HTML."""
    product = next(item for item in own_products() if item.sku == record.external_id)
    fields = {name: values[0] for name, values in _specs(product)}
    fields["Gender"] = product.gender
    widths = list(dict.fromkeys(variant.width for variant in product.variants if variant.width))
    if widths:
        fields["Width"] = widths if len(widths) > 1 else widths[0]
    fields["SKU"] = [product.sku, *(variant.sku for variant in product.variants)]
    return replace(
        record,
        external_id=str(product.number),
        alias=product.sku,
        # WordPress shows every line break as one, also between markup.
        description=text_of_html(record.description.replace("\n", "<br>")),
        raw_attributes=fields,
    )


def join(values: Iterable[str]) -> str:
    """Return values in one cell: commas between them, those within them escaped."""
    return ", ".join(value.replace(",", "\\,") for value in values)


def guard(value: Any) -> Any:
    """Return a cell that no spreadsheet runs, as WooCommerce writes it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def _product(product: OwnProduct) -> dict[str, Any]:
    return {
        "ID": product.number,
        "Type": "variable",
        "SKU": product.sku,
        "Name": product.name,
        "Published": 1,
        "Is featured?": 0,
        "Visibility in catalog": "visible",
        "Description": _fold(product.description),
        "Tax status": "taxable",
        "In stock?": int(product.has_stock),
        "Backorders allowed?": 0,
        "Sold individually?": 0,
        # Of the parcel.
        "Weight (kg)": "1.2",
        "Length (cm)": "34",
        "Width (cm)": "22",
        "Height (cm)": "13",
        "Allow customer reviews?": 1,
        "Categories": join([product.category]),
        "Images": join([product.image_url, f"{product.image_url}?side"]),
        "Brands": join([product.brand]),
        **_columns(_attributes(product), visible=1),
    }


def _variations(product: OwnProduct) -> Iterator[dict[str, Any]]:
    for place, variant in enumerate(product.variants):
        yield {
            "ID": FIRST_VARIATION + 100 * product.number + place,
            "Type": "variation",
            "SKU": variant.sku,
            "Name": f"{product.name} - {variant.size}",
            "Published": 1,
            "Visibility in catalog": "visible",
            "In stock?": int(variant.stock > 0),
            "Stock": variant.stock,
            "Regular price": str(product.price),
            # WooCommerce names the SKU where there is one.
            "Parent": product.sku if product.number % 3 else f"id:{product.number}",
            **_columns(list(_choice(variant)), visible=""),
        }


def _attributes(product: OwnProduct) -> list[tuple[str, list[str]]]:
    sizes = list(dict.fromkeys(map(_size, product.variants)))
    widths = list(dict.fromkeys(variant.width for variant in product.variants if variant.width))
    attributes = [("Size", sizes), ("Gender", [product.gender]), *_specs(product)]
    return [*attributes, ("Width", widths)] if widths else attributes


def _specs(product: OwnProduct) -> list[tuple[str, list[str]]]:
    return [(name, [value]) for name, value in product.specs.items()]


def _choice(variant: OwnVariant) -> Iterator[tuple[str, list[str]]]:
    yield "Size", [_size(variant)]
    if variant.width:
        yield "Width", [variant.width]


def _size(variant: OwnVariant) -> str:
    return f"{variant.size_system.upper()} {variant.size}".strip()


def _columns(attributes: Sequence[tuple[str, list[str]]], *, visible: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for number, (name, values) in enumerate(attributes, start=1):
        columns[f"Attribute {number} name"] = name
        columns[f"Attribute {number} value(s)"] = join(values)
        columns[f"Attribute {number} visible"] = visible
        columns[f"Attribute {number} global"] = 0
    return columns


def _fold(text: str) -> str:
    return text.replace("\\n", "\\\\n").replace("\n", "\\n")
