"""What lies beyond a place, found by the order key it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Expression, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from shop_plugin.models import Listing
from shop_plugin.services.search.criteria import Sort
from shop_plugin.services.search.places import IDS_ASCEND, Key, Place, read_key

# Sorts after every match and after "no match" (1), as the lists of pages do.
_NO_PROFILE = 2


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
# The orders of the lists, without null; the listing's id follows, in the way of the last.
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


def find_keys(sort: Sort, listing_ids: Sequence[int]) -> dict[int, Key]:
    """Return the order keys of some listings as they are now. One query by their ids."""
    parts = _KEYS[sort]
    rows = _with_keys(Listing.objects.filter(pk__in=listing_ids), parts)
    return {
        pk: tuple(value.isoformat() if isinstance(value, datetime) else value for value in values)
        for pk, *values in rows.values_list("pk", *_names(parts))
    }


def ids_beyond(
    listings: QuerySet[Listing], sort: Sort, place: Place, limit: int
) -> tuple[int, ...]:
    """Return the ids on the far side of the place, in the order of the list."""
    parts = _KEYS[sort]
    values = read_key(sort, place.key)
    ways = [part.is_ascending != place.is_before for part in parts]
    ways.append(IDS_ASCEND[sort] != place.is_before)
    names = [*_names(parts), "pk"]
    beyond, same = Q(), Q()
    for name, value, ascends in zip(names, (*values, place.listing_id), ways, strict=True):
        beyond |= same & Q(**{f"{name}__{'gt' if ascends else 'lt'}": value})
        same &= Q(**{name: value})
    order = [name if ascends else f"-{name}" for name, ascends in zip(names, ways, strict=True)]
    found = _with_keys(listings, parts).filter(beyond).order_by(*order)
    ids = tuple(found.values_list("pk", flat=True)[:limit])
    return ids[::-1] if place.is_before else ids


def ids_in_order(listings: QuerySet[Listing], sort: Sort, first: int, last: int) -> tuple[int, ...]:
    """Return the ids from position ``first`` up to ``last``. One query, and nothing is counted."""
    parts = _KEYS[sort]
    ways = [*(part.is_ascending for part in parts), IDS_ASCEND[sort]]
    names = [*_names(parts), "pk"]
    order = [name if ascends else f"-{name}" for name, ascends in zip(names, ways, strict=True)]
    found = _with_keys(listings, parts).order_by(*order)
    return tuple(found.values_list("pk", flat=True)[first:last])


def _with_keys(listings: QuerySet[Listing], parts: Sequence[_Part]) -> QuerySet[Listing]:
    expressions = (part.expression for part in parts)
    return listings.annotate(**dict(zip(_names(parts), expressions, strict=True)))


def _names(parts: Sequence[_Part]) -> list[str]:
    return [f"key_{number}" for number in range(len(parts))]
