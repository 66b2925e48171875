"""An order of Shopify as a webhook tells it: lines become purchases, refunds returns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shop_plugin.adapters.base import read_purchase_row, refuse_row
from shop_plugin.adapters.payloads import id_of, items_of, mapping_of, word_of
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.adapters.signed_bodies import read_moment
from shop_plugin.adapters.variant_options import size_in_title
from shop_plugin.domain.host_changes import PersonReference, ReturnRecord
from shop_plugin.domain.order_lines import find_doubt
from shop_plugin.domain.records import PurchaseRecord, ReadRow

# Notes and properties by which a buyer says that the shoes are for somebody else.
_GIFT_NAME = re.compile(r"\b(?:is[ _-]?)?(?:gifts?|geschenk\w*|cadeaux?|regalos?)\b", re.IGNORECASE)
# Lines that wrap what else is in the order.
_GIFT_WRAP = re.compile(
    r"\bgift[ -]?(?:wrap\w*|box|bag|message|note)\b|\bgeschenkverpackung\b"
    r"|\b(?:papier|emballage)[ -]cadeau\b|\bpara regalo\b|\benvoltorio\b",
    re.IGNORECASE,
)
_NO = frozenset({"", "0", "no", "false", "off", "none", "null", "nein", "non"})


def read_lines(
    order: Mapping[str, Any], *, shop: ShopifyShop, source: str
) -> Iterator[ReadRow[PurchaseRecord]]:
    """Yield every line of an order that could be a pair of shoes.

    Left out are gift cards and what is not shipped (a warranty, a tip). What
    is no shoe by its title, or has neither a size nor a word for a shoe, is
    refused with the reason, unless the shop takes everything.
    """
    common = _common_of(order, shop)
    fulfilled = _fulfilled_times(order)
    is_gift = _is_gift(order.get("note_attributes")) or any(
        _GIFT_WRAP.search(word_of(line.get("title"))[:300])
        for line in items_of(order, "line_items")
    )
    for number, line in enumerate(items_of(order, "line_items"), start=1):
        if line.get("gift_card") is True or line.get("requires_shipping") is False:
            continue
        line_id = id_of(line)
        title = word_of(line.get("title")) or word_of(line.get("name"))
        variant = word_of(line.get("variant_title"))[:200]
        raw = f"order {common['order_id']}, line {line_id}"
        doubt = find_doubt(title=title, variant=variant, language=common["language"])
        if doubt and shop.only_footwear:
            yield refuse_row(number, "title", "not_footwear", doubt, raw)
            continue
        yield read_purchase_row(
            {
                **common,
                "id": line_id,
                "listing_id": id_of(line, "product_id"),
                "title": title,
                "size": size_in_title(variant),
                "quantity": line.get("quantity"),
                "fulfilled_at": fulfilled.get(line_id),
                "is_gift": is_gift or _is_gift(line.get("properties")),
            },
            source=source,
            line=number,
            raw=raw,
        )


def read_refund(refund: Mapping[str, Any]) -> Iterator[ReturnRecord]:
    """Yield what a refund takes back; money given back for nothing returned takes back nothing.

    Whether the pairs were put back on the shelf does not matter: whoever was
    paid back for a pair is reminded of it no more.
    """
    for item in items_of(refund, "refund_line_items"):
        item_id, line_id = id_of(item), id_of(item, "line_item_id")
        quantity = _count(item.get("quantity"))
        if item_id and line_id and quantity:
            yield ReturnRecord(f"refund-{item_id}", line_id, quantity)


def read_objections(order: Mapping[str, Any]) -> tuple[PersonReference, ...]:
    """Return the customer of an order, where they have ended their subscription."""
    customer = mapping_of(order, "customer")
    if mapping_of(customer, "email_marketing_consent").get("state") != "unsubscribed":
        return ()
    person = PersonReference(id_of(customer), email_of(order))
    return (person,) if person.customer_id or person.email else ()


def email_of(order: Mapping[str, Any]) -> str:
    """Return the address of an order's customer."""
    addresses = (
        order.get("email"),
        order.get("contact_email"),
        mapping_of(order, "customer").get("email"),
    )
    return next((text.strip() for text in addresses if isinstance(text, str) and text.strip()), "")


def read_objection_time(order: Mapping[str, Any]) -> datetime | None:
    """Return when the customer of an order last said yes or no to e-mails, where it is told."""
    consent = mapping_of(mapping_of(order, "customer"), "email_marketing_consent")
    return read_moment(consent.get("consent_updated_at"))


def _common_of(order: Mapping[str, Any], shop: ShopifyShop) -> dict[str, Any]:
    """Return what is the same for every line."""
    customer = mapping_of(order, "customer")
    address = mapping_of(order, "shipping_address") or mapping_of(order, "billing_address")
    accepts = order.get("buyer_accepts_marketing") is True
    # An order brought in from elsewhere was created long after it was placed.
    ordered_at = read_moment(order.get("processed_at")) or read_moment(order.get("created_at"))
    return {
        "order_id": id_of(order),
        "ordered_at": ordered_at,
        "customer_id": id_of(customer),
        "email": email_of(order),
        "first_name": word_of(customer.get("first_name")) or word_of(address.get("first_name")),
        "language": word_of(order.get("customer_locale")) or word_of(customer.get("locale")),
        "country": word_of(address.get("country_code")),
        "is_cancelled": order.get("cancelled_at") is not None,
        # Who left the box empty said no; only who ticked it may be written to.
        "optout_offered": shop.optout_offered and accepts,
        "has_express_consent": _has_subscribed(customer, shop),
    }


def _has_subscribed(customer: Mapping[str, Any], shop: ShopifyShop) -> bool:
    """Tell whether the customer asked for e-mails of the shop, as strictly as the shop wants.

    "pending" is a question that was not answered. The old field
    ``accepts_marketing`` does not say how it came about and counts for nothing.
    """
    consent = mapping_of(customer, "email_marketing_consent")
    if shop.consent == "never" or consent.get("state") != "subscribed":
        return False
    return shop.consent == "subscribed" or consent.get("opt_in_level") == "confirmed_opt_in"


def _fulfilled_times(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return when each line was first sent off, by its id.

    Shopify tells when a parcel was handed over, and not reliably when it
    arrived; so wear starts from here.
    """
    times: dict[str, Any] = {}
    for fulfillment in items_of(order, "fulfillments"):
        at = read_moment(fulfillment.get("created_at"))
        if at is None or fulfillment.get("status") in ("cancelled", "error", "failure"):
            continue
        for line in items_of(fulfillment, "line_items"):
            line_id = id_of(line)
            times[line_id] = min(at, times.get(line_id, at))
    return times


def _is_gift(notes: object) -> bool:
    if not isinstance(notes, list):
        return False
    return any(
        isinstance(note, Mapping)
        and _GIFT_NAME.search(word_of(note.get("name"))[:200])
        and word_of(note.get("value")).strip().lower() not in _NO
        for note in notes[:100]
    )


def _count(value: object) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10_000
    return value if is_count and isinstance(value, int) else 0
