from __future__ import annotations

import csv
from pathlib import Path

from django.conf import settings

from shop_plugin.adapters.csv_rows import LISTING_COLUMNS
from shop_plugin.adapters.orm import OrmCatalogue, OrmPurchases

REFERENCE = Path(settings.BASE_DIR) / "docs" / "reference" / "field-map.csv"


def keys_of(name: str) -> set[str]:
    with REFERENCE.open(newline="") as file:
        return {row["key"] for row in csv.DictReader(file) if row["map"] == name}


def test_it_documents_every_key_of_the_catalogue_map() -> None:
    own = {*OrmCatalogue.map_keys, "sizes", "raw_attributes", "updated"}
    assert keys_of("OrmCatalogue") == own


def test_it_documents_every_key_of_the_purchase_map() -> None:
    assert keys_of("OrmPurchases") == {*OrmPurchases.map_keys, "updated"}


def test_it_knows_the_same_keys_in_files_and_maps() -> None:
    assert {*OrmCatalogue.map_keys, "sizes", "raw_attributes", "source"} == LISTING_COLUMNS
