"""Template tags of the list: cards drawn once for as long as they stay the same, and facets.

``{% load footback_browse %}``
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from django import template
from django.template.base import Template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

import shop_plugin
from shop_plugin.services.shop.shelf import Shelf
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.shopping.facet_groups import FacetCount, FacetGroup
from shop_plugin.templatetags.footback import footback_grade_word, footback_letter

register = template.Library()

CARD = "footback/partials/card.html"
# What a card is drawn with. Where a shop has put one of its own, nothing is kept: it may show
# what no card knows of, the basket or the reader's name.
CARD_PARTS = (
    CARD,
    *(
        f"footback/partials/{name}.html"
        for name in ("grade", "match_bar", "side_view", "compare_pick")
    ),
)
MOST_BYTES = 16 * 1024 * 1024
_OWN_TEMPLATES = str(Path(shop_plugin.__file__).parent / "templates")
_SHELF: Shelf[SafeString] = Shelf(room=MOST_BYTES)
_FRAME = "footback_card_frame"


@register.simple_tag(takes_context=True)
def footback_card(context: Context, card: Card) -> SafeString:
    """Draw a card of the list.

    One that was drawn before in the same frame, language and unit, and with
    the same content, is taken from the shelf. The shop's own template is
    drawn anew each time, with all that the page knows.
    """
    if _FRAME not in context.render_context:
        context.render_context[_FRAME] = _find_frame(context)
    frame: tuple[object, ...] | None = context.render_context[_FRAME]
    if frame is None:
        with context.push(card=card):
            return _template(context, CARD).render(context)
    key = (card.fingerprint, *frame)
    drawn = _SHELF.find(key)
    if drawn is None:
        drawn = _draw(context, card)
        _SHELF.keep(key, drawn, size=len(drawn.encode()))
    return drawn


def _draw(context: Context, card: Card) -> SafeString:
    """Draw a card with nothing of the page but what its key names."""
    shown = {name: context.get(name) for name in ("size_query", "is_comparing")}
    return _template(context, CARD).render(context.new({**shown, "card": card}))


def _find_frame(context: Context) -> tuple[object, ...] | None:
    """Return what decides about a card beside itself; ``None`` where a shop draws its own."""
    templates = [_template(context, name) for name in CARD_PARTS]
    if not all(str(item.origin.name).startswith(_OWN_TEMPLATES) for item in templates):
        return None
    try:
        address = reverse("footback:listing", args=[0])
    except NoReverseMatch:
        return None
    return address, context.get("size_query"), bool(context.get("is_comparing"))


def _template(context: Context, name: str) -> Template:
    assert context.template is not None  # a tag is always drawn by a template
    return context.template.engine.get_template(name)


@register.simple_tag
def footback_facet_values(group: FacetGroup) -> SafeString:
    """Draw the boxes of one facet: value, words, count.

    Written out here, for a form has some hundred and fifty of them; a shop
    that wants other ones loops over ``group.values`` in its ``facet.html``.
    """
    return mark_safe("\n".join(_write_values(group)))  # noqa: S308  # each part is escaped


def _write_values(group: FacetGroup) -> Iterator[str]:
    key = escape(group.key)
    is_grade = group.key == "grade"
    for item in () if group.is_empty else group.values:
        state = " checked" if item.is_chosen else "" if item.count else " disabled"
        kind = ' class="fb-facet-unknown"' if item.is_unknown else ""
        yield (
            f"<li{kind}><label>"
            f'<input type="checkbox" name="{key}" value="{escape(item.value)}"{state}>'
            f"{footback_letter(item.value) if is_grade else ''}"
            f"<span>{escape(_words(group, item))}</span> "
            f'<span class="fb-facet-count">{item.count}</span></label></li>'
        )


def _words(group: FacetGroup, item: FacetCount) -> str:
    if group.key == "grade":
        return footback_grade_word(item.value, item.label)
    if item.is_unknown and group.is_chosen and not item.is_chosen:
        return _("%(label)s: include them too") % {"label": item.label}
    return item.label
