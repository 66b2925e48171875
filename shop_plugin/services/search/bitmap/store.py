"""The documents and all that is known of them: append, take out, compact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from pyroaring import BitMap

from shop_plugin.services.search.bitmap.columns import (
    Array,
    Column,
    NumberColumn,
    PairColumn,
    ValueColumn,
    array_of,
    bitmap_of,
)
from shop_plugin.services.search.bitmap.documents import NOT_KNOWN, VALUE_FACETS, Document
from shop_plugin.services.search.bitmap.facts import FactColumn
from shop_plugin.services.search.bitmap.terms import TermColumn

# Amounts of different currencies share one column of numbers, each in a stretch of its own.
CURRENCY_SPAN = 1 << 44


class Store:
    """Every part of the index. Only :class:`Store` changes them, and only at their ends.

    ``base`` is how many documents stand in the order of the Guide match; the
    ones after it were appended since, in any order. ``alive`` holds the
    documents in force, ``dead`` the others.
    """

    def __init__(self, conditions: Sequence[str]) -> None:
        self.base = 0
        self.alive = BitMap()
        self.dead = BitMap()
        self.listing_ids = Column.empty(np.int64)
        self.match_orders = Column.empty(np.int32)
        self.created_us = Column.empty(np.int64)
        self.values = {key: ValueColumn() for key in VALUE_FACETS}
        self.currencies = ValueColumn()
        self.prices = NumberColumn(np.empty(0, dtype=np.int64))
        self.heel_lows = NumberColumn(np.empty(0, dtype=np.int32))
        self.heel_highs = NumberColumn(np.empty(0, dtype=np.int32))
        self.pairs = PairColumn()
        self.facts = FactColumn(conditions)
        self.terms = TermColumn()
        # Of the very type that searchsorted works with: it would convert any other on every call.
        self._by_listing: Array = np.empty(0, dtype=np.intp)
        self._appended: dict[int, int] = {}

    @property
    def size(self) -> int:
        """How many documents there are, in force or not."""
        return len(self.listing_ids.values)

    @property
    def appended(self) -> int:
        """How many documents were appended since the last compacting."""
        return self.size - self.base

    def find_document(self, listing_id: int) -> int | None:
        """Return the document of a listing, in force or not. O(log n)."""
        if listing_id in self._appended:
            return self._appended[listing_id]
        ids = self.listing_ids.values
        place = int(np.searchsorted(ids[: self.base], listing_id, sorter=self._by_listing))
        if place == self.base or ids[self._by_listing[place]] != listing_id:
            return None
        return int(self._by_listing[place])

    def remove(self, listing_id: int) -> None:
        """Take a listing out; one that is not there is no error. O(log n)."""
        document = self.find_document(listing_id)
        if document is not None and document in self.alive:
            self.alive.discard(document)
            self.dead.add(document)
            for column in self.values.values():
                column.retire(document)

    def put(self, item: Document) -> None:
        """Append a document; the one its listing had until now goes out of force.

        O(values + pairs + terms of the document).
        """
        self.remove(item.listing_id)
        document = self.size
        self.listing_ids.append(item.listing_id)
        self.match_orders.append(item.match_order)
        self.created_us.append(item.created_us)
        for key, value in zip(VALUE_FACETS, item.values, strict=True):
            self.values[key].append(document, value)
        code = self.currencies.append(document, item.currency)
        self.prices.append(document, amount_key(code, item.price_minor))
        self.heel_lows.append(document, item.heel_low_um)
        self.heel_highs.append(document, item.heel_high_um)
        self.pairs.append(document, item.pairs)
        self.facts.append(document, item.facts, item.ends)
        self.terms.append(document, item.terms)
        self.alive.add(document)
        self._appended[item.listing_id] = document

    def put_all(self, items: Iterable[Document]) -> None:
        """Append documents one by one."""
        for item in items:
            self.put(item)

    def compacted(self) -> Store:
        """Return a store of the documents in force alone, all of them base. O(n log n).

        Ties of the match go by ascending id of the listing.
        """
        alive = array_of(self.alive)
        ids = self.listing_ids.values[alive]
        return self._taken(alive[np.lexsort((ids, self.match_orders.values[alive]))])

    def restricted(self, listing_ids: Array) -> Store:
        """Return a store of some listings that this one holds, in the order given. O(n log n)."""
        alive = array_of(self.alive)
        ids = self.listing_ids.values[alive]
        order = np.argsort(ids)
        return self._taken(alive[order[np.searchsorted(ids, listing_ids, sorter=order)]])

    def _taken(self, documents: Array) -> Store:
        """Return a store of some documents in force, in this order, all of them base."""
        kept = bitmap_of(np.sort(documents))
        fresh = np.zeros(self.size, dtype=np.uint32)
        fresh[documents] = np.arange(len(documents), dtype=np.uint32)

        def move(bitmap: BitMap) -> BitMap:
            moved = bitmap_of(np.sort(fresh[array_of(bitmap & kept)]))
            moved.run_optimize()
            return moved

        store = Store(self.facts.conditions)
        store.listing_ids = Column(self.listing_ids.values[documents])
        store.match_orders = Column(self.match_orders.values[documents])
        store.created_us = Column(self.created_us.values[documents])
        store.values = {
            key: ValueColumn(column.values, column.codes.values[documents])
            for key, column in self.values.items()
        }
        store.currencies = ValueColumn(
            self.currencies.values, self.currencies.codes.values[documents]
        )
        store.prices = NumberColumn(self.prices.numbers.values[documents])
        store.heel_lows = NumberColumn(self.heel_lows.numbers.values[documents])
        store.heel_highs = NumberColumn(self.heel_highs.numbers.values[documents])
        pairs = {pair: move(bitmap) for pair, bitmap in self.pairs.pairs.items()}
        store.pairs = PairColumn.from_pairs({pair: own for pair, own in pairs.items() if own})
        store.facts = self.facts.renumbered(documents)
        terms = {term: move(bitmap) for term, bitmap in self.terms.bitmaps.items()}
        store.terms = TermColumn({term: own for term, own in terms.items() if own})
        store.settle()
        return store

    def settle(self) -> None:
        """Take all documents there are for base, in force and in order."""
        self.base = self.size
        self.alive = BitMap(range(self.size))
        self.dead = BitMap()
        self._by_listing = np.argsort(self.listing_ids.values, kind="stable")
        self._appended = {}


def amount_key(code: int, minor: int) -> int:
    """Return the number that stands for an amount of a currency, -1 where it is not known."""
    return NOT_KNOWN if minor == NOT_KNOWN else code * CURRENCY_SPAN + min(minor, CURRENCY_SPAN - 1)
