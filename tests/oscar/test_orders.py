"""Oscar's order lines as purchases: statuses, events, guests, gifts, sizes and what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from shop_plugin.adapters.oscar import OscarCatalogue, OscarPurchases
from shop_plugin.domain.ports import PurchaseSource
from shop_plugin.domain.records import PurchaseRecord
from tests.oscar.shop import (
    Line,
    Order,
    Product,
    ShippingAddress,
    User,
    add_line,
    child_of,
    make_order,
)

pytestmark = pytest.mark.django_db

EventHandler = get_class("order.processing", "EventHandler")
Option = get_model("catalogue", "Option")


def read(source: OscarPurchases | None = None, **since: Any) -> list[PurchaseRecord]:
    rows = list((source or OscarPurchases()).iter_purchases(**since))
    assert [row.problems for row in rows] == [()] * len(rows)
    return [row.record for row in rows if row.record is not None]


@pytest.fixture
def order(boot: Any, country: Any) -> Any:
    address = ShippingAddress.objects.create(
        first_name="Robin", last_name="Ashdown", line1="1 Tanner's Yard", country=country
    )
    return make_order(
        child_of(boot, "38"),
        quantity=2,
        guest_email="robin@example.org",
        shipping_address=address,
        status="Pending",
    )


def happen(order: Any, kind: str, name: str, quantity: int) -> None:
    """Let an event happen to the order's line, as oscar's own handler does it."""
    line = order.lines.get()
    types = get_model("order", f"{kind}EventType").objects
    event_type, _made = types.get_or_create(name=name)
    handler = EventHandler()
    if kind == "Shipping":
        handler.handle_shipping_event(order, event_type, [line], [quantity])
    else:
        handler.handle_payment_event(order, event_type, 10, [line], [quantity])


def test_it_fits_the_seam() -> None:
    assert isinstance(OscarPurchases(), PurchaseSource)


def test_it_hands_over_the_line_of_a_guest(boot: Any, order: Any) -> None:
    (line,) = read()
    assert line.external_id == str(order.lines.get().pk)
    assert (line.source, line.order_id, line.ordered_at) == ("oscar", "100001", order.date_placed)
    assert (line.listing_source, line.listing_id) == ("oscar", str(boot.pk))
    assert (line.title, line.size, line.quantity) == ("Marlow Walker", "38", 2)
    assert (line.email, line.customer_id, line.first_name) == ("robin@example.org", "", "Robin")
    assert (line.country, line.language, line.category) == ("DE", "", "Shoes")
    assert (line.is_cancelled, line.is_gift, line.quantity_returned) == (False, False, 0)
    assert line.optout_offered is False


def test_it_hands_over_the_line_of_a_customer_with_an_account(boot: Any, order: Any) -> None:
    user = User.objects.create_user("kim", "kim@example.org", "secret", first_name="Kim")
    Order.objects.update(user=user, guest_email="")
    (line,) = read()
    assert (line.email, line.customer_id, line.first_name) == (
        "kim@example.org",
        str(user.pk),
        "Kim",
    )


@pytest.mark.parametrize("status", ["Cancelled", "CANCELED", "Payment declined"])
@pytest.mark.parametrize("model", [Order, Line])
def test_it_takes_the_status_of_order_or_line_for_cancelled(
    order: Any, model: Any, status: str
) -> None:
    model.objects.update(status=status)
    (line,) = read()
    assert line.is_cancelled is True


def test_it_lets_a_shop_name_its_own_statuses(order: Any) -> None:
    class Own(OscarPurchases):
        cancelled_statuses = ("Annulliert",)
        returned_statuses = ("Zurück",)

    Order.objects.update(status="annulliert")
    (line,) = read(Own())
    assert line.is_cancelled is True
    Order.objects.update(status="zurück")
    (line,) = read(Own())
    assert (line.is_cancelled, line.quantity_returned) == (False, 2)


def test_it_counts_a_pair_that_came_back_and_was_refunded_once(order: Any) -> None:
    happen(order, "Shipping", "Returned", 1)
    happen(order, "Payment", "Refunded", 1)
    (line,) = read()
    assert line.quantity_returned == 1
    happen(order, "Payment", "Refund", 1)
    (line,) = read()
    assert line.quantity_returned == 2


def test_it_takes_the_first_shipping_event_for_the_day_it_left(order: Any) -> None:
    happen(order, "Shipping", "Shipped", 1)
    (line,) = read()
    first = order.shipping_events.get().date_created
    happen(order, "Shipping", "Shipped", 1)
    happen(order, "Shipping", "Delivered", 2)
    (line,) = read()
    assert line.fulfilled_at == first
    assert line.delivered_at == order.shipping_events.get(event_type__name="Delivered").date_created


def test_it_takes_the_change_of_status_where_the_shop_records_no_events(order: Any) -> None:
    order.set_status("Being processed")
    order.set_status("Complete")
    (line,) = read()
    assert line.fulfilled_at == order.status_changes.get(new_status="Complete").date_created
    assert line.delivered_at is None


@pytest.mark.parametrize(("value", "is_gift"), [("Happy birthday!", True), ("no", False)])
def test_it_knows_a_gift_by_the_option_that_was_chosen(
    order: Any, value: str, is_gift: bool
) -> None:
    option = Option.objects.create(name="Gift message", code="gift-message")
    order.lines.get().attributes.create(option=option, type=option.code, value=value)
    (line,) = read()
    assert line.is_gift is is_gift


def test_it_takes_the_size_from_an_option_where_products_have_none(boot: Any, order: Any) -> None:
    order.lines.all().delete()
    line = add_line(order, boot)
    option = Option.objects.create(name="Size", code="size")
    line.attributes.create(option=option, type="size", value="41")
    assert [record.size for record in read()] == ["41"]


def test_it_keeps_a_line_whose_product_is_gone(order: Any) -> None:
    Product.objects.all().delete()
    (line,) = read()
    assert (line.listing_id, line.title, line.email) == ("", "Marlow Walker", "robin@example.org")


def test_it_hands_over_what_changed_since(boot: Any, order: Any) -> None:
    since = timezone.now() - timedelta(hours=1)
    long_ago = timezone.now() - timedelta(days=400)

    def read_ids() -> list[str]:
        return [record.order_id for record in read(since=since)]

    assert read_ids() == ["100001"]
    Order.objects.update(date_placed=long_ago)
    assert read_ids() == []
    happen(order, "Payment", "Refunded", 1)
    assert read_ids() == ["100001"]
    order.payment_events.update(date_created=long_ago)
    assert read_ids() == []
    happen(order, "Shipping", "Shipped", 1)
    assert read_ids() == ["100001"]
    order.shipping_events.update(date_created=long_ago)
    order.refresh_from_db()
    order.set_status("Cancelled")
    assert read_ids() == ["100001"]
    order.status_changes.update(date_created=long_ago)
    assert read_ids() == []


def test_it_looks_at_ended_lines_again_for_which_oscar_keeps_no_time(order: Any) -> None:
    Order.objects.update(date_placed=timezone.now() - timedelta(days=30))
    since = timezone.now() - timedelta(hours=1)
    assert read(since=since) == []
    order.lines.get().set_status("Cancelled")
    (line,) = read(since=since)
    assert line.is_cancelled is True


@override_settings(FOOTBACK={"CHUNK_SIZE": 5})
def test_it_asks_no_question_per_line(boot: Any, order: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert read()
        return len(caught)

    happen(order, "Shipping", "Shipped", 1)
    happen(order, "Payment", "Paid", 1)
    alone = count()
    for number in range(4):
        other = make_order(
            child_of(boot, "37"), number=f"20000{number}", guest_email="k@kim.example"
        )
        happen(other, "Shipping", "Shipped", 1)
        happen(other, "Payment", "Paid", 1)
    assert count() == alone


def test_it_is_checked_for_statuses_at_which_orders_end_unread(settings: LazySettings) -> None:
    def found() -> list[str]:
        return [
            str(fault.msg) for fault in run_checks(tags=["footback"]) if fault.id == "footback.W080"
        ]

    assert found() == []
    settings.OSCAR_ORDER_STATUS_PIPELINE = {"Pending": ("Annulliert",), "Annulliert": ()}
    (text,) = found()
    assert "ends at 'Annulliert'" in text


def test_it_has_no_fault_and_tells_what_oscar_does_not_say() -> None:
    assert list(OscarPurchases().find_faults()) == []
    assert list(OscarCatalogue().find_faults()) == []
    assert OscarPurchases().find_unmapped() == {
        "has_express_consent",
        "listing_source",
        "optout_offered",
        "timezone",
    }
    assert OscarCatalogue().find_unmapped() == {
        "alias",
        "arch_votes",
        "fit_votes",
        "replaces",
        "return_reasons",
        "successor",
        "width_votes",
    }
