"""What products, orders and deletions say; bodies that are not what their topic promises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.topics import read_topic
from shop_plugin.domain.host_changes import Delivery, HostChange, RefusedDelivery
from shop_plugin.domain.records import ListingRecord
from tests.adapters.woocommerce.payloads import dump, order, product, variation


def read(topic: str, values: Any, shop: WooCommerceShop | None = None) -> HostChange:
    return read_topic(
        delivery=Delivery("id", topic),
        body=values if isinstance(values, bytes) else dump(values),
        source="shop",
        shop=shop or WooCommerceShop(),
    )


def listing(values: Any, shop: WooCommerceShop | None = None) -> ListingRecord:
    (row,) = read("product.updated", values, shop).listings
    assert row.record is not None, row.problems
    return row.record


def stocks(record: ListingRecord) -> dict[str, int]:
    return {size.label: size.stock for size in record.sizes}


def test_it_reads_a_product() -> None:
    record = listing(product(), WooCommerceShop(currency="EUR", size_system="eu"))
    assert record.external_id == "311"
    assert record.alias == "MW-1"
    assert record.title == "Marlow & Moss Walker"
    assert record.description == "A walking shoe.\nHeel 35 mm.\nDrop 8 mm."
    assert record.brand == "Marlow"
    assert record.category == "Women's Shoes"
    assert (record.price_minor, record.currency) == (8990, "EUR")
    assert record.url == "https://shoes.example/product/marlow-walker/"
    assert record.image_url == "https://shoes.example/marlow.jpg"
    assert record.availability == "in_stock"
    assert record.raw_attributes == {
        "Marke": "Marlow",
        "Sprengung": "8 mm",
        "heel_height": "35 mm",
        "Tags": "new",
        "SKU": ["MW-1"],
    }
    assert {size.system for size in record.sizes} == {"eu"}


def test_it_knows_when_a_product_changed() -> None:
    change = read("product.restored", product())
    assert change.changed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_it_counts_one_pair_of_each_size_where_only_the_product_is_told() -> None:
    assert stocks(listing(product())) == {"38": 1, "38,5": 1, "39": 1}
    assert listing(product()).keeps_sizes
    assert not listing(product(type="simple")).keeps_sizes
    assert stocks(listing(product(stock_status="outofstock"))) == {"38": 0, "38,5": 0, "39": 0}


def test_it_counts_the_pairs_of_each_size_where_the_shop_adds_them() -> None:
    told = [
        variation("38", 4, price="79.90"),
        variation("38,5", None),
        variation("39", 0, "outofstock"),
    ]
    record = listing(product(footback_variations=told))
    assert stocks(record) == {"38": 4, "38,5": 1, "39": 0}
    assert not record.keeps_sizes
    assert record.price_minor == 7990
    assert record.availability == "in_stock"
    gone = listing(product(footback_variations=[variation("38", 0, "onbackorder")]))
    assert gone.availability == "preorder"


def test_it_offers_no_size_of_a_product_whose_variations_are_all_gone() -> None:
    record = listing(product(footback_variations=[], stock_status="outofstock"))
    assert record.sizes == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "draft"},
        {"status": "private"},
        {"status": "trash"},
        {"catalog_visibility": "hidden"},
        {"type": "grouped"},
        {"virtual": True},
    ],
    ids=str,
)
def test_it_withdraws_what_customers_cannot_see_or_wear(changed: dict[str, Any]) -> None:
    change = read("product.updated", product(**changed))
    assert change.withdrawn == ("311",)
    assert change.listings == ()
    assert change.changed_at is not None


def test_it_takes_one_variation_for_no_product() -> None:
    change = read("product.updated", product(type="variation", parent_id=310))
    assert change == HostChange(changed_at=datetime(2026, 3, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize("number", [311, "311"])
def test_it_withdraws_what_was_deleted(number: int | str) -> None:
    assert read("product.deleted", {"id": number}) == HostChange(withdrawn=("311",))


def test_it_changes_nothing_when_an_order_is_tidied_away() -> None:
    assert read("order.deleted", {"id": 4711}) == HostChange()


@pytest.mark.proof("S12")
def test_it_takes_the_body_of_another_topic_for_no_deletion() -> None:
    for values in (order(), product(), {"id": 311, "status": "x"}, {}, {"id": 0}, {"id": True}):
        with pytest.raises(RefusedDelivery) as refused:
            read("product.deleted", values)
        assert refused.value.code == "unreadable"


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("topic", "values"),
    [
        ("product.updated", order()),
        ("order.updated", product()),
        ("order.created", {"id": 4711}),
        ("product.created", {"id": 311}),
        ("order.created", {"id": 4711, "line_items": {}}),
    ],
)
def test_it_takes_an_order_for_no_product_and_a_deletion_for_neither(
    topic: str, values: Any
) -> None:
    with pytest.raises(RefusedDelivery) as refused:
        read(topic, values)
    assert refused.value.code == "unreadable"


def test_it_says_what_to_do_where_the_webhook_may_not_read() -> None:
    error = {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}}
    with pytest.raises(RefusedDelivery, match="save the webhook once as an administrator"):
        read("product.updated", error)


def test_it_says_what_to_do_where_the_webhook_speaks_the_old_api() -> None:
    with pytest.raises(RefusedDelivery, match="WP REST API Integration v3"):
        read("order.updated", {"order": {"id": 4711}})


@pytest.mark.parametrize("topic", ["coupon.created", "customer.created", "action.x", "order.x"])
def test_it_passes_over_other_topics_whatever_their_body(topic: str) -> None:
    assert read(topic, b"no json") == HostChange()


def test_it_takes_in_chosen_categories_alone() -> None:
    shop = WooCommerceShop(only_categories=("Boots",))
    assert read("product.updated", product(), shop).withdrawn == ("311",)
