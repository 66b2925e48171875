"""Fields to type a range into, beside the facet it belongs to, in the reader's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, MICROMETRES_PER_MM
from shop_plugin.domain.measures import MICROMETRES_PER_CM
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import PriceRange
from shop_plugin.services.search.ranges import CURRENCY_PARAMETER, HEEL_PARAMETERS, PRICE_PARAMETERS
from shop_plugin.services.words.lengths import in_readers_digits, unit_word

_UNITS_UM = {"in": MICROMETRES_PER_INCH, "cm": MICROMETRES_PER_CM, "mm": MICROMETRES_PER_MM}


@dataclass(frozen=True, slots=True)
class RangeField:
    """Two inputs and, where several are possible, a choice of the unit.

    ``facet`` is the key of the facet beside which they stand; ``unit`` the
    words for what is typed ("cm", "EUR"). ``units`` is what one may choose
    from under the name ``unit_name``, empty where nothing is to choose; ``unit``
    is then the choice, empty for any.
    """

    facet: str
    label: str
    low_name: str
    high_name: str
    low: str
    high: str
    unit: str
    unit_name: str = ""
    units: tuple[str, ...] = ()


def build_ranges(
    criteria: SearchCriteria, counts: Mapping[str, Mapping[str, int]], *, unit: str
) -> tuple[RangeField, ...]:
    """Return the fields for heel and price; ``counts`` tell which currencies there are."""
    heel, amount = criteria.heel, criteria.amount
    low_um, high_um = (heel.low_um, heel.high_um) if heel else (None, None)
    fields = [
        RangeField(
            "heel",
            _("Heel height from, to"),
            *HEEL_PARAMETERS,
            low=_show(low_um, _UNITS_UM[unit]),
            high=_show(high_um, _UNITS_UM[unit]),
            unit=unit_word(unit),
        )
    ]
    currencies = sorted(
        {found.currency for value in counts["price"] if (found := PriceRange.find(value))}
    )
    chosen = amount.currency if amount else ""
    if chosen:
        currencies = sorted({*currencies, chosen})
    if currencies or amount:
        # A currency that is chosen stays so when the form is sent again.
        several = tuple(currencies) if chosen or len(currencies) > 1 else ()
        fields.append(
            RangeField(
                "price",
                _("Price from, to"),
                *PRICE_PARAMETERS,
                low=_show(amount.low_milli if amount else None, 1000),
                high=_show(amount.high_milli if amount else None, 1000),
                unit=chosen if several else "".join(currencies),
                unit_name=CURRENCY_PARAMETER if several else "",
                units=several,
            )
        )
    return tuple(fields)


def _show(number: int | None, per_unit: int) -> str:
    """Return a number of units as the reader would type it: "2.5", "2,5"; empty for none."""
    if number is None:
        return ""
    return in_readers_digits(f"{float(Fraction(number, per_unit)):.3f}".rstrip("0").rstrip("."))
