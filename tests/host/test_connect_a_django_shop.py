"""The fifteen lines of the how-to connect the demo shop: run as they stand on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from footback_shop.store.models import Order, OrderLine, Product, Variant
from shop_plugin import checks
from shop_plugin.adapters.orm import OrmCatalogue
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.doctor.host_report import report_host
from shop_plugin.services.intake.catalogue import sync_catalogue
from shop_plugin.services.pairs.purchases import sync_purchases
from tests.documents import code_blocks, files_of

PAGE = "how-to/connect-a-django-shop.md"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def settings_of_the_page() -> dict[str, Any]:
    space: dict[str, Any] = {"FOOTBACK": {}}
    exec(code_blocks(PAGE, "python")[0], space)
    found: dict[str, Any] = space["FOOTBACK"]
    return found


@pytest.fixture
def connected() -> Iterator[None]:
    """A shop with a product and an order, and the lines of the page in its settings."""
    product = Product.objects.create(
        sku="M-1",
        slug="m-1",
        name="Marlow Walker",
        brand="Marlow",
        category="Women > Walking shoes",
        price=Decimal("89.95"),
        description="Heel 30 mm.",
    )
    variant = Variant.objects.create(product=product, sku="M-1-38", size="38", stock=3)
    order = Order.objects.create(
        number="O-1", customer_name="Robin", customer_email="robin@example.org", placed_at=NOW
    )
    OrderLine.objects.create(order=order, variant=variant, unit_price=Decimal("89.95"))
    with override_settings(FOOTBACK=settings_of_the_page()):
        yield


def test_it_takes_fifteen_lines_in_the_settings() -> None:
    lines = code_blocks(PAGE, "python")[0].splitlines()
    host = [line for line in lines if line.strip()]
    assert len(host) == 15
    assert max(map(len, lines)) <= 100


@pytest.mark.usefixtures("connected")
def test_it_passes_every_check_of_the_field_map() -> None:
    assert checks.check_values() == []
    assert checks.check_adapters() == []
    assert checks.check_field_maps() == []


@pytest.mark.usefixtures("connected")
def test_it_brings_products_and_orders_in() -> None:
    assert sync_catalogue(now=NOW).created == 1
    listing = Listing.objects.get()
    assert (listing.source, listing.external_id, listing.currency) == ("myshop", "M-1", "EUR")
    assert listing.sizes.get().stock == 3
    assert sync_purchases(now=NOW).created == 1
    purchase = Purchase.objects.select_related("listing").get()
    assert purchase.listing == listing
    assert purchase.contact.email == "robin@example.org"


@pytest.mark.usefixtures("connected")
def test_it_hears_in_the_doctor_what_the_fifteen_lines_leave_out() -> None:
    codes = {finding.code for finding in report_host(now=NOW)}
    assert {"host.orders.customer_id", "host.listings.image_url"} <= codes
    assert not {"host.orders.email", "host.listings.sizes"} & codes


def test_it_reads_the_class_of_the_page() -> None:
    space: dict[str, Any] = {}
    exec(files_of(PAGE)["yourshop/footback.py"], space)
    made = space["Catalogue"]()
    assert isinstance(made, OrmCatalogue)
    assert list(made.find_faults()) == []
    Product.objects.create(
        sku="W", slug="w", name="W", brand="M", category="Women > Pumps", price=Decimal(1)
    )
    Product.objects.create(
        sku="G", slug="g", name="G", brand="M", category="Gift cards", price=Decimal(1)
    )
    (row,) = made.iter_listings()
    assert row.record is not None
    assert (row.record.gender, row.record.currency) == ("women", "EUR")
