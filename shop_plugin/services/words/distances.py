"""Distances walked or run, for people: in kilometres, or in miles where the roads are marked so."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.utils import formats
from django.utils.translation import get_language

from shop_plugin.conf import get_settings

#: By ISO 3166 code: where road signs and runners count in miles.
MILE_COUNTRIES: Final = frozenset({"US", "GB"})
KILOMETRES, MILES = "km", "mi"
_KILOMETRES_PER_MILE: Final = 1.609344  # exactly, by international agreement (1959)
# What lies this far apart or further is an estimate: miles are then written in tens.
_LEAST_ROUNDED = 50


def usual_distance_unit(country: str = "") -> str:
    """Return "mi" or "km": by a reader's country, else as the shop and the language have lengths.

    English without a region counts as American, as it does for lengths.
    """
    if not country and get_settings().LENGTH_UNIT:
        return MILES if get_settings().LENGTH_UNIT == "in" else KILOMETRES
    if not country:
        language, _hyphen, region = (get_language() or "en").partition("-")
        country = region or ("US" if language == "en" else "")
    return MILES if country.upper() in MILE_COUNTRIES else KILOMETRES


def convert_distance(kilometres: int, *, unit: str) -> int:
    """Return whole kilometres as whole miles, in tens from 50 on, or as they are.

    :raises ValueError: for a unit that is neither "km" nor "mi".
    """
    if unit == KILOMETRES:
        return kilometres
    if unit != MILES:
        raise ValueError(f"{unit!r} is neither km nor mi")
    number = round(kilometres / _KILOMETRES_PER_MILE)
    return round(number, -1) if number >= _LEAST_ROUNDED else max(number, min(kilometres, 1))


def write_distance(kilometres: int, *, unit: str) -> str:
    """Return how many of a unit a distance is, in the reader's digits and without the unit."""
    return _write(convert_distance(kilometres, unit=unit), get_language() or "")


@lru_cache(maxsize=1_000)
def _write(number: int, language: str) -> str:
    return str(formats.number_format(number, force_grouping=True))
