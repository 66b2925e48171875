"""The fixtures of the oscar shop: a catalogue as its staff would enter it, and its customers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from oscar.core.loading import get_model

Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
Category = get_model("catalogue", "Category")
Group = get_model("catalogue", "AttributeOptionGroup")
Partner = get_model("partner", "Partner")
Country = get_model("address", "Country")
Order = get_model("order", "Order")
Line = get_model("order", "Line")
ShippingAddress = get_model("order", "ShippingAddress")
User = get_user_model()


# Code, name and type; options come from the group of the same name.
ATTRIBUTES = (
    ("brand", "Brand", "text"),
    ("gender", "Gender", "text"),
    ("heel_height_mm", "Heel height", "float"),
    ("cushioning", "Cushioning", "option"),
    ("features", "Features", "multi_option"),
    ("vegan", "Vegan", "boolean"),
    ("colour", "Colour", "text"),
    ("size_eu", "Size", "option"),
    ("launched", "Launched", "date"),
    ("care", "Care", "richtext"),
)


@dataclass
class Shelves:
    """What a shop has before its first product."""

    shoes: Any
    partner: Any
    boots: Any
    cushioning: Any
    features: Any
    sizes: Any


@pytest.fixture
def shelves(db: None) -> Shelves:
    """A product class with attributes of every kind, categories three deep, one partner."""
    return make_shelves()


def make_shelves() -> Shelves:
    """Put up the shelves, once: asked again it returns those there are."""
    shoes, is_new = ProductClass.objects.get_or_create(name="Shoes", track_stock=True)
    words = {
        "Cushioning": ("None", "Light", "Moderate", "High"),
        "Features": ("Removable insole", "Waterproof"),
        "Size": ("37", "38", "39"),
    }
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in words}
    if is_new:
        for name, options in words.items():
            for word in options:
                groups[name].options.create(option=word)
        for code, name, kind in ATTRIBUTES:
            group = groups.get(name) if "option" in kind else None
            shoes.attributes.create(code=code, name=name, type=kind, option_group=group)
        add_categories("Women", "Boots", "Ankle boots")
    return Shelves(
        shoes=shoes,
        partner=Partner.objects.get_or_create(name="Marlow warehouse")[0],
        boots=Category.objects.get(name="Ankle boots"),
        cushioning=groups["Cushioning"],
        features=groups["Features"],
        sizes=groups["Size"],
    )


def add_categories(*names: str, **fields: Any) -> Any:
    """Add categories, each below the one before, and return the last."""
    category = Category.objects.add_root({"name": names[0], **fields})
    for name in names[1:]:
        category = Category.objects.add_child(category, {"name": name})
    return category


def stock(shelves: Shelves, product: Any, *, pairs: int, price: str = "100.00") -> Any:
    """Put pairs of a product into the warehouse."""
    return product.stockrecords.create(
        partner=shelves.partner,
        partner_sku=f"SKU-{product.pk}",
        price=Decimal(price),
        price_currency="EUR",
        num_in_stock=pairs,
    )


def make_parent(shelves: Shelves, title: str = "Marlow Walker", **attributes: Any) -> Any:
    """Return a parent whose children are sizes 37 (3 pairs), 38 (1 pair) and 39 (none)."""
    parent = Product(
        title=title,
        structure="parent",
        product_class=shelves.shoes,
        description="<p>Leather ankle boot with <b>built-in arch support</b>.</p>",
    )
    values = {
        "brand": "Tolland Green",
        "gender": "women",
        "heel_height_mm": 25.0,
        "cushioning": shelves.cushioning.options.get(option="High"),
        **attributes,
    }
    for code, value in values.items():
        setattr(parent.attr, code, value)
    parent.save()
    parent.attr.features = shelves.features.options.filter(option="Removable insole")
    parent.save()
    parent.categories.add(shelves.boots)
    for label, pairs in (("37", 3), ("38", 1), ("39", 0)):
        child = Product(structure="child", parent=parent)
        child.attr.size_eu = shelves.sizes.options.get(option=label)
        child.save()
        stock(shelves, child, pairs=pairs)
    return parent


def child_of(parent: Any, size: str) -> Any:
    """Return the child of a size."""
    return parent.children.get(attribute_values__value_option__option=size)


@pytest.fixture
def boot(shelves: Shelves) -> Any:
    """A parent with three sizes."""
    return make_parent(shelves)


@pytest.fixture
def country(db: None) -> Any:
    """The one country that this shop delivers to."""
    return Country.objects.create(
        iso_3166_1_a2="DE",
        iso_3166_1_a3="DEU",
        iso_3166_1_numeric="276",
        printable_name="Germany",
        name="Germany",
        is_shipping_country=True,
    )


def make_order(product: Any, *, quantity: int = 1, number: str = "100001", **fields: Any) -> Any:
    """Return an order of one line, as an import of old orders would write it."""
    order = Order.objects.create(
        number=number, currency="EUR", total_incl_tax=120, total_excl_tax=100, **fields
    )
    add_line(order, product, quantity=quantity)
    return order


def add_line(order: Any, product: Any, *, quantity: int = 1, **fields: Any) -> Any:
    """Return one more line of an order."""
    return order.lines.create(
        product=product,
        title=product.get_title(),
        partner_sku="any",
        quantity=quantity,
        line_price_incl_tax=120,
        line_price_excl_tax=100,
        line_price_before_discounts_incl_tax=120,
        line_price_before_discounts_excl_tax=100,
        num_allocated=quantity,
        **{"status": "Pending", **fields},
    )


ADDRESS = {
    "first_name": "Robin",
    "last_name": "Ashdown",
    "line1": "1 Tanner's Yard",
    "line4": "Berlin",
    "postcode": "10115",
}


def check_out(client: Client, product: Any, *, quantity: int = 1, email: str = "") -> Any:
    """Buy a product through oscar's own pages; as a guest where an address is given."""
    answer = client.post(f"/basket/add/{product.pk}/", {"quantity": quantity})
    assert answer.status_code == 302, answer.context["form"].errors
    if email:
        answer = client.post("/checkout/", {"username": email, "options": "anonymous"})
        assert answer.status_code == 302, answer.context["form"].errors
    answer = client.post("/checkout/shipping-address/", ADDRESS)
    assert answer.status_code == 302, answer.context["form"].errors
    assert client.get("/checkout/shipping-method/").status_code == 302
    assert client.get("/checkout/payment-method/").status_code == 302
    answer = client.post("/checkout/preview/", {"action": "place_order"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/checkout/thank-you/"
    return answer.context["order"]
