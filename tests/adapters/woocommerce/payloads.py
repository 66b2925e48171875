"""Deliveries as a shop on WooCommerce signs and words them, invented."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def sign(
    topic: str, body: bytes, secret: str, sent_at: datetime, delivery_id: str
) -> Mapping[str, str]:
    """Return the headers of a delivery; none tells the time."""
    resource, _dot, event = topic.partition(".")
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": "https://shoes.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-ID": "7",
        "X-WC-Webhook-Delivery-ID": delivery_id,
    }


def product(**changed: Any) -> dict[str, Any]:
    """Return a variable product in three sizes."""
    return {
        "id": 311,
        "name": "Marlow &amp; Moss Walker",
        "slug": "marlow-walker",
        "permalink": "https://shoes.example/product/marlow-walker/",
        "date_created_gmt": "2026-01-10T08:00:00",
        "date_modified_gmt": "2026-03-01T10:00:00",
        "type": "variable",
        "status": "publish",
        "catalog_visibility": "visible",
        "short_description": "<p>A walking shoe.</p>\n",
        "description": '<p>Heel 35&nbsp;mm.</p>\n[gallery ids="1,2"]<p>Drop 8 mm.</p>',
        "sku": "MW-1",
        "global_unique_id": "",
        "price": "89.90",
        "regular_price": "",
        "sale_price": "",
        "virtual": False,
        "downloadable": False,
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
        "weight": "1.2",
        "dimensions": {"length": "34", "width": "22", "height": "13"},
        "parent_id": 0,
        "categories": [{"id": 9, "name": "Women&#039;s Shoes", "slug": "women"}],
        "tags": [{"id": 3, "name": "new", "slug": "new"}],
        "images": [{"id": 5, "src": "https://shoes.example/marlow.jpg"}],
        "attributes": [
            {"id": 1, "name": "Größe", "variation": True, "options": ["38", "38,5", "39"]},
            {"id": 2, "name": "Marke", "variation": False, "options": ["Marlow"]},
            {"id": 0, "name": "Sprengung", "variation": False, "options": ["8 mm"]},
        ],
        "variations": [312, 313, 314],
        "meta_data": [
            {"id": 1, "key": "_edit_lock", "value": "1:1"},
            {"id": 2, "key": "heel_height", "value": "35 mm"},
            {"id": 3, "key": "footback_drop_mm", "value": "9"},
            {"id": 4, "key": "blocks", "value": {"a": 1}},
        ],
        **changed,
    }


def variation(size: str, stock: int | None, state: str = "instock", price: str = "89.90") -> Any:
    """Return a variation as the shop adds it to its product."""
    return {
        "attributes": {"Größe": size},
        "price": price,
        "stock_quantity": stock,
        "stock_status": state,
        "sku": f"MW-1-{size}",
    }


def line(**changed: Any) -> dict[str, Any]:
    """Return an order line of two pairs at 50.00 each and 20 percent of tax."""
    return {
        "id": 71,
        "name": "Marlow Walker - 38",
        "parent_name": "Marlow Walker",
        "product_id": 311,
        "variation_id": 312,
        "quantity": 2,
        "total": "100.00",
        "total_tax": "20.00",
        "sku": "MW-1-38",
        "meta_data": [
            {
                "id": 1,
                "key": "pa_groesse",
                "value": "38",
                "display_key": "Größe",
                "display_value": "38",
            },
            {"id": 2, "key": "_reduced_stock", "value": "2"},
        ],
        **changed,
    }


def order(**changed: Any) -> dict[str, Any]:
    """Return an order that is paid and not yet sent off."""
    return {
        "id": 4711,
        "number": "S-4711",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-03-02T09:00:00",
        "date_modified_gmt": "2026-03-02T09:05:00",
        "date_paid_gmt": "2026-03-02T09:04:00",
        "date_completed_gmt": None,
        "total": "124.90",
        "customer_id": 5,
        "billing": {
            "first_name": "Ada",
            "last_name": "Example",
            "address_1": "Lane 1",
            "postcode": "10115",
            "country": "DE",
            "email": "ada@example.com",
        },
        "shipping": {
            "first_name": "Ada",
            "last_name": "Example",
            "address_1": "Lane 1",
            "postcode": "10115",
            "country": "AT",
        },
        "meta_data": [],
        "line_items": [line()],
        "refunds": [],
        **changed,
    }


def dump(values: Any) -> bytes:
    """Return a body as WordPress encodes it."""
    return json.dumps(values, separators=(",", ":")).encode()
