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

# Ends of a match in hundredths of a point, by condition.
Ends = Mapping[str, tuple[int, int]]
_UNKNOWN = -1


class FactColumn:
    """Which set of facts each document has, and the ends of its matches.

    ``table[set, condition]`` is the lower and the upper end, -1 where there
    is no match.
    """

    def __init__(
        self,
        conditions: Sequence[str],
        column: ValueColumn | None = None,
        table: Array | None = None,
    ) -> None:
        self.conditions = tuple(conditions)
        self.column = column or ValueColumn()
        empty = np.empty((0, len(self.conditions), 2), dtype=np.int16)
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
        unknown = (_UNKNOWN, _UNKNOWN)
        self._table[code] = [ends.get(condition, unknown) for condition in self.conditions]

    def best_first(self, conditions: Sequence[str]) -> Iterator[BitMap]:
        """Yield the documents of equal standing, best first; those without a match never.

        The standing is the lowest of the lower ends, then the lowest of the
        upper ends. O(sets) before the first.
        """
        places = [self.conditions.index(condition) for condition in conditions]
        joint = self.table[:, places].min(axis=1)
        known = np.flatnonzero(joint[:, 0] > _UNKNOWN)
        known = known[np.lexsort((-joint[known, 1], -joint[known, 0]))]
        changes = np.flatnonzero(np.any(joint[known[1:]] != joint[known[:-1]], axis=1)) + 1
        # Mostly the first few groups are all that is read.
        for start, end in pairwise((0, *changes.tolist(), len(known))):
            yield BitMap.union(BitMap(), *(self.column.bitmaps[code] for code in known[start:end]))

    def renumbered(self, documents: Array) -> FactColumn:
        """Return the column of the given documents, in this order; unused sets are dropped."""
        codes = self.column.codes.values[documents]
        used, fresh = np.unique(codes, return_inverse=True)
        column = ValueColumn(
            [self.column.values[code] for code in used],
            fresh.astype(self.column.codes.values.dtype),
        )
        return FactColumn(self.conditions, column, self.table[used].copy())
