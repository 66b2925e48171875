"""One shoe with all that its page says of it, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_plugin.domain.fitting import Feet
from shop_plugin.services.search.facets import size_value
from shop_plugin.services.shopping.advising import Advice, advise
from shop_plugin.services.shopping.alternatives import Alternatives, find_alternatives
from shop_plugin.services.shopping.fitting import fit_shoe
from shop_plugin.services.shopping.listing_page import ListingPage, get_listing_page
from shop_plugin.services.wear.care import Upkeep, describe_upkeep
from shop_plugin.services.words.distances import KILOMETRES, MILES


@dataclass(frozen=True, slots=True)
class ShoePage:
    """A listing, the advice about it (``None`` before it was assessed), others, its upkeep."""

    listing: ListingPage
    advice: Advice | None
    alternatives: Alternatives
    upkeep: Upkeep


def get_shoe_page(
    listing_id: int, *, unit: str = "in", sizes: Sequence[str] = (), feet: Feet | None = None
) -> ShoePage:
    """Return all that one shoe's page shows.

    ``sizes`` are those the reader looks for ("eu:38"); without any, the one
    of this shoe that fits ``feet`` best, where that can be told.

    :raises ListingNotFound: for an id that no listing has.
    """
    listing = get_listing_page(listing_id, unit=unit, with_former=True)
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
        alternatives=find_alternatives(
            listing_id, sizes=sizes or _best_size(listing, feet), unit=unit
        ),
        upkeep=describe_upkeep(listing.attributes, unit=MILES if unit == "in" else KILOMETRES),
    )


def _best_size(listing: ListingPage, feet: Feet | None) -> tuple[str, ...]:
    """Return the size of a shoe that comes nearest to these feet, as a facet value."""
    if feet is None:
        return ()
    fits = fit_shoe(page=listing, feet=feet).sizes
    return tuple(
        size_value(system=offer.system, label=offer.label)
        for offer, fit in zip(listing.sizes, fits, strict=True)
        if fit.is_best
    )
