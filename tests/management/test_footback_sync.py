from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from footback_shop.store.models import Product
from shop_plugin.models import Listing
from tests.adapters.orm.test_orm import make_product

pytestmark = pytest.mark.django_db

SHOES = "tests.adapters.orm.test_orm.Shoes"


def sync(*options: str) -> str:
    out = StringIO()
    call_command("footback_sync", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


@override_settings(FOOTBACK={"CATALOGUE_SOURCE": SHOES})
def test_it_pulls_the_host_s_products() -> None:
    make_product(1)
    make_product(2)
    assert "2 products: created 2" in sync()
    listing = Listing.objects.get(external_id="M-1")
    assert (listing.source, listing.use_category) == ("test-shop", "boot")
    assert listing.sizes.count() == 2


@override_settings(FOOTBACK={"CATALOGUE_SOURCE": SHOES})
def test_it_withdraws_what_is_gone_only_when_it_reads_everything() -> None:
    make_product(1)
    make_product(2)
    sync()
    product = Product.objects.get(sku="M-2")
    product.variants.all().delete()
    product.delete()
    assert "withdrawn 0" in sync()
    assert "withdrawn 1" in sync("--full")
    assert Listing.objects.get(external_id="M-2").is_withdrawn


@override_settings(FOOTBACK={"CATALOGUE_SOURCE": SHOES})
def test_it_exits_three_where_a_product_was_refused() -> None:
    make_product(1)
    make_product(2, name=" ")
    with pytest.raises(CommandError, match="1 of 2 products were refused") as caught:
        sync()
    assert caught.value.returncode == 3
    assert Listing.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [("", "CATALOGUE_SOURCE"), ("nowhere.Adapter", "nowhere")],
)
def test_it_says_in_one_line_that_no_catalogue_can_be_reached(path: str, message: str) -> None:
    with (
        override_settings(FOOTBACK={"CATALOGUE_SOURCE": path}),
        pytest.raises(CommandError, match=message) as caught,
    ):
        sync()
    assert caught.value.returncode == 1
    assert "\n" not in str(caught.value)
