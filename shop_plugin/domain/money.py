"""Prices as shops write them, read into whole minor units. No float is kept."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

# ISO 4217: how many digits stand after the decimal point, where it is not two.
_MINOR_DIGITS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
        **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    }
)

# Signs that belong to one currency only. "$" and "¥" belong to several and tell nothing.
_SIGNS: Mapping[str, str] = MappingProxyType({"€": "EUR", "£": "GBP", "₹": "INR", "zł": "PLN"})

_AMOUNT = re.compile(r"[-−]?\s?[$€£¥₹]?\s?\d[\d.,'\u00a0\u202f]*")
_BLANK_GROUPS = re.compile(r"(?<=\d) (?=\d{3}(?:\D|$))")  # "1 299,00" is one amount
_CODE = re.compile(r"\b[A-Z]{3}\b")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,'\u00a0\u202f])\d{3})(?:\1\d{3})*")
_LARGEST_MINOR = 10**12


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in the smallest unit of its currency; ``currency`` is empty where not known.

    ``is_first_of_several`` tells that the text held more than one amount
    ("$49.95MSRP:$110.00") and that the first was taken.
    """

    minor: int
    currency: str = ""
    is_first_of_several: bool = False


def minor_digits(currency: str) -> int:
    """Return how many digits a currency writes after the point; two where it is not known."""
    return _MINOR_DIGITS.get(currency, 2)


def unusual_currencies() -> Mapping[int, tuple[str, ...]]:
    """Return the currencies that write other than two digits after the point, by their number."""
    groups: dict[int, list[str]] = {}
    for currency, digits in sorted(_MINOR_DIGITS.items()):
        groups.setdefault(digits, []).append(currency)
    return {digits: tuple(currencies) for digits, currencies in groups.items()}


def read_currency(text: str) -> str:
    """Return the ISO 4217 code a text names by code or by unmistakable sign, else "".

    "EUR", "eur" and "€" are EUR; "$" and "not stated by the source" are "".
    """
    stripped = text.strip()
    if len(stripped) == 3 and stripped.isascii() and stripped.isalpha():
        return stripped.upper()
    return _SIGNS.get(stripped, "")


def read_price(value: object, *, currency: str = "") -> Price:
    """Return the price that a number or a text ("1,299.00", "89,95 €") states.

    Of several amounts the first is taken: it is what the buyer pays, the
    others are list prices. A sign or code inside the text counts only where
    ``currency`` is empty. Half a minor unit is rounded up.

    :raises ValueError: with a reason for people, when no such price can be meant.
    """
    if isinstance(value, bool):
        raise ValueError("a price is a number, not true or false")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not an amount of money")
    several = False
    if isinstance(value, int | float | Decimal):
        amount = Decimal(str(value))
    else:
        amount, currency, several = _read_text(str(value), currency)
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    if amount < 0:
        raise ValueError(f"{amount} is below zero")
    if amount > _LARGEST_MINOR:
        raise ValueError("the amount is too large to be the price of a shoe")
    minor = int(amount.scaleb(minor_digits(currency)) + Decimal("0.5"))
    return Price(minor, currency, several)


def _read_text(text: str, currency: str) -> tuple[Decimal, str, bool]:
    amounts = _AMOUNT.findall(_BLANK_GROUPS.sub("", text))
    if not amounts:
        raise ValueError("no amount can be read from it")
    if not currency:
        currency = _currency_in(text)
    return _read_amount(amounts[0]), currency, len(amounts) > 1


def _currency_in(text: str) -> str:
    for sign, code in _SIGNS.items():
        if sign in text:
            return code
    codes = [code for code in _CODE.findall(text) if code not in ("RRP", "UVP")]
    return codes[0] if len(codes) == 1 else ""


def _read_amount(text: str) -> Decimal:
    is_negative = text[0] in "-−"
    digits = re.sub(r"[^\d.,'\u00a0\u202f]", "", text).rstrip(".,'\u00a0\u202f")
    if _GROUPED.fullmatch(digits):
        digits = re.sub(r"\D", "", digits)
    else:
        # The last point or comma parts the whole from the cents; what stands before it groups.
        cut = max(digits.rfind("."), digits.rfind(","))
        if cut >= 0:
            digits = f"{re.sub(r'[^0-9]', '', digits[:cut])}.{digits[cut + 1 :]}"
        digits = re.sub(r"['\u00a0\u202f]", "", digits)
    try:
        amount = Decimal(digits)
    except InvalidOperation as error:
        raise ValueError("no amount can be read from it") from error
    return -amount if is_negative else amount
