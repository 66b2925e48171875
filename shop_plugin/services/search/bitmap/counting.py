"""Criteria to bitmaps, and bitmaps to the counts of every value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from pyroaring import BitMap

from shop_plugin.domain.money import minor_digits
from shop_plugin.services.search.bitmap.columns import Matches, ValueColumn
from shop_plugin.services.search.bitmap.store import CURRENCY_SPAN, Store
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import FACETS, PAIR_FACETS, UNKNOWN, PriceRange
from shop_plugin.services.search.ranges import AmountRange, HeelRange

# What narrows beside the facets; a size and a width narrow together.
_PAIR = "pair"
# Measured with bench/search.py. Below one document in this many the containers of a bitmap are
# short arrays, and looking its documents up beats intersecting them with every value.
_SPARSE = 16
# Else values are intersected one by one, until there are so many that looking up is faster.
_PER_VALUE = 1000
_ALWAYS_INTERSECT = 3
_NO_END = CURRENCY_SPAN - 1


class Question:
    """One search on one store: what each filter lets pass, and the sets that follow from it."""

    def __init__(self, store: Store, criteria: SearchCriteria) -> None:
        self.store = store
        self.criteria = criteria
        self._parts = dict(self._narrow())
        self._matches: dict[str, Matches] = {}

    @property
    def found(self) -> Matches:
        """All that the criteria find."""
        return self.without("")

    def without(self, part: str) -> Matches:
        """Return what is found with the choice in one facet left out."""
        if part in PAIR_FACETS:
            part = _PAIR
        if part not in self._parts:
            part = ""
        if part not in self._matches:
            bitmaps = [bitmap for key, bitmap in self._parts.items() if key != part]
            self._matches[part] = self._intersect(bitmaps)
        return self._matches[part]

    def count(self) -> dict[str, Mapping[str, int]]:
        """Count every value of every facet, its own facet's choice left out."""
        counts: dict[str, Mapping[str, int]] = {
            key: count_values(column, self.without(key), self.store)
            for key, column in self.store.values.items()
        }
        chosen = self.criteria.chosen
        prices, matches = dict(counts["price"]), self.without("price")
        for value in chosen.get("price", ()):
            if value not in prices and (number := matches.bitmap & self._price(value)):
                prices[value] = len(number)
        pairs, matches = self.store.pairs, self.without(_PAIR)
        sizes, widths = (chosen.get(key, ()) for key in PAIR_FACETS)
        return {
            **counts,
            "price": prices,
            "size": _count_each(pairs.by_size(widths), matches, self.store),
            "width": _count_each(pairs.by_width(sizes), matches, self.store),
        }

    def _intersect(self, bitmaps: list[BitMap]) -> Matches:
        if not bitmaps:
            return Matches(self.store.alive, everything=True)
        # The rarest first keeps what follows small.
        first, *others = sorted(bitmaps, key=len)
        # The dead are few: taking them off is cheaper than intersecting with all in force.
        if not others:
            return Matches(first - self.store.dead if self.store.dead else first)
        found = reduce(BitMap.__and__, others, first)
        found -= self.store.dead
        return Matches(found)

    def _narrow(self) -> list[tuple[str, BitMap]]:
        """Return the documents that each filter lets pass, alone."""
        store, criteria = self.store, self.criteria
        parts = []
        for facet in FACETS:
            values = criteria.chosen.get(facet.key)
            if not values or facet.key in PAIR_FACETS:
                continue
            if facet.key == "price":
                parts.append(("price", BitMap.union(*(self._price(value) for value in values))))
            else:
                parts.append((facet.key, store.values[facet.key].union(values)))
        sizes, widths = (criteria.chosen.get(key, ()) for key in PAIR_FACETS)
        if sizes or widths:
            parts.append((_PAIR, store.pairs.union(sizes, widths)))
        if criteria.heel is not None:
            parts.append(("heel_range", self._heel(criteria.heel)))
        if criteria.amount is not None:
            parts.append(("price_range", self._amount(criteria.amount)))
        words = store.terms.find(criteria.words)
        return parts + [(f"word {number}", bitmap) for number, bitmap in enumerate(words)]

    def _price(self, value: str) -> BitMap:
        """Return the documents of a price range, be it one of the bands or any other."""
        column = self.store.values["price"]
        wanted = PriceRange.find(value)
        if value in column.code_of or value == UNKNOWN or wanted is None:
            return column.find(value)
        unit = 10 ** minor_digits(wanted.currency)
        high = _NO_END if wanted.high is None else wanted.high * unit - 1
        return self._between(wanted.currency, wanted.low * unit, high)

    def _amount(self, wanted: AmountRange) -> BitMap:
        currencies = [wanted.currency] if wanted.currency else self.store.currencies.values
        found = []
        for currency in currencies:
            low, high = wanted.ends_in(currency)
            found.append(
                self._between(
                    currency, 0 if low is None else low, _NO_END if high is None else high
                )
            )
        return BitMap.union(BitMap(), *found)

    def _between(self, currency: str, low: int, high: int) -> BitMap:
        code = self.store.currencies.code_of.get(currency)
        if code is None or not currency:
            return BitMap()
        start = code * CURRENCY_SPAN
        return self.store.prices.between(start + min(low, _NO_END), start + min(high, _NO_END))

    def _heel(self, wanted: HeelRange) -> BitMap:
        low, high = wanted.lowest_um, wanted.highest_um
        return self.store.heel_highs.between(
            0, np.iinfo(np.int32).max if high is None else high
        ) & self.store.heel_lows.between(0 if low is None else low, np.iinfo(np.int32).max)


def count_values(column: ValueColumn, matches: Matches, store: Store) -> dict[str, int]:
    """Count the values of one facet among some documents, the ones nobody has left out."""
    if matches.is_everything:
        return {
            value: number
            for value, number in zip(column.values, column.numbers, strict=True)
            if number
        }
    if len(column.values) == 1:
        return {column.values[0]: matches.count} if matches.count else {}
    if _is_looked_up(matches.count, store.size, len(column.values)):
        codes = column.codes.values[matches.documents]
        numbers = np.bincount(codes, minlength=len(column.values))
        return {column.values[code]: int(numbers[code]) for code in np.flatnonzero(numbers)}
    return _count_each(dict(zip(column.values, column.bitmaps, strict=True)), matches, store)


def _is_looked_up(matches: int, size: int, values: int) -> bool:
    if matches * _SPARSE < size:
        return True
    return matches * _ALWAYS_INTERSECT < size and matches * _PER_VALUE < size * values


def _count_each(bitmaps: Mapping[str, BitMap], matches: Matches, store: Store) -> dict[str, int]:
    """Count documents per value by intersecting; of everything only the dead are taken off."""
    if matches.is_everything:
        dead = store.dead
        counted = (
            (value, len(bitmap) - bitmap.intersection_cardinality(dead) if dead else len(bitmap))
            for value, bitmap in bitmaps.items()
        )
    else:
        count = matches.bitmap.intersection_cardinality
        counted = ((value, count(bitmap)) for value, bitmap in bitmaps.items())
    return {value: number for value, number in counted if number}
