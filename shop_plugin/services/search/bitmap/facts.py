"""The distinct sets of facts, and what every condition makes of each.

Listings that state the same share one set, so the matches of all conditions
together take a table of some ten thousand rows instead of two numbers per
listing and condition, and one bitmap per set serves every combination.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from pyroaring import BitMap

from shop_plugin.services.search.bitmap.columns import Array, ValueColumn
from shop_plugin.services.shop.guides import guide_in_force

# Ends of a match in hundredths of a point and how much of it is settled per mille, by condition.
Ends = Mapping[str, tuple[int, int, int]]
_UNKNOWN = -1
_LOW, _HIGH, _COVERAGE = range(3)


class FactColumn:
    """Which set of facts each document has, and the ends of its matches.

    ``table[set, condition]`` is the lower end, the upper end and the coverage,
    -1 where there is no match.
    """

    def __init__(
        self,
        conditions: Sequence[str],
        column: ValueColumn | None = None,
        table: Array | None = None,
    ) -> None:
        self.conditions = tuple(conditions)
        self.column = column or ValueColumn()
        empty = np.empty((0, len(self.conditions), 3), dtype=np.int16)
        self._table = empty if table is None else table

    @property
    def table(self) -> Array:
        """The ends of all sets of facts."""
        return self._table[: len(self.column.values)]

    def append(self, document: int, facts: str, ends: Ends) -> None:
        """Give the next document its set of facts; the matches given last are those in force."""
        code = self.column.append(document, facts)
        if code == len(self._table):
            more = np.empty((max(64, code // 8), *self._table.shape[1:]), dtype=np.int16)
            self._table = np.concatenate([self._table, more])
        unknown = (_UNKNOWN, _UNKNOWN, _UNKNOWN)
        self._table[code] = [ends.get(condition, unknown) for condition in self.conditions]

    def best_first(self, conditions: Sequence[str]) -> Iterator[BitMap]:
        """Yield the documents of equal standing, best first; those without a match never.

        The standing is the lowest of the lower ends, then the lowest of the
        upper ends. O(sets) before the first.
        """
        joint = self._joint(conditions)[:, (_LOW, _HIGH)]
        known = np.flatnonzero(joint[:, _LOW] > _UNKNOWN)
        known = known[np.lexsort((-joint[known, _HIGH], -joint[known, _LOW]))]
        changes = np.flatnonzero(np.any(joint[known[1:]] != joint[known[:-1]], axis=1)) + 1
        # Mostly the first few groups are all that is read.
        for start, end in pairwise((0, *changes.tolist(), len(known))):
            yield BitMap.union(BitMap(), *(self.column.bitmaps[code] for code in known[start:end]))

    def graded(self, conditions: Sequence[str]) -> Array:
        """Tell of every set of facts whether all these conditions together have a grade. O(sets).

        As :func:`shop_plugin.domain.scoring.verdict_of` says it, for the whole table at once.
        """
        guide, joint = guide_in_force(), self._joint(conditions)
        is_settled = joint[:, _COVERAGE] >= guide.coverage_minimum
        is_low_anyway = joint[:, _HIGH] < guide.d_below
        found: Array = (joint[:, _LOW] > _UNKNOWN) & (is_settled | is_low_anyway)
        return found

    def _joint(self, conditions: Sequence[str]) -> Array:
        """Return the lowest of the ends and of the coverages; -1 where one has no match."""
        places = [self.conditions.index(condition) for condition in conditions]
        joint: Array = self.table[:, places].min(axis=1)
        return joint

    def renumbered(self, documents: Array) -> FactColumn:
        """Return the column of the given documents, in this order; unused sets are dropped."""
        codes = self.column.codes.values[documents]
        used, fresh = np.unique(codes, return_inverse=True)
        column = ValueColumn(
            [self.column.values[code] for code in used],
            fresh.astype(self.column.codes.values.dtype),
        )
        return FactColumn(self.conditions, column, self.table[used].copy())
