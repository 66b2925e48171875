"""Prices for people: whole minor units in, the reader's digits and the currency code out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from shop_plugin.domain.money import minor_digits


@dataclass(frozen=True, slots=True)
class Price:
    """A price in the smallest unit of its currency, and as text ("89.00 EUR").

    ``currency`` is empty where the host does not state one.
    """

    minor: int
    currency: str
    text: str


def find_price(minor: int | None, currency: str) -> Price | None:
    """Return the price with its text, or ``None`` where it is not known."""
    if minor is None:
        return None
    digits = minor_digits(currency)
    amount = formats.number_format(
        Decimal(minor).scaleb(-digits), decimal_pos=digits, use_l10n=True, force_grouping=True
    )
    return Price(minor, currency, f"{amount} {currency}".strip())


def describe_price_range(currency: str, low: int, high: int | None) -> str:
    """Return a range of whole units for people: "50 to 60 EUR", "from 100 EUR"."""
    shown_low = formats.number_format(low, use_l10n=True, force_grouping=True)
    if high is None:
        return _("from {low} {currency}").format(low=shown_low, currency=currency)
    shown_high = formats.number_format(high, use_l10n=True, force_grouping=True)
    if low == 0:
        return _("under {high} {currency}").format(high=shown_high, currency=currency)
    return _("{low} to {high} {currency}").format(low=shown_low, high=shown_high, currency=currency)
