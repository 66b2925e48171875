from __future__ import annotations

import csv
from pathlib import Path

from shop_plugin.domain.map_losses import LISTING_LOSSES, PURCHASE_LOSSES, find_losses

MAP = Path(__file__).resolve().parents[2] / "docs" / "reference" / "field-map.csv"
# What every row needs is an error of the checks; a second id and a name of the source lose nothing.
NOTHING_LOST = {"id", "title", "order_id", "ordered_at", "alias", "listing_source"}


def keys_of(name: str) -> set[str]:
    with MAP.open(newline="") as file:
        return {row["key"] for row in csv.DictReader(file) if row["map"] == name}


def test_it_has_words_for_every_key_that_may_be_left_out() -> None:
    for name, losses in (("OrmCatalogue", LISTING_LOSSES), ("OrmPurchases", PURCHASE_LOSSES)):
        told = {key for loss in losses for key in loss.keys}
        assert keys_of(name) - NOTHING_LOST <= told <= keys_of(name)


def test_it_tells_the_larger_loss_and_not_its_parts() -> None:
    both = list(find_losses(LISTING_LOSSES, {"description", "raw_attributes"}))
    assert [loss.keys for loss in both] == [("description", "raw_attributes")]
    one = list(find_losses(LISTING_LOSSES, {"description"}))
    assert [loss.keys for loss in one] == [("description",)]
    assert list(find_losses(LISTING_LOSSES, ())) == []
