"""Template tag for the fit of one shoe's sizes: ``{% load footback_fit %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

from shop_plugin.services.shopping.fitting import fit_shoe
from shop_plugin.services.shopping.foot_memory import read_feet
from shop_plugin.services.shopping.listing_page import ListingPage

register = template.Library()


@register.inclusion_tag("footback/partials/sizes_fit.html", takes_context=True)
def footback_sizes_fit(context: Context, listing: ListingPage, unit: str = "cm") -> dict[str, Any]:
    """Show how each size fits the feet that the reader's browser remembers.

    Where it remembers none, a link to the page that asks for them. Shows
    nothing for a shoe without sizes and where the page is not mounted.
    """
    try:
        url = reverse("footback:fit")
    except NoReverseMatch:
        url = ""
    request = context.get("request")
    feet = read_feet(request.COOKIES) if request is not None else None
    if not url or not listing.sizes:
        return {"url": ""}
    shown = fit_shoe(page=listing, feet=feet, unit=unit) if feet else None
    return {"url": url, "listing": listing, "shown": shown}
