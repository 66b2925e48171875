"""What each topic of WooCommerce's webhooks says.

WooCommerce signs the body and nothing else. So every topic looks whether the
body is one of its own, what it says counts once however often it is told, and
an older state never takes the place of a newer one (``changed_at``).
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shop_plugin.adapters.base import read_listing_row
from shop_plugin.adapters.payloads import id_of, items_of, mapping_of, word_of
from shop_plugin.adapters.signed_bodies import read_moment, read_object
from shop_plugin.adapters.woocommerce.orders import is_bought, read_lines, read_returns
from shop_plugin.adapters.woocommerce.products import (
    WooProduct,
    find_closed,
    find_outsider,
    row_of_product,
)
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.variations import MOST_VARIATIONS, Variation
from shop_plugin.domain.host_changes import Delivery, HostChange, PersonReference, RefusedDelivery

_STATES = {"instock": "in_stock", "outofstock": "out_of_stock", "onbackorder": "backorder"}
_TOLD = ("created", "updated", "restored")
#: What a shop may add to a variable product (docs/how-to/put-it-behind-woocommerce.md).
VARIATIONS = "footback_variations"
_PERMISSION = (
    "WooCommerce could not read it in the name of the webhook's user: save the webhook once as an "
    "administrator"
)
_VERSION = "the webhook speaks the old API; set its API version to WP REST API Integration v3"


def read_topic(
    *, delivery: Delivery, body: bytes, source: str, shop: WooCommerceShop
) -> HostChange:
    """Return what a delivery says; a topic of no interest is an empty change.

    :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
    """
    resource, _dot, event = delivery.topic.partition(".")
    if resource not in ("product", "order") or event not in (*_TOLD, "deleted"):
        return HostChange()
    values = read_object(body)
    _check(values, resource)
    if event == "deleted":
        # An order is deleted when a shop tidies up; whoever is to get no mail, it cancels.
        gone = _deleted_id(values, delivery)
        return HostChange(withdrawn=(gone,) if resource == "product" else ())
    if resource == "order":
        return _read_order(values, delivery, source, shop)
    return _read_product(values, delivery, source, shop)


def read_erasure(*, delivery: Delivery, body: bytes) -> HostChange:
    """Return whom a deleted account belonged to; every other topic is an empty change.

    :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
    """
    if delivery.topic != "customer.deleted":
        return HostChange()
    values = read_object(body)
    return HostChange(erase=(PersonReference(customer_id=_deleted_id(values, delivery)),))


def _check(values: Mapping[str, Any], resource: str) -> None:
    """Refuse what WooCommerce sends when it is set up wrongly.

    :raises RefusedDelivery: ``"unreadable"``, with what to do about it.
    """
    if "id" in values:
        return
    if "code" in values and "message" in values:
        raise RefusedDelivery("unreadable", f'{_PERMISSION} ("{word_of(values["code"])[:60]}")')
    if isinstance(values.get(resource), Mapping):
        raise RefusedDelivery("unreadable", _VERSION)


def _deleted_id(values: Mapping[str, Any], delivery: Delivery) -> str:
    number = id_of(values)
    # The body of another topic must not become a deletion by another header.
    if not number or len(values) != 1:
        raise RefusedDelivery("unreadable", f"{delivery.topic} promises an id alone")
    return number


def _read_order(
    values: Mapping[str, Any], delivery: Delivery, source: str, shop: WooCommerceShop
) -> HostChange:
    if not id_of(values) or not isinstance(values.get("line_items"), list):
        raise RefusedDelivery("unreadable", f"{delivery.topic} promises an order with line_items")
    changed_at = read_moment(values.get("date_modified_gmt"))
    if not is_bought(values):
        return HostChange(changed_at=changed_at)
    return HostChange(
        purchases=tuple(read_lines(values, shop=shop, source=source)),
        returns=tuple(read_returns(values)),
        changed_at=changed_at,
    )


def _read_product(
    values: Mapping[str, Any], delivery: Delivery, source: str, shop: WooCommerceShop
) -> HostChange:
    if not id_of(values) or "stock_status" not in values or "line_items" in values:
        raise RefusedDelivery("unreadable", f"{delivery.topic} promises a product")
    changed_at = read_moment(values.get("date_modified_gmt"))
    product = _product_of(values)
    if "variation" in product.kinds:
        # One size alone says nothing of its product; that is told by itself.
        return HostChange(changed_at=changed_at)
    if find_outsider(product, shop)[0] or find_closed(product):
        # Nobody can buy it, or it is none of ours; what was bought of it stays known.
        return HostChange(withdrawn=(product.product_id,), changed_at=changed_at)
    row = read_listing_row(
        row_of_product(product, shop), source=source, line=1, raw=f"product {product.product_id}"
    )
    if row.record is not None and product.is_variable and not product.has_variations:
        row = replace(row, record=replace(row.record, keeps_sizes=True))
    return HostChange(listings=(row,), changed_at=changed_at)


def _product_of(values: Mapping[str, Any]) -> WooProduct:
    kinds = [word_of(values.get("type"))]
    kinds += [name for name in ("virtual", "downloadable") if values.get(name) is True]
    images = items_of(values, "images")
    return WooProduct(
        product_id=id_of(values),
        kinds=tuple(kinds),
        sku=word_of(values.get("sku")),
        name=word_of(values.get("name")),
        short_description=word_of(values.get("short_description")),
        description=word_of(values.get("description")),
        brand=", ".join(_names(values, "brands")),
        categories=tuple(_names(values, "categories")),
        tags=", ".join(_names(values, "tags")),
        gtin=word_of(values.get("global_unique_id")),
        price=word_of(values.get("price")),
        stock=_whole(values.get("stock_quantity")),
        state=_STATES.get(word_of(values.get("stock_status")), ""),
        url=word_of(values.get("permalink")),
        image_url=word_of(images[0].get("src")) if images else "",
        is_published=values.get("status") == "publish",
        is_hidden=values.get("catalog_visibility") == "hidden",
        attributes=tuple(
            (word_of(item.get("name")), _texts(item.get("options")))
            for item in items_of(values, "attributes")
            if word_of(item.get("name"))
        ),
        variations=tuple(
            _variation_of(item) for item in items_of(values, VARIATIONS)[:MOST_VARIATIONS]
        ),
        has_variations=isinstance(values.get(VARIATIONS), list),
        meta=tuple(
            (word_of(item.get("key")), item.get("value"))
            for item in items_of(values, "meta_data")
            if isinstance(item.get("value"), str | int | float)
        ),
    )


def _variation_of(item: Mapping[str, Any]) -> Variation:
    return Variation(
        attributes=tuple(
            (word_of(name), word_of(value))
            for name, value in mapping_of(item, "attributes").items()
        ),
        price=word_of(item.get("price")),
        stock=_whole(item.get("stock_quantity")),
        state=_STATES.get(word_of(item.get("stock_status")), ""),
        sku=word_of(item.get("sku")),
    )


def _names(values: Mapping[str, Any], key: str) -> list[str]:
    """Return the names of terms; WordPress writes "&" as it stands in HTML."""
    found = (word_of(item.get("name")) for item in items_of(values, key))
    return [html.unescape(name) for name in found if name]


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    return tuple(text for value in values[:1_000] if (text := html.unescape(word_of(value))))


def _whole(value: object) -> int | None:
    try:
        return max(min(int(float(word_of(value))), 1_000_000), -1_000_000)
    except (ValueError, OverflowError):
        return None
