"""A product of Shopify, from a file or a webhook, as a row in footback's terms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from urllib.parse import quote

from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.adapters.shopify.taxonomy import is_footwear, read_category
from shop_plugin.adapters.variant_options import OptionPlan, ReadSize, plan_options
from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.structured import readable_fields

# Taxonomy attributes have a namespace of their own; recommendations and the like are no facts.
STANDARD = "shopify"
_LINKED = ("target-gender", "age-group", "activity")
_NO_FACTS = ("shopify--", "reviews", "judgeme", "mm-google-shopping")
_NOT_OFFERED = frozenset({"draft", "archived", "unlisted"})
_MOST_METAFIELDS = 300
LONGEST_VALUE = 4_000
_MOST_CODES = 400
_PARTING = re.compile("[,;]")
# Ages of the taxonomy that name a child without one of the words for one.
_CHILD_AGES = ("months", "years", "newborn", "babies", "toddlers", "kids", "teens")


class Metafield(NamedTuple):
    """One of a shop's own fields. ``label`` is how the merchant named it, where known."""

    namespace: str
    key: str
    value: Any
    label: str = ""


class Variant(NamedTuple):
    """One thing that can be bought. ``stock`` is in pairs, ``None`` where nothing is said.

    ``is_untracked``: Shopify does not count it, so it can always be bought;
    ``is_sold_on``: it can be bought also when none is left.
    """

    values: tuple[str, ...] = ()
    price: str = ""
    stock: int | None = None
    is_untracked: bool = False
    is_sold_on: bool = False
    sku: str = ""
    barcode: str = ""


@dataclass(slots=True)
class ShopifyProduct:
    """What a file or a webhook says of one product, in one shape.

    ``state`` is "active", "draft", "archived" or "unlisted"; ``is_published`` tells
    whether the online shop shows it. ``product_id`` is Shopify's number.
    """

    handle: str
    product_id: str = ""
    title: str = ""
    body_html: str = ""
    vendor: str = ""
    category: str = ""
    kind: str = ""
    tags: str = ""
    state: str = "active"
    is_published: bool = True
    is_gift_card: bool = False
    gender: str = ""
    age_group: str = ""
    image_url: str = ""
    option_names: tuple[str, ...] = ()
    option_links: tuple[str, ...] = ()
    variants: list[Variant] = field(default_factory=list)
    metafields: list[Metafield] = field(default_factory=list)

    @property
    def is_offered(self) -> bool:
        """Tell whether customers can see it."""
        return self.state not in _NOT_OFFERED and self.is_published


def find_outsider(product: ShopifyProduct, shop: ShopifyShop) -> str:
    """Return why a product is none that footback takes in, "" where it is one."""
    if product.is_gift_card:
        return "is a gift card"
    category = read_category(product.category)
    if shop.only_footwear and is_footwear(category) is False:
        return f'stands in the category "{category[:120]}", which is none of footwear'
    return ""


def row_of_product(product: ShopifyProduct, shop: ShopifyShop) -> dict[str, Any]:
    """Return a product as a row of :func:`~shop_plugin.domain.host_rows.read_listing_row`.

    The price is the lowest of its variants, sizes of several colours are
    added up.
    """
    plan = plan_options(
        product.option_names,
        [variant.values for variant in product.variants],
        linked=product.option_links,
        shop=shop,
    )
    standard = {
        item.key: spell_value(item.value)
        for item in product.metafields
        if item.namespace == STANDARD and item.key in _LINKED
    }
    availability = _availability_of(product)
    row: dict[str, Any] = {
        "id": product.handle,
        "alias": product.product_id,
        "title": product.title,
        "description": text_of_html(product.body_html),
        "brand": product.vendor,
        "category": _category_of(product, standard.get("activity", "")),
        "gender": product.gender or standard.get("target-gender", ""),
        "age_group": product.age_group or _age_of(standard.get("age-group", "")),
        "price": _lowest_price(product.variants),
        "currency": shop.currency,
        "language": shop.language,
        "availability": availability,
        "image_url": product.image_url,
        "sizes": _sizes_of(product.variants, plan),
        "raw_attributes": _attributes_of(product, plan, shop),
    }
    if shop.url:
        row["url"] = f"{shop.url.rstrip('/')}/products/{quote(product.handle)}"
    return row


def spell_value(value: Any) -> str:
    """Return a metafield's value as words: a list of values is parted by commas.

    Files part the values of a list by "; " or write it as JSON.
    """
    if isinstance(value, str) and value[:1] == "[" and len(value) <= LONGEST_VALUE:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value[:40] if isinstance(item, str | int | float))
    return str(value) if value is not None else ""


def _category_of(product: ShopifyProduct, activity: str) -> str:
    """Return the standard category with the merchant's own, more exact kind behind it."""
    path = [read_category(product.category)]
    # "Athletic Shoes" may be for anything; the activity says for what, where it is one alone.
    if path[0].endswith("Athletic Shoes") and activity and not _PARTING.search(activity):
        path.append(activity.rpartition("__")[2].replace("-", " "))
    path.append(product.kind.strip())
    parts = [part for part in path if part]
    return " > ".join(dict.fromkeys(parts))


def _age_of(value: str) -> str:
    words = value.rpartition("__")[2].replace("-", " ").replace("_", " ").lower()
    return "kids" if any(word in words for word in _CHILD_AGES) else words


def _lowest_price(variants: Iterable[Variant]) -> str:
    """Return the lowest price as it is written; a text that is no figure counts last."""
    stated = [variant.price for variant in variants if variant.price]
    return min(stated, key=_amount, default="")


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")
    return amount if amount.is_finite() else Decimal("Infinity")


def _availability_of(product: ShopifyProduct) -> str:
    if not product.is_offered:
        return "out of stock"
    if any(variant.is_untracked or (variant.stock or 0) > 0 for variant in product.variants):
        return "in stock"
    if any(variant.is_sold_on for variant in product.variants):
        return "backorder"
    known = [variant for variant in product.variants if variant.stock is not None]
    # Files of shops with several places of stock hold no figures: then nothing is known.
    return "out of stock" if known else ""


def _sizes_of(variants: Iterable[Variant], plan: OptionPlan) -> list[dict[str, Any]]:
    stocks: dict[ReadSize, int | None] = {}
    for variant in variants:
        size = plan.size_of(variant.values)
        if size is None:
            continue
        stock = variant.stock
        if variant.is_untracked and not stock:
            stock = 1  # it is there, and nobody counts how often
        before = stocks.get(size)
        if stock is not None:
            stock = max(stock, 0) + (before or 0)
        stocks[size] = before if stock is None else stock
    return [
        size._asdict() if stock is None else {**size._asdict(), "stock": stock}
        for size, stock in stocks.items()
    ]


def _attributes_of(product: ShopifyProduct, plan: OptionPlan, shop: ShopifyShop) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for item in product.metafields[:_MOST_METAFIELDS]:
        name = _name_of(item, shop)
        if name and item.value not in (None, "", [], {}):
            if name in fields:  # two with one label
                name = f"{item.namespace}.{item.key}"
            fields[name] = item.value
    colors = dict.fromkeys(plan.color_of(variant.values) for variant in product.variants)
    own: Mapping[str, Any] = {
        "Color": [color for color in colors if color][:40],
        "Tags": product.tags[:LONGEST_VALUE],
        "SKU": _codes(variant.sku for variant in product.variants),
        "Barcode": _codes(variant.barcode for variant in product.variants),
    }
    for name, value in own.items():
        if value:
            fields.setdefault(name, value)
    return fields


def _name_of(item: Metafield, shop: ShopifyShop) -> str:
    """Return under which name a metafield is kept: what facts can be read by, else its label."""
    full = f"{item.namespace}.{item.key}"
    if full in shop.metafields:
        return shop.metafields[full]
    if item.namespace.startswith(_NO_FACTS):
        return ""
    if item.namespace == STANDARD:
        return full
    for name in (item.key, item.label):
        if name and readable_fields({name: "x"}):
            return name
    return item.label or full


def _codes(codes: Iterable[str]) -> list[str]:
    return [code for code in dict.fromkeys(codes) if code][:_MOST_CODES]
