"""Prices for people: whole minor units in, the reader's digits and currency sign out.

A currency is never converted and never guessed. A sign stands only where it
says which currency is meant to this reader ("$" to an English reader is the
US dollar, "CA$" the Canadian); every other currency keeps its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop_plugin.domain.money import minor_digits

# Signs as Unicode CLDR writes them for a reader anywhere.
_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "EUR": "€",
        "GBP": "£",
        "USD": "$",
        "INR": "₹",
        "JPY": "¥",
        "CNY": "CN¥",
        "KRW": "₩",
        "AUD": "A$",
        "CAD": "CA$",
        "NZD": "NZ$",
        "HKD": "HK$",
        "MXN": "MX$",
        "TWD": "NT$",
        "BRL": "R$",
        "ILS": "₪",
        "VND": "₫",
        "PHP": "₱",
    }
)
# At home a shorter sign is meant, and the currency that owns it elsewhere gets a longer one.
_SIGNS_AT_HOME: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        **{f"{language}-ca": {"CAD": "$", "USD": "US$"} for language in ("en", "fr")},
        "en-au": {"AUD": "$", "USD": "US$"},
        "en-nz": {"NZD": "$", "USD": "US$"},
        "en-hk": {"HKD": "$", "USD": "US$"},
        "es-mx": {"MXN": "$", "USD": "US$"},
        "zh-hans": {"CNY": "¥", "JPY": "JP¥", "USD": "US$"},
        "zh-hant": {"TWD": "$", "USD": "US$"},
        "pl": {"PLN": "zł"},
        "cs": {"CZK": "Kč"},
        "sv": {"SEK": "kr"},
        "nb": {"NOK": "kr"},
        "da": {"DKK": "kr."},
        "hu": {"HUF": "Ft"},
        "tr": {"TRY": "₺"},
        "uk": {"UAH": "₴"},
    }
)
_SIGN_FIRST = frozenset({"en", "es-mx", "ga", "hi", "ja", "ko", "th", "zh"})
_SIGN_AND_SPACE_FIRST = frozenset({"nl", "pt"})
_BY_CODE = frozenset({"ar", "fa", "he", "ur"})  # signs change sides there; a code stays readable
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Price:
    """A price in the smallest unit of its currency, and as text ("€89", "120.90 CHF").

    ``currency`` is empty where the host does not state one.
    """

    minor: int
    currency: str
    text: str


def find_price(minor: int | None, currency: str) -> Price | None:
    """Return the price with its text, or ``None`` where it is not known."""
    if minor is None:
        return None
    return Price(minor, currency, format_price(minor, currency))


def format_price(minor: int, currency: str) -> str:
    """Return an amount in minor units as the reader of the language in force writes it.

    "€120.90", "£89", "120,90 €", "89 CHF"; a price without cents is written
    without them. The space beside a sign or code does not break. Where no
    currency is stated the bare amount stands, in full.
    """
    digits = minor_digits(currency)
    is_whole = bool(currency) and minor % 10**digits == 0
    amount = formats.number_format(
        Decimal(minor).scaleb(-digits),
        decimal_pos=0 if is_whole else digits,
        use_l10n=True,
        force_grouping=True,
    )
    before, after = _signs(currency)
    return f"{before}{amount}{after}"


def describe_price_range(currency: str, low: int, high: int | None) -> str:
    """Return a range of whole units for people: "€50 to €60", "50 to 60 CHF", "from €100"."""
    before, after = _signs(currency)
    shown_low = formats.number_format(low, use_l10n=True, force_grouping=True)
    if high is None:
        return _("from {price}").format(price=f"{before}{shown_low}{after}")
    shown_high = formats.number_format(high, use_l10n=True, force_grouping=True)
    most = f"{before}{shown_high}{after}"
    if low == 0:
        return _("under {price}").format(price=most)
    return _("{low} to {high}").format(low=f"{before}{shown_low}", high=most)


def _signs(currency: str) -> tuple[str, str]:
    """Return what stands before and after an amount; one of the two is empty."""
    language = (get_language() or "en").lower()
    base = language.partition("-")[0]
    at_home = _SIGNS_AT_HOME.get(language) or _SIGNS_AT_HOME.get(base) or {}
    sign = at_home.get(currency) or _SIGNS.get(currency, "")
    if not currency:
        return "", ""
    if not sign or base in _BY_CODE:
        return "", _NO_BREAK + currency
    if {base, language} & _SIGN_FIRST:
        return sign, ""
    if base in _SIGN_AND_SPACE_FIRST:
        return sign + _NO_BREAK, ""
    return "", _NO_BREAK + sign
