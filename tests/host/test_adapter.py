"""The field map: what the shop knows arrives in footback, and the shop knows nothing of it."""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from footback_shop.store.footback import StoreCatalogue, StorePurchases
from footback_shop.store.models import Order, OrderLine, Product
from footback_shop.store.orders import Customer, place_order, return_pair
from footback_shop.store.tasks import refresh
from shop_plugin.domain.fit_votes import FitCounts
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.pairs.purchases import sync_purchases
from tests.architecture.sources import PROJECT_DIR, parse

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def order(product: Product) -> Order:
    """An order of the last pair."""
    return place_order(
        variant_id=product.variants.get(size="38").pk,
        customer=Customer(name="Robin Ashdown", email="robin@example.org", language="de"),
        now=timezone.now(),
    )


def test_it_leaves_the_shop_ignorant_of_the_plugin() -> None:
    # Its admin takes the guard of words from the plugin, as any host's may; nothing else does.
    for name in ("models", "orders", "forms", "views", "urls"):
        tree = parse(PROJECT_DIR / "footback_shop" / "store" / f"{name}.py")
        modules = {
            getattr(node, "module", "") or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not any(module.startswith("shop_plugin") for module in modules), name


def test_it_hands_over_a_product_with_all_the_shop_knows(product: Product) -> None:
    (row,) = StoreCatalogue().iter_listings()
    assert row.problems == ()
    assert row.record is not None
    assert row.record.external_id == "FL1"
    assert row.record.price_minor == 8950
    assert row.record.currency == "EUR"
    assert row.record.url == product.get_absolute_url()
    assert row.record.raw_attributes == {"Closure": "lace-up"}
    assert [(size.label, size.system, size.stock) for size in row.record.sizes] == [
        ("38", "eu", 1),
        ("39", "eu", 0),
    ]


def test_it_hands_over_what_buyers_said_of_the_sizes(product: Product) -> None:
    Product.objects.update(fit_votes={"small": 7, "true": 20}, return_reasons={"too_big": 2})
    (row,) = StoreCatalogue().iter_listings()
    assert row.record is not None
    assert (row.record.fit_votes, row.record.return_reasons) == (
        FitCounts(7, 20, 0),
        FitCounts(0, 0, 2),
    )


def test_it_hands_over_only_what_changed_since(product: Product) -> None:
    later = timezone.now() + timedelta(minutes=1)
    assert list(StoreCatalogue().iter_listings(since=later)) == []
    assert len(list(StoreCatalogue().iter_listings(since=later - timedelta(hours=1)))) == 1


def test_it_leaves_out_what_is_not_on_sale(product: Product) -> None:
    Product.objects.update(is_on_sale=False)
    assert list(StoreCatalogue().iter_listings()) == []


def test_it_hands_over_an_order_line_and_its_return(order: Order) -> None:
    (row,) = StorePurchases().iter_purchases()
    assert row.record is not None
    assert (row.record.first_name, row.record.language) == ("Robin", "de")
    assert (row.record.listing_source, row.record.listing_id) == ("store", "FL1")
    assert row.record.optout_offered
    before = timezone.now()
    return_pair(order=order, line_id=OrderLine.objects.get().pk, now=timezone.now())
    (again,) = StorePurchases().iter_purchases(since=before)
    assert again.record is not None
    assert again.record.quantity_returned == 1


def test_it_gives_no_basis_for_mails_to_who_said_no(order: Order) -> None:
    Order.objects.update(declined_mails=True)
    (row,) = StorePurchases().iter_purchases()
    assert row.record is not None
    assert not row.record.optout_offered


def test_it_becomes_a_purchase_that_ends_with_the_return(order: Order) -> None:
    sync_purchases(now=timezone.now())
    assert Purchase.objects.get().status == Purchase.Status.ACTIVE
    return_pair(order=order, line_id=OrderLine.objects.get().pk, now=timezone.now())
    sync_purchases(now=timezone.now())
    assert Purchase.objects.get().status == Purchase.Status.RETURNED


def test_it_shows_the_match_and_the_drawing_on_the_shops_own_page(
    client: Client, product: Product
) -> None:
    before = client.get(product.get_absolute_url()).content.decode()
    assert "Guide match" not in before
    assert "<svg" in before  # drawn dashed: nothing is known yet
    refresh()
    listing = Listing.objects.get(external_id="FL1")
    after = client.get(product.get_absolute_url()).content.decode()
    assert "Guide match" in after
    assert f'href="/shoes/{listing.pk}/"' in after


def test_it_follows_a_sale_in_the_shop_within_one_refresh(product: Product) -> None:
    refresh()
    size = Listing.objects.get(external_id="FL1").sizes.get(label="38")
    assert size.stock == 1
    place_order(
        variant_id=product.variants.get(size="38").pk,
        customer=Customer(name="R", email="r@example.org", language="en"),
        now=timezone.now(),
    )
    refresh()
    size.refresh_from_db()
    assert size.stock == 0
