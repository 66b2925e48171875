"""Template tags of "My shoes": the wear gauge, and what came of a change in words.

``{% load footback_pairs %}``; docs/reference/template-tags.md shows each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.services.pairs.pair_changes import Answer, Wish
from shop_plugin.services.pairs.wardrobe import WearGauge

register = template.Library()

# Three units of the drawing are one percent.
_UNIT = 3
_HEIGHT = 10


@dataclass(frozen=True, slots=True)
class GaugePart:
    """A stretch of the bar: how it is drawn, and its hatching where its end may lie in it."""

    x: int
    width: int
    style: str
    hatch: str


@register.inclusion_tag("footback/pairs/gauge.html")
def footback_wear_gauge(gauge: WearGauge | None) -> dict[str, Any]:
    """Draw how worn a pair may be: solid up to today, hatched where such pairs come to their end.

    Draws nothing for a pair that has no range. The drawing carries its text alternative.
    """
    if gauge is None:
        return {"parts": ()}
    parts, x = [], 0
    for piece in gauge.pieces:
        width = piece.percent * _UNIT
        hatch = _hatch(x, x + width) if piece.is_in_range else ""
        parts.append(GaugePart(x, width, piece.style, hatch))
        x += width
    today = min(max(gauge.today * _UNIT, 4), x - 4)
    return {
        "parts": parts,
        "width": x,
        "height": _HEIGHT,
        "today": f"M{today} {_HEIGHT + 1.5}l4 6h-8z",
        "text": gauge.text,
    }


def _hatch(left: int, right: int) -> str:
    """Return slanted strokes that fill a stretch and do not leave it."""
    lines = range(left + 5, right + _HEIGHT, 7)
    return "".join(
        f"M{max(left, c - _HEIGHT)} {min(_HEIGHT, c - left)}L{min(right, c)} {max(0, c - right)}"
        for c in lines
    )


@register.simple_tag
def footback_wish(wish: Wish | None) -> str:
    """Return what was said of a pair, in words: "3 days a week"."""
    if wish is None:
        return ""
    if wish.answer is Answer.DAYS:
        days = wish.days or 0
        return ngettext("%(days)d day a week", "%(days)d days a week", days) % {"days": days}
    if wish.answer is Answer.SNOOZE:
        return _("remind me in %(days)d days") % {"days": wish.days or 30}
    return str(
        {
            Answer.STILL_FINE: _("it is still fine"),
            Answer.WORN_OUT: _("it is worn out"),
            Answer.REPLACED: _("I replaced it"),
            Answer.NOT_WORN: _("I do not wear it any more"),
            Answer.GIVEN: _("I gave it away"),
            Answer.STOP: _("no more notes about it"),
            Answer.STARTED: _("when I began to wear it"),
            Answer.KEPT: _("I wear both"),
            Answer.AGAIN: _("I wear it again"),
        }[wish.answer]
    )
