"""Two stores side by side: which listings do they hold differently?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyroaring import BitMap

from shop_plugin.services.search.bitmap.columns import Array, array_of, bitmap_of
from shop_plugin.services.search.bitmap.store import CURRENCY_SPAN, Store

_NONE = BitMap()


@dataclass(frozen=True, slots=True)
class Difference:
    """Listings that only the first or only the second store has, and those told differently."""

    only_first: tuple[int, ...]
    only_second: tuple[int, ...]
    differing: tuple[int, ...]


def compare_stores(first: Store, second: Store) -> Difference:
    """Compare two stores by listing, whatever the order of their documents. O(size)."""
    mine, yours = (store.listing_ids.values[array_of(store.alive)] for store in (first, second))
    shared = np.intersect1d(mine, yours)
    one, other = (store.restricted(shared) for store in (first, second))
    differing = BitMap()
    for ours, theirs in zip(_arrays(one), _arrays(other), strict=True):
        unequal = ours != theirs
        if unequal.ndim > 1:
            unequal = unequal.any(axis=tuple(range(1, unequal.ndim)))
        differing |= bitmap_of(np.flatnonzero(unequal))
    for by_key, by_same_key in zip(_bitmaps(one), _bitmaps(other), strict=True):
        for key in {*by_key, *by_same_key}:
            differing |= by_key.get(key, _NONE) ^ by_same_key.get(key, _NONE)
    return Difference(
        tuple(np.setdiff1d(mine, shared).tolist()),
        tuple(np.setdiff1d(yours, shared).tolist()),
        tuple(one.listing_ids.values[array_of(differing)].tolist()),
    )


def _arrays(store: Store) -> Iterator[Array]:
    """Yield what is comparable document by document."""
    yield store.match_orders.values
    yield store.created_us.values
    yield store.heel_lows.numbers.values
    yield store.heel_highs.numbers.values
    # The stretch of a currency differs from store to store, its amounts do not.
    yield store.prices.numbers.values % CURRENCY_SPAN
    yield store.facts.table[store.facts.column.codes.values]


def _bitmaps(store: Store) -> Iterator[Mapping[Any, BitMap]]:
    """Yield what is comparable value by value."""
    for column in (*store.values.values(), store.currencies, store.facts.column):
        yield dict(zip(column.values, column.bitmaps, strict=True))
    yield store.pairs.pairs
    yield store.terms.bitmaps
