"""The index itself: a store, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from shop_plugin.services.search.bitmap.counting import Question
from shop_plugin.services.search.bitmap.documents import read_all_documents, read_documents
from shop_plugin.services.search.bitmap.ordering import ids_beyond, personal_ids, sorted_ids
from shop_plugin.services.search.bitmap.store import Store
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.index import Found, FoundIds, check_conditions
from shop_plugin.services.search.places import Place
from shop_plugin.services.shop.guides import guide_in_force


class BitmapIndex:
    """Finds and counts listings in memory. See :class:`SearchIndex`. Not safe across threads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @classmethod
    def build(cls) -> BitmapIndex:
        """Return the index of all listings in the database, read chunk by chunk."""
        store = Store(guide_in_force().conditions)
        store.put_all(read_all_documents())
        return cls(store.compacted())

    def apply(self, listing_ids: Iterable[int]) -> None:
        """Take over how these listings are now, whatever happened to them.

        Idempotent. O(1) per listing beside the three queries per chunk.
        """
        ids = sorted(set(listing_ids))
        present = set()
        for document in read_documents(ids):
            self.store.put(document)
            present.add(document.listing_id)
        for listing_id in ids:
            if listing_id not in present:
                self.store.remove(listing_id)

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        question = Question(self.store, criteria)
        first = (criteria.page - 1) * page_size
        ids = sorted_ids(self.store, question.found, criteria.sort, first, first + page_size)
        return Found(
            total=question.found.count,
            listing_ids=tuple(ids),
            counts=question.count() if with_counts else {},
        )

    def find_ids(
        self,
        criteria: SearchCriteria,
        *,
        conditions: Sequence[str] = (),
        limit: int,
        offset: int = 0,
    ) -> FoundIds:
        """Return the total and the ids from ``offset`` on, in the order of the protocol."""
        check_conditions(conditions)
        found = Question(self.store, criteria).found
        if conditions:
            ids = personal_ids(self.store, found, conditions, offset, offset + limit)
        else:
            ids = sorted_ids(self.store, found, criteria.sort, offset, offset + limit)
        return FoundIds(total=found.count, listing_ids=tuple(ids))

    def find_stretch(
        self, criteria: SearchCriteria, *, limit: int, offset: int = 0
    ) -> tuple[int, ...]:
        """Return the ids from ``offset`` on in the order of the criteria, and count nothing."""
        found = Question(self.store, criteria).found
        return tuple(sorted_ids(self.store, found, criteria.sort, offset, offset + limit))

    def find_beyond(self, criteria: SearchCriteria, *, place: Place, limit: int) -> tuple[int, ...]:
        """Return the ids next to a place on its far side, in the order of the list."""
        found = Question(self.store, criteria).found
        return tuple(ids_beyond(self.store, found, criteria.sort, place, limit))

    def count_ungraded(self, criteria: SearchCriteria, *, conditions: Sequence[str]) -> int:
        """Return how many of the listings found have no grade for all these conditions."""
        check_conditions(conditions)
        found = Question(self.store, criteria).found
        graded = self.store.facts.graded(conditions)
        codes = self.store.facts.column.codes.values[found.documents]
        return found.count - int(np.count_nonzero(graded[codes]))

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        return Question(self.store, criteria).found.count
