"""Listings as cards of a list: read in bulk, worded once for as long as nothing changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from django.utils.translation import get_language

from shop_plugin.domain.attributes import FootwearAttributes, UseCategory
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.domain.scoring import Assessment
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.stored_matches import read_match
from shop_plugin.services.shop.guides import guides_at_hand
from shop_plugin.services.shop.shelf import Shelf
from shop_plugin.services.shopping.card_rows import CardRow, read_card_rows
from shop_plugin.services.shopping.facet_groups import size_label, size_order
from shop_plugin.services.words.explaining import (
    Explanation,
    attribute_label,
    category_label,
    describe_match,
    describe_why,
    explain_strongest,
)
from shop_plugin.services.words.prices import Price, find_price

STRONGEST = 2
_Words = tuple[str, str, tuple[Explanation, ...]]
_NO_WORDS: _Words = ("", "", ())
# What a shopper would like to know of every shoe, and may be told that nobody says.
ASKED_FOR = (
    "arch_support",
    "cushioning",
    "heel_height_mm",
    "toe_shape",
    "fastening",
    "width_options",
)
_HEEL_UNKNOWN = "HEEL_UNKNOWN"
# Some 4 KB each.
MOST_CARDS = 4096


@dataclass(frozen=True, slots=True)
class Card:
    """One listing in a list.

    ``fingerprint`` is equal for equal cards alone, words and unit included.
    ``url`` is the host's own product page, ``image_url`` its picture; both
    are empty unless they are http(s) addresses or paths on this site.
    ``colour`` is one of the palette of drawings, empty where none is stated.
    ``assessment`` is ``None`` until the listing was assessed, and
    ``match_text`` then empty; ``why`` is the same sentence for a place that
    shows the grade already. ``reasons`` are the (at most two) strongest,
    ``unknown`` the names of the asked-for facts that nobody states,
    ``sizes`` the labels of the sizes in stock, in natural order.
    """

    fingerprint: str
    listing_id: int
    title: str
    brand: str
    use_category: str
    category_label: str
    gender: str
    price: Price | None
    url: str
    image_url: str
    colour: str
    availability: str
    attributes: FootwearAttributes
    assessment: Assessment | None
    match_text: str
    why: str
    reasons: tuple[Explanation, ...]
    unknown: tuple[str, ...]
    sizes: tuple[str, ...]


_SHELF: Shelf[Card] = Shelf(room=MOST_CARDS)


def build_cards(listing_ids: Sequence[int], *, unit: str) -> tuple[Card, ...]:
    """Return the cards of these listings in this order; ids that do not exist are left out.

    What a card is made of is read each time; what was made of just that, in
    this language and unit, is taken from the shelf.
    """
    if not listing_ids:
        return ()
    rows = read_card_rows(listing_ids)
    frame = (get_language(), unit, *guides_at_hand())
    cards = []
    for pk in listing_ids:
        if (row := rows.get(pk)) is None:
            continue
        key = _fingerprint(row, frame)
        card = _SHELF.find(key)
        if card is None:
            card = _build_card(row, unit=unit, fingerprint=key)
            _SHELF.keep(key, card)
        cards.append(card)
    return tuple(cards)


def _fingerprint(row: CardRow, frame: tuple[object, ...]) -> str:
    text = repr((tuple(row), frame))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def find_profile(listing: Listing) -> FootwearProfile | None:
    """Return the profile of a listing, or ``None`` before its first reading."""
    try:
        return listing.profile
    except FootwearProfile.DoesNotExist:
        return None


def attributes_of(listing: Listing, profile: FootwearProfile | None) -> FootwearAttributes:
    """Return what is believed of a listing; of one without a profile, only its kind."""
    if profile is None:
        return FootwearAttributes(use_category=UseCategory(listing.use_category))
    return FootwearAttributes.from_snapshot(profile.snapshot)


def unknown_labels(
    attributes: FootwearAttributes, assessment: Assessment | None
) -> tuple[str, ...]:
    """Return the names of the asked-for facts that nobody states.

    The heel is left out where the match could tell its rise from something
    else, so that no card says "low heel" and "heel height not stated" at once.
    """
    codes = {_HEEL_UNKNOWN}
    if assessment is not None and assessment.verdict.is_scored:
        codes = {reason.code for reason in assessment.reasons}
    return tuple(
        attribute_label(key)
        for key in ASKED_FOR
        if attributes.get(key) is None and (key != "heel_height_mm" or _HEEL_UNKNOWN in codes)
    )


def safe_link(url: str) -> str:
    """Return the address where it is http(s) or a path on this site, else an empty text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return url
    # Browsers read a backslash as a slash, so that "/\\host" would lead to another site.
    is_path = not parts.scheme and not parts.netloc and url.startswith("/") and "\\" not in url
    return url if is_path else ""


def _build_card(row: CardRow, *, unit: str, fingerprint: str) -> Card:
    assessment = read_match(row.match) if row.match else None
    attributes = _attributes(row)
    words = (
        _word(assessment, unit, (get_language(), *guides_at_hand())) if assessment else _NO_WORDS
    )
    match_text, why, reasons = words
    return Card(
        fingerprint=fingerprint,
        listing_id=row.listing_id,
        title=row.title,
        brand=row.brand,
        use_category=row.use_category,
        category_label=category_label(row.use_category),
        gender=row.gender,
        price=find_price(row.price_minor, row.currency),
        url=safe_link(row.url),
        image_url=safe_link(row.image_url),
        colour=find_listing_colour(json.loads(row.raw_attributes), row.title),
        availability=row.availability,
        attributes=attributes,
        assessment=assessment,
        match_text=match_text,
        why=why,
        reasons=reasons,
        unknown=unknown_labels(attributes, assessment),
        sizes=tuple(
            size_label(*size) for size in sorted(row.sizes, key=lambda size: size_order(*size))
        ),
    )


def _attributes(row: CardRow) -> FootwearAttributes:
    if row.snapshot is None:
        return FootwearAttributes(use_category=UseCategory(row.use_category))
    return FootwearAttributes.from_snapshot(json.loads(row.snapshot))


@lru_cache(maxsize=MOST_CARDS)
def _word(assessment: Assessment, unit: str, _key: object) -> _Words:
    """Return the match in one sentence, what it rests on, and its strongest reasons.

    Listings that state the same share them.
    """
    return (
        describe_match(assessment, unit=unit),
        describe_why(assessment, unit=unit),
        explain_strongest(assessment, unit=unit, most=STRONGEST),
    )
