"""Product exports of a shop on WooCommerce, invented, and what is read of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.domain.records import ListingRecord, ReadRow

PARENT = {
    "ID": "10",
    "Type": "variable",
    "SKU": "MW",
    "Name": "Marlow Walker",
    "Published": "1",
    "In stock?": "1",
    "Attribute 1 name": "Size",
    "Attribute 1 value(s)": "38, 39, 40",
}


def child(size: str, **changed: str) -> dict[str, str]:
    return {
        "ID": f"2{size}",
        "Type": "variation",
        "Name": f"Marlow Walker - {size}",
        "Published": "1",
        "In stock?": "1",
        "Stock": "3",
        "Regular price": "89.90",
        "Parent": "id:10",
        "Attribute 1 name": "Size",
        "Attribute 1 value(s)": size,
        **changed,
    }


def simple(**changed: str) -> dict[str, str]:
    return {"ID": "5", "Type": "simple", "SKU": "S", "Name": "Sole", "Published": "1", **changed}


def write(tmp_path: Path, rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> Path:
    rows = list(rows)
    columns = list(dict.fromkeys(["ID", "Type", "Name", *(key for row in rows for key in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "products.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def read(
    tmp_path: Path, *rows: Mapping[str, str], shop: WooCommerceShop | None = None, **options: Any
) -> list[ReadRow[ListingRecord]]:
    class OurShop(WooCommerceCsv):
        def today(self) -> date:
            return date(2026, 4, 1)

    if shop is not None:
        OurShop.shop = shop
    return list(OurShop().read_listings(write(tmp_path, rows), source="shop", **options))


def only(rows: list[ReadRow[ListingRecord]]) -> ListingRecord:
    (row,) = rows
    assert row.record is not None, row.problems
    return row.record


def refusals(rows: list[ReadRow[ListingRecord]]) -> list[tuple[int, str]]:
    return [(row.line, row.problems[0].code) for row in rows if row.record is None]


def stocks(record: ListingRecord) -> dict[str, int]:
    return {size.label: size.stock for size in record.sizes}
