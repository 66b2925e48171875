"""What the search service asks of an index, whatever the index is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shop_plugin.services.criteria import SearchCriteria


@dataclass(frozen=True, slots=True)
class Found:
    """What an index answers: ids of the page in order, the total, and all counts.

    ``counts[facet key][value]`` is the number of listings that the criteria
    find with that value alone chosen in the facet. Values nobody has are absent.
    """

    total: int
    listing_ids: tuple[int, ...]
    counts: Mapping[str, Mapping[str, int]]


class SearchIndex(Protocol):
    """Finds and counts listings, exactly."""

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        ...

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        ...
