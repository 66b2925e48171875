"""Right fit: two measures of each foot become a size. They stay in the reader's browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.domain.fitting import Feet
from shop_plugin.services.shopping.fitting import size_feet
from shop_plugin.services.shopping.foot_memory import FOOT_COOKIE, read_feet, write_feet
from shop_plugin.services.words.explaining import DISCLAIMER
from shop_plugin.storefront.foot_form import FootForm
from shop_plugin.storefront.privacy import keeps_nothing
from shop_plugin.storefront.reader import get_unit, remember_unit, vary_by_reader

_HALF_A_YEAR_SECONDS = 183 * 24 * 3600
_LONGEST_ID = 18


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def fit(request: HttpRequest) -> HttpResponse:
    """Ask for the lengths of both feet, say which size they mean, and forget them on request.

    ``?shoe=ID`` (an id only) is the shoe to go back to. A valid form is
    answered with a redirect, so that a reload sends nothing twice.
    """
    shoe_id = _shoe_id(request)
    if request.method != "POST":
        feet = read_feet(request.COOKIES)
        form = FootForm.for_feet(feet, unit=get_unit(request))
        return _show(request, form, feet, shoe_id)
    if "forget" in request.POST:
        response = HttpResponseRedirect(_here(shoe_id))
        response.delete_cookie(FOOT_COOKIE, path=_cookie_path(), samesite="Lax")
        return response
    form = FootForm(request.POST)
    if not form.is_valid():
        return _show(request, form, None, shoe_id)
    onward = _here(shoe_id) + "#fb-your-size"
    if shoe_id and "back" in request.POST:
        onward = reverse("footback:listing", args=[shoe_id]) + "#fb-sizes-fit"
    response = HttpResponseRedirect(onward)
    response.set_cookie(
        FOOT_COOKIE,
        write_feet(form.cleaned_data["feet"]),
        max_age=_HALF_A_YEAR_SECONDS,
        path=_cookie_path(),
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    remember_unit(response, form.cleaned_data["unit"], is_secure=request.is_secure())
    return response


def _show(request: HttpRequest, form: FootForm, feet: Feet | None, shoe_id: int) -> HttpResponse:
    unit = get_unit(request)
    response = render(
        request,
        "footback/storefront/fit.html",
        {
            "form": form,
            "shown": size_feet(feet=feet, unit=unit) if feet else None,
            "shoe_id": shoe_id,
            "shop_name": get_settings().SHOP_NAME,
            "disclaimer": DISCLAIMER,
        },
    )
    vary_by_reader(response)
    return response


def _shoe_id(request: HttpRequest) -> int:
    text = request.GET.get("shoe", "")
    is_id = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
    return int(text) if is_id else 0


def _here(shoe_id: int) -> str:
    address = reverse("footback:fit")
    return f"{address}?shoe={shoe_id}" if shoe_id else address


def _cookie_path() -> str:
    """Return the part of the site that the cookie is sent to: the shopper's pages alone."""
    return reverse("footback:browse")
