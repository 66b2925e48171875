"""A host's own products, found by its own ids: many at once, in the same few queries."""

from __future__ import annotations

from collections.abc import Iterable

from shop_plugin.models import Listing
from shop_plugin.services.shopping.cards import Card, build_cards
from shop_plugin.services.shopping.listing_page import ListingPage, get_listing_page


def load_host_shoes(source: str, product_ids: Iterable[object], *, unit: str) -> dict[str, Card]:
    """Return what is known of these products of a host, by their ids as text.

    What footback does not know, or what was taken out of the catalogue, has
    no entry. Four queries for any number of products.
    """
    wanted = list(dict.fromkeys(str(product_id) for product_id in product_ids))
    ids = dict(
        Listing.objects.filter(
            source=source, external_id__in=wanted, is_withdrawn=False
        ).values_list("pk", "external_id")
    )
    return {ids[card.listing_id]: card for card in build_cards(list(ids), unit=unit)}


def find_host_page(source: str, product_id: object, *, unit: str) -> ListingPage | None:
    """Return the whole page of a host's product, or ``None`` where there is none to show."""
    listing_id = (
        Listing.objects.filter(source=source, external_id=str(product_id), is_withdrawn=False)
        .values_list("pk", flat=True)
        .first()
    )
    return None if listing_id is None else get_listing_page(listing_id, unit=unit)
