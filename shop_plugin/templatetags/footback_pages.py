"""Template tags about the shopper's pages as a whole: the way from one to the next.

``{% load footback_pages %}``; docs/reference/template-tags.md shows each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

register = template.Library()

# Name of the page, what its entry says, and the pages that lie behind it.
_ENTRIES = (
    ("browse", gettext_lazy("All shoes"), ("listing",)),
    ("finder", gettext_lazy("Find my shoe"), ("fit",)),
    ("compare", gettext_lazy("Compare"), ()),
    ("learn", gettext_lazy("Learn"), ("topic",)),
    ("pairs", gettext_lazy("My shoes"), ("preferences",)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation.

    ``current`` is the value of ``aria-current``: "page" on the page itself,
    "true" on a page behind it, else empty.
    """

    label: str
    url: str
    current: str


@register.simple_tag(takes_context=True)
def footback_entries(context: Context) -> tuple[Entry, ...]:
    """Return the entries of the navigation: those whose page the host has mounted."""
    match: Any = getattr(context.get("request"), "resolver_match", None)
    shown = match.view_name if match else ""
    entries = []
    for name, label, behind in _ENTRIES:
        try:
            url = reverse(f"footback:{name}")
        except NoReverseMatch:
            continue
        current = "page" if shown == f"footback:{name}" else ""
        if shown in {f"footback:{page}" for page in behind}:
            current = "true"
        entries.append(Entry(str(label), url, current))
    return tuple(entries)
