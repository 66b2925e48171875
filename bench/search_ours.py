"""The catalogue in footback's own index, without a database in between."""

from __future__ import annotations

import numpy as np
from pyroaring import BitMap

from bench.search_data import SINGLE, SIZE_VALUES, WORDS, Answer, Rows
from shop_plugin.domain.guide import load_guide
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.bitmap.columns import (
    Column,
    NumberColumn,
    PairColumn,
    ValueColumn,
    bitmap_of,
    split_by,
)
from shop_plugin.services.search.bitmap.documents import VALUE_FACETS, Document
from shop_plugin.services.search.bitmap.facts import FactColumn
from shop_plugin.services.search.bitmap.store import Store
from shop_plugin.services.search.bitmap.terms import TermColumn
from shop_plugin.services.search.criteria import SearchCriteria

_WIDTH = "unknown"


def build_index(rows: Rows) -> BitmapIndex:
    """Put the rows straight into the structures that compacting makes."""
    order = np.lexsort((np.arange(rows.count), rows.order))
    store = Store(load_guide().conditions)
    store.listing_ids = Column((order + 1).astype(np.int64))
    store.match_orders = Column(rows.order[order])
    store.created_us = Column((order + 1).astype(np.int64))
    for key in VALUE_FACETS:
        if key in rows.codes:
            store.values[key] = ValueColumn(rows.values[key], rows.codes[key][order])
        else:
            store.values[key] = ValueColumn(["unknown"], np.zeros(rows.count, dtype=np.uint16))
    store.currencies = ValueColumn(["EUR"], np.zeros(rows.count, dtype=np.uint16))
    store.prices = NumberColumn(rows.price_minor[order])
    heels = np.where(rows.codes["heel"] == 5, -1, rows.codes["heel"] * 15_000)[order]
    store.heel_lows = NumberColumn(heels.astype(np.int32))
    store.heel_highs = NumberColumn(heels.astype(np.int32))
    store.pairs = PairColumn.from_pairs(
        {
            (value, _WIDTH): bitmap_of(np.flatnonzero(own[order]))
            for value, own in zip(SIZE_VALUES, rows.sizes, strict=True)
        }
    )
    sets = int(rows.facts.max()) + 1
    ends = np.sort(rows.random.integers(0, 10_001, (sets, len(store.facts.conditions), 2)))
    coverage = rows.random.integers(0, 1001, (sets, len(store.facts.conditions), 1))
    ends = np.concatenate([ends, coverage], axis=2)
    facts = ValueColumn([f"facts{number}" for number in range(sets)], rows.facts[order])
    store.facts = FactColumn(store.facts.conditions, facts, ends.astype(np.int16))
    terms: dict[str, BitMap] = {f"word{number:05}": BitMap() for number in range(WORDS)}
    for own in rows.words:
        for term, bitmap in zip(terms, split_by(own[order], WORDS), strict=True):
            terms[term] |= bitmap
    store.terms = TermColumn({term: bitmap for term, bitmap in terms.items() if bitmap})
    store.settle()
    return BitmapIndex(store)


def document_of(rows: Rows, row: int) -> Document:
    """Return a row as what the index reads of a listing."""
    return Document(
        listing_id=row + 1,
        values=tuple(
            rows.values[key][rows.codes[key][row]] if key in rows.codes else "unknown"
            for key in VALUE_FACETS
        ),
        currency="EUR",
        price_minor=int(rows.price_minor[row]),
        created_us=row + 1,
        match_order=int(rows.order[row]),
        heel_low_um=-1,
        heel_high_um=-1,
        facts=f"facts{rows.facts[row]}",
        ends={},
        pairs=frozenset(
            (value, _WIDTH) for value, own in zip(SIZE_VALUES, rows.sizes, strict=True) if own[row]
        ),
        terms=tuple(f"word{number:05}" for number in rows.words[:, row]),
    )


def ask(index: BitmapIndex, criteria: SearchCriteria) -> Answer:
    """Ask as the storefront does: total, the best 24, all counts of all facets."""
    found = index.find(criteria, page_size=24)
    counts = {key: dict(found.counts[key]) for key in (*SINGLE, "size")}
    # A shoe of no size counts under "none" elsewhere; here as nothing.
    return Answer(found.total, found.listing_ids, counts)
