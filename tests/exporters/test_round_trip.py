"""The shop's own shoes come back from every file format as they were, but for what it cannot say.

An adapter that reads files has an exporter of its own name here, or in its test
file if that is a few lines; its card says which of the two tests run.
``NOT_CARRIED`` of the exporter names the fields of a listing that the format
has no place for, each with its reason (``ORDERS_NOT_CARRIED`` those of an order
line); everything else must arrive.
Where a format says the same in other words, ``as_carried(record)`` returns
what is to be expected for a record.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_rows import read_listing_row, read_purchase_row
from shop_plugin.domain.ports import FileFormat
from shop_plugin.domain.records import ListingRecord, PurchaseRecord
from tests.adapters.adapter_cards import classes_for
from tests.adapters.contract.finding import claiming, find_test_file, name_of
from tests.exporters.own_shop import own_orders, own_products
from tests.exporters.plain_rows import listing_row, order_rows

SOURCE = "own"


def reader_of(module: ModuleType) -> FileFormat:
    (reader,) = classes_for(module, FileFormat)
    made = reader()
    assert isinstance(made, FileFormat)
    return made


def exporter_of(module: ModuleType) -> ModuleType:
    name = f"tests.exporters.{name_of(module).replace('-', '_')}"
    return import_module(name) if find_spec(name) else find_test_file(module)


def without(record: ListingRecord | PurchaseRecord, not_carried: set[str]) -> dict[str, Any]:
    """Return the fields of a record that the format has a place for; "sizes.width" is a part."""
    kept = {key: value for key, value in asdict(record).items() if key not in not_carried}
    if "sizes" in kept:
        kept["sizes"] = sorted(
            tuple(
                (part, value) for part, value in size.items() if f"sizes.{part}" not in not_carried
            )
            for size in kept["sizes"]
        )
    return kept


@pytest.mark.parametrize("module", claiming(Capability.LISTINGS_FROM_FILES), ids=name_of)
def test_it_brings_the_whole_catalogue_back(module: ModuleType, tmp_path: Path) -> None:
    exporter = exporter_of(module)
    path = tmp_path / "catalogue"
    path.write_bytes(b"".join(exporter.write_listings(own_products())))
    told = set(getattr(exporter, "NOT_CARRIED", {}))
    read = list(reader_of(module).read_listings(path, source=SOURCE))
    assert [row.problems for row in read if row.record is None] == []
    meant = [
        read_listing_row(listing_row(product), source=SOURCE, line=1).record
        for product in own_products()
    ]
    found = {row.record.title: row.record for row in read if row.record is not None}
    assert len(found) == len(own_products())
    for record in meant:
        assert record is not None
        expected = getattr(exporter, "as_carried", lambda same: same)(record)
        assert without(found[record.title], told) == without(expected, told)


@pytest.mark.parametrize("module", claiming(Capability.PURCHASES_FROM_FILES), ids=name_of)
def test_it_brings_every_order_line_back(module: ModuleType, tmp_path: Path) -> None:
    exporter = exporter_of(module)
    path = tmp_path / "orders"
    path.write_bytes(b"".join(exporter.write_orders(own_orders())))
    told = set(getattr(exporter, "ORDERS_NOT_CARRIED", {}))
    read = [row.record for row in reader_of(module).read_purchases(path, source=SOURCE)]
    meant = [
        read_purchase_row(row, source=SOURCE, line=1).record for row in order_rows(own_orders())
    ]
    assert len(read) == len(meant) > 1500
    for found, record in zip(read, meant, strict=True):
        assert found is not None
        assert record is not None
        assert without(found, told) == without(record, told)
