"""Walking through a result list by places instead of page numbers.

A place is "after this listing" or "before this listing" together with the
listing's order key as it was, so that the walk goes on at the right spot when
shoes were added, sold out or rated anew meanwhile: nothing that stayed where
it was is shown twice or left out. The place also remembers how far down it
was. Where the listing still stands near there, the index's own order is used;
only where it has moved away is the place looked for by its key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.index import SearchIndex
from shop_plugin.services.search.places import Key, Place, read_key
from shop_plugin.services.search.sql import find_keys
from shop_plugin.services.shopping.cards import Card, build_cards
from shop_plugin.services.shopping.results import default_index, page_size_of

__all__ = ["Place", "Stretch", "read_key", "search_from"]

# So many places up or down a listing may have moved and is still found by the list's own order.
SLACK = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some listings of a result list in order, and the places to go on from both ends.

    ``page`` is the page's number, where the list was asked for by one;
    ``next`` and ``previous`` are ``None`` where the list ends.
    """

    total: int
    cards: tuple[Card, ...]
    page: int | None
    page_size: int
    next: Place | None
    previous: Place | None


def search_from(
    criteria: SearchCriteria,
    *,
    place: Place | None = None,
    unit: str = "in",
    index: SearchIndex | None = None,
) -> Stretch:
    """Return the listings that follow (or precede) a place, or the page that the criteria name.

    :raises ValueError: for a place whose key does not fit the order of the criteria.
    """
    index = index or default_index()
    size = page_size_of(criteria)
    if place is None:
        offset = (criteria.page - 1) * size
        found = index.find_ids(criteria, limit=size, offset=offset)
        ids, total = found.listing_ids, found.total
        has_next, has_previous = offset + len(ids) < total, offset > 0
    else:
        read_key(criteria.sort, place.key)
        window = _Window.around(place, criteria, size, index)
        total = window.total
        found_ids = window.ids()
        if found_ids is None:
            beyond = index.find_beyond(criteria, place=place, limit=size + 1)
            found_ids = beyond, place.offset
        ids, offset, is_more = _cut(*found_ids, size=size, is_before=place.is_before)
        has_next = place.is_before or is_more
        has_previous = is_more if place.is_before else True
    keys = find_keys(criteria.sort, (*ids[:1], *ids[-1:]))
    return Stretch(
        total=total,
        cards=build_cards(ids, unit=unit),
        page=criteria.page if place is None else None,
        page_size=size,
        next=_after(ids, keys, offset) if has_next else None,
        previous=_before(ids, keys, offset) if has_previous else None,
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the index's order in which the listing of a place is looked for."""

    place: Place
    size: int
    first: int
    total: int
    found: tuple[int, ...]
    is_unmoved: bool

    @classmethod
    def around(
        cls, place: Place, criteria: SearchCriteria, size: int, index: SearchIndex
    ) -> _Window:
        at = place.offset if place.is_before else place.offset - 1
        first = max(at - SLACK - (size + 1 if place.is_before else 0), 0)
        found = index.find_ids(criteria, limit=2 * SLACK + size + 2, offset=first)
        key = find_keys(criteria.sort, (place.listing_id,)).get(place.listing_id)
        return cls(place, size, first, found.total, found.listing_ids, key == place.key)

    def ids(self) -> tuple[Sequence[int], int] | None:
        """Return up to one id more than asked for and where they begin, or ``None``.

        ``None`` means that the listing has gone, has another key now, or is
        too near the end of the window to tell what comes next.
        """
        if not self.is_unmoved or self.place.listing_id not in self.found:
            return None
        at = self.found.index(self.place.listing_id)
        if self.place.is_before:
            begin = max(at - self.size - 1, 0)
            is_enough = at - begin == self.size + 1 or self.first == 0
            return (self.found[begin:at], self.first + begin) if is_enough else None
        end = at + 1 + self.size + 1
        is_enough = end <= len(self.found) or self.first + len(self.found) >= self.total
        return (self.found[at + 1 : end], self.first + at + 1) if is_enough else None


def _cut(
    ids: Sequence[int], offset: int, *, size: int, is_before: bool
) -> tuple[tuple[int, ...], int, bool]:
    """Return at most ``size`` ids nearest to the place, where they begin, and whether more are."""
    is_more = len(ids) > size
    if is_before and is_more:
        return tuple(ids[-size:]), offset + len(ids) - size, True
    return tuple(ids[:size]), offset, is_more


def _after(ids: Sequence[int], keys: Mapping[int, Key], offset: int) -> Place | None:
    if not ids or ids[-1] not in keys:
        return None
    return Place(ids[-1], keys[ids[-1]], offset + len(ids))


def _before(ids: Sequence[int], keys: Mapping[int, Key], offset: int) -> Place | None:
    if not ids or ids[0] not in keys:
        return None
    return Place(ids[0], keys[ids[0]], offset, is_before=True)
