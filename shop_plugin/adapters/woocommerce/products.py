"""A product of WooCommerce, from a file or a webhook, as a row in footback's terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shop_plugin.adapters.variant_options import OptionPlan, ReadSize, plan_options
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.variations import Variation
from shop_plugin.domain.html_text import text_of_html
from shop_plugin.domain.money import read_price

#: Fields of this name are footback's own, handed back by it; they are no word of the shop.
OWN_META = "footback_"
LONGEST_VALUE = 4_000
_MOST_FIELDS = 300
_MOST_CODES = 400
_GENDER_NAMES = frozenset({"gender", "geschlecht", "genre", "sexe", "género", "genero", "sexo"})
_AGE_NAMES = frozenset({"age group", "altersgruppe", "tranche d'âge", "grupo de edad"})
_BRAND_NAMES = frozenset({"brand", "brands", "marke", "marken", "hersteller", "marque", "marca"})
# What builders of pages and WordPress itself write between the words of a description.
_SHORTCODE = re.compile(
    r"\[/?(?:(?:vc|et_pb|fusion|av|elementor|porto|ux|wpb)[_-][a-z0-9_-]{1,60}"
    r"|gallery|caption|embed|audio|video|playlist|products?)\b[^\[\]]{0,2000}\]"
)
# No shoes, whatever they are called.
_NOT_SHIPPED = frozenset({"virtual", "downloadable"})


@dataclass(slots=True)
class WooProduct:
    """What a file or a webhook says of one product, in one shape.

    ``kinds`` are WooCommerce's types ("simple", "virtual"). ``attributes``
    are names with all their values. ``stock`` is in pairs, ``None`` where
    nobody counts them; ``state`` is "in_stock", "out_of_stock", "backorder"
    or empty. ``has_variations`` tells whether they are told at all.
    """

    product_id: str
    kinds: tuple[str, ...] = ()
    sku: str = ""
    name: str = ""
    short_description: str = ""
    description: str = ""
    brand: str = ""
    categories: tuple[str, ...] = ()
    tags: str = ""
    gtin: str = ""
    price: str = ""
    stock: int | None = None
    state: str = ""
    url: str = ""
    image_url: str = ""
    is_published: bool = True
    is_hidden: bool = False
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    variations: tuple[Variation, ...] = ()
    has_variations: bool = True
    meta: Sequence[tuple[str, Any]] = field(default_factory=tuple)

    @property
    def is_variable(self) -> bool:
        """Tell whether it is bought in variations."""
        return any(kind.startswith("variable") for kind in self.kinds)


def find_outsider(product: WooProduct, shop: WooCommerceShop) -> tuple[str, str]:
    """Return a code and the reason why a product is none that footback takes in, or empty texts."""
    if "grouped" in product.kinds:
        return (
            "grouped",
            "is a page that groups other products; those come in each by itself",
        )
    if _NOT_SHIPPED.intersection(product.kinds):
        return "not_shipped", "is a download or a service, so it is no shoe"
    wanted = {name.strip().lower() for name in shop.only_categories}
    if wanted and not wanted.intersection(_category_words(product.categories)):
        return "not_footwear", "stands in none of the categories that are taken in"
    return "", ""


def find_closed(product: WooProduct) -> str:
    """Return why customers cannot see a product, or an empty text."""
    if not product.is_published:
        return "is no published product in WooCommerce"
    if product.is_hidden:
        return "is hidden from the catalogue in WooCommerce"
    return ""


def row_of_product(product: WooProduct, shop: WooCommerceShop) -> dict[str, Any]:
    """Return a product as a row of :func:`~shop_plugin.domain.host_rows.read_listing_row`.

    The price is the lowest of its variations, sizes of several colours are
    added up.
    """
    names = _names_of(product)
    plan = plan_options(
        names,
        [_values_at(variation.attributes, names) for variation in product.variations]
        or _columns(product.attributes, names),
        shop=shop,
    )
    availability = _availability_of(product)
    row: dict[str, Any] = {
        "id": product.product_id,
        "alias": product.sku,
        "title": text_of_html(product.name),
        "description": _description_of(product),
        "brand": product.brand or _find_value(product, _BRAND_NAMES),
        "category": _category_of(product.categories),
        "gender": _find_value(product, _GENDER_NAMES),
        "age_group": _find_value(product, _AGE_NAMES),
        "price": _price_of(product),
        "currency": shop.currency,
        "language": shop.language,
        "availability": availability.replace("_", " "),
        "image_url": product.image_url,
        "sizes": _sizes_of(product, names, plan),
        "raw_attributes": _attributes_of(product, names, plan, shop),
        "url": product.url,
    }
    if not product.url and shop.url:
        row["url"] = f"{shop.url.rstrip('/')}/?post_type=product&p={product.product_id}"
    return row


def _names_of(product: WooProduct) -> list[str]:
    """Return the names of all attributes; variations may write them in other cases."""
    names = {name.casefold(): name for name, _values in product.attributes}
    for variation in product.variations:
        for name, _value in variation.attributes:
            names.setdefault(name.casefold(), name)
    return list(names.values())


def _values_at(attributes: Iterable[tuple[str, str]], names: Sequence[str]) -> tuple[str, ...]:
    stated = {name.casefold(): value for name, value in attributes}
    return tuple(stated.get(name.casefold(), "") for name in names)


def _columns(
    attributes: Iterable[tuple[str, tuple[str, ...]]], names: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return the values of all attributes as rows, so that each column can be looked at."""
    stated = dict(attributes)
    most = max((len(values) for values in stated.values()), default=0)
    return [
        tuple(
            stated[name][place] if name in stated and place < len(stated[name]) else ""
            for name in names
        )
        for place in range(most)
    ]


def _find_value(product: WooProduct, names: frozenset[str]) -> str:
    found = (values for name, values in product.attributes if name.strip().lower() in names)
    return ", ".join(next(found, ()))


def _description_of(product: WooProduct) -> str:
    texts = [
        text_of_html(_SHORTCODE.sub(" ", text))
        for text in (product.short_description, product.description)
    ]
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _category_words(categories: Iterable[str]) -> set[str]:
    return {word.strip().lower() for path in categories for word in path.split(">")}


def _category_of(categories: Sequence[str]) -> str:
    """Return the most exact of a product's categories; where none has a parent, all of them."""
    paths = [[part.strip() for part in path.split(">") if part.strip()] for path in categories]
    deepest = max(paths, key=len, default=[])
    if len(deepest) <= 1:
        return ", ".join(dict.fromkeys(part for path in paths for part in path))
    return " > ".join(deepest)


def _price_of(product: WooProduct) -> str:
    """Return the lowest price as it is written; a text that is no amount counts last."""
    stated = [variation.price for variation in product.variations if variation.price]
    return min(stated, key=_amount, default=product.price)


def _amount(text: str) -> float:
    try:
        return read_price(text).minor
    except ValueError:
        return float("inf")


def _availability_of(product: WooProduct) -> str:
    if find_closed(product):
        return "out_of_stock"
    if not product.variations:
        return product.state
    states = {variation.state for variation in product.variations}
    return next((state for state in ("in_stock", "backorder") if state in states), "out_of_stock")


def _sizes_of(product: WooProduct, names: Sequence[str], plan: OptionPlan) -> list[dict[str, Any]]:
    if plan.size is None:
        return []
    listed = [
        size
        for value in dict(product.attributes).get(names[plan.size], ())
        if (size := plan.size_of(tuple(value if i == plan.size else "" for i in range(len(names)))))
    ]
    stocks: dict[ReadSize, int | None]
    if product.is_variable and product.has_variations:
        stocks = _stocks_of(product, names, plan, listed)
    else:
        # One pair of each is all that is known, but where there is only one size to count.
        counted = product.stock if len(listed) == 1 else None
        stocks = dict.fromkeys(listed, counted)
    return [
        size._asdict() if stock is None else {**size._asdict(), "stock": stock}
        for size, stock in stocks.items()
    ]


def _stocks_of(
    product: WooProduct, names: Sequence[str], plan: OptionPlan, listed: Sequence[ReadSize]
) -> dict[ReadSize, int | None]:
    """Return the pairs of each size, in the order in which the product lists them."""
    stocks: dict[ReadSize, int] = {}
    for variation in product.variations:
        size = plan.size_of(_values_at(variation.attributes, names))
        # A variation without a value of its own is bought in every size of its product.
        for each in (size,) if size is not None else listed:
            stocks[each] = stocks.get(each, 0) + _pairs_of(variation)
    bare = {size._replace(width=""): place for place, size in enumerate(listed)}
    return dict(
        sorted(stocks.items(), key=lambda item: bare.get(item[0]._replace(width=""), len(bare)))
    )


def _pairs_of(variation: Variation) -> int:
    """Return how many pairs there are; one where it is there and nobody counts."""
    if variation.state == "in_stock":
        return 1 if variation.stock is None else max(variation.stock, 0)
    return 0


def _attributes_of(
    product: WooProduct, names: Sequence[str], plan: OptionPlan, shop: WooCommerceShop
) -> dict[str, Any]:
    size_name = names[plan.size] if plan.size is not None else None
    fields: dict[str, Any] = {}
    for name, values in product.attributes[:_MOST_FIELDS]:
        if name != size_name and values:
            fields[name] = values[0] if len(values) == 1 else list(values)
    for key, value in product.meta[:_MOST_FIELDS]:
        name = _meta_name(key, shop)
        if name and value not in (None, "", [], {}):
            fields.setdefault(name, value[:LONGEST_VALUE] if isinstance(value, str) else value)
    own: Mapping[str, Any] = {
        "Categories": list(product.categories) if len(product.categories) > 1 else "",
        "Tags": product.tags[:LONGEST_VALUE],
        "SKU": _codes([product.sku, *(item.sku for item in product.variations)]),
        "GTIN": _codes([product.gtin, *(item.gtin for item in product.variations)]),
    }
    for name, value in own.items():
        if value:
            fields.setdefault(name, value)
    return fields


def _meta_name(key: str, shop: WooCommerceShop) -> str:
    """Return under which name a field of the shop's own is kept; empty for what is no word of it.

    A key that begins with "_" is WordPress's or a plugin's and hidden from staff.
    """
    if key in shop.meta:
        return shop.meta[key]
    return "" if key.startswith(("_", OWN_META)) else key


def _codes(codes: Iterable[str]) -> list[str]:
    return [code for code in dict.fromkeys(codes) if code][:_MOST_CODES]
