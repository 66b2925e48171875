"""What django-oscar knows of a product beside its columns: offers, stock, picture, demand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from shop_plugin.adapters.oscar.values import Stated, find_stated


class Offer(NamedTuple):
    """What the shop's strategy says of one product that can be bought; ``stock`` is in pairs."""

    price: Decimal | None
    currency: str
    is_available: bool
    stock: int


def read_offer(info: Any) -> Offer:
    """Return what a purchase info of oscar says, tax included where it is known."""
    price = info.price
    amount = price.incl_tax if price.is_tax_known else price.excl_tax
    is_available = bool(info.availability.is_available_to_buy)
    left = info.stockrecord.net_stock_level if info.stockrecord else 0
    # A product whose stock nobody counts is there: one pair, no more.
    stock = max(left, 1) if is_available else 0
    return Offer(amount if price.exists else None, price.currency or "", is_available, stock)


def lowest_offer(offers: Sequence[Offer]) -> dict[str, Any]:
    """Return price, currency and availability of a listing whose sizes are offered so.

    It is the lowest price of what can be bought now, else of all, in the
    currency of the first.
    """
    priced = [offer for offer in offers if offer.price is not None]
    there = [offer for offer in priced if offer.is_available] or priced
    same = [offer for offer in there if offer.currency == there[0].currency]
    lowest = min(same, key=lambda offer: offer.price or 0, default=None)
    is_there = any(offer.is_available for offer in offers)
    return {
        "price": lowest.price if lowest else None,
        "currency": lowest.currency if lowest else "",
        "availability": "in_stock" if is_there else "out_of_stock",
    }


def find_image(products: Iterable[Any]) -> str:
    """Return the address of the first picture of these products, "" where none has one."""
    for product in products:
        for image in product.images.all():
            if image.original:
                return str(image.original.url)
    return ""


def find_measure(stated: Stated, code: str) -> str:
    """Return a measure without its unit ("245" for "245 mm"): the key of a size says the unit."""
    return find_stated(stated, [code]).removesuffix(" mm")


def count_stats(products: Iterable[Any], counted: str) -> int:
    """Return a count of oscar's analytics over these products, since the shop began to count."""
    found = (getattr(product, "stats", None) for product in products)
    return sum(getattr(stats, counted) for stats in found if stats is not None)
