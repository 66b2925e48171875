"""Template tags of the comparison: two drawings over each other, to one scale.

``{% load footback_compare %}``; docs/reference/template-tags.md shows each of them.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from shop_plugin.domain.side_view import SideView, draw_side_view
from shop_plugin.services.shopping.cards import Card
from shop_plugin.templatetags.footback import describe_side_view, footback_side_view

register = template.Library()


@register.inclusion_tag("footback/partials/overlay.html")
def footback_overlay(first: Card, second: Card, unit: str = "in") -> dict[str, Any]:
    """Draw the second shoe as an outline over the first, heel to heel on one ground, to scale."""
    views = [draw_side_view(card.attributes) for card in (first, second)]
    width, ground = (max(getattr(view, name) for view in views) for name in ("width", "ground"))
    text = _("Two side views to one scale. %(first)s: %(first_view)s %(second)s: %(second_view)s")
    return {
        "below": footback_side_view(first.attributes, first.listing_id, colour=first.colour),
        "over": views[1].shapes,
        "width": width,
        "height": round(ground + views[0].height - views[0].ground, 1),
        "ground": ground,
        "two_inch_line": round(ground - (views[0].ground - views[0].two_inch_line), 1),
        "shift_below": _shift(views[0], ground),
        "shift_over": _shift(views[1], ground),
        "first": first,
        "second": second,
        "text": text
        % {
            "first": first.title,
            "first_view": describe_side_view(first.attributes, views[0], unit=unit),
            "second": second.title,
            "second_view": describe_side_view(second.attributes, views[1], unit=unit),
        },
    }


def _shift(view: SideView, ground: float) -> float:
    """Return by how much a drawing is moved down so that it stands on the common ground."""
    return round(ground - view.ground, 1)
