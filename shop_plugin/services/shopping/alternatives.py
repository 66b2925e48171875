"""Other shoes of the same kind that match the guide at least as well, for sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from shop_plugin.domain.advice import price_band
from shop_plugin.domain.attributes import AgeGroup
from shop_plugin.domain.money import minor_digits
from shop_plugin.models import FootwearProfile, Listing, ListingSize
from shop_plugin.services.search.criteria import SearchCriteria, in_order
from shop_plugin.services.search.facets import FACETS_BY_KEY, NO_SIZE, UNKNOWN, read_size
from shop_plugin.services.search.ranges import AmountRange
from shop_plugin.services.shopping.cards import Card, build_cards
from shop_plugin.services.shopping.facet_groups import size_label
from shop_plugin.services.shopping.results import default_index

MOST_ALTERNATIVES = 3
MOST_SIZES = 10
_PAGE, _MOST_PAGES = 24, 5


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The shoes found, best first, and by what they were chosen.

    ``sizes`` are the labels of the sizes asked for; where it is empty any
    size in stock will do. ``is_asked`` is false where there is nothing to
    compare with: a shoe that is not scored has no better ones.
    """

    cards: tuple[Card, ...]
    sizes: tuple[str, ...]
    has_price_band: bool
    is_asked: bool


def read_sizes(values: Sequence[str]) -> tuple[str, ...]:
    """Return the sizes ("eu:38") among the values of a query string, the rest left out."""
    facet = FACETS_BY_KEY["size"]
    known = [value for value in values if value not in (UNKNOWN, NO_SIZE) and facet.accepts(value)]
    return tuple(dict.fromkeys(known))[:MOST_SIZES]


def find_alternatives(
    listing_id: int,
    *,
    sizes: Sequence[str] = (),
    unit: str = "in",
    limit: int = MOST_ALTERNATIVES,
) -> Alternatives:
    """Return what matches at least as well, of the same kind, cut and price, in stock.

    The order is that of every result list: the higher sure end first, then
    the higher possible end, then the id. ``sizes`` are facet values; each
    shoe found is in stock in one of them. A listing that does not exist has
    no alternatives. The number of queries does not grow with what is found.
    """
    labels = tuple(size_label(*read_size(value)) for value in sizes)
    own = (
        FootwearProfile.objects.filter(pk=listing_id, match_low__isnull=False)
        .values_list(
            "match_low",
            "listing__use_category",
            "listing__gender",
            "listing__price_minor",
            "listing__currency",
        )
        .first()
    )
    if own is None:
        return Alternatives((), labels, has_price_band=False, is_asked=False)
    match_low, use_category, gender, price_minor, currency = own
    criteria = same_kind(use_category=use_category, genders=(gender,), sizes=sizes)
    amount = _price_range(price_minor, currency) if price_minor is not None and currency else None
    if amount is not None:
        criteria = replace(criteria, amount=amount)
    found = pick_as_good(criteria, least=match_low or 0, limit=limit, without=listing_id)
    cards = build_cards(found, unit=unit)
    return Alternatives(cards, labels, has_price_band=amount is not None, is_asked=True)


def same_kind(
    *, use_category: str, genders: Sequence[str], sizes: Sequence[str] = ()
) -> SearchCriteria:
    """Return the criteria for shoes of one kind, for one of some genders, in one of some sizes."""
    chosen = {"category": (use_category,), "gender": tuple(genders), "size": tuple(sizes)}
    return SearchCriteria(
        chosen=MappingProxyType(
            {key: in_order(FACETS_BY_KEY[key], values) for key, values in chosen.items() if values}
        )
    )


def pick_as_good(
    criteria: SearchCriteria,
    *,
    least: int,
    limit: int,
    without: int,
    other_than: str = "",
) -> tuple[int, ...]:
    """Return the best listings that the criteria find and that can be had now, best first.

    Each has a match whose sure end is ``least`` or more, in 1/100 point. Left
    out are the listing ``without`` and any of the title ``other_than``. At
    most the first 120 of the result list are looked at; how long it is is not
    counted. Mostly three queries: for the index, the ids, and what can be had.
    """
    picked: list[int] = []
    index = default_index()
    for page in range(_MOST_PAGES):
        ids = index.find_stretch(criteria, limit=_PAGE, offset=page * _PAGE)
        shelf = {item.pk: item for item in _look_at(ids) if item.match_low >= least}
        picked += [
            pk
            for pk in ids
            if pk in shelf
            and shelf[pk].is_to_be_had
            and pk != without
            and shelf[pk].title != other_than
        ]
        # The list is ordered by the sure end: after the first that is too low all others are.
        if len(picked) >= limit or len(shelf) < _PAGE:
            break
    return tuple(picked[:limit])


class _Offer(NamedTuple):
    pk: int
    match_low: int
    title: str
    is_to_be_had: bool


def _price_range(price_minor: int, currency: str) -> AmountRange:
    low, high = price_band(price_minor)
    unit = 10 ** minor_digits(currency)
    return AmountRange(currency, -(-low * 1000 // unit), high * 1000 // unit)


def _look_at(listing_ids: Sequence[int]) -> list[_Offer]:
    """Return those of the listings that have a match, and whether each can be had now.

    One that states no sizes can, unless the host says that it is sold out.
    Children's shoes are never offered in an adult's place, recalled ones never at all.
    """
    sizes = ListingSize.objects.filter(listing=OuterRef("pk")).order_by()
    is_to_be_had = Exists(sizes.filter(stock__gt=0)) | (
        ~Exists(sizes) & ~Q(listing__availability=Listing.Availability.OUT_OF_STOCK)
    )
    is_to_be_had &= ~Q(listing__age_group=AgeGroup.KIDS.value) & Q(listing__is_recalled=False)
    rows = (
        FootwearProfile.objects.filter(pk__in=listing_ids, match_low__isnull=False)
        .annotate(is_to_be_had=ExpressionWrapper(is_to_be_had, output_field=BooleanField()))
        .values_list("pk", "match_low", "listing__title", "is_to_be_had")
    )
    return [_Offer._make(row) for row in rows]
