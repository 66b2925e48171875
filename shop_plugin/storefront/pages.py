"""What the shopper's pages share: the frame, the unit, and a page for what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from shop_plugin.conf import get_settings
from shop_plugin.services.words.explaining import DISCLAIMER
from shop_plugin.services.words.lengths import LENGTH_UNITS, unit_word
from shop_plugin.storefront.reader import find_unit_choice, remember_unit, vary_by_reader


def show_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page with what every page needs."""
    shared = {
        "shop_name": get_settings().SHOP_NAME,
        "disclaimer": DISCLAIMER,
        "is_comparing": True,  # cards carry the control, the page the form it belongs to
    }
    context = shared | context
    response = render(request, template, context, status=status)
    vary_by_reader(response)
    return response


def show_not_found(request: HttpRequest, text: str) -> HttpResponse:
    """Return a page that says what is not there, and leads on."""
    return show_page(request, "footback/storefront/not_found.html", {"text": text}, status=404)


def switch_unit(request: HttpRequest) -> HttpResponse:
    """Keep the asked unit and go on to the same page, so that its address says nothing of it."""
    query = request.GET.copy()
    query.pop("unit", None)
    address = request.path + (f"?{query.urlencode()}" if query else "")
    response = HttpResponseRedirect(address)
    if unit := find_unit_choice(request):
        remember_unit(response, unit, is_secure=request.is_secure())
    return response


def unit_choices(request: HttpRequest, current: str) -> list[dict[str, object]]:
    """Return the units with the address that switches to each."""
    choices = []
    for unit in LENGTH_UNITS:
        query = request.GET.copy()
        query["unit"] = unit
        choices.append(
            {
                "unit": unit,
                "word": unit_word(unit),
                "url": f"?{query.urlencode()}",
                "is_current": unit == current,
            }
        )
    return choices


def size_query(sizes: Sequence[str]) -> str:
    """Return the query string that takes the sizes looked for along to the page of a shoe."""
    return urlencode([("size", value) for value in sizes])
