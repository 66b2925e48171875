"""What the system checks say of a field map, by real models and without a database.

Only one test here is given a database; in the others a question would fail the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db.models import QuerySet
from django.test import override_settings

from footback_shop.store.models import Order, Product
from shop_plugin import checks
from shop_plugin.adapters.orm import OrmCatalogue, OrmPurchases
from tests.adapters.orm.test_settings import HOST


def found(**parts: dict[str, Any]) -> list[CheckMessage]:
    """Return what is said where these entries of the maps are other than they should be."""
    host = {**HOST, **{part: {**HOST[part], **entries} for part, entries in parts.items()}}
    with override_settings(FOOTBACK={"HOST": host}):
        return checks.check_field_maps()


def only(messages: list[CheckMessage]) -> tuple[str, str]:
    assert len(messages) == 1, messages
    return str(messages[0].id), f"{messages[0].msg} {messages[0].hint or ''}"


def test_it_finds_nothing_in_a_map_that_is_right() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("part", "entries", "number", "said"),
    [
        ("product", {"titel": "name"}, "E070", 'Did you mean "title"?'),
        ("product", {"title": ""}, "E071", "['title'] is empty: a listing needs a name"),
        ("product", {"model": ""}, "E071", "needs a model"),
        ("product", {"model": "store.Shoe"}, "E071", "Name a model as"),
        ("order_line", {"order_id": ""}, "E071", "every line needs one"),
        ("product", {"brand": "brnad"}, "E072", 'Product has no "brnad". Did you mean "brand"?'),
        ("product", {"brand": "brnad"}, "E072", "It has: added_at, brand, category"),
        ("order_line", {"email": "order.mail"}, "E072", 'Order has no "mail"'),
        ("product", {"sizes": {"from": "variant"}}, "E072", 'Did you mean "variants"?'),
        ("product", {"only": {"is_sold": True}}, "E072", "is_sold"),
        ("product", {"brand": "variants.sku"}, "E073", 'goes through "variants"'),
        ("order_line", {"size": "order.lines.quantity"}, "E073", 'goes through "lines"'),
        ("product", {"only": {"variants__stock__gt": 0}}, "E073", "it would come once for each"),
        ("order_line", {"ordered_at": "order.number"}, "E074", "a date or a time is meant"),
        ("order_line", {"quantity": "order.is_gift"}, "E074", "is a BooleanField"),
        ("product", {"title": "is_on_sale"}, "E074", "a text is meant"),
        ("product", {"price": "added_at"}, "E074", "an amount is meant"),
        ("product", {"fit_votes": "name"}, "E074", "counts by name"),
        ("product", {"sizes": {"from": "brand", "label": "size"}}, "E074", "no relation to many"),
        ("product", {"updated": "shelf"}, "E074", "no column of the database"),
        ("product", {"updated": "name"}, "E074", "a date or a time is meant"),
        ("order_line", {"is_gift": "order.number"}, "W075", "count as yes"),
        ("order_line", {"quantity": "order.number"}, "W075", "refuses its row"),
        ("order_line", {"customer_id": "order"}, "W075", 'Name a field of it: "order.number"'),
        ("product", {"updated": "added_at"}, "W076", "db_index=True"),
    ],
)
def test_it_says_what_is_wrong_and_what_to_do(
    part: str, entries: dict[str, Any], number: str, said: str
) -> None:
    if "sizes" in entries:
        entries = {"sizes": {"label": "size", **entries["sizes"]}}
    identity, text = only(found(**{part: entries}))
    assert identity == f"footback.{number}"
    assert said in text
    assert re.match(r"FOOTBACK\['HOST'\]", text)


@pytest.mark.parametrize(
    ("part", "entries"),
    [
        ("order_line", {"customer_id": "order_id"}),
        ("order_line", {"customer_id": "order.pk"}),
        ("order_line", {"is_cancelled": "order.cancelled_at"}),
        ("order_line", {"updated": ""}),
        ("product", {"raw_attributes": {"Heel": "specs.heel.height", "Shelf": "shelf"}}),
        ("product", {"brand": "added_at.year"}),
        ("product", {"gender": lambda product: "women"}),
        ("product", {"only": {"pk__in": Product.objects.filter(variants__stock__gt=0)}}),
    ],
)
def test_it_lets_pass_what_can_be_read(part: str, entries: dict[str, Any]) -> None:
    assert found(**{part: entries}) == []


def test_it_needs_a_name_that_stays() -> None:
    with override_settings(FOOTBACK={"HOST": {"product": HOST["product"]}}):
        identity, text = only(checks.check_field_maps())
    assert identity == "footback.E071"
    assert "['name'] is empty" in text


class Shoes(OrmCatalogue):
    name = "shoes"
    model = Product
    title = "name"


class Sliced(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.all()[:100]


class Values(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.values("name")


class United(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.filter(brand="a").union(Product.objects.filter(brand="b"))


class Multiplied(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.filter(variants__size="38")


class Distinct(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.filter(variants__size="38").distinct()


class Asking(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        return Product.objects.filter(brand__in=list(Product.objects.values_list("brand")))


class Broken(Shoes):
    def get_queryset(self) -> QuerySet[Any]:
        raise ZeroDivisionError("no brands")


class Lines(OrmPurchases):
    name = "shoes"
    model = Order
    order_id = "number"
    ordered_at = "placed_at"
    customer_id = "nobody"


@pytest.mark.parametrize(
    ("key", "name", "number", "said"),
    [
        ("CATALOGUE_SOURCE", "Sliced", "E077", "get_queryset() is sliced"),
        ("CATALOGUE_SOURCE", "Values", "E077", "yields values"),
        ("CATALOGUE_SOURCE", "United", "E077", "is a union"),
        ("CATALOGUE_SOURCE", "Broken", "E077", "ZeroDivisionError"),
        ("CATALOGUE_SOURCE", "Multiplied", "E073", 'joins "variants"'),
        ("PURCHASE_SOURCE", "Lines", "E072", 'Lines.customer_id = "nobody" leads nowhere'),
    ],
)
def test_it_looks_at_a_class_as_it_does_at_the_settings(
    key: str, name: str, number: str, said: str
) -> None:
    with override_settings(FOOTBACK={key: f"{__name__}.{name}"}):
        identity, text = only(checks.check_field_maps())
    assert identity == f"footback.{number}"
    assert said in text


@pytest.mark.django_db
def test_it_names_a_queryset_that_asks_a_database_and_keeps_it_from_that() -> None:
    with override_settings(FOOTBACK={"CATALOGUE_SOURCE": f"{__name__}.Asking"}):
        identity, text = only(checks.check_field_maps())
    assert identity == "footback.W079"
    assert "asks the database" in text


def test_it_lets_a_distinct_queryset_pass() -> None:
    with override_settings(FOOTBACK={"CATALOGUE_SOURCE": f"{__name__}.Distinct"}):
        assert checks.check_field_maps() == []


def test_it_says_which_of_two_maps_is_read() -> None:
    both = {"HOST": HOST, "CATALOGUE_SOURCE": f"{__name__}.Shoes"}
    with override_settings(FOOTBACK=both):
        identity, text = only(checks.check_field_maps())
    assert identity == "footback.W078"
    assert "['product'] is not read" in text


@pytest.fixture
def broken_frame() -> Iterator[None]:
    """A HOST whose frame is wrong."""
    with override_settings(FOOTBACK={"HOST": {"products": {}, "name": "store"}}):
        yield


@pytest.mark.usefixtures("broken_frame")
def test_it_leaves_the_frame_to_the_check_of_values() -> None:
    assert checks.check_field_maps() == []
    identity, text = only(checks.check_values())
    assert identity == "footback.E002"
    assert "has a key 'products'" in text
    assert "'product'" in text
