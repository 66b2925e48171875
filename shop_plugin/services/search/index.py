"""What the search service asks of an index, whatever the index is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.places import Place
from shop_plugin.services.shop.guides import guide_in_force


@dataclass(frozen=True, slots=True)
class Found:
    """What an index answers: ids of the page in order, the total, and all counts.

    ``counts[facet key][value]`` is the number of listings that the criteria
    find with that value alone chosen in the facet. Values nobody has are absent.
    """

    total: int
    listing_ids: tuple[int, ...]
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FoundIds:
    """A stretch of a result list: how many are found in all, and the ids in order."""

    total: int
    listing_ids: tuple[int, ...]


class SearchIndex(Protocol):
    """Finds and counts listings, exactly."""

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        ...

    def find_ids(
        self,
        criteria: SearchCriteria,
        *,
        conditions: Sequence[str] = (),
        limit: int,
        offset: int = 0,
    ) -> FoundIds:
        """Return the total and the ids from ``offset`` on, at most ``limit``.

        ``conditions`` are keys of the guide's profiles; page and page size of
        the criteria mean nothing here. Without conditions the order is that of
        the criteria. With them it is, each descending, the lowest of the
        matches' lower ends, then the lowest of their upper ends; a listing
        that has no match for one of them comes last. Ties go by ascending id.

        :raises ValueError: for a key that the guide does not have.
        """
        ...

    def find_stretch(
        self, criteria: SearchCriteria, *, limit: int, offset: int = 0
    ) -> tuple[int, ...]:
        """Return the ids from ``offset`` on in the order of the criteria, and count nothing."""
        ...

    def find_beyond(self, criteria: SearchCriteria, *, place: Place, limit: int) -> tuple[int, ...]:
        """Return the ids next to a place on its far side, at most ``limit``, in list order.

        They are what stands after the key and id of the place (before, where
        ``is_before``), whether or not a listing of that key and id is there
        still. The offset of the place means nothing here.

        :raises ValueError: for a place whose key does not fit the order of the criteria.
        """
        ...

    def count_ungraded(self, criteria: SearchCriteria, *, conditions: Sequence[str]) -> int:
        """Return how many of the listings found have no grade for all the conditions together.

        They say too little, belong to a child, or were not assessed yet.

        :raises ValueError: for a key that the guide does not have.
        """
        ...

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        ...


def check_conditions(conditions: Sequence[str]) -> None:
    """Do nothing where the guide knows all these conditions.

    :raises ValueError: for a key that the guide does not have.
    """
    if unknown := set(conditions) - set(guide_in_force().conditions):
        raise ValueError(f"the guide knows no condition {', '.join(sorted(unknown))}")
