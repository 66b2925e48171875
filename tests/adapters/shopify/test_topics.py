from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.shopify import ShopifyCsv, ShopifyWebhooks
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.domain.host_changes import (
    Delivery,
    HostChange,
    PersonReference,
    RefusedDelivery,
    ReturnRecord,
)
from shop_plugin.domain.records import ListingRecord
from tests.exporters.own_shop import own_products
from tests.exporters.shopify import (
    NEW,
    handle_of,
    number_of,
    order_payload,
    product_payload,
    refund_payload,
    write_listings,
)

SENT = datetime(2026, 3, 21, 12, tzinfo=UTC)
SHOE = own_products()[0]
PRODUCT = product_payload(SHOE, updated_at="2026-03-21T12:59:58+01:00")
CUSTOMER = {"id": 9001, "email": "ada@customers.example", "phone": None}
REDACT = {
    "shop_id": 1,
    "shop_domain": "north.myshopify.com",
    "customer": CUSTOMER,
    "orders_to_redact": [5001],
}
REQUEST = {
    "shop_id": 1,
    "shop_domain": "north.myshopify.com",
    "customer": CUSTOMER,
    "orders_requested": [5001],
    "data_request": {"id": 3},
}
GONE = {"shop_id": 1, "shop_domain": "north.myshopify.com"}
ORDER = order_payload(SHOE, updated_at="2026-03-01T10:00:05+01:00")
REFUND = refund_payload([(61, 50010, 1)])
CONSENT = {
    "customer_id": 9001,
    "email_address": "ada@customers.example",
    "email_marketing_consent": {
        "state": "unsubscribed",
        "opt_in_level": None,
        "consent_updated_at": "2026-03-20T08:00:00Z",
    },
}
ADA = PersonReference("9001", "ada@customers.example")


def read(topic: str, payload: Any, reader: ShopifyWebhooks | None = None) -> HostChange:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    delivery = Delivery("d-1", topic, SENT)
    return (reader or ShopifyWebhooks()).read(delivery=delivery, body=body, source="north")


def only_listing(change: HostChange) -> ListingRecord:
    (row,) = change.listings
    assert row.record is not None, row.problems
    return row.record


def test_it_speaks_of_the_same_listing_as_the_file(tmp_path: Path) -> None:
    content = b"".join(write_listings(own_products()[:40], NEW))
    (tmp_path / "products.csv").write_bytes(content)
    rows = ShopifyCsv().read_listings(tmp_path / "products.csv", source="north")
    for row, shoe in zip(rows, own_products()[:40], strict=True):
        told = only_listing(read("products/update", product_payload(shoe, updated_at="")))
        assert row.record is not None
        assert told.external_id == row.record.external_id == handle_of(shoe)
        assert told.alias == str(number_of(shoe))
        for name in ("title", "description", "brand", "category", "price_minor", "image_url"):
            assert getattr(told, name) == getattr(row.record, name)
        assert told.sizes == row.record.sizes
        assert told.availability == row.record.availability


@pytest.mark.parametrize("topic", ["products/create", "products/update"])
def test_it_says_when_a_product_changed_so_that_the_latest_state_holds(topic: str) -> None:
    later = read(topic, PRODUCT)
    earlier = read(topic, {**PRODUCT, "updated_at": "2026-03-21T11:00:00Z", "title": "Old"})
    assert later.changed_at == datetime(2026, 3, 21, 11, 59, 58, tzinfo=UTC)
    assert earlier.changed_at is not None
    assert earlier.changed_at < later.changed_at
    # Nothing of the deletion tells its time but the delivery.
    assert read("products/delete", {"id": number_of(SHOE)}).changed_at == SENT


def test_it_reads_metafields_where_the_webhook_was_told_to_carry_them() -> None:
    fields = [
        {"namespace": "shopify", "key": "shoe-features", "value": '["arch-support"]'},
        {"namespace": "custom", "key": "heel_height", "value": '{"value":30,"unit":"mm"}'},
    ]
    found = only_listing(read("products/update", {**PRODUCT, "metafields": fields}))
    assert found.raw_attributes["shopify.shoe-features"] == '["arch-support"]'
    assert found.raw_attributes["heel_height"] == '{"value":30,"unit":"mm"}'


def test_it_withdraws_a_product_by_number_when_it_is_deleted() -> None:
    assert read("products/delete", {"id": number_of(SHOE)}).withdrawn == (str(number_of(SHOE)),)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "draft"},
        {"status": "archived"},
        {"published_at": None},
        {"category": {"full_name": "Apparel & Accessories > Clothing > Shirts"}},
    ],
)
def test_it_withdraws_what_customers_do_not_see_or_is_no_footwear(changes: dict[str, Any]) -> None:
    change = read("products/update", {**PRODUCT, **changes})
    assert change.listings == ()
    assert change.withdrawn == (str(number_of(SHOE)), handle_of(SHOE))


def test_it_reads_an_order_line_as_a_purchase_of_the_product_with_that_number() -> None:
    change = read("orders/create", ORDER)
    (row,) = change.purchases
    record = row.record
    assert record is not None
    assert record.external_id == "50010"
    assert (record.order_id, record.listing_id) == ("5001", str(number_of(SHOE)))
    assert record.ordered_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (record.size, record.quantity) == (SHOE.variants[0].size, 1)
    assert (record.customer_id, record.email) == ("9001", "ada@customers.example")
    assert (record.first_name, record.language, record.country) == ("Ada", "de-de", "DE")
    assert (record.fulfilled_at, record.delivered_at) == (None, None)
    assert not record.is_gift
    assert not record.is_cancelled
    assert (record.optout_offered, record.has_express_consent) == (False, False)
    assert change.changed_at == datetime(2026, 3, 1, 9, 0, 5, tzinfo=UTC)
    assert change.objections == ()


def test_it_starts_wear_when_the_line_was_first_sent_off() -> None:
    line = {"id": 50010, "quantity": 1}
    fulfillments = [
        {"status": "cancelled", "created_at": "2026-03-02T08:00:00Z", "line_items": [line]},
        {"status": "success", "created_at": "2026-03-05T08:00:00Z", "line_items": [line]},
        {"status": "success", "created_at": "2026-03-04T08:00:00Z", "line_items": [line]},
        {"status": "success", "created_at": "2026-03-03T08:00:00Z", "line_items": [{"id": 7}]},
    ]
    (row,) = read("orders/fulfilled", {**ORDER, "fulfillments": fulfillments}).purchases
    assert row.record is not None
    assert row.record.fulfilled_at == datetime(2026, 3, 4, 8, tzinfo=UTC)


def test_it_marks_a_cancelled_order() -> None:
    order = {**ORDER, "cancelled_at": "2026-03-02T08:00:00Z"}
    (row,) = read("orders/cancelled", order).purchases
    assert row.record is not None
    assert row.record.is_cancelled


def test_it_leaves_out_test_orders_gift_cards_and_what_is_not_shipped() -> None:
    assert read("orders/create", {**ORDER, "test": True}).purchases == ()
    line = ORDER["line_items"][0]
    lines = [
        line,
        {**line, "id": 2, "gift_card": True},
        {**line, "id": 3, "requires_shipping": False},
    ]
    change = read("orders/create", {**ORDER, "line_items": lines})
    assert [row.record.external_id for row in change.purchases if row.record] == ["50010"]


def test_it_refuses_a_line_that_is_no_pair_of_shoes_unless_the_shop_takes_everything() -> None:
    line = ORDER["line_items"][0]
    shirt = {**line, "id": 2, "title": "Logo T-Shirt", "variant_title": "M / Black"}
    soap = {**line, "id": 3, "title": "Lavender", "variant_title": None}
    order = {**ORDER, "line_items": [line, shirt, soap]}
    pair, *others = read("orders/create", order).purchases
    assert pair.record is not None
    assert [row.problems[0].code for row in others] == ["not_footwear", "not_footwear"]

    class Everything(ShopifyWebhooks):
        shop = ShopifyShop(only_footwear=False)

    taken = read("orders/create", order, Everything()).purchases
    assert [row.record is not None for row in taken] == [True, True, True]


@pytest.mark.parametrize(
    ("changes", "is_gift"),
    [
        ({"note_attributes": [{"name": "Gift message", "value": "For you"}]}, True),
        ({"note_attributes": [{"name": "is_gift", "value": "true"}]}, True),
        ({"note_attributes": [{"name": "Geschenk", "value": "ja"}]}, True),
        ({"note_attributes": [{"name": "gift", "value": "No"}]}, False),
        ({"note_attributes": [{"name": "gift", "value": ""}]}, False),
        ({"note_attributes": [{"name": "delivery-day", "value": "Monday"}]}, False),
        ({"note_attributes": "gift"}, False),
    ],
)
def test_it_takes_hints_that_the_shoes_are_a_gift(changes: dict[str, Any], is_gift: bool) -> None:
    (row,) = read("orders/create", {**ORDER, **changes}).purchases
    assert row.record is not None
    assert row.record.is_gift is is_gift


def test_it_takes_a_wrapped_order_for_a_gift() -> None:
    line = ORDER["line_items"][0]
    wrap = {**line, "id": 2, "title": "Gift wrapping", "requires_shipping": False}
    (row,) = read("orders/create", {**ORDER, "line_items": [line, wrap]}).purchases
    assert row.record is not None
    assert row.record.is_gift


@pytest.mark.parametrize(
    ("state", "level", "rule", "is_express"),
    [
        ("subscribed", "single_opt_in", "subscribed", True),
        ("subscribed", "single_opt_in", "confirmed", False),
        ("subscribed", "confirmed_opt_in", "confirmed", True),
        ("subscribed", "confirmed_opt_in", "never", False),
        ("pending", "confirmed_opt_in", "subscribed", False),
        ("not_subscribed", None, "subscribed", False),
        ("unsubscribed", "confirmed_opt_in", "subscribed", False),
        ("redacted", None, "subscribed", False),
    ],
)
def test_it_reads_consent_as_strictly_as_the_shop_wants(
    state: str, level: str | None, rule: str, is_express: bool
) -> None:
    class North(ShopifyWebhooks):
        shop = ShopifyShop(consent=rule)

    customer = {
        **ORDER["customer"],
        "email_marketing_consent": {"state": state, "opt_in_level": level},
    }
    change = read("orders/create", {**ORDER, "customer": customer}, North())
    assert change.purchases[0].record is not None
    assert change.purchases[0].record.has_express_consent is is_express
    assert change.objections == ((ADA,) if state == "unsubscribed" else ())


def test_it_takes_no_consent_from_the_old_field() -> None:
    customer = {"id": 9001, "accepts_marketing": True}
    change = read("orders/create", {**ORDER, "customer": customer, "buyer_accepts_marketing": True})
    assert change.purchases[0].record is not None
    assert not change.purchases[0].record.has_express_consent
    assert not change.purchases[0].record.optout_offered


def test_it_counts_a_box_at_the_checkout_only_where_the_shop_has_one_and_it_was_ticked() -> None:
    class North(ShopifyWebhooks):
        shop = ShopifyShop(optout_offered=True)

    for accepts in (True, False, None):
        change = read("orders/create", {**ORDER, "buyer_accepts_marketing": accepts}, North())
        assert change.purchases[0].record is not None
        assert change.purchases[0].record.optout_offered is (accepts is True)


def test_it_names_each_refunded_line_so_that_an_act_counts_once() -> None:
    refund = refund_payload([(61, 50010, 1), (62, 50011, 2)])
    alone = read("refunds/create", refund)
    assert alone.returns == (
        ReturnRecord("refund-61", "50010", 1),
        ReturnRecord("refund-62", "50011", 2),
    )
    assert alone.changed_at == datetime(2026, 3, 20, 8, tzinfo=UTC)
    # The order tells the same acts again, under the same names.
    assert read("orders/updated", {**ORDER, "refunds": [refund]}).returns == alone.returns


def test_it_takes_nothing_back_for_money_alone_or_for_no_pairs() -> None:
    assert read("refunds/create", refund_payload([])).returns == ()
    assert read("refunds/create", refund_payload([(61, 50010, 0)])).returns == ()


def test_it_reads_what_privacy_asks_for() -> None:
    assert read("customers/redact", REDACT).erase == (ADA,)
    assert read("customers/data_request", REQUEST).export == (ADA,)
    assert read("shop/redact", GONE).erases_shop
    only_address = {**REDACT, "customer": {"email": "ada@customers.example"}}
    assert read("customers/redact", only_address).erase == (
        PersonReference("", "ada@customers.example"),
    )


@pytest.mark.parametrize("topic", ["customers_email_marketing_consent/update", "customers/update"])
def test_it_hears_that_somebody_ended_their_subscription(topic: str) -> None:
    change = read(topic, CONSENT)
    assert change.objections == (ADA,)
    assert change.changed_at == change.objected_at == datetime(2026, 3, 20, 8, tzinfo=UTC)
    again = {**CONSENT, "email_marketing_consent": {"state": "subscribed"}}
    assert read(topic, again).objections == ()


def test_it_finds_nothing_in_topics_of_no_interest() -> None:
    assert read("themes/publish", b"not even JSON") == HostChange()


@pytest.mark.proof("S12")
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"id":' * 100_000, b'{"id": 1}'])
@pytest.mark.parametrize(
    "topic",
    [
        "products/update", "orders/create", "refunds/create", "customers/redact",
        "customers/data_request", "shop/redact",
    ],
)  # fmt: skip
def test_it_refuses_a_body_that_is_not_what_its_topic_promises(topic: str, body: bytes) -> None:
    with pytest.raises(RefusedDelivery) as caught:
        read(topic, body)
    assert caught.value.code == "unreadable"


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (topic, payload)
        for topic, own in {
            "products/update": [PRODUCT],
            "products/delete": [],
            "orders/create": [ORDER],
            "refunds/create": [REFUND],
            "customers/redact": [REDACT],
            "customers/data_request": [REQUEST],
            "shop/redact": [GONE],
        }.items()
        for payload in [PRODUCT, ORDER, REFUND, REDACT, REQUEST, GONE]
        if payload not in own
    ],
)
def test_it_refuses_a_signed_body_under_the_topic_of_another(topic: str, payload: Any) -> None:
    with pytest.raises(RefusedDelivery) as caught:
        read(topic, payload)
    assert caught.value.code == "unreadable"


def test_it_keeps_people_out_of_what_a_report_shows() -> None:
    change = read("orders/create", {**ORDER, "created_at": "soon", "processed_at": None})
    (row,) = change.purchases
    assert row.record is None
    assert "ada" not in f"{row}".lower()
