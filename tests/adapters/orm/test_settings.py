"""The field map in the settings reads what a class with the same map reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from footback_shop.store.footback import StoreCatalogue, StorePurchases
from shop_plugin.adapters.orm import HostCatalogue, HostPurchases
from shop_plugin.conf import load_catalogue_source, load_purchase_source
from shop_plugin.domain.ports import CatalogueSource, PurchaseSource, UnusableSource
from tests.adapters.orm.test_orm import make_line, make_product

PRODUCT: dict[str, Any] = {
    "model": "store.Product",
    "updated": "updated_at",
    "id": "sku",
    "title": "name",
    "description": "description",
    "brand": "brand",
    "category": "category",
    "gender": "gender",
    "price": "price",
    "currency": "currency",
    "url": "get_absolute_url",
    "image_url": "picture",
    "language": "language",
    "availability": "has_stock",
    "sizes": {
        "from": "variants",
        "label": "size",
        "system": "size_system",
        "width": "width",
        "stock": "stock",
        "internal_length_mm": "internal_length_mm",
        "ball_width_mm": "ball_width_mm",
    },
    "fit_votes": "fit_votes",
    "return_reasons": "return_reasons",
    "sales": "sold_lately",
    "views": "seen_lately",
    "raw_attributes": "specs",
    "only": {"is_on_sale": True},
}
ORDER_LINE: dict[str, Any] = {
    key: getattr(StorePurchases, key)
    for key in (*StorePurchases.map_keys, "updated")
    if getattr(StorePurchases, key)
} | {"model": "store.OrderLine"}
HOST = {"name": "store", "product": PRODUCT, "order_line": ORDER_LINE}


@pytest.fixture(autouse=True)
def host() -> Iterator[None]:
    """A shop that maps its models in the settings."""
    with override_settings(FOOTBACK={"HOST": HOST}):
        yield


def changed(part: str, **entries: Any) -> Any:
    return override_settings(FOOTBACK={"HOST": {**HOST, part: {**HOST[part], **entries}}})


@pytest.mark.django_db
def test_it_reads_what_a_class_with_the_same_map_reads() -> None:
    make_product(1)
    make_product(2, is_on_sale=False)
    make_line(3)
    by_settings, by_class = load_catalogue_source(), StoreCatalogue()
    assert isinstance(by_settings, HostCatalogue)
    assert isinstance(by_settings, CatalogueSource)
    assert list(by_settings.iter_listings()) == list(by_class.iter_listings())
    lines = load_purchase_source()
    assert isinstance(lines, HostPurchases)
    assert isinstance(lines, PurchaseSource)
    assert list(lines.iter_purchases()) == list(StorePurchases().iter_purchases())


@pytest.mark.django_db
def test_it_takes_values_that_are_the_same_for_all_and_functions() -> None:
    make_product()
    with changed(
        "product", currency="=GBP", is_recalled=True, gender=lambda shoe: shoe.brand.upper()
    ):
        (row,) = HostCatalogue().iter_listings()
    assert row.record is not None
    assert (row.record.currency, row.record.is_recalled) == ("GBP", True)
    assert row.record.gender == "MARLOW"


def test_it_leaves_the_setting_of_a_class_in_force() -> None:
    path = "footback_shop.store.footback.StoreCatalogue"
    with override_settings(FOOTBACK={"HOST": HOST, "CATALOGUE_SOURCE": path}):
        assert isinstance(load_catalogue_source(), StoreCatalogue)
    with override_settings(FOOTBACK={"HOST": {"name": "store", "product": PRODUCT}}):
        assert load_purchase_source() is None


def test_it_pushes_only_where_the_settings_say_so() -> None:
    assert not HostCatalogue().is_pushed
    with override_settings(FOOTBACK={"HOST": {**HOST, "push": True}}):
        assert HostCatalogue().is_pushed
        assert HostPurchases().is_pushed


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"titel": "name"}, r"\['titel'\] means nothing\. Did you mean \"title\"\?"),
        ({"brand": ["brand"]}, r"\['brand'\] is neither a path, nor a value, nor a function"),
        ({"only": "is_on_sale"}, r"\['only'\] is no dict"),
        ({"model": 7}, r"\['model'\] is no text"),
        ({"sizes": {"label": "size"}}, r"\['sizes'\] needs \"from\""),
        ({"sizes": {"from": "variants", "lable": "size"}}, r"Did you mean \"label\"\?"),
    ],
)
def test_it_says_what_in_a_map_means_nothing(entries: dict[str, Any], message: str) -> None:
    with changed("product", **entries), pytest.raises(UnusableSource, match=message):
        list(HostCatalogue().iter_listings())


def test_it_says_that_a_part_is_no_dict() -> None:
    with (
        override_settings(FOOTBACK={"HOST": {"name": "store", "product": "store.Product"}}),
        pytest.raises(UnusableSource, match=r"\['product'\] is no dict"),
    ):
        list(HostCatalogue().iter_listings())
