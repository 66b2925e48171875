"""The template tag with which a reader changes the language.

``{% load footback_languages %}``; docs/reference/template-tags.md shows it.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

from shop_plugin.services.shop.languages import list_languages

register = template.Library()


@register.inclusion_tag("footback/partials/language_switch.html", takes_context=True)
def footback_language_switch(context: Context) -> dict[str, Any]:
    """Show a button per language; nothing where there is no choice or the pages are not mounted.

    The button leads back to the page it stands on, without what was posted to
    it. The page of an error names no way back: its address may be a secret.
    """
    request: Any = None if "exception" in context else context.get("request")
    try:
        url = reverse("footback:language")
    except NoReverseMatch:
        return {"languages": ()}
    return {
        "languages": list_languages(),
        "url": url,
        "here": request.get_full_path() if request else "",
    }
