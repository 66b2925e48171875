"""Walking through a result list by places instead of page numbers.

A place is "after this listing" or "before this listing" together with the
listing's order key as it was, so that the walk goes on at the right spot when
shoes were added, sold out or rated anew meanwhile: nothing that stayed where
it was is shown twice or left out. The place also remembers how far down it
was. Where the listing still stands near there, the index's own order is used;
only where it has moved away does the database look for the place by its key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Case,
    Expression,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from shop_plugin.models import Listing
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.index import SearchIndex
from shop_plugin.services.search.sql import listings_found
from shop_plugin.services.shopping.cards import Card, build_cards
from shop_plugin.services.shopping.results import default_index, page_size_of

# So many places up or down a listing may have moved and is still found without the database.
SLACK = 100
# Sorts after every match and after "no match" (1), as the lists of pages do.
_NO_PROFILE = 2

KeyPart = int | str
Key = tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a result list: after (or before) a listing that had this key at this offset."""

    listing_id: int
    key: Key
    offset: int
    is_before: bool = False


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


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of an order key: what it is made of and which way it runs."""

    expression: Expression | F
    is_ascending: bool = True


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


_PRICE_UNKNOWN = _Part(_flag(Q(price_minor__isnull=True) | Q(currency="")))
_PRICE_MISSING = _Part(_flag(Q(price_minor__isnull=True)))
_PRICE = Coalesce(F("price_minor"), Value(0))
# The same orders as search_sql's, without null; the listing's id follows, in the way of the last.
_KEYS: Mapping[Sort, tuple[_Part, ...]] = {
    Sort.MATCH: (_Part(Coalesce(F("profile__match_order"), Value(_NO_PROFILE))),),
    Sort.PRICE: (_PRICE_UNKNOWN, _Part(F("currency")), _PRICE_MISSING, _Part(_PRICE)),
    Sort.PRICE_DESC: (
        _PRICE_UNKNOWN,
        _Part(F("currency")),
        _PRICE_MISSING,
        _Part(_PRICE, is_ascending=False),
    ),
    Sort.NEWEST: (_Part(F("created_at"), is_ascending=False),),
}
_IDS_ASCEND = {sort: sort is not Sort.NEWEST for sort in Sort}


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
            found_ids = _ids_by_key(criteria, place, size + 1), place.offset
        ids, offset, is_more = _cut(*found_ids, size=size, is_before=place.is_before)
        has_next = place.is_before or is_more
        has_previous = is_more if place.is_before else True
    keys = _keys_of(criteria.sort, (*ids[:1], *ids[-1:]))
    return Stretch(
        total=total,
        cards=build_cards(ids, unit=unit),
        page=criteria.page if place is None else None,
        page_size=size,
        next=_after(ids, keys, offset) if has_next else None,
        previous=_before(ids, keys, offset) if has_previous else None,
    )


def read_key(sort: Sort, key: Key) -> tuple[KeyPart | datetime, ...]:
    """Return the key with its values as the database compares them.

    :raises ValueError: for a key that is none of this order's.
    """
    parts: list[KeyPart | datetime] = []
    expected = _KEYS[sort]
    if len(key) != len(expected):
        raise ValueError("this key belongs to another order")
    for value, part in zip(key, expected, strict=True):
        if _is_text(part):
            if not isinstance(value, str):
                raise ValueError("this key belongs to another order")
            parts.append(datetime.fromisoformat(value) if sort is Sort.NEWEST else value)
        elif isinstance(value, int):
            parts.append(value)
        else:
            raise ValueError("this key belongs to another order")
    return tuple(parts)


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
        key = _keys_of(criteria.sort, (place.listing_id,)).get(place.listing_id)
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


def _ids_by_key(criteria: SearchCriteria, place: Place, limit: int) -> list[int]:
    """Return the ids on the far side of the place, in the order of the list."""
    parts = _KEYS[criteria.sort]
    values = read_key(criteria.sort, place.key)
    ways = [part.is_ascending != place.is_before for part in parts]
    ways.append(_IDS_ASCEND[criteria.sort] != place.is_before)
    names = [*_names(parts), "pk"]
    beyond, same = Q(), Q()
    for name, value, ascends in zip(names, (*values, place.listing_id), ways, strict=True):
        beyond |= same & Q(**{f"{name}__{'gt' if ascends else 'lt'}": value})
        same &= Q(**{name: value})
    order = [name if ascends else f"-{name}" for name, ascends in zip(names, ways, strict=True)]
    found = _with_keys(listings_found(criteria), parts).filter(beyond).order_by(*order)
    ids = list(found.values_list("pk", flat=True)[:limit])
    return ids[::-1] if place.is_before else ids


def _keys_of(sort: Sort, listing_ids: Sequence[int]) -> dict[int, Key]:
    """Return the order keys of some listings as they are now, as plain values."""
    parts = _KEYS[sort]
    rows = _with_keys(Listing.objects.filter(pk__in=listing_ids), parts)
    return {
        pk: tuple(value.isoformat() if isinstance(value, datetime) else value for value in values)
        for pk, *values in rows.values_list("pk", *_names(parts))
    }


def _with_keys(listings: QuerySet[Listing], parts: Sequence[_Part]) -> QuerySet[Listing]:
    expressions = (part.expression for part in parts)
    return listings.annotate(**dict(zip(_names(parts), expressions, strict=True)))


def _names(parts: Sequence[_Part]) -> list[str]:
    return [f"key_{number}" for number in range(len(parts))]


def _is_text(part: _Part) -> bool:
    return isinstance(part.expression, F)


def _after(ids: Sequence[int], keys: Mapping[int, Key], offset: int) -> Place | None:
    if not ids or ids[-1] not in keys:
        return None
    return Place(ids[-1], keys[ids[-1]], offset + len(ids))


def _before(ids: Sequence[int], keys: Mapping[int, Key], offset: int) -> Place | None:
    if not ids or ids[0] not in keys:
        return None
    return Place(ids[0], keys[ids[0]], offset, is_before=True)
