from __future__ import annotations

import pytest

from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.adapters.variant_options import (
    ReadSize,
    is_size,
    plan_options,
    read_size,
    size_in_title,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("38", ReadSize("38")),
        ("38,5", ReadSize("38,5")),
        ("38 2/3", ReadSize("38 2/3")),
        ("38½", ReadSize("38½")),
        ("EU 38", ReadSize("38", "eu")),
        ("38 EU", ReadSize("38", "eu")),
        ("UK 7.5", ReadSize("7.5", "uk")),
        ("8.5 (US)", ReadSize("8.5", "us")),
        ("US 10 D", ReadSize("10", "us", "D")),
        ("10 2E", ReadSize("10", "", "2E")),
        ("8.5 wide", ReadSize("8.5", "", "wide")),
        ("8.5 B(M) US", ReadSize("8.5", "us", "B")),
        ("7 BM US", ReadSize("7", "us", "B")),
        ("7 M US", ReadSize("7", "us", "M")),
        ("Size 10", ReadSize("10")),
        ("Gr. 38,5", ReadSize("38,5")),
        ("M 9 / W 10.5", ReadSize("M 9 / W 10.5")),
        ("41/42", ReadSize("41/42")),
        ("2Y", ReadSize("2Y")),
        ("M", ReadSize("M")),
        ("One size", ReadSize("One size")),
        ("a very long name of a size indeed", ReadSize("a very long name of a si")),
    ],
)
def test_it_takes_a_size_apart(text: str, size: ReadSize) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["38", "7.5", "EU 38", "XL", "XXS", "10 2E", "250"])
def test_it_knows_a_size_when_it_sees_one(text: str) -> None:
    assert is_size(text)


@pytest.mark.parametrize(
    "text", ["Black", "", "Default Title", "wide", "999", "2024 edition", "8 ball"]
)
def test_it_knows_what_is_no_size(text: str) -> None:
    assert not is_size(text)


@pytest.mark.parametrize(
    ("title", "size"),
    [
        ("38 / Black", "38"),
        ("Black / 38", "38"),
        ("Schwarz / EU 38 / Weit", "38"),
        ("Black", ""),
        ("", ""),
    ],
)
def test_it_finds_the_size_of_an_order_line(title: str, size: str) -> None:
    assert size_in_title(title) == size


def test_it_believes_the_merchant_before_the_usual_names() -> None:
    shop = ShopifyShop(size_options=("Nr.",), width_options=("Form",), size_system="uk")
    plan = plan_options(["Size", "Nr.", "Form"], [("S", "7", "G")], shop=shop)
    assert (plan.size, plan.width) == (1, 2)
    assert plan.size_of(("S", "7", "G")) == ReadSize("7", "uk", "G")


def test_it_believes_the_metafield_that_an_option_is_linked_to() -> None:
    plan = plan_options(
        ["A", "B", "C"],
        [("Black", "38", "x")],
        linked=(
            "product.metafields.shopify.color-pattern",
            "product.metafields.shopify.shoe-size",
            "",
        ),
        shop=ShopifyShop(),
    )
    assert (plan.color, plan.size) == (0, 1)


def test_it_takes_no_option_for_a_size_whose_values_are_none() -> None:
    plan = plan_options(
        ["Finish", "Pack"], [("Matt", "Single"), ("Gloss", "Pair")], shop=ShopifyShop()
    )
    assert plan.size is None
    assert plan.size_of(("Matt", "Single")) is None
