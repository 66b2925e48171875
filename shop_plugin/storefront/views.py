"""The shopper's pages about single shoes: one with its reasons, and several beside each other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop_plugin.services.search.criteria import MAX_TEXT
from shop_plugin.services.shopping.alternatives import read_sizes
from shop_plugin.services.shopping.comparing import compare_shoes
from shop_plugin.services.shopping.foot_memory import read_feet
from shop_plugin.services.shopping.listing_page import ListingNotFound, ListingPage
from shop_plugin.services.shopping.shoe_page import get_shoe_page
from shop_plugin.services.words.explaining import BACK_RED_FLAGS, FOOT_RED_FLAGS
from shop_plugin.storefront.pages import (
    show_not_found,
    show_page,
    size_query,
    switch_unit,
    unit_choices,
)
from shop_plugin.storefront.points import describe_former, explain_points, list_needs
from shop_plugin.storefront.reader import get_unit


@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Show one shoe: the match, why, what is open, who says what, and what else there is.

    "size" in the address is the size the reader looks for, as in the list; the
    lengths that a browser remembers may stand in for it.
    """
    if "unit" in request.GET:
        return switch_unit(request)
    unit = get_unit(request)
    sizes = read_sizes(request.GET.getlist("size"))
    try:
        page = get_shoe_page(listing_id, unit=unit, sizes=sizes, feet=read_feet(request.COOKIES))
    except ListingNotFound:
        return show_not_found(request, _("There is no shoe under this address."))
    return show_page(
        request,
        "footback/storefront/listing.html",
        {
            "listing": page.listing,
            "advice": page.advice,
            "alternatives": page.alternatives,
            "upkeep": page.upkeep,
            "size_query": size_query(sizes),
            "unit": unit,
            "units": unit_choices(request, unit),
            "is_sold_out": _is_sold_out(page.listing),
            "why": explain_points(page.listing, unit=unit),
            "former": describe_former(page.listing),
            "needs": list_needs(page.listing),
            "red_flags": (BACK_RED_FLAGS, FOOT_RED_FLAGS),
        },
    )


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show up to four shoes beside each other. Any query string gives a page."""
    if "unit" in request.GET:
        return switch_unit(request)
    unit = get_unit(request)
    page = compare_shoes(
        request.GET.getlist("shoe"), words=request.GET.get("find", "")[:MAX_TEXT], unit=unit
    )
    return show_page(
        request,
        "footback/storefront/compare.html",
        {
            "page": page,
            "unit": unit,
            "units": unit_choices(request, unit),
            "is_comparing": not page.shoes,  # the tray leads here: beside shoes it has no use
            "is_short": request.GET.get("only") == "differences" and len(page.shoes) > 1,
        },
    )


def _is_sold_out(listing: ListingPage) -> bool:
    return bool(listing.sizes) and not any(size.is_in_stock for size in listing.sizes)
