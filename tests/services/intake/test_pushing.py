from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from footback_shop.store.footback import StoreCatalogue, StorePurchases
from footback_shop.store.models import Order, OrderLine, Product, Variant
from shop_plugin.domain.ports import PushedItem
from shop_plugin.models import Assessment, Listing, NudgeControl, Purchase
from shop_plugin.services.intake import pushing
from shop_plugin.services.intake.pushing import push_listing, push_purchase, take_pushed

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HOST = {
    "CATALOGUE_SOURCE": "footback_shop.store.footback.StoreCatalogue",
    "PURCHASE_SOURCE": "footback_shop.store.footback.StorePurchases",
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def host() -> Iterator[None]:
    """A shop with both adapters set, outside of any request."""
    pushing._here.noted = None
    with override_settings(FOOTBACK=HOST):
        yield
    pushing._here.noted = None


def make_product(number: int = 1, **fields: Any) -> Product:
    values = {"brand": "Marlow", "category": "Women > Boots", "price": Decimal("89.95")}
    product = Product.objects.create(
        **{
            "sku": f"M-{number}",
            "slug": f"m-{number}",
            "name": f"Marlow {number}",
            "specs": {"Heel height": "35 mm"},
            **values,
            **fields,
        }
    )
    Variant.objects.create(product=product, sku=f"M-{number}-38", size="38", stock=2)
    return product


def make_order(product: Product) -> Order:
    order = Order.objects.create(
        number="O-1", customer_name="Robin", customer_email="robin@example.org", placed_at=NOW
    )
    for _ in range(2):
        OrderLine.objects.create(
            order=order, variant=product.variants.get(), unit_price=Decimal("89.95")
        )
    return order


def known() -> dict[str, bool]:
    return dict(Listing.objects.values_list("external_id", "is_withdrawn"))


def test_it_takes_a_product_in_reads_it_and_assesses_it_once_it_is_committed() -> None:
    with transaction.atomic():
        push_listing(make_product())
        assert known() == {}
    listing = Listing.objects.select_related("profile").get()
    assert listing.profile.heel_height_high_um == 35_000
    assert Assessment.objects.filter(attribute_hash=listing.profile.attribute_hash).exists()


def test_it_takes_the_row_as_it_was_committed_not_as_it_was_pushed() -> None:
    product = make_product()
    with transaction.atomic():
        push_listing(product)
        Product.objects.filter(pk=product.pk).update(name="Marlow, renamed")
    assert Listing.objects.get().title == "Marlow, renamed"


def test_it_leaves_no_trace_of_what_was_rolled_back() -> None:
    with transaction.atomic():
        push_listing(make_product())
        transaction.set_rollback(True)
    assert known() == {}
    with transaction.atomic():
        with transaction.atomic():
            push_listing(make_product(1))
            transaction.set_rollback(True)
        push_listing(make_product(2))
    assert known() == {"M-2": False}


def test_it_takes_all_rows_of_a_transaction_in_at_once_through_savepoints_too() -> None:
    def queries_for(numbers: range) -> int:
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            for number in numbers:
                with transaction.atomic():
                    product = make_product(number)
                    push_listing(product)
                    push_listing(product)
                push_listing(product.variants.get())
        made = ("INSERT INTO", "SAVEPOINT")
        asked = [query["sql"] for query in queries.captured_queries]
        return sum("footback_" in sql for sql in asked if not sql.startswith(made[1]))

    few = queries_for(range(1, 3))
    assert queries_for(range(3, 33)) <= few
    assert len(known()) == 32


def test_it_withdraws_what_was_deleted_or_taken_off_sale() -> None:
    gone, hidden, kept = make_product(1), make_product(2), make_product(3)
    for product in (gone, hidden, kept):
        push_listing(product)
    with transaction.atomic():
        push_listing(gone)
        gone.delete()
        hidden.is_on_sale = False
        hidden.save()
        push_listing(hidden)
        push_listing(kept)
    assert known() == {"M-1": True, "M-2": True, "M-3": False}


def test_it_takes_a_size_for_its_product() -> None:
    product = make_product()
    push_listing(product)
    variant = product.variants.get()
    variant.stock = 7
    variant.save()
    push_listing(variant)
    assert Listing.objects.get().sizes.get().stock == 7


def test_it_takes_the_lines_of_a_pushed_order_in() -> None:
    order = make_order(make_product())
    push_purchase(order)
    assert Purchase.objects.count() == 2
    line = order.lines.first()
    assert line is not None
    line.returned_quantity = 1
    line.save()
    push_purchase(line)
    assert Purchase.objects.filter(status=Purchase.Status.RETURNED).count() == 1


def test_it_waits_within_a_request_until_the_answer_was_given() -> None:
    request_started.send(sender=None)
    push_listing(make_product())
    assert known() == {}
    request_finished.send(sender=None)
    assert known() == {"M-1": False}


def test_it_never_lets_a_broken_adapter_reach_the_shop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: object, item: Any) -> None:
        raise ValueError("robin@example.org")

    product = make_product()
    monkeypatch.setattr(StoreCatalogue, "iter_pushed", fail)
    monkeypatch.setattr(StorePurchases, "find_pushed", fail)
    with caplog.at_level(logging.ERROR, "footback.intake"), transaction.atomic():
        push_listing(product)
        push_purchase(product)
        Product.objects.filter(pk=product.pk).update(name="kept")
    assert Product.objects.get().name == "kept"
    assert known() == {}
    assert "ValueError" in caplog.text
    assert "the next sync reads it" in caplog.text
    assert "robin@example.org" not in caplog.text
    assert "ValueError" in NudgeControl.objects.get().hook_failures["push"]["what"]


def test_it_says_which_row_it_does_not_read(caplog: pytest.LogCaptureFixture) -> None:
    push_listing(NudgeControl(pk=1))
    assert "a NudgeControl was pushed, which StoreCatalogue does not read" in caplog.text


@override_settings(FOOTBACK={})
def test_it_does_nothing_in_a_shop_without_adapters() -> None:
    product = make_product()
    push_listing(product)
    push_purchase(product)
    assert known() == {}


def test_it_leaves_more_than_a_few_hundred_to_the_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "MOST_PUSHED", 2)
    items = [PushedItem("pk", make_product(number).pk) for number in range(3)]
    assert take_pushed(listings=items, now=NOW).left == 3
    assert known() == {}
    assert take_pushed(listings=items[:2], now=NOW).listings == 2


def test_it_counts_a_row_that_cannot_be_used_and_takes_the_others_in() -> None:
    items = [
        PushedItem("pk", make_product(number, name=name).pk)
        for number, name in ((1, " "), (2, "x"))
    ]
    done = take_pushed(listings=items, now=NOW)
    assert (done.listings, done.refused, done.withdrawn) == (1, 1, 0)
