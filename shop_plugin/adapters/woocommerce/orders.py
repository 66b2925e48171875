"""An order of WooCommerce as a webhook tells it: lines become purchases, refunds returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from shop_plugin.adapters.base import read_purchase_row
from shop_plugin.adapters.payloads import id_of, items_of, mapping_of, word_of
from shop_plugin.adapters.signed_bodies import read_moment
from shop_plugin.adapters.variant_options import plan_options
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.domain.host_changes import ReturnRecord
from shop_plugin.domain.records import PurchaseRecord, ReadRow

_BOUGHT = frozenset({"processing", "completed", "refunded"})
_UNDONE = frozenset({"cancelled", "failed", "trash"})
_REFUNDED = "refunded"
# What stands in the place of an address once WooCommerce's own eraser was at work.
_ERASED_HOST = "@site.invalid"
_YES = frozenset({"1", "yes", "true", "on"})
_CENT = Decimal("0.01")
#: What a shop may add to each line (docs/how-to/put-it-behind-woocommerce.md).
QUANTITY_REFUNDED = "quantity_refunded"


def is_bought(order: Mapping[str, Any]) -> bool:
    """Tell whether an order was ever paid, or is to be paid at the door.

    WooCommerce notes the time of payment with the first status that counts as
    paid, and keeps it. Carts that were never paid are nobody's shoes, and
    their addresses none of footback's business.
    """
    return _status_of(order) in _BOUGHT or read_moment(order.get("date_paid_gmt")) is not None


def read_lines(
    order: Mapping[str, Any], *, shop: WooCommerceShop, source: str
) -> Iterator[ReadRow[PurchaseRecord]]:
    """Yield every line of an order; whether it is a shoe at all, its listing says."""
    common = _common_of(order, shop)
    is_refunded = _status_of(order) == _REFUNDED
    for number, line in enumerate(items_of(order, "line_items"), start=1):
        quantity = _count(line.get("quantity"))
        line_id = id_of(line)
        yield read_purchase_row(
            {
                **common,
                "id": line_id,
                "listing_id": id_of(line, "product_id"),
                "title": word_of(line.get("parent_name")) or word_of(line.get("name")),
                "size": _size_of(line, shop),
                "quantity": quantity or line.get("quantity"),
                "quantity_returned": quantity if is_refunded else _refunded(line, quantity),
            },
            source=source,
            line=number,
            raw=f"order {common['order_id']}, line {line_id}",
        )


def read_returns(order: Mapping[str, Any]) -> Iterator[ReturnRecord]:
    """Yield the refunds of an order that say by their amount which pairs came back.

    WooCommerce tells of a refund its number and amount, and not what it was
    for. One that is, to the cent, the price of one or more pairs of one line
    and fits no other line, is taken as a return of those; any other changes
    nothing. Where the shop adds the pairs to each line, amounts are not asked.
    """
    lines = items_of(order, "line_items")
    if any(QUANTITY_REFUNDED in line for line in lines):
        return
    for refund in items_of(order, "refunds"):
        amount = _amount(refund.get("total"))
        refund_id = id_of(refund)
        if amount is None or not refund_id:
            continue
        fitting = _fitting(lines, abs(amount))
        if len(fitting) == 1:
            yield ReturnRecord(f"refund-{refund_id}", *fitting[0])


def _fitting(lines: Sequence[Mapping[str, Any]], amount: Decimal) -> list[tuple[str, int]]:
    """Return every line and number of its pairs that cost this amount, tax included."""
    found = []
    for line in lines:
        quantity = _count(line.get("quantity"))
        net, tax = _amount(line.get("total")), _amount(line.get("total_tax")) or Decimal(0)
        if not quantity or net is None or net <= 0:
            continue
        pair = (net + tax) / quantity
        pairs = round(amount / pair)
        if 0 < pairs <= quantity and abs(pairs * pair - amount) < _CENT:
            found.append((id_of(line), pairs))
    return found


def _common_of(order: Mapping[str, Any], shop: WooCommerceShop) -> dict[str, Any]:
    """Return what is the same for every line."""
    billing, shipping = mapping_of(order, "billing"), mapping_of(order, "shipping")
    email = word_of(billing.get("email")).strip()
    is_erased = email.lower().endswith(_ERASED_HOST)
    meta = {
        word_of(item.get("key")): word_of(item.get("value"))
        for item in items_of(order, "meta_data")
    }
    consent = meta.get(shop.consent_meta, "") if shop.consent_meta else ""
    return {
        "order_id": id_of(order),
        "ordered_at": read_moment(order.get("date_created_gmt")),
        "fulfilled_at": read_moment(order.get("date_completed_gmt")),
        # 0 is a guest.
        "customer_id": "" if is_erased else id_of(order, "customer_id"),
        "email": "" if is_erased else email,
        "first_name": "" if is_erased else word_of(billing.get("first_name")),
        "language": (meta.get("wpml_language") or shop.language)[:20],
        "country": word_of(shipping.get("country")) or word_of(billing.get("country")),
        "is_gift": _is_gift(billing, shipping),
        "is_cancelled": _status_of(order) in _UNDONE,
        "optout_offered": shop.optout_offered,
        "has_express_consent": consent.strip().lower() in _YES,
    }


def _status_of(order: Mapping[str, Any]) -> str:
    return word_of(order.get("status")).removeprefix("wc-")


def _is_gift(billing: Mapping[str, Any], shipping: Mapping[str, Any]) -> bool:
    """Tell whether the parcel goes to somebody else, at another address."""

    def of(address: Mapping[str, Any], *keys: str) -> str:
        return " ".join(word_of(address.get(key)).strip().casefold() for key in keys).strip()

    receiver, place = of(shipping, "first_name", "last_name"), of(shipping, "address_1", "postcode")
    return bool(
        receiver
        and place
        and receiver != of(billing, "first_name", "last_name")
        and place != of(billing, "address_1", "postcode")
    )


def _size_of(line: Mapping[str, Any], shop: WooCommerceShop) -> str:
    """Return the size in what was chosen of a variation, "" where there is none."""
    chosen = [
        (_said(item, "display_key", "key"), _said(item, "display_value", "value"))
        for item in items_of(line, "meta_data")[:50]
        if not word_of(item.get("key")).startswith("_")
    ]
    if not chosen:
        return ""
    names, values = zip(*chosen, strict=True)
    size = plan_options(names, [values], shop=shop).size_of(values)
    return size.label if size is not None else ""


def _said(item: Mapping[str, Any], shown: str, stored: str) -> str:
    return word_of(item.get(shown)) or word_of(item.get(stored)).removeprefix("pa_")


def _refunded(line: Mapping[str, Any], quantity: int) -> int:
    return min(_count(line.get(QUANTITY_REFUNDED)), quantity)


def _count(value: object) -> int:
    """Return a whole number from 0 up; shops that sell by length write pairs as 2.0."""
    amount = _amount(value)
    if amount is None or amount != int(amount) or not 0 <= amount < 10_000:
        return 0
    return int(amount)


def _amount(value: object) -> Decimal | None:
    try:
        amount = Decimal(word_of(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**9 else None
