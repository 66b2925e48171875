"""The catalogue and the orders in footback's own words: what every other format is held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tests.exporters.own_shop import OwnOrder, OwnProduct, OwnVariant


def listing_row(product: OwnProduct) -> dict[str, Any]:
    """Return a product as a row with the names of ``docs/reference/field-map.csv``."""
    row = {
        "id": product.sku,
        "title": product.name,
        "brand": product.brand,
        "category": product.category,
        "gender": product.gender,
        "language": product.language,
        "price": str(product.price),
        "currency": product.currency,
        "description": product.description,
        "url": product.url,
        "image_url": product.image_url,
        "availability": "in stock" if product.has_stock else "out of stock",
        "sizes": [_size(variant) for variant in product.variants],
        "raw_attributes": dict(product.specs),
    }
    if product.fit_votes:
        row["fit_votes"] = dict(product.fit_votes)
    if product.return_reasons:
        row["return_reasons"] = dict(product.return_reasons)
    return row


def order_rows(orders: Iterable[OwnOrder]) -> Iterator[dict[str, Any]]:
    """Yield a row per order line."""
    for order in orders:
        for line in order.lines:
            yield {
                "id": f"{order.number}/{line.number}",
                "order_id": order.number,
                "ordered_at": order.placed_at.isoformat(),
                "listing_id": line.product.sku,
                "title": line.product.name,
                "category": line.product.category,
                "size": line.variant.size,
                "quantity": line.quantity,
                "quantity_returned": line.returned,
                "customer_id": order.customer.id,
                "email": order.customer.email,
                "first_name": order.customer.first_name,
                "language": order.customer.language,
                "country": order.customer.country,
                "fulfilled_at": order.fulfilled_at and order.fulfilled_at.isoformat(),
                "delivered_at": order.delivered_at and order.delivered_at.isoformat(),
                "is_gift": order.is_gift,
                "is_cancelled": order.cancelled_at is not None,
                "optout_offered": order.may_be_mailed,
            }


def _size(variant: OwnVariant) -> dict[str, Any]:
    size = {
        "label": variant.size,
        "system": variant.size_system,
        "width": variant.width,
        "stock": variant.stock,
        "internal_length_mm": variant.internal_length_mm,
        "ball_width_mm": variant.ball_width_mm,
    }
    return {key: value for key, value in size.items() if value not in (None, "")}
