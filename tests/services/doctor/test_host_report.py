from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from footback_shop.store.models import OrderLine, Product
from shop_plugin.adapters.orm import OrmCatalogue, OrmPurchases
from shop_plugin.domain.nudge_policy import ORDERED_TO_WEAR_DAYS, UNCONFIRMED_DELAY_DAYS
from shop_plugin.services.doctor.findings import Finding, Level
from shop_plugin.services.doctor.host_report import report_adapters, report_host
from shop_plugin.services.intake.pushing import PUSH
from shop_plugin.services.people.host_hooks import keep_failure
from shop_plugin.services.shop.modes import set_mode

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BARE = {
    "name": "store",
    "product": {"model": "store.Product", "title": "name"},
    "order_line": {
        "model": "store.OrderLine",
        "order_id": "order.number",
        "ordered_at": "order.placed_at",
        "listing_id": "variant.product.sku",
    },
}
pytestmark = pytest.mark.django_db


class Shoes(OrmCatalogue):
    name = "store"
    model = Product
    title = "name"


class FullLines(OrmPurchases):
    name = "store"
    model = OrderLine


for _key in FullLines.map_keys:
    setattr(FullLines, _key, "pk")
FullLines.updated = "order.updated_at"


@pytest.fixture
def found() -> Callable[..., dict[str, Finding]]:
    def find(**settings: Any) -> dict[str, Finding]:
        with override_settings(FOOTBACK=settings):
            findings = [*report_adapters(), *report_host(now=NOW)]
        by_code = {finding.code: finding for finding in findings}
        assert len(by_code) == len(findings)
        return by_code

    return find


def test_it_says_what_follows_from_what_is_not_mapped(found: Callable[..., Any]) -> None:
    told = found(HOST=BARE)
    assert told["host.orders.email"].text.endswith("has no 'email': no mail can leave.")
    days = ORDERED_TO_WEAR_DAYS + UNCONFIRMED_DELAY_DAYS
    assert f"{days} days after the order" in told["host.orders.delivered_at"].text
    assert "sent a pair back" in told["host.orders.quantity_returned"].text
    assert "no fact can be read" in told["host.listings.description"].text
    assert "FOOTBACK['HOST']" in told["host.listings.sizes"].remedy


def test_it_weighs_what_is_lost(found: Callable[..., Any]) -> None:
    told = found(HOST=BARE)
    assert told["host.listings.description"].level is Level.PROBLEM
    assert told["host.orders.country"].level is Level.NOTICE
    assert told["host.orders.left_out"].level is Level.OK
    assert "'first_name' (the greeting has no name)" in told["host.orders.left_out"].text
    assert "host.orders.first_name" not in told


def test_it_calls_what_harms_mails_a_problem_only_while_mails_leave(
    found: Callable[..., Any],
) -> None:
    assert found(HOST=BARE)["host.orders.email"].level is Level.NOTICE
    loud = {
        "NUDGE_MODE": "redirect",
        "REDIRECT_TO": "care@shop.example",
        "SHOP_NAME": "Marlow Shoes",
        "SENDER": "Marlow Shoes <care@shop.example>",
        "POSTAL_ADDRESS": "1 Quay Street, Bristol",
        "PUBLIC_BASE_URL": "https://shop.example",
        "LIST_ID": "care.shop.example",
        "EMAIL_HASH_KEY": "a key",
    }
    with override_settings(FOOTBACK=loud):
        set_mode(mode="redirect", now=NOW)
    redirected = found(HOST=BARE, **loud)
    assert redirected["host.orders.email"].level is Level.PROBLEM


def test_it_counts_a_key_once(found: Callable[..., Any]) -> None:
    mapped = {**BARE["order_line"], "fulfilled_at": "order.fulfilled_at"}  # type: ignore[dict-item]
    told = found(HOST={**BARE, "order_line": mapped})
    assert "days after the parcel left" in told["host.orders.delivered_at"].text


def test_it_says_the_same_of_a_class_and_where_it_stands(found: Callable[..., Any]) -> None:
    told = found(CATALOGUE_SOURCE=f"{__name__}.Shoes", PURCHASE_SOURCE=f"{__name__}.FullLines")
    assert "Map what the shop knows of this in Shoes" in told["host.listings.price"].remedy
    assert told["host.orders.mapped"].level is Level.OK
    assert "(Any Django shop)" in told["settings.catalogue_source"].text


def test_it_names_the_adapters_and_the_files_that_are_understood(
    found: Callable[..., Any],
) -> None:
    told = found()
    assert "from files only" in told["settings.catalogue_source"].text
    assert {"csv", "jsonl"} <= set(told["host.files"].numbers["read"])
    assert "Any Django shop" in found(HOST=BARE)["settings.purchase_source"].text
    assert "(" not in found(PURCHASE_SOURCE="nowhere.Orders")["settings.purchase_source"].text


def test_it_tells_for_a_day_where_a_push_failed() -> None:
    keep_failure(name=PUSH, what="ValueError at footback.py:12", now=NOW)
    (finding,) = report_host(now=NOW + timedelta(hours=20))
    assert finding.code == "host.push_failed"
    assert "ValueError at footback.py:12" in finding.text
    assert "the next sync reads it" in finding.text
    assert list(report_host(now=NOW + timedelta(days=2))) == []
