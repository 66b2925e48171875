from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db.models.signals import post_delete, post_save
from django.test import override_settings
from django.utils import timezone

from footback_shop.store.footback import StoreCatalogue, StorePurchases
from footback_shop.store.models import Order, OrderLine, Product, Variant
from shop_plugin.adapters import host_signals
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.intake import pushing
from shop_plugin.signals import order_changed, product_changed

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


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both adapters ask for Django's own signals."""
    for source in (StoreCatalogue, StorePurchases):
        monkeypatch.setattr(source, "is_pushed", True)
    before = [(signal, list(signal.receivers)) for signal in (post_save, post_delete)]
    host_signals.connect_models()
    yield
    for signal, receivers in before:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def make_product() -> Product:
    return Product.objects.create(
        sku="M-1", slug="m-1", name="Marlow", brand="Marlow", category="Boots", price=Decimal(90)
    )


def make_line(product: Product) -> OrderLine:
    variant = Variant.objects.create(product=product, sku="M-1-38", size="38", stock=1)
    order = Order.objects.create(
        number="O-1", customer_name="Robin", customer_email="robin@example.org"
    )
    return OrderLine.objects.create(order=order, variant=variant, unit_price=Decimal(90))


def test_it_hears_a_product_and_an_order_that_the_host_tells_of() -> None:
    product = make_product()
    line = make_line(product)
    assert Listing.objects.count() == 0
    product_changed.send(sender=Product, instance=product)
    order_changed.send(sender=Order, instance=line.order)
    assert (Listing.objects.count(), Purchase.objects.count()) == (1, 1)


def test_it_hears_no_saved_row_where_no_adapter_asks_for_it() -> None:
    make_line(make_product())
    assert (Listing.objects.count(), Purchase.objects.count()) == (0, 0)


@pytest.mark.usefixtures("pushed")
def test_it_hears_saved_and_deleted_rows_of_all_mapped_models() -> None:
    product = make_product()
    assert Listing.objects.get().sizes.count() == 0
    line = make_line(product)
    assert Listing.objects.get().sizes.get().label == "38"
    assert Purchase.objects.get().status == Purchase.Status.ACTIVE
    line.returned_quantity = 1
    line.save()
    assert Purchase.objects.get().status == Purchase.Status.RETURNED
    line.delete()
    product.delete()
    assert Listing.objects.get().is_withdrawn


@pytest.mark.usefixtures("pushed")
def test_it_leaves_what_a_fixture_loads_to_the_sync() -> None:
    product = Product(
        sku="M-2",
        slug="m-2",
        name="Loaded",
        brand="Marlow",
        category="Boots",
        price=Decimal(90),
        updated_at=timezone.now(),
    )
    product.save_base(raw=True)
    assert Listing.objects.count() == 0


@override_settings(FOOTBACK={"CATALOGUE_SOURCE": "nowhere.Catalogue"})
def test_it_does_not_keep_a_shop_from_starting(caplog: pytest.LogCaptureFixture) -> None:
    host_signals.connect_models()
    assert "nothing is pushed" in caplog.text
