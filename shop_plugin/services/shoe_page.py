"""One shoe with all that its page says of it, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_plugin.services.advising import Advice, advise
from shop_plugin.services.alternatives import Alternatives, find_alternatives
from shop_plugin.services.listing_page import ListingPage, get_listing_page
from shop_plugin.services.upkeep import Upkeep, describe_upkeep


@dataclass(frozen=True, slots=True)
class ShoePage:
    """A listing, the advice about it (``None`` before it was assessed), others, its upkeep."""

    listing: ListingPage
    advice: Advice | None
    alternatives: Alternatives
    upkeep: Upkeep


def get_shoe_page(listing_id: int, *, unit: str = "in", sizes: Sequence[str] = ()) -> ShoePage:
    """Return all that one shoe's page shows. ``sizes`` are those the reader looks for ("eu:38").

    :raises ListingNotFound: for an id that no listing has.
    """
    listing = get_listing_page(listing_id, unit=unit)
    advice = None
    if listing.assessment is not None:
        advice = advise(
            listing.attributes,
            assessment=listing.assessment,
            assessments=listing.assessments,
            unit=unit,
        )
    return ShoePage(
        listing=listing,
        advice=advice,
        alternatives=find_alternatives(listing_id, sizes=sizes, unit=unit),
        upkeep=describe_upkeep(listing.attributes),
    )
