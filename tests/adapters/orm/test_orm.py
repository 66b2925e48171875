from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from footback_shop.store.models import Order, OrderLine, Product, Variant
from shop_plugin.adapters.orm import Always, OrmCatalogue, OrmPurchases, SizesFrom
from shop_plugin.domain.ports import CatalogueSource, PurchaseSource, UnusableSource
from shop_plugin.domain.records import SizeRecord
from tests.adapters.contract import ModelSample, Samples

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Shoes(OrmCatalogue):
    name = "test-shop"
    model = Product
    id = "sku"
    title = "name"
    description = "description"
    brand = "brand"
    category = "category"
    price = "price"
    currency = "currency"
    url = "get_absolute_url"
    language = Always("en")
    sizes = SizesFrom("variants", label="size", system="size_system", width="width")
    raw_attributes = "specs"
    updated = "updated_at"

    def availability(self, product: Product) -> str:
        return "in_stock" if product.is_on_sale else "out_of_stock"


class Lines(OrmPurchases):
    name = "test-shop"
    model = "store.OrderLine"
    order_id = "order.number"
    ordered_at = "order.placed_at"
    listing_id = "variant.product.sku"
    title = "variant.product.name"
    size = "variant.size"
    quantity = "quantity"
    quantity_returned = "returned_quantity"
    email = "order.customer_email"
    is_cancelled = "order.cancelled_at"
    updated = "order.updated_at"


def make_product(number: int = 1, **fields: Any) -> Product:
    values = {
        "sku": f"M-{number}",
        "slug": f"marlow-{number}",
        "name": f"Marlow Walker {number}",
        "brand": "Marlow",
        "category": "Women > Boots",
        "price": Decimal("89.95"),
        "currency": "EUR",
        "specs": {"Absatzhöhe": "3,5 cm"},
    }
    product = Product.objects.create(**{**values, **fields})
    Variant.objects.create(
        product=product, sku=f"{product.sku}-38", size="38", size_system="EU", width="G", stock=2
    )
    Variant.objects.create(product=product, sku=f"{product.sku}-39", size="39", stock=0)
    return product


def make_line(number: int = 1, **fields: Any) -> OrderLine:
    product = make_product(number, sku=f"L-{number}", slug=f"line-{number}")
    order = Order.objects.create(
        number=f"O-{number}",
        customer_name="Robin",
        customer_email="r@example.org",
        placed_at=PLACED,
    )
    values = {"variant": product.variants.get(size="38"), "unit_price": Decimal("89.95")}
    return OrderLine.objects.create(order=order, **{**values, **fields})


def fill_with(make: Callable[[int], object], counted: type[Model]) -> Callable[[int], None]:
    def fill(count: int) -> None:
        begin = counted._default_manager.count()
        for number in range(begin + 1, begin + count + 1):
            make(number)

    return fill


SAMPLES = Samples(
    catalogue=ModelSample(
        source=Shoes,
        fill=fill_with(make_product, Product),
        spoil=lambda: make_product(999, name=" ") and None,
    ),
    orders=ModelSample(
        source=Lines,
        fill=fill_with(make_line, OrderLine),
        spoil=lambda: (
            OrderLine.objects.filter(pk=make_line(999).pk).update(quantity=20_000) and None
        ),
    ),
)


def test_it_fits_the_seams() -> None:
    assert isinstance(Shoes(), CatalogueSource)
    assert isinstance(Lines(), PurchaseSource)


def test_it_reads_a_product_by_its_field_map() -> None:
    product = make_product()
    row = next(iter(Shoes().iter_listings()))
    record = row.record
    assert record is not None
    assert (record.source, record.external_id) == ("test-shop", "M-1")
    assert (record.title, record.brand, record.language) == ("Marlow Walker 1", "Marlow", "en")
    assert (record.price_minor, record.currency) == (8995, "EUR")
    assert record.url == product.get_absolute_url()
    assert record.availability == "in_stock"
    assert record.raw_attributes == {"Absatzhöhe": "3,5 cm"}
    assert record.sizes == (SizeRecord("38", "eu", "G", 2), SizeRecord("39", "eu", "", 0))


def test_it_reads_the_inside_of_each_size_where_the_map_names_it() -> None:
    class Measured(Shoes):
        sizes = SizesFrom("variants", label="size", internal_length_mm="internal_length_mm")

    product = make_product()
    product.variants.filter(size="38").update(internal_length_mm=252)
    row = next(iter(Measured().iter_listings()))
    assert row.record is not None
    assert [size.internal_length_um for size in row.record.sizes] == [252_000, None]


def test_it_maps_named_fields_of_its_own() -> None:
    class Named(Shoes):
        raw_attributes = {"Heel": "specs.heel", "Kind": Always("boot"), "Missing": "specs.none"}

    make_product(specs={"heel": "2 in"})
    record = next(iter(Named().iter_listings())).record
    assert record is not None
    assert record.raw_attributes == {"Heel": "2 in", "Kind": "boot"}


@override_settings(FOOTBACK={"CHUNK_SIZE": 10})
def test_it_reads_in_batches_with_a_few_queries_each() -> None:
    for number in range(25):
        make_product(number)
    with CaptureQueriesContext(connection) as queries:
        rows = list(Shoes().iter_listings())
    assert [row.line for row in rows] == list(range(1, 26))
    # Three batches of products, each with its sizes, and the look for a fourth.
    assert len(queries) == 7


def test_it_reads_what_changed_since_a_time() -> None:
    old, new = make_product(1), make_product(2)
    Product.objects.filter(pk=old.pk).update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    Product.objects.filter(pk=new.pk).update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    since = datetime(2026, 1, 15, tzinfo=UTC)
    assert [row.record.external_id for row in Shoes().iter_listings(since=since) if row.record] == [
        "M-2"
    ]


def test_it_refuses_one_product_and_reads_the_next() -> None:
    make_product(1, name=" ")
    make_product(2)
    rows = list(Shoes().iter_listings())
    assert [row.record is None for row in rows] == [True, False]
    assert rows[0].problems[0].field == "title"
    assert rows[0].raw.startswith("Product ")


def test_it_refuses_the_product_over_which_a_method_of_the_host_fails() -> None:
    class Failing(Shoes):
        def gender(self, product: Product) -> str:
            if product.sku == "M-1":
                raise KeyError("robin@example.org")
            return "women"

    make_product(1)
    make_product(2)
    refused, read = Failing().iter_listings()
    assert refused.problems[0].code == "map_failed"
    assert "KeyError at test_orm.py:" in refused.problems[0].reason
    assert "robin" not in refused.problems[0].reason
    assert read.record is not None
    assert read.record.gender == "women"


def test_it_takes_the_key_of_a_relation_without_a_join() -> None:
    class Keyed(Lines):
        customer_id = "order.id"
        title = "variant.product_id"

    line = make_line()
    with CaptureQueriesContext(connection) as queries:
        (row,) = Keyed().iter_purchases()
    assert len(queries) == 2
    assert row.record is not None
    assert row.record.title == str(line.variant.product_id)


def test_it_reads_order_lines_across_relations_in_one_query() -> None:
    variant = make_product().variants.get(size="38")
    order = Order.objects.create(
        number="O-7", customer_name="Robin", customer_email="robin@example.org", placed_at=PLACED
    )
    OrderLine.objects.create(
        order=order, variant=variant, quantity=2, returned_quantity=1, unit_price=Decimal("89.95")
    )
    with CaptureQueriesContext(connection) as queries:
        rows = list(Lines().iter_purchases())
    assert len(queries) == 2  # the lines, and the look for more
    record = rows[0].record
    assert record is not None
    assert (record.order_id, record.ordered_at) == ("O-7", PLACED)
    assert (record.listing_source, record.listing_id) == ("test-shop", "M-1")
    assert (record.quantity, record.quantity_returned, record.size) == (2, 1, "38")
    assert record.email == "robin@example.org"
    assert not record.is_cancelled


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("title", "nmae", r'Wrong\.title = "nmae" leads nowhere: Product has no "nmae"'),
        ("title", "", "a listing needs a name"),
        ("name", "", "needs a name"),
        ("model", "", "needs a model"),
        ("sizes", SizesFrom("variants", label="sise"), 'Variant has no "sise"'),
        ("sizes", SizesFrom("variant_list"), 'Product has no "variant_list"'),
    ],
)
def test_it_stops_a_wrong_map_with_the_fields_there_are(
    attribute: str, value: object, message: str
) -> None:
    wrong = type("Wrong", (Shoes,), {attribute: value})
    with pytest.raises(UnusableSource, match=message):
        list(wrong().iter_listings())


def test_it_stops_orders_without_a_time() -> None:
    wrong = type("Wrong", (Lines,), {"ordered_at": ""})
    with pytest.raises(UnusableSource, match=r"Wrong\.ordered_at is empty"):
        list(wrong().iter_purchases())


def test_reads_only_what_the_map_says():
    kept = make_product(1)
    make_product(2, is_on_sale=False)

    class OnSale(Shoes):
        only = {"is_on_sale": True}

    rows = list(OnSale().iter_listings())
    assert [row.record.external_id for row in rows if row.record] == [kept.sku]


def test_says_which_lookup_leads_nowhere():
    class Wrong(Shoes):
        only = {"is_sold": True}

    with pytest.raises(UnusableSource, match=r"Wrong\.only: .*is_sold"):
        list(Wrong().iter_listings())
