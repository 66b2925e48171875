"""What each topic of Shopify's webhooks says.

Shopify signs the body and nothing else: topic, id and time stand in headers
that a thief of one body could change. Therefore every topic looks whether the
body is one of its own, what it says counts once however often it is told, and
an older state never takes the place of a newer one (``changed_at``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shop_plugin.adapters.base import read_listing_row
from shop_plugin.adapters.payloads import id_of, items_of, mapping_of, word_of
from shop_plugin.adapters.shopify.orders import (
    email_of,
    read_lines,
    read_objection_time,
    read_objections,
    read_refund,
)
from shop_plugin.adapters.shopify.products import (
    Metafield,
    ShopifyProduct,
    Variant,
    find_outsider,
    row_of_product,
)
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.adapters.signed_bodies import read_moment, read_object
from shop_plugin.domain.host_changes import Delivery, HostChange, PersonReference, RefusedDelivery

_OF_OTHER_TOPICS = frozenset(
    {"title", "handle", "line_items", "order_id", "customer", "email", "shop_id"}
)
_UNSUBSCRIBED = "unsubscribed"


def read_topic(*, delivery: Delivery, body: bytes, source: str, shop: ShopifyShop) -> HostChange:
    """Return what a delivery says; a topic of no interest is an empty change.

    :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
    """
    reader = _READERS.get(delivery.topic)
    if reader is None:
        return HostChange()
    return reader(shop, read_object(body), delivery, source)


def _read_product(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    product = _product_of(values)
    if not product.product_id or not product.handle or "variants" not in values:
        raise _unreadable(delivery, "a product with id, handle and variants")
    changed_at = read_moment(values.get("updated_at")) or delivery.sent_at
    if not product.is_offered or find_outsider(product, shop):
        # Nobody can buy it, or it is none of ours; what was bought of it stays known.
        gone = (product.product_id, product.handle)
        return HostChange(withdrawn=gone, changed_at=changed_at)
    row = read_listing_row(
        row_of_product(product, shop), source=source, line=1, raw=f"product {product.product_id}"
    )
    return HostChange(listings=(row,), changed_at=changed_at)


def _read_deletion(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    product_id = id_of(values)
    # The body of another topic must not become a deletion by another header.
    if not product_id or values.keys() & _OF_OTHER_TOPICS:
        raise _unreadable(delivery, "the id of a product alone")
    return HostChange(withdrawn=(product_id,), changed_at=delivery.sent_at)


def _read_order(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    if not id_of(values) or not isinstance(values.get("line_items"), list):
        raise _unreadable(delivery, "an order with id and line_items")
    changed_at = read_moment(values.get("updated_at")) or delivery.sent_at
    if values.get("test") is True:
        return HostChange(changed_at=changed_at)
    return HostChange(
        purchases=tuple(read_lines(values, shop=shop, source=source)),
        returns=tuple(
            item for refund in items_of(values, "refunds") for item in read_refund(refund)
        ),
        objections=read_objections(values),
        objected_at=read_objection_time(values),
        changed_at=changed_at,
    )


def _read_refund(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    if not id_of(values, "order_id") or not isinstance(values.get("refund_line_items"), list):
        raise _unreadable(delivery, "a refund with order_id and refund_line_items")
    changed_at = read_moment(values.get("processed_at")) or read_moment(values.get("created_at"))
    return HostChange(returns=tuple(read_refund(values)), changed_at=changed_at or delivery.sent_at)


def _read_erasure(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    if not isinstance(values.get("orders_to_redact"), list):
        raise _unreadable(delivery, "a customer and orders_to_redact")
    return HostChange(erase=(_person_of(values, delivery),), changed_at=delivery.sent_at)


def _read_request(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    if not isinstance(values.get("orders_requested"), list):
        raise _unreadable(delivery, "a customer and orders_requested")
    return HostChange(export=(_person_of(values, delivery),), changed_at=delivery.sent_at)


def _read_shop_erasure(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    # The bodies about one customer hold the same two keys and more.
    if not id_of(values, "shop_id") or "shop_domain" not in values or "customer" in values:
        raise _unreadable(delivery, "a shop alone")
    return HostChange(erases_shop=True, changed_at=delivery.sent_at)


def _read_consent(
    shop: ShopifyShop, values: Mapping[str, Any], delivery: Delivery, source: str
) -> HostChange:
    """Take note of an end of a subscription; a beginning counts with the next order."""
    consent = mapping_of(values, "email_marketing_consent")
    address = values.get("email_address") or values.get("email")
    person = PersonReference(
        id_of(values, "customer_id") or id_of(values),
        address.strip() if isinstance(address, str) else "",
    )
    if not person.customer_id and not person.email:
        raise _unreadable(delivery, "a customer and email_marketing_consent")
    if consent.get("state") != _UNSUBSCRIBED:
        return HostChange(changed_at=delivery.sent_at)
    said_at = read_moment(consent.get("consent_updated_at")) or delivery.sent_at
    return HostChange(objections=(person,), objected_at=said_at, changed_at=said_at)


def _person_of(values: Mapping[str, Any], delivery: Delivery) -> PersonReference:
    customer = mapping_of(values, "customer")
    person = PersonReference(id_of(customer), email_of(customer))
    if not person.customer_id and not person.email:
        raise _unreadable(delivery, "a customer with id or email")
    return person


def _unreadable(delivery: Delivery, promised: str) -> RefusedDelivery:
    return RefusedDelivery("unreadable", f"{delivery.topic} promises {promised}")


def _product_of(values: Mapping[str, Any]) -> ShopifyProduct:
    category = mapping_of(values, "category")
    options = items_of(values, "options")
    images = items_of(values, "images")
    first = mapping_of(values, "image") or (images[0] if images else {})
    return ShopifyProduct(
        handle=word_of(values.get("handle")),
        product_id=id_of(values),
        title=word_of(values.get("title")),
        body_html=word_of(values.get("body_html")),
        vendor=word_of(values.get("vendor")),
        category=word_of(category.get("full_name") or category.get("admin_graphql_api_id")),
        kind=word_of(values.get("product_type")),
        tags=word_of(values.get("tags")),
        state=word_of(values.get("status")).lower() or "active",
        is_published=values.get("published_at", "") is not None,
        image_url=word_of(first.get("src")),
        option_names=tuple(word_of(option.get("name")) for option in options[:3]),
        variants=[_variant_of(variant) for variant in items_of(values, "variants")],
        metafields=[
            Metafield(word_of(item.get("namespace")), word_of(item.get("key")), item.get("value"))
            for item in items_of(values, "metafields")
        ],
    )


def _variant_of(values: Mapping[str, Any]) -> Variant:
    stock = values.get("inventory_quantity")
    return Variant(
        values=tuple(word_of(values.get(f"option{number}")) for number in (1, 2, 3)),
        price=word_of(values.get("price")),
        stock=stock if isinstance(stock, int) and not isinstance(stock, bool) else None,
        is_untracked="inventory_management" in values and values["inventory_management"] is None,
        is_sold_on=values.get("inventory_policy") == "continue",
        sku=word_of(values.get("sku")),
        barcode=word_of(values.get("barcode")),
    )


_Reader = Callable[[ShopifyShop, Mapping[str, Any], Delivery, str], HostChange]
_READERS: Mapping[str, _Reader] = {
    "products/create": _read_product,
    "products/update": _read_product,
    "products/delete": _read_deletion,
    "orders/create": _read_order,
    "orders/paid": _read_order,
    "orders/updated": _read_order,
    "orders/fulfilled": _read_order,
    "orders/partially_fulfilled": _read_order,
    "orders/cancelled": _read_order,
    "refunds/create": _read_refund,
    "customers/redact": _read_erasure,
    "customers/data_request": _read_request,
    "shop/redact": _read_shop_erasure,
    "customers/update": _read_consent,
    "customers_email_marketing_consent/update": _read_consent,
}
