"""JSON Lines, as ``shop_plugin/adapters/jsonl.py`` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tests.exporters.own_shop import OwnOrder, OwnProduct
from tests.exporters.plain_rows import listing_row, order_rows


def write_listings(products: Iterable[OwnProduct]) -> Iterator[bytes]:
    """Yield a line per product."""
    for product in products:
        yield json.dumps(listing_row(product), ensure_ascii=False).encode() + b"\n"


def write_orders(orders: Iterable[OwnOrder]) -> Iterator[bytes]:
    """Yield a line per order line."""
    for row in order_rows(orders):
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"
