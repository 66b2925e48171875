"""Shopify: its product CSV in both generations of the header, and its webhooks with signatures."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import html
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shop_plugin.domain.records import ListingRecord
from tests.exporters.own_shop import OwnProduct

#: What the file has no place for, each with its reason.
NOT_CARRIED = {
    "currency": "stands in no file of Shopify's; ShopifyShop says it",
    "language": "stands in no file of Shopify's; ShopifyShop says it",
    "url": "stands in no file of Shopify's; ShopifyShop says the shop's address",
    "raw_attributes": "come as metafields under other names; the facts in them are compared",
    "fit_votes": "Shopify knows no votes",
    "return_reasons": "Shopify knows no reasons",
    "sizes.internal_length_um": "Shopify knows no measures of the inside",
    "sizes.ball_width_um": "Shopify knows no measures of the inside",
}

OLD, NEW = "old", "new"
_START = {
    OLD: [
        "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags",
        "Published", "Option1 Name", "Option1 Value", "Option1 Linked To", "Option2 Name",
        "Option2 Value", "Option2 Linked To", "Option3 Name", "Option3 Value",
        "Option3 Linked To", "Variant SKU", "Variant Grams", "Variant Inventory Tracker",
        "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service",
        "Variant Price", "Variant Compare At Price", "Variant Requires Shipping",
        "Variant Taxable", "Variant Barcode", "Image Src", "Image Position", "Image Alt Text",
        "Gift Card", "SEO Title", "SEO Description",
        "Google Shopping / Google Product Category", "Google Shopping / Gender",
        "Google Shopping / Age Group",
    ],
    NEW: [
        "Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags",
        "Published on online store", "Status", "SKU", "Barcode", "Option1 name",
        "Option1 value", "Option1 Linked To", "Option2 name", "Option2 value",
        "Option2 Linked To", "Option3 name", "Option3 value", "Option3 Linked To", "Price",
        "Compare-at price", "Cost per item", "Charge tax", "Inventory tracker",
        "Inventory quantity", "Continue selling when out of stock", "Weight value (grams)",
        "Weight unit for display", "Requires shipping", "Fulfillment service",
        "Product image URL", "Image position", "Image alt text", "Variant image URL",
        "Gift card", "SEO title", "SEO description",
        "Google Shopping / Google product category", "Google Shopping / Gender",
        "Google Shopping / Age group",
    ],
}  # fmt: skip
_END = {OLD: ["Variant Image", "Variant Weight Unit", "Cost per item", "Status"], NEW: []}
# What both headers call otherwise: our own key, the old name, the new one.
_NAMES = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title", "Title"),
    "body": ("Body (HTML)", "Description"),
    "vendor": ("Vendor", "Vendor"),
    "category": ("Product Category", "Product category"),
    "type": ("Type", "Type"),
    "published": ("Published", "Published on online store"),
    "status": ("Status", "Status"),
    "gender": ("Google Shopping / Gender", "Google Shopping / Gender"),
    "image": ("Image Src", "Product image URL"),
    "position": ("Image Position", "Image position"),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "price": ("Variant Price", "Price"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    **{
        f"{part}{number}": (f"Option{number} {part.title()}", f"Option{number} {part}")
        for number in (1, 2, 3)
        for part in ("name", "value")
    },
}


def write_listings(products: Iterable[OwnProduct], header: str = NEW) -> Iterator[bytes]:
    """Yield the file that the admin exports, in one of the two generations of its header."""
    shoes = list(products)
    specs = sorted({name for shoe in shoes for name in shoe.specs})
    fields = {
        name: f"{name} (product.metafields.custom.{slug(name).replace('-', '_')})" for name in specs
    }
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, [*_START[header], *fields.values(), *_END[header]])
    writer.writeheader()
    for shoe in shoes:
        own = {fields[name]: value for name, value in shoe.specs.items()}
        for number, row in enumerate(rows_of(shoe, header)):
            writer.writerow({**row, **(own if number == 0 else {})})
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def as_carried(record: ListingRecord) -> ListingRecord:
    """Return what is to be expected: a handle as id, the standard category before the shop's."""
    lines = (" ".join(line.split()) for line in record.description.split("\n"))
    return replace(
        record,
        external_id=slug(f"{record.title} {record.external_id}"),
        category=f"Apparel & Accessories > Shoes > {record.category}",
        description="\n".join(line for line in lines if line),
    )


def handle_of(shoe: OwnProduct) -> str:
    """Return the handle that a shoe has in our pretended shop."""
    return slug(f"{shoe.name} {shoe.sku}")


def slug(text: str) -> str:
    for sign, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        text = text.replace(sign, letters).replace(sign.upper(), letters)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def number_of(shoe: OwnProduct) -> int:
    """Return the number under which webhooks speak of a shoe."""
    return 7_000_000_000_000 + shoe.number


def body_of(shoe: OwnProduct) -> str:
    """Return the description as the editor of the admin writes it."""
    lines = [html.escape(line.strip()) for line in shoe.description.split("\n")]
    return "\n".join(f"<p>{line}</p>" for line in lines if line)


def rows_of(shoe: OwnProduct, header: str) -> list[dict[str, str]]:
    """Return the rows of one shoe: the first with all there is, one for each further variant."""
    has_width = any(variant.width for variant in shoe.variants)
    rows = []
    for number, variant in enumerate(shoe.variants):
        row = {
            "handle": handle_of(shoe),
            "value1": variant.size,
            "value2": variant.width if has_width else "",
            "sku": variant.sku,
            "barcode": f"40{abs(hash_of(variant.sku)) % 10**11:011}",
            "price": str(shoe.price),
            "tracker": "shopify",
            "stock": str(variant.stock),
            "policy": "deny",
            "grams": "1450.0",
        }
        if number == 0:
            row |= {
                "title": shoe.name,
                "body": body_of(shoe),
                "vendor": shoe.brand,
                "category": "Apparel & Accessories > Shoes",
                "type": shoe.category,
                "published": "true",
                "status": "active",
                "gender": shoe.gender,
                "name1": size_name(shoe),
                "name2": "Width" if has_width else "",
                "image": shoe.image_url,
                "position": "1",
            }
        rows.append(row)
    rows.append(
        {
            "handle": handle_of(shoe),
            "image": f"{shoe.image_url}?side",
            "position": "2",
        }
    )
    place = 0 if header == OLD else 1
    return [{_NAMES[key][place]: value for key, value in row.items()} for row in rows]


def size_name(shoe: OwnProduct) -> str:
    """Return what the option with the sizes is called in the language of the shoe."""
    words = {"de": "Schuhgröße", "fr": "Pointure", "es": "Talla"}
    system = shoe.variants[0].size_system
    return f"{words.get(shoe.language, 'Shoe size')} ({system})"


def hash_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def product_payload(shoe: OwnProduct, *, updated_at: str, **changes: Any) -> dict[str, Any]:
    """Return what products/update says of a shoe."""
    number = number_of(shoe)
    has_width = any(variant.width for variant in shoe.variants)
    return {
        "admin_graphql_api_id": f"gid://shopify/Product/{number}",
        "body_html": body_of(shoe),
        "created_at": "2025-01-02T09:00:00-05:00",
        "handle": handle_of(shoe),
        "id": number,
        "product_type": shoe.category,
        "published_at": "2025-01-02T09:00:00-05:00",
        "template_suffix": None,
        "title": shoe.name,
        "updated_at": updated_at,
        "vendor": shoe.brand,
        "status": "active",
        "tags": "",
        "variants": [
            {
                "id": number * 100 + place,
                "product_id": number,
                "title": variant.size,
                "option1": variant.size,
                "option2": variant.width if has_width else None,
                "option3": None,
                "price": str(shoe.price),
                "sku": variant.sku,
                "barcode": "",
                "inventory_policy": "deny",
                "inventory_quantity": variant.stock,
                "inventory_management": "shopify",
            }
            for place, variant in enumerate(shoe.variants)
        ],
        "options": [
            {"name": size_name(shoe), "position": 1, "values": []},
            *([{"name": "Width", "position": 2, "values": []}] if has_width else []),
        ],
        "images": [{"src": shoe.image_url, "position": 1}],
        "category": {
            "admin_graphql_api_id": "gid://shopify/TaxonomyCategory/aa-8",
            "name": "Shoes",
            "full_name": "Apparel & Accessories > Shoes",
        },
        **changes,
    }


def order_payload(
    shoe: OwnProduct, *, number: int = 5001, updated_at: str, **changes: Any
) -> dict[str, Any]:
    """Return what orders/create says of one pair of a shoe."""
    variant = shoe.variants[0]
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "name": f"#{number - 4000}",
        "email": "ada@customers.example",
        "contact_email": "ada@customers.example",
        "created_at": "2026-03-01T10:00:00+01:00",
        "processed_at": "2026-03-01T10:00:00+01:00",
        "updated_at": updated_at,
        "cancelled_at": None,
        "currency": "EUR",
        "test": False,
        "buyer_accepts_marketing": False,
        "customer_locale": "de-DE",
        "note_attributes": [],
        "customer": {
            "id": 9001,
            "email": "ada@customers.example",
            "first_name": "Ada",
            "email_marketing_consent": {
                "state": "not_subscribed",
                "opt_in_level": "single_opt_in",
                "consent_updated_at": None,
            },
        },
        "shipping_address": {"first_name": "Ada", "country_code": "DE"},
        "line_items": [
            {
                "id": number * 10,
                "product_id": number_of(shoe),
                "variant_id": number_of(shoe) * 100,
                "title": shoe.name,
                "variant_title": variant.size,
                "name": f"{shoe.name} - {variant.size}",
                "sku": variant.sku,
                "quantity": 1,
                "gift_card": False,
                "requires_shipping": True,
                "properties": [],
            }
        ],
        "fulfillments": [],
        "refunds": [],
        **changes,
    }


def refund_payload(
    lines: Sequence[tuple[int, int, int]], *, order: int = 5001, **changes: Any
) -> dict[str, Any]:
    """Return what refunds/create says; ``lines`` are id of the act, id of the line, pairs."""
    return {
        "id": 88,
        "order_id": order,
        "created_at": "2026-03-20T09:00:00+01:00",
        "processed_at": "2026-03-20T09:00:00+01:00",
        "refund_line_items": [
            {"id": act, "line_item_id": line, "quantity": pairs, "restock_type": "return"}
            for act, line, pairs in lines
        ],
        **changes,
    }


def signed(
    body: bytes,
    topic: str,
    *,
    secret: str,
    at: datetime,
    delivery_id: str = "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    domain: str = "north.myshopify.com",
) -> dict[str, str]:
    """Return the headers of a delivery that Shopify signed with a secret."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-API-Version": "2026-01",
        "X-Shopify-Webhook-Id": delivery_id,
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "X-Shopify-Triggered-At": f"{at:%Y-%m-%dT%H:%M:%S}.877041743Z",
    }
