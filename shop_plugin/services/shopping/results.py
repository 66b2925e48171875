"""Search: criteria in, one page of cards out, with every count a shopper may click.

``search`` is the only way in for the storefront and the API. What finds and
counts is a :class:`SearchIndex`: plain SQL in a small shop, bitmaps in memory in a large one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_plugin.conf import get_settings
from shop_plugin.services.search.criteria import MAX_PAGE_SIZE, Ignored, SearchCriteria, Sort
from shop_plugin.services.search.facets import FACETS, Facet
from shop_plugin.services.search.index import Found, FoundIds, SearchIndex
from shop_plugin.services.search.live import default_index
from shop_plugin.services.shopping.active_filters import list_filters
from shop_plugin.services.shopping.cards import Card, build_cards
from shop_plugin.services.shopping.facet_groups import FacetCount, FacetGroup, build_groups
from shop_plugin.services.shopping.range_fields import RangeField, build_ranges
from shop_plugin.services.words.prices import Price

__all__ = [
    "FACETS",
    "Card",
    "Chip",
    "Facet",
    "FacetCount",
    "FacetGroup",
    "Found",
    "FoundIds",
    "Ignored",
    "Price",
    "RangeField",
    "Relaxation",
    "SearchCriteria",
    "SearchIndex",
    "SearchPage",
    "Sort",
    "count_facets",
    "count_listings",
    "default_index",
    "find_ids",
    "find_relaxations",
    "page_size_of",
    "search",
]


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, as text, with the query string that takes it off."""

    key: str
    label: str
    value_label: str
    query_without: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One filter to drop where nothing was found, and how many that gives back.

    ``key`` is a facet's, "heel_range" or "price_range" for what was typed, or
    "q" for the words.
    """

    key: str
    label: str
    value_label: str
    total: int
    query: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results. ``criteria`` are those in force, ``criteria.ignored`` included.

    ``page`` counts from 1; a page past the last has no cards and
    ``is_past_end`` is true. ``relaxations`` is empty unless nothing was found.
    ``ranges`` are the fields to type a range of heels or prices into.
    """

    criteria: SearchCriteria
    total: int
    cards: tuple[Card, ...]
    facets: tuple[FacetGroup, ...]
    chips: tuple[Chip, ...]
    relaxations: tuple[Relaxation, ...]
    ranges: tuple[RangeField, ...]
    page: int
    page_size: int
    page_count: int

    @property
    def is_past_end(self) -> bool:
        """Tell whether a page was asked for that does not exist."""
        return self.page > max(self.page_count, 1)

    @property
    def facets_to_show(self) -> tuple[FacetGroup, ...]:
        """The facets that offer something, and those beside which a range was typed."""
        typed = {"heel": self.criteria.heel, "price": self.criteria.amount}
        return tuple(item for item in self.facets if not item.is_empty or typed.get(item.key))

    @property
    def has_next(self) -> bool:
        """Tell whether a page follows."""
        return self.page < self.page_count

    @property
    def has_previous(self) -> bool:
        """Tell whether a page comes before that exists."""
        return 1 < self.page <= self.page_count + 1


def search(
    criteria: SearchCriteria,
    *,
    unit: str = "in",
    with_facets: bool = True,
    index: SearchIndex | None = None,
) -> SearchPage:
    """Return one page of the listings that the criteria find, with the counts of every facet.

    Withdrawn listings are never found. Lengths in texts are in ``unit``
    ("in", "cm" or "mm"). The number of queries does not depend on how much is
    found; where nothing is, each filter costs one more. Without facets it is
    three times faster, and neither facets nor relaxations are given.
    """
    index = index or default_index()
    page_size = page_size_of(criteria)
    found = index.find(criteria, page_size=page_size, with_counts=with_facets)
    return SearchPage(
        criteria=criteria,
        total=found.total,
        cards=build_cards(found.listing_ids, unit=unit),
        facets=build_groups(found.counts, criteria=criteria, unit=unit) if with_facets else (),
        chips=_chips(criteria, unit),
        relaxations=(
            find_relaxations(criteria, unit=unit, index=index)
            if with_facets and not found.total
            else ()
        ),
        ranges=build_ranges(criteria, found.counts, unit=unit) if with_facets else (),
        page=criteria.page,
        page_size=page_size,
        page_count=-(-found.total // page_size),
    )


def count_facets(
    criteria: SearchCriteria, *, unit: str = "in", index: SearchIndex | None = None
) -> tuple[int, tuple[FacetGroup, ...]]:
    """Return how many listings the criteria find and every facet with its counts."""
    found = (index or default_index()).find(criteria, page_size=1)
    return found.total, build_groups(found.counts, criteria=criteria, unit=unit)


def count_listings(criteria: SearchCriteria, *, index: SearchIndex | None = None) -> int:
    """Return how many listings the criteria find."""
    return (index or default_index()).count(criteria)


def find_ids(
    criteria: SearchCriteria,
    *,
    conditions: Sequence[str] = (),
    limit: int,
    offset: int = 0,
    index: SearchIndex | None = None,
) -> FoundIds:
    """Return how many listings the criteria find, and the ids from ``offset`` on in order.

    ``conditions`` (keys of the guide's profiles) order by the lowest of their
    matches, see :meth:`SearchIndex.find_ids`. They are used for this answer
    and go nowhere else.

    :raises ValueError: for a condition that the guide does not have.
    """
    index = index or default_index()
    return index.find_ids(criteria, conditions=conditions, limit=limit, offset=offset)


def page_size_of(criteria: SearchCriteria) -> int:
    """Return how many listings a page has: as asked for, else as the shop says."""
    return min(criteria.page_size or max(get_settings().PAGE_SIZE, 1), MAX_PAGE_SIZE)


def find_relaxations(
    criteria: SearchCriteria, *, unit: str = "in", index: SearchIndex | None = None
) -> tuple[Relaxation, ...]:
    """Return the single filters whose absence gives something back, the largest gain first."""
    index = index or default_index()
    relaxations = [
        Relaxation(item.key, item.label, item.text, index.count(item.without), item.query_without)
        for item in list_filters(criteria, unit=unit)
    ]
    return tuple(sorted((item for item in relaxations if item.total), key=lambda item: -item.total))


def _chips(criteria: SearchCriteria, unit: str) -> tuple[Chip, ...]:
    return tuple(
        Chip(item.key, item.label, value.label, value.query_without)
        for item in list_filters(criteria, unit=unit)
        for value in item.values
    )
