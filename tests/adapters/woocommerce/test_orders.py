"""Which orders count as bought, sent off, undone; what a refund says; who is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shop_plugin.adapters.woocommerce.orders import is_bought, read_lines, read_returns
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.domain.host_changes import ReturnRecord
from shop_plugin.domain.records import PurchaseRecord
from tests.adapters.woocommerce.payloads import line, order


def purchases(values: Any, shop: WooCommerceShop | None = None) -> list[PurchaseRecord]:
    rows = list(read_lines(values, shop=shop or WooCommerceShop(), source="shop"))
    assert [row.problems for row in rows if row.record is None] == []
    return [row.record for row in rows if row.record is not None]


def purchase(shop: WooCommerceShop | None = None, **changed: Any) -> PurchaseRecord:
    (found,) = purchases(order(**changed), shop)
    return found


def returns(*amounts: str, lines: list[Any] | None = None) -> list[ReturnRecord]:
    refunds = [
        {"id": 90 + place, "reason": "", "total": amount} for place, amount in enumerate(amounts)
    ]
    return list(read_returns(order(refunds=refunds, line_items=lines or [line()])))


def test_it_reads_a_line() -> None:
    found = purchase()
    assert (found.external_id, found.order_id, found.listing_id) == ("71", "4711", "311")
    assert found.title == "Marlow Walker"
    assert found.size == "38"
    assert (found.quantity, found.quantity_returned) == (2, 0)
    assert found.ordered_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert found.fulfilled_at is None
    assert (found.customer_id, found.email, found.first_name) == ("5", "ada@example.com", "Ada")
    assert found.country == "AT"
    assert not found.is_gift
    assert not found.is_cancelled
    assert not found.optout_offered
    assert not found.has_express_consent


@pytest.mark.parametrize(
    ("status", "paid", "bought", "cancelled"),
    [
        ("pending", None, False, False),
        ("on-hold", None, False, False),
        ("checkout-draft", None, False, False),
        ("failed", None, False, True),
        ("cancelled", None, False, True),
        ("processing", None, True, False),
        ("wc-processing", None, True, False),
        ("completed", "2026-03-02T09:04:00", True, False),
        ("on-hold", "2026-03-02T09:04:00", True, False),
        ("shipped", "2026-03-02T09:04:00", True, False),
        ("shipped", None, False, False),
        ("cancelled", "2026-03-02T09:04:00", True, True),
        ("failed", "2026-03-02T09:04:00", True, True),
        ("trash", "2026-03-02T09:04:00", True, True),
        ("refunded", None, True, False),
    ],
)
def test_it_tells_by_status_and_payment_what_was_bought(
    status: str, paid: str | None, bought: bool, cancelled: bool
) -> None:
    values = order(status=status, date_paid_gmt=paid)
    assert is_bought(values) is bought
    assert purchases(values)[0].is_cancelled is cancelled


def test_it_starts_wear_when_an_order_was_completed() -> None:
    found = purchase(status="completed", date_completed_gmt="2026-03-04T08:00:00")
    assert found.fulfilled_at == datetime(2026, 3, 4, 8, tzinfo=UTC)


def test_it_takes_all_pairs_of_a_refunded_order_as_returned() -> None:
    assert purchase(status="refunded").quantity_returned == 2


def test_it_knows_a_guest_by_the_address_alone() -> None:
    assert purchase(customer_id=0).customer_id == ""


def test_it_keeps_nothing_of_a_customer_whom_woocommerce_made_nameless() -> None:
    billing = {"first_name": "[deleted]", "email": "deleted@site.invalid", "country": ""}
    found = purchase(billing=billing, customer_id=0)
    assert (found.email, found.first_name, found.customer_id) == ("", "", "")


@pytest.mark.parametrize(
    ("shipping", "is_gift"),
    [
        ({"first_name": "Bo", "address_1": "Road 2", "postcode": "1010"}, True),
        ({"first_name": "Bo", "address_1": "lane 1", "postcode": "10115"}, False),
        ({"first_name": "ADA", "last_name": "example", "address_1": "Road 2"}, False),
        ({"first_name": "", "address_1": ""}, False),
        ({}, False),
    ],
)
def test_it_takes_what_goes_to_another_person_elsewhere_as_a_gift(
    shipping: dict[str, str], is_gift: bool
) -> None:
    assert purchase(shipping=shipping).is_gift is is_gift


@pytest.mark.parametrize(("value", "given"), [("yes", True), (1, True), ("no", False), ("", False)])
def test_it_reads_consent_from_the_field_that_the_shop_names(value: object, given: bool) -> None:
    meta = [{"key": "_newsletter", "value": value}, {"key": "wpml_language", "value": "fr"}]
    shop = WooCommerceShop(consent_meta="_newsletter", optout_offered=True, language="de")
    found = purchase(shop, meta_data=meta)
    assert found.has_express_consent is given
    assert found.optout_offered
    assert found.language == "fr"
    assert not purchase(meta_data=meta).has_express_consent


def test_it_reads_the_size_whatever_it_is_called() -> None:
    chosen = {"key": "talla", "value": "39", "display_key": "Talla", "display_value": "EU 39"}
    assert purchase(line_items=[line(meta_data=[chosen])]).size == "39"
    only_values = {"key": "pa_nr", "value": "40"}
    assert purchase(line_items=[line(meta_data=[only_values])]).size == "40"
    engraving = {"key": "engraving", "value": "Ada"}
    assert purchase(line_items=[line(meta_data=[engraving])]).size == ""
    assert purchase(line_items=[line(meta_data=[])]).size == ""


def test_it_refuses_a_line_without_pairs_and_reads_the_others() -> None:
    values = order(line_items=[line(quantity=0), line(id=72, quantity="2.0"), line(id=73)])
    rows = list(read_lines(values, shop=WooCommerceShop(), source="shop"))
    assert [row.record.external_id if row.record else None for row in rows] == [None, "72", "73"]
    assert "ada@example.com" not in rows[0].raw


@pytest.mark.parametrize(
    ("amount", "pairs"), [("-60.00", 1), ("-120.00", 2), ("60.00", 1), ("-59.99", 0), ("-180", 0)]
)
def test_it_takes_a_refund_of_whole_pairs_as_their_return(amount: str, pairs: int) -> None:
    expected = [ReturnRecord("refund-90", "71", pairs)] if pairs else []
    assert returns(amount) == expected


@pytest.mark.parametrize("amount", ["-10.00", "0", "", "-", "NaN", "-1e400", None, "-0.00"])
def test_it_takes_any_other_refund_as_no_return(amount: Any) -> None:
    assert returns(amount) == []


def test_it_guesses_nothing_where_a_refund_fits_two_lines() -> None:
    two = [line(), line(id=72, quantity=1, total="50.00", total_tax="10.00")]
    assert returns("-60.00", lines=two) == []
    other = [line(), line(id=72, quantity=1, total="75.00", total_tax="15.00")]
    assert returns("-90.00", "-60.00", lines=other) == [
        ReturnRecord("refund-90", "72", 1),
        ReturnRecord("refund-91", "71", 1),
    ]


def test_it_asks_no_amounts_where_the_shop_adds_the_pairs() -> None:
    told = [line(quantity_refunded=1)]
    assert returns("-60.00", lines=told) == []
    assert purchases(order(line_items=told))[0].quantity_returned == 1
    too_many = [line(quantity_refunded=9)]
    assert purchases(order(line_items=too_many))[0].quantity_returned == 2


def test_it_takes_free_lines_for_no_return() -> None:
    assert returns("-0.00", "-60.00", lines=[line(total="0.00", total_tax="0.00")]) == []
