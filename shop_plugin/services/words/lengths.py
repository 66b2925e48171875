"""Lengths for people: in the reader's unit, with the reader's decimal sign and unit word."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from shop_plugin.domain.measures import format_length

LENGTH_UNITS = ("in", "cm", "mm")
_UNIT_WORDS: Mapping[str, str | Promise] = {
    "in": pgettext_lazy("unit", "in"),
    "cm": pgettext_lazy("unit", "cm"),
    "mm": pgettext_lazy("unit", "mm"),
}
UNIT_CHOICES = tuple(_UNIT_WORDS.items())  # for a form, each in the reader's words
_INCH_REGION = "us"  # the United Kingdom measures shoes' heels in centimetres too


def usual_unit(language: str) -> str:
    """Return the unit that readers of a language are used to: "in" or "cm".

    Inches are read in the United States. English without a region ("en")
    counts as American, as the sentences in the code do.
    """
    base, _hyphen, region = language.lower().partition("-")
    if region:
        return "in" if region == _INCH_REGION else "cm"
    return "in" if base == "en" else "cm"


def default_unit() -> str:
    """Return the unit that readers of the language in force are used to: "in" or "cm"."""
    return usual_unit(get_language() or "en")


def unit_word(unit: str) -> str:
    """Return a unit of length as the reader writes it: "in", or "Zoll" in German.

    :raises KeyError: for a unit that is none of "in", "cm" and "mm".
    """
    return str(_UNIT_WORDS[unit])


def write_number(um: int, *, unit: str) -> str:
    """Return how many of a unit a length is, without the unit: "2¾", "8.5", "8,5".

    :raises ValueError: for a unit that is none of "in", "cm" and "mm".
    """
    return in_readers_digits(format_length(um, unit).removesuffix(f" {unit}"))


def in_readers_digits(number: str) -> str:
    """Return a number, written with a point, as the reader writes it: "8.5", "8,5"."""
    return number.replace(".", str(get_format("DECIMAL_SEPARATOR")))


def write_length(um: int, *, unit: str) -> str:
    """Return a length for people: "2¾ in", "2¾ Zoll", "8,5 cm".

    :raises ValueError: for a unit that is none of "in", "cm" and "mm".
    """
    return f"{write_number(um, unit=unit)} {unit_word(unit)}"


def describe_length(low_um: int, high_um: int, *, unit: str) -> str:
    """Return a length or a range of lengths in a unit: "2¾ in", "2 to 2¾ in"."""
    low, high = write_length(low_um, unit=unit), write_length(high_um, unit=unit)
    if low == high:
        return low
    if low_um >= 0:
        low = write_number(low_um, unit=unit)
    return _("{low} to {high}").format(low=low, high=high)


def describe_both_units(low_um: int, high_um: int, *, unit: str) -> str:
    """Return a length in the reader's unit with the other in brackets: "2¾ in (70 mm)"."""
    other = "mm" if unit == "in" else "in"
    return _("{length} ({other})").format(
        length=describe_length(low_um, high_um, unit=unit),
        other=describe_length(low_um, high_um, unit=other),
    )
