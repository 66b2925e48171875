"""Ranges a shopper types: heel height and price, read once and written in one way only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, MICROMETRES_PER_MM
from shop_plugin.domain.measures import MICROMETRES_PER_CM, read_length
from shop_plugin.domain.money import minor_digits

HEEL_PARAMETERS = ("heel_min", "heel_max")
PRICE_PARAMETERS = ("price_min", "price_max")
CURRENCY_PARAMETER = "price_currency"

# Python's re and the OpenAPI document read the same expressions.
HEEL_PATTERN = r"^(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,3})?(?:mm|cm|in)?$"
AMOUNT_PATTERN = r"^(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,3})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
_HEEL = re.compile(HEEL_PATTERN)
_AMOUNT = re.compile(AMOUNT_PATTERN)
_CURRENCY = re.compile(CURRENCY_PATTERN)

_UNITS_UM = {"mm": MICROMETRES_PER_MM, "cm": MICROMETRES_PER_CM, "in": MICROMETRES_PER_INCH}
# The formula's own tolerance: 5.1 cm is how a two-inch heel is written in centimetres.
TOLERANCE_UM = 500
# No heel is higher; "900in" then means the same and can still be written down.
_HIGHEST_UM = 999_999
_MILLI = 1000


@dataclass(frozen=True, slots=True)
class HeelRange:
    """Heels from ``low_um`` to ``high_um``, both included; ``None`` is an open end.

    It holds a shoe whose every possible height lies within, by the tolerance
    of half a millimetre. A range that ends before it begins holds nothing.
    """

    low_um: int | None = None
    high_um: int | None = None

    @property
    def lowest_um(self) -> int | None:
        """The least height that is still held."""
        return None if self.low_um is None else self.low_um - TOLERANCE_UM

    @property
    def highest_um(self) -> int | None:
        """The greatest height that is still held."""
        return None if self.high_um is None else self.high_um + TOLERANCE_UM

    def as_parameters(self) -> list[tuple[str, str]]:
        """Return the one way to write this range in a query string."""
        ends = zip(HEEL_PARAMETERS, (self.low_um, self.high_um), strict=True)
        return [(name, f"{_write_milli(end)}mm") for name, end in ends if end is not None]


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Prices from ``low_milli`` to ``high_milli`` thousandths of a unit, both included.

    Without a currency a price counts in its own. A price whose currency is
    not stated is in no range.
    """

    currency: str = ""
    low_milli: int | None = None
    high_milli: int | None = None

    def ends_in(self, currency: str) -> tuple[int | None, int | None]:
        """Return the least and the greatest price held, in minor units of a currency."""
        unit: int = 10 ** minor_digits(currency)
        low, high = self.low_milli, self.high_milli
        return (
            None if low is None else -(-low * unit // _MILLI),
            None if high is None else high * unit // _MILLI,
        )

    def as_parameters(self) -> list[tuple[str, str]]:
        """Return the one way to write this range in a query string."""
        ends = zip(PRICE_PARAMETERS, (self.low_milli, self.high_milli), strict=True)
        pairs = [(name, _write_milli(end)) for name, end in ends if end is not None]
        return pairs + ([(CURRENCY_PARAMETER, self.currency)] if self.currency else [])


def find_heel(text: str, *, unit: str) -> int | None:
    """Return the height in micrometres that a parameter states, or ``None`` for nonsense.

    "45", "1.5in" and "5 cm" are understood; a bare number is in ``unit``
    ("in", "cm" or "mm").
    """
    if _HEEL.fullmatch(text):
        number, own = (text[:-2], text[-2:]) if text[-2:] in _UNITS_UM else (text, unit)
        exact = (Decimal(number) * _UNITS_UM[own]).to_integral_value(ROUND_HALF_EVEN)
        return min(int(exact), _HIGHEST_UM)
    span = read_length(text[:32], default_unit=unit)
    if span is None or span.low != span.high or span.low < 0:
        return None
    return min(span.low, _HIGHEST_UM)


def find_amount(text: str) -> int | None:
    """Return the amount in thousandths that a parameter states ("49.90", "49,90"), or ``None``."""
    text = text.strip().replace(",", ".")
    return int(Decimal(text) * _MILLI) if _AMOUNT.fullmatch(text) else None


def is_currency(text: str) -> bool:
    """Tell whether a parameter can be the code of a currency."""
    return _CURRENCY.fullmatch(text) is not None


def _write_milli(number: int) -> str:
    whole, rest = divmod(number, _MILLI)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)
