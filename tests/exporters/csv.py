"""CSV, as ``shop_plugin/adapters/csv_rows.py`` reads it: own columns, and one per field of a shoe.

Sizes stand in the short form ("38:2@252|39:0"), or as JSON where a width is stated.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.exporters.own_shop import OwnOrder, OwnProduct, OwnVariant
from tests.exporters.plain_rows import listing_row, order_rows

NOT_CARRIED = {"sizes.system": "the short form of a cell of sizes has no place for it"}


def write_listings(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield a header and a row per product, with a column for every name of the data sheets."""
    rows = [_flatten(product) for product in products]
    return _write(rows, list(dict.fromkeys(name for row in rows for name in row)))


def write_orders(orders: Iterable[OwnOrder]) -> Iterator[bytes]:
    """Yield a header and a row per order line."""
    rows = list(order_rows(orders))
    return _write(rows, list(rows[0]) if rows else [])


def _flatten(product: OwnProduct) -> dict[str, Any]:
    row = listing_row(product)
    row |= row.pop("raw_attributes")
    if any(variant.width or variant.ball_width_mm for variant in product.variants):
        row["sizes"] = json.dumps(row["sizes"])
    else:
        row["sizes"] = "|".join(map(_size, product.variants))
    for name in ("fit_votes", "return_reasons"):
        row[name] = "|".join(f"{key}:{count}" for key, count in row.get(name, {}).items())
    return row


def _size(variant: OwnVariant) -> str:
    length = variant.internal_length_mm
    return f"{variant.size}:{variant.stock}" + (f"@{length}" if length else "")


def _write(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
