"""What a reader is used to: the unit of lengths, kept in a cookie and never anywhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from shop_plugin.conf import get_settings
from shop_plugin.services.words.lengths import LENGTH_UNITS, usual_unit

UNIT_COOKIE = "footback_unit"
_ONE_YEAR_SECONDS = 365 * 24 * 3600


def get_unit(request: HttpRequest) -> str:
    """Return the reader's unit: chosen once, else the shop's, else by language."""
    chosen = request.COOKIES.get(UNIT_COOKIE, "")
    if chosen in LENGTH_UNITS:
        return chosen
    if get_settings().LENGTH_UNIT in LENGTH_UNITS:
        return get_settings().LENGTH_UNIT
    return usual_unit(_language_with_region(request))


def _language_with_region(request: HttpRequest) -> str:
    """Return the language in force, with the region that the browser names for it: "en-gb".

    A shop that offers "en" alone has readers who are used to either unit.
    """
    language = get_language() or "en"
    if "-" in language:
        return language
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    own = (tag for tag, _weight in accepted if tag.partition("-")[0] == language)
    return next(own, language)


def find_unit_choice(request: HttpRequest) -> str:
    """Return the unit that the address asks for, or "" where it asks for none."""
    asked = request.GET.get("unit", "")
    return asked if asked in LENGTH_UNITS else ""


def remember_unit(response: HttpResponseBase, unit: str, *, is_secure: bool) -> None:
    """Keep the chosen unit for a year."""
    response.set_cookie(
        UNIT_COOKIE,
        unit,
        max_age=_ONE_YEAR_SECONDS,
        samesite="Lax",
        secure=is_secure,
        httponly=True,
    )


def vary_by_reader(response: HttpResponseBase) -> None:
    """Tell caches that unit and language change the page."""
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
