"""The shopper's pages: the list with its filters, and one shoe with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop_plugin.conf import get_settings
from shop_plugin.services.alternatives import read_sizes
from shop_plugin.services.comparing import compare_shoes
from shop_plugin.services.criteria import MAX_TEXT
from shop_plugin.services.explaining import BACK_RED_FLAGS, DISCLAIMER, FOOT_RED_FLAGS
from shop_plugin.services.listing_page import ListingNotFound, ListingPage
from shop_plugin.services.search import SearchCriteria, Sort, search
from shop_plugin.services.shoe_page import get_shoe_page
from shop_plugin.storefront.points import explain_points, list_needs
from shop_plugin.storefront.reader import (
    UNITS,
    find_unit_choice,
    get_unit,
    remember_unit,
    vary_by_reader,
)


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Show the list that the query string asks for. Any query string gives a page."""
    if "unit" in request.GET:
        return _switch_unit(request)
    if any(not value for _name, values in request.GET.lists() for value in values):
        return _leave_blanks_out(request)
    criteria = SearchCriteria.from_query(request.GET)
    unit = get_unit(request)
    page = search(criteria, unit=unit)
    return _page(
        request,
        "footback/storefront/browse.html",
        {
            "page": page,
            "size_query": _size_query(criteria.chosen.get("size", ())),
            "total_text": number_format(page.total, use_l10n=True, force_grouping=True),
            "sorts": _sorts(request.path, page.criteria),
            "units": _units(request, unit),
        },
    )


@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Show one shoe: the match, why, what is open, who says what, and what else there is.

    "size" in the address is the size the reader looks for, as in the list.
    """
    if "unit" in request.GET:
        return _switch_unit(request)
    unit = get_unit(request)
    sizes = read_sizes(request.GET.getlist("size"))
    try:
        page = get_shoe_page(listing_id, unit=unit, sizes=sizes)
    except ListingNotFound as problem:
        raise Http404(_("There is no shoe under this address.")) from problem
    return _page(
        request,
        "footback/storefront/listing.html",
        {
            "listing": page.listing,
            "advice": page.advice,
            "alternatives": page.alternatives,
            "upkeep": page.upkeep,
            "size_query": _size_query(sizes),
            "unit": unit,
            "units": _units(request, unit),
            "is_sold_out": _is_sold_out(page.listing),
            "why": explain_points(page.listing, unit=unit),
            "needs": list_needs(page.listing),
            "red_flags": (BACK_RED_FLAGS, FOOT_RED_FLAGS),
        },
    )


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show up to four shoes beside each other. Any query string gives a page."""
    if "unit" in request.GET:
        return _switch_unit(request)
    unit = get_unit(request)
    page = compare_shoes(
        request.GET.getlist("shoe"), words=request.GET.get("find", "")[:MAX_TEXT], unit=unit
    )
    return _page(
        request,
        "footback/storefront/compare.html",
        {
            "page": page,
            "unit": unit,
            "units": _units(request, unit),
            "is_short": request.GET.get("only") == "differences" and len(page.shoes) > 1,
        },
    )


def _is_sold_out(listing: ListingPage) -> bool:
    return bool(listing.sizes) and not any(size.is_in_stock for size in listing.sizes)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context |= {
        "shop_name": get_settings().SHOP_NAME,
        "disclaimer": DISCLAIMER,
        "is_comparing": True,  # cards carry the control, the page the form it belongs to
    }
    response = render(request, template, context)
    vary_by_reader(response)
    return response


def _size_query(sizes: Sequence[str]) -> str:
    """Return the query string that takes the sizes looked for along to the page of a shoe."""
    return urlencode([("size", value) for value in sizes])


def _switch_unit(request: HttpRequest) -> HttpResponse:
    """Keep the asked unit and go on to the same page, so that its address says nothing of it."""
    query = request.GET.copy()
    query.pop("unit", None)
    address = request.path + (f"?{query.urlencode()}" if query else "")
    response = HttpResponseRedirect(address)
    if unit := find_unit_choice(request):
        remember_unit(response, unit, is_secure=request.is_secure())
    return response


def _leave_blanks_out(request: HttpRequest) -> HttpResponse:
    """Go on to the address without "q=": a form sends its empty fields too."""
    query = request.GET.copy()
    for name, values in request.GET.lists():
        query.setlist(name, [value for value in values if value])
    filled = query.urlencode()
    return HttpResponseRedirect(f"{request.path}?{filled}" if filled else request.path)


def _units(request: HttpRequest, current: str) -> list[dict[str, object]]:
    choices = []
    for unit in UNITS:
        query = request.GET.copy()
        query["unit"] = unit
        choices.append(
            {"unit": unit, "url": f"?{query.urlencode()}", "is_current": unit == current}
        )
    return choices


def _sorts(path: str, criteria: SearchCriteria) -> list[dict[str, object]]:
    labels = {
        Sort.MATCH: _("Guide match"),
        Sort.PRICE: _("Price, lowest first"),
        Sort.PRICE_DESC: _("Price, highest first"),
        Sort.NEWEST: _("Newest"),
    }
    choices = []
    for sort, label in labels.items():
        query = criteria.sorted_by(sort).to_query()
        url = f"{path}?{query}" if query else path
        choices.append({"label": label, "url": url, "is_current": sort is criteria.sort})
    return choices
