"""Template tags for a host's own product pages and lists, beside the badge.

``{% load footback_host %}``; docs/reference/template-tags.md shows each of
them. A product that footback does not know never breaks a page: its tag
shows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from shop_plugin.services.shopping.alternatives import find_alternatives, read_sizes
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.shopping.host_products import find_host_page, load_host_shoes
from shop_plugin.services.shopping.structured_data import describe_product
from shop_plugin.services.words.explaining import describe_why, explain
from shop_plugin.services.words.lengths import default_unit

register = template.Library()

Shoes = Mapping[str, Card]

# What would end the element, or start another; valid in JSON only inside strings, where \\u may
# stand for it. The two line separators are for parsers that read JSON as JavaScript.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@register.simple_tag
def footback_load(
    product_source: str, products: object, attribute: str = "", unit: str = ""
) -> Shoes:
    """Load many products of a host at once, for the tags that take ``shoes``.

    ``products`` is one id, a list of ids, or a list of the host's objects of
    which ``attribute`` ("sku") is the id. Four queries, however many.
    """
    if isinstance(products, str) or not isinstance(products, Iterable):
        products = [products]
    ids = [getattr(item, attribute) for item in products] if attribute else [*products]
    return load_host_shoes(product_source, ids, unit=unit or default_unit())


@register.inclusion_tag("footback/partials/host_facts.html")
def footback_facts(product_source: str, product_id: object, unit: str = "") -> dict[str, Any]:
    """List what is known of a host's product, each fact with its source and the words behind it."""
    page = find_host_page(product_source, product_id, unit=unit or default_unit())
    return {"facts": [fact for fact in page.facts if fact.is_known] if page else ()}


@register.inclusion_tag("footback/partials/host_reasons.html")
def footback_reasons(
    product_source: str,
    product_id: object,
    limit: int = 5,
    shoes: Shoes | None = None,
    unit: str = "",
) -> dict[str, Any]:
    """Say why a host's product matches the guide as it does: at most ``limit`` reasons."""
    shown_unit = unit or default_unit()
    card = _find(product_source, product_id, shoes, shown_unit)
    if card is None or card.assessment is None:
        return {"reasons": ()}
    return {
        "assessment": card.assessment,
        "why": describe_why(card.assessment, unit=shown_unit),
        "reasons": explain(card.assessment, unit=shown_unit)[:limit],
        "url": _address(card),
    }


@register.inclusion_tag("footback/partials/host_alternatives.html")
def footback_alternatives(
    product_source: str,
    product_id: object,
    size: str = "",
    limit: int = 3,
    heading: str = "",
    shoes: Shoes | None = None,
    unit: str = "",
) -> dict[str, Any]:
    """Show the host's products of the same kind that match the guide at least as well.

    ``size`` is one to be in stock ("eu:38"). ``heading`` stands above them,
    where there are any. Links lead to the host's own pages.
    """
    shown_unit = unit or default_unit()
    card = _find(product_source, product_id, shoes, shown_unit)
    if card is None:
        return {"alternatives": ()}
    found = find_alternatives(
        card.listing_id, sizes=read_sizes([size]), unit=shown_unit, limit=limit
    )
    others = [{"card": item, "url": item.url or _address(item)} for item in found.cards]
    return {"alternatives": others, "heading": heading}


@register.simple_tag
def footback_jsonld(
    product_source: str,
    product_id: object,
    url: str = "",
    shoes: Shoes | None = None,
    unit: str = "mm",
) -> SafeString | str:
    """Describe a host's product to machines (JSON-LD): its known facts, never its match.

    A data block, which no browser executes; a strict content policy lets it pass.
    """
    card = _find(product_source, product_id, shoes, default_unit())
    if card is None:
        return ""
    node = describe_product(card, product_id=str(product_id), url=url, unit=unit)
    text = json.dumps(node, ensure_ascii=False).translate(_ESCAPES)
    return SafeString(f'<script type="application/ld+json">{text}</script>')


def _find(source: str, product_id: object, shoes: Shoes | None, unit: str) -> Card | None:
    if shoes is None:
        shoes = load_host_shoes(source, [product_id], unit=unit)
    return shoes.get(str(product_id))


def _address(card: Card) -> str:
    """Return the address of footback's page, or "" for a host that mounts none."""
    try:
        return reverse("footback:listing", args=[card.listing_id])
    except NoReverseMatch:
        return ""
