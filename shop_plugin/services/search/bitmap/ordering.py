"""The stretch of a result list that was asked for, exact to the last tie."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import numpy as np
from pyroaring import BitMap

from shop_plugin.services.search.bitmap.columns import Array, Matches, array_of
from shop_plugin.services.search.bitmap.documents import NOT_KNOWN, microseconds
from shop_plugin.services.search.bitmap.store import CURRENCY_SPAN, Store
from shop_plugin.services.search.criteria import Sort
from shop_plugin.services.search.places import Place, read_key

# Places of a price's order, in one number: known or not, currency, amount.
_UNKNOWN_AMOUNT = CURRENCY_SPAN - 1
_UNKNOWN_PRICE = 1 << 62


def sorted_ids(store: Store, matches: Matches, sort: Sort, first: int, last: int) -> list[int]:
    """Return the listings from position ``first`` up to ``last``, by a sort of the criteria."""
    last = min(last, matches.count)
    if first >= last:
        return []
    if sort is Sort.MATCH:
        return _by_match(store, matches.bitmap, first, last)
    ids = store.listing_ids.values[matches.documents]
    keys, ties = _order(store, matches.documents, ids, sort)
    return _stretch(keys, ties, ids, first, last)


def ids_beyond(store: Store, matches: Matches, sort: Sort, place: Place, limit: int) -> list[int]:
    """Return the listings next to a place on its far side, in the order of the list. O(matches)."""
    ids = store.listing_ids.values[matches.documents]
    keys, ties = _order(store, matches.documents, ids, sort)
    key, tie = _spot(store, sort, place)
    way = -1 if place.is_before else 1
    keys, ties = way * keys, way * ties
    places = np.flatnonzero((keys > way * key) | ((keys == way * key) & (ties > way * tie)))
    found = _stretch(keys[places], ties[places], ids[places], 0, min(limit, len(places)))
    return found[::way]


def personal_ids(
    store: Store, matches: Matches, conditions: Sequence[str], first: int, last: int
) -> list[int]:
    """Return the listings from position ``first`` up to ``last``, best for all conditions first.

    Walks the sets of facts from the best standing down and stops where the
    stretch ends; what has no match comes last. Ties go by ascending id.
    """
    last = min(last, matches.count)
    found: list[int] = []
    place = 0
    ranked = BitMap()
    for group in store.facts.best_first(conditions):
        if place >= last:
            return found
        own = group & matches.bitmap
        if not own:
            continue
        found += _by_id(store, own, first - place, last - place)
        place += len(own)
        ranked |= own
    return found + _by_id(store, matches.bitmap - ranked, first - place, last - place)


def _by_match(store: Store, bitmap: BitMap, first: int, last: int) -> list[int]:
    """Read the base from its order and sort the appended documents in.

    O(appended + stretch): with ``s`` appended documents found, every base
    document of the stretch stands, among the base documents found, at most
    ``s`` places further in front.
    """
    base_count = bitmap.rank(store.base - 1) if store.base else 0
    appended = bitmap[base_count:] if base_count < len(bitmap) else BitMap()
    skipped = min(max(first - len(appended), 0), base_count)
    documents = np.array(_read(bitmap, skipped, min(last, base_count)), dtype=np.int64)
    if appended:
        documents = np.concatenate([documents, array_of(appended).astype(np.int64)])
    ids = store.listing_ids.values[documents]
    keys = store.match_orders.values[documents]
    return _stretch(keys, ids, ids, first - skipped, last - skipped)


def _read(bitmap: BitMap, first: int, last: int) -> list[int]:
    """Return the documents at some positions of a bitmap. O(stretch), wherever it begins."""
    if first >= last:
        return []
    return list(islice(bitmap.iter_equal_or_larger(bitmap[first]), last - first))


def _by_id(store: Store, bitmap: BitMap, first: int, last: int) -> list[int]:
    first, last = max(first, 0), min(last, len(bitmap))
    if first >= last:
        return []
    ids = store.listing_ids.values[array_of(bitmap)]
    return _stretch(ids, ids, ids, first, last)


def _order(store: Store, documents: Array, ids: Array, sort: Sort) -> tuple[Array, Array]:
    """Return the key of each document in an order, smaller first, and what decides ties."""
    if sort is Sort.MATCH:
        return store.match_orders.values[documents].astype(np.int64), ids
    if sort is Sort.NEWEST:
        return -store.created_us.values[documents], -ids
    return _price_keys(store, documents, sort), ids


def _spot(store: Store, sort: Sort, place: Place) -> tuple[int, int]:
    """Return the key and tie of a place, as :func:`_order` makes them of a document."""
    parts = read_key(sort, place.key)
    match parts:
        case (int() as number,):
            return number, place.listing_id
        case (datetime() as moment,):
            return -microseconds(moment), -place.listing_id
        case (is_unknown, str() as currency, is_missing, int() as amount):
            amount = min(amount, _UNKNOWN_AMOUNT)
            if sort is Sort.PRICE_DESC:
                amount = _UNKNOWN_AMOUNT - 1 - amount
            names = sorted(store.currencies.values)
            rank = bisect_left(names, currency)
            start = (_UNKNOWN_PRICE if is_unknown else 0) + rank * CURRENCY_SPAN
            if names[rank : rank + 1] != [currency]:
                return start, -1  # nothing is in this currency: where the next one begins
            return start + (_UNKNOWN_AMOUNT if is_missing else amount), place.listing_id
    raise ValueError("this key belongs to another order")


def _price_keys(store: Store, documents: Array, sort: Sort) -> Array:
    """Return keys that sort known prices before others, then by currency, then by amount."""
    names = np.array(store.currencies.values)
    codes = store.currencies.codes.values[documents]
    ranks = np.argsort(np.argsort(names)).astype(np.int64)
    numbers = store.prices.numbers.values[documents]
    has_amount = numbers != NOT_KNOWN
    amounts = numbers % CURRENCY_SPAN
    if sort is Sort.PRICE_DESC:
        amounts = _UNKNOWN_AMOUNT - 1 - amounts
    amounts = np.where(has_amount, amounts, _UNKNOWN_AMOUNT)
    is_known = has_amount & (names != "")[codes]
    keys: Array = np.where(is_known, 0, _UNKNOWN_PRICE) + ranks[codes] * CURRENCY_SPAN + amounts
    return keys


def _stretch(keys: Array, ties: Array, ids: Array, first: int, last: int) -> list[int]:
    """Return the ids from ``first`` up to ``last`` by ascending key, then by ascending tie.

    O(n), plus the sorting of what stands in front of ``last``.
    """
    if first >= last:
        return []
    if last * 4 < len(keys):
        places = np.flatnonzero(keys <= np.partition(keys, last - 1)[last - 1])
        keys, ties, ids = keys[places], ties[places], ids[places]
    order = np.lexsort((ties, keys))[first:last]
    return [int(item) for item in ids[order]]
