"""Other shoes of the same kind that match the guide at least as well, for sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from shop_plugin.domain.advice import price_band
from shop_plugin.models import FootwearProfile, Listing, ListingSize
from shop_plugin.services.cards import Card, build_cards
from shop_plugin.services.facet_groups import size_label
from shop_plugin.services.facets import FACETS_BY_KEY, NO_SIZE, UNKNOWN, read_size

MOST_ALTERNATIVES = 3
MOST_SIZES = 10


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

    The order is exact: the higher sure end first, then the higher possible
    end, then the lower price, then the id. ``sizes`` are facet values; each
    shoe found is in stock in one of them. A listing that does not exist has
    no alternatives. Five queries, whatever is found.
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
    wanted = Q(listing__use_category=use_category, listing__gender=gender)
    has_price_band = False
    if price_minor is not None and currency:
        has_price_band = True
        wanted &= Q(listing__currency=currency, listing__price_minor__range=price_band(price_minor))
    found = (
        _in_stock(sizes)
        .filter(wanted, match_low__gte=match_low, listing__is_withdrawn=False)
        .exclude(pk=listing_id)
        .order_by("match_order", "listing__price_minor", "pk")
    )
    cards = build_cards(list(found.values_list("pk", flat=True)[:limit]), unit=unit)
    return Alternatives(cards, labels, has_price_band=has_price_band, is_asked=True)


def _in_stock(sizes: Sequence[str]) -> QuerySet[FootwearProfile]:
    """Return the profiles of what can be had: in one of the sizes, or, without any, at all."""
    own = ListingSize.objects.filter(listing=OuterRef("pk")).order_by()
    if not sizes:
        # A host that states no sizes may still say that a shoe is sold out.
        return FootwearProfile.objects.filter(
            Exists(own.filter(stock__gt=0))
            | (~Exists(own) & ~Q(listing__availability=Listing.Availability.OUT_OF_STOCK))
        )
    any_size = Q()
    for value in sizes:
        system, label = read_size(value)
        any_size |= Q(system=system, label=label)
    return FootwearProfile.objects.filter(Exists(own.filter(any_size, stock__gt=0)))
