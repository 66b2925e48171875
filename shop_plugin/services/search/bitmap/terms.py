"""Words and the documents that hold them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from pyroaring import BitMap

from shop_plugin.domain.terms import is_prefix, read_word

# Past every letter and digit that a term can hold.
_END = "\U0010ffff"


class TermColumn:
    """A bitmap per term, and the terms in order, to find all that begin alike.

    Looking a word up is O(log terms) plus the union of what it finds.
    """

    def __init__(self, bitmaps: dict[str, BitMap] | None = None) -> None:
        self.bitmaps = bitmaps or {}
        self._sorted = sorted(self.bitmaps)

    def append(self, document: int, terms: Iterable[str]) -> None:
        """Give a document its terms."""
        for term in terms:
            bitmap = self.bitmaps.get(term)
            if bitmap is None:
                bitmap = self.bitmaps[term] = BitMap()
                insort(self._sorted, term)
            bitmap.add(document)

    def find(self, words: Sequence[str]) -> list[BitMap]:
        """Return, per searched word that asks for something, the documents that hold it."""
        found = []
        for word in words:
            if sets := read_word(word):
                found.append(BitMap.union(*(self._every(terms) for terms in sets)))
        return found

    def _every(self, terms: Sequence[str]) -> BitMap:
        return BitMap.intersection(*(self._one(term) for term in terms))

    def _one(self, term: str) -> BitMap:
        if not is_prefix(term):
            return self.bitmaps.get(term, BitMap())
        first = bisect_left(self._sorted, term)
        last = bisect_left(self._sorted, term + _END)
        return BitMap.union(BitMap(), *(self.bitmaps[own] for own in self._sorted[first:last]))
