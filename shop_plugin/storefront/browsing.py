"""The list of shoes: filters, order, pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop_plugin.services.search.ranges import HeelRange
from shop_plugin.services.shopping.results import SearchCriteria, SearchPage, Sort, search
from shop_plugin.storefront.pages import show_page, size_query, switch_unit, unit_choices
from shop_plugin.storefront.reader import get_unit

# How many shoes a page may have; what the shop itself has set is offered besides.
PAGE_SIZES = (24, 48, 96)


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Show the list that the query string asks for. Any query string gives a page."""
    if "unit" in request.GET:
        return switch_unit(request)
    if any(not value for _name, values in request.GET.lists() for value in values):
        return _leave_blanks_out(request)
    unit = get_unit(request)
    criteria = SearchCriteria.from_query(request.GET, unit=unit)
    if criteria.heel and (address := _name_units(request, criteria.heel)):
        return HttpResponseRedirect(address)
    page = search(criteria, unit=unit)
    return show_page(
        request,
        "footback/storefront/browse.html",
        {
            "page": page,
            "size_query": size_query(criteria.chosen.get("size", ())),
            "total_text": number_format(page.total, use_l10n=True, force_grouping=True),
            "sorts": _sorts(request.path, page.criteria),
            "page_sizes": _page_sizes(request.path, page),
            "units": unit_choices(request, unit),
        },
    )


def _leave_blanks_out(request: HttpRequest) -> HttpResponse:
    """Go on to the address without "q=": a form sends its empty fields too."""
    query = request.GET.copy()
    for name, values in request.GET.lists():
        query.setlist(name, [value for value in values if value])
    filled = query.urlencode()
    return HttpResponseRedirect(f"{request.path}?{filled}" if filled else request.path)


def _name_units(request: HttpRequest, heel: HeelRange) -> str:
    """Return the address with the unit behind each height, or nothing where it stands there.

    A bare number is in the reader's unit; the address must mean the same to the next reader.
    """
    named = dict(heel.as_parameters())
    if all(request.GET.get(name) == value for name, value in named.items()):
        return ""
    query = request.GET.copy()
    for name, value in named.items():
        query[name] = value
    return f"{request.path}?{query.urlencode()}"


def _sorts(path: str, criteria: SearchCriteria) -> list[dict[str, object]]:
    labels = {
        Sort.MATCH: _("Guide match"),
        Sort.PRICE: _("Price, lowest first"),
        Sort.PRICE_DESC: _("Price, highest first"),
        Sort.NEWEST: _("Newest"),
    }
    choices = []
    for sort, label in labels.items():
        url = _address(path, criteria.sorted_by(sort))
        choices.append({"label": label, "url": url, "is_current": sort is criteria.sort})
    return choices


def _page_sizes(path: str, page: SearchPage) -> list[dict[str, object]]:
    """Return how many shoes a page may have; empty where the smallest choice holds them all."""
    if page.total <= PAGE_SIZES[0]:
        return []
    return [
        {
            "size": size,
            "url": _address(path, page.criteria.with_page_size(size)),
            "is_current": size == page.page_size,
        }
        for size in sorted({*PAGE_SIZES, page.page_size})
    ]


def _address(path: str, criteria: SearchCriteria) -> str:
    query = criteria.to_query()
    return f"{path}?{query}" if query else path
