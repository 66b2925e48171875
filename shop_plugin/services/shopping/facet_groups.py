"""Facets as they are shown: values in order, with words, counts and the links of a click."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop_plugin.domain.bands import HEEL_BANDS
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import (
    FACETS,
    FACETS_BY_KEY,
    MAX_LISTED_VALUES,
    NO_SIZE,
    UNKNOWN,
    Facet,
    FacetKind,
    PriceRange,
    read_size,
)
from shop_plugin.services.words.lengths import write_length
from shop_plugin.services.words.prices import describe_price_range

_INCH_UM = 25_400
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet: what a click on it gives.

    ``count`` is the size of the list when this value alone is chosen in its
    facet and everything else stays.
    """

    value: str
    label: str
    count: int
    is_chosen: bool
    is_unknown: bool
    facet_key: str
    criteria: SearchCriteria

    @property
    def query(self) -> str:
        """The query string of the criteria with this value chosen, or no longer where it is."""
        change = self.criteria.without_value if self.is_chosen else self.criteria.with_value
        return change(self.facet_key, self.value).to_query()


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A facet with its values, in the order to show them.

    Closed facets list every value, also those with a count of 0; open ones
    the most frequent, and always the chosen. ``hidden`` is the number of
    further values that are not listed.
    """

    facet: Facet
    key: str
    label: str
    help: str
    values: tuple[FacetCount, ...]
    hidden: int
    is_chosen: bool

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to choose: no value finds anything, and none is chosen."""
        return not self.is_chosen and not any(item.count for item in self.values)


def build_group(
    facet: Facet, counts: Mapping[str, int], *, criteria: SearchCriteria, unit: str
) -> FacetGroup:
    """Return one facet as it is shown, given the counts of its values."""
    is_closed = facet.kind is FacetKind.CLOSED
    # A value that no query string can carry (a stray control character) is not offered.
    present = (
        set()
        if is_closed
        else {value for value, count in counts.items() if count and facet.accepts(value)}
    )
    chosen = criteria.chosen.get(facet.key, ())
    values = list(facet.values) if is_closed else _in_order(facet, present, counts, chosen)
    language = get_language()
    label, help_text = _words_of(facet.key, language)
    labels = _closed_labels(facet.key, unit, language) if is_closed else {}
    return FacetGroup(
        facet=facet,
        key=facet.key,
        label=label,
        help=help_text,
        values=tuple(
            FacetCount(
                value=value,
                label=labels[value] if labels else value_label(facet, value, unit=unit),
                count=counts.get(value, 0),
                is_chosen=value in chosen,
                is_unknown=value == UNKNOWN,
                facet_key=facet.key,
                criteria=criteria,
            )
            for value in values
        ),
        hidden=len(present.difference(values)),
        is_chosen=facet.key in criteria.chosen,
    )


def build_groups(
    counts: Mapping[str, Mapping[str, int]], *, criteria: SearchCriteria, unit: str
) -> tuple[FacetGroup, ...]:
    """Return every facet as it is shown, in the order of the one list."""
    return tuple(
        build_group(facet, counts[facet.key], criteria=criteria, unit=unit) for facet in FACETS
    )


def value_label(facet: Facet, value: str, *, unit: str) -> str:
    """Return the words for one value of a facet, lengths in ``unit`` ("in", "cm" or "mm")."""
    if facet.kind is FacetKind.CLOSED:
        return _closed_labels(facet.key, unit, get_language())[value]
    if value == UNKNOWN:
        return _("Not stated")
    if facet.kind is FacetKind.SIZE:
        return _("No size in stock") if value == NO_SIZE else size_label(*read_size(value))
    if facet.kind is FacetKind.PRICE and (found := PriceRange.find(value)):
        return describe_price_range(found.currency, found.low, found.high)
    return value


# A form has some hundred and fifty words that never change; each is looked up once a language.
@lru_cache(maxsize=1024)
def _closed_labels(key: str, unit: str, language: str | None) -> Mapping[str, str]:
    """Return the words for all values of a closed facet in the language in force."""
    facet = FACETS_BY_KEY[key]
    return {
        value: _heel_label(value, unit) if key == "heel" and value in HEEL_BANDS else str(label)
        for value, label in facet.values.items()
    }


@lru_cache(maxsize=1024)
def _words_of(key: str, language: str | None) -> tuple[str, str]:
    """Return the name of a facet and its explanation in the language in force."""
    facet = FACETS_BY_KEY[key]
    return str(facet.label), str(facet.help)


def size_label(system: str, label: str) -> str:
    """Return a size for people: "EU 38", or "8.5" where no system is stated."""
    return f"{system.upper()} {label}".strip()


def size_order(system: str, label: str) -> tuple[str, float, str]:
    """Return the key that sorts sizes by system, then by number, then by the rest."""
    number = _NUMBER.search(label.replace(",", "."))
    return system, float(number[0]) if number else float("inf"), label


def _in_order(
    facet: Facet, found: Collection[str], counts: Mapping[str, int], chosen: tuple[str, ...]
) -> list[str]:
    """Return the values of an open facet to show: of those found and the chosen, in order."""
    present = {*found, *chosen}
    last = [value for value in (NO_SIZE, UNKNOWN) if value in present]
    if facet.kind is FacetKind.BRAND:
        last = [UNKNOWN] if UNKNOWN in present else []
    named = present - set(last)
    if facet.kind is FacetKind.PRICE:
        return sorted(named, key=_price_order) + last
    frequent = sorted(named, key=lambda value: (-counts.get(value, 0), value.casefold(), value))
    listed = frequent[:MAX_LISTED_VALUES]
    listed += [value for value in frequent[MAX_LISTED_VALUES:] if value in chosen]
    if facet.kind is FacetKind.SIZE:
        listed.sort(key=lambda value: size_order(*read_size(value)))
    return listed + last


def _price_order(value: str) -> tuple[str, int, float]:
    found = PriceRange.find(value)
    if found is None:
        return "", 0, 0
    return found.currency, found.low, float("inf") if found.high is None else found.high


def _heel_label(band: str, unit: str) -> str:
    # The two-inch edge is shown as two inches; its tolerance is a matter of counting.
    one, two, three = (write_length(number * _INCH_UM, unit=unit) for number in (1, 2, 3))
    return {
        "up_to_1in": _("Up to {high}").format(high=one),
        "1_to_2in": _("{low} to {high}").format(low=one, high=two),
        "2_to_3in": _("{low} to {high}").format(low=two, high=three),
        "over_3in": _("Over {low}").format(low=three),
    }[band]
