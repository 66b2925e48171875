"""Search: criteria in, one page of cards out, with every count a shopper may click.

``search`` is the only way in for the storefront and the API. What finds and
counts is a :class:`SearchIndex`; plain SQL is the one there is.
"""

from __future__ import annotations

from dataclasses import dataclass

from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.scoring import Assessment
from shop_plugin.services.criteria import Ignored, SearchCriteria, Sort
from shop_plugin.services.explaining import Explanation
from shop_plugin.services.facets import FACETS, Facet
from shop_plugin.services.search_index import Found, SearchIndex

__all__ = [
    "FACETS",
    "Card",
    "Chip",
    "FacetCount",
    "FacetGroup",
    "Found",
    "Ignored",
    "Price",
    "Relaxation",
    "SearchCriteria",
    "SearchIndex",
    "SearchPage",
    "Sort",
]


@dataclass(frozen=True, slots=True)
class Price:
    """A price in the smallest unit of its currency, and as text ("89.00 EUR")."""

    minor: int
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One listing in a list.

    ``url`` is the host's own product page, ``image_url`` its picture; both
    are empty unless they are http(s) addresses or paths on this site.
    ``assessment`` is ``None`` until the listing was assessed. ``reasons`` are
    the (at most two) strongest, ``unknown`` the labels of the scored
    attributes that nobody states, ``sizes`` the facet values and labels of the
    sizes in stock, in natural order.
    """

    listing_id: int
    title: str
    brand: str
    use_category: str
    category_label: str
    gender: str
    price: Price | None
    url: str
    image_url: str
    attributes: FootwearAttributes
    assessment: Assessment | None
    match_text: str
    reasons: tuple[Explanation, ...]
    unknown: tuple[str, ...]
    sizes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet: what a click on it gives.

    ``count`` is the size of the list when this value alone is chosen in its
    facet and everything else stays. ``query`` is the query string of the
    criteria with this value chosen (or no longer chosen, where it is).
    """

    value: str
    label: str
    count: int
    is_chosen: bool
    is_unknown: bool
    query: str


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A facet with its values, in the order to show them.

    Closed facets list every value, also those with a count of 0; open ones
    the most frequent, and always the chosen. ``hidden`` is the number of
    further values that are not listed.
    """

    facet: Facet
    key: str
    label: str
    help: str
    values: tuple[FacetCount, ...]
    hidden: int
    is_chosen: bool
    query_without: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, as text, with the query string that takes it off."""

    key: str
    label: str
    value_label: str
    query_without: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One filter to drop where nothing was found, and how many that gives back."""

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
    """

    criteria: SearchCriteria
    total: int
    cards: tuple[Card, ...]
    facets: tuple[FacetGroup, ...]
    chips: tuple[Chip, ...]
    relaxations: tuple[Relaxation, ...]
    page: int
    page_size: int
    page_count: int

    @property
    def is_past_end(self) -> bool:
        """Tell whether a page was asked for that does not exist."""
        return self.page > max(self.page_count, 1)

    @property
    def has_next(self) -> bool:
        """Tell whether a page follows."""
        return self.page < self.page_count

    @property
    def has_previous(self) -> bool:
        """Tell whether a page comes before that exists."""
        return 1 < self.page <= self.page_count + 1
