"""The learn pages: what is known about feet, backs and shoes.

The address of such a page may name a condition, and so may a log of it.
Reading an article states nothing about the reader; still the pages set no
cookie, carry no tracker, and tell no other site where somebody came from.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shop_plugin.services.learning.pages import (
    TopicNotFound,
    get_topic_page,
    list_marks,
    list_topics,
)
from shop_plugin.storefront.pages import show_not_found, show_page
from shop_plugin.storefront.reader import get_unit


@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    """Show all learn pages, and what their marks mean."""
    return _page(request, "footback/learn/index.html", {"groups": list_topics()})


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one learn page."""
    try:
        page = get_topic_page(slug, unit=get_unit(request))
    except TopicNotFound:
        return show_not_found(request, _("There is no page under this address."))
    return _page(request, "footback/learn/topic.html", {"page": page})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    context |= {"marks": list_marks(), "is_comparing": False}
    response = show_page(request, template, context)
    # Not "no-referrer": a form on the page, such as the choice of language, must still be
    # known to come from this site.
    response["Referrer-Policy"] = "same-origin"
    return response
