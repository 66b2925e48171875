"""Listings as cards of a list: read in bulk, three queries whatever the number of cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from shop_plugin.domain.attributes import FootwearAttributes, UseCategory
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.domain.scoring import GENERAL, Assessment
from shop_plugin.models import Assessment as AssessmentRow
from shop_plugin.models import FootwearProfile, Listing, ListingSize
from shop_plugin.services.evidence.assessment import read_assessment
from shop_plugin.services.shopping.facet_groups import size_label, size_order
from shop_plugin.services.words.explaining import (
    Explanation,
    attribute_label,
    category_label,
    describe_match,
    describe_why,
    explain,
)
from shop_plugin.services.words.prices import Price, find_price

STRONGEST = 2
_Words = tuple[str, str, tuple[Explanation, ...]]
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


@dataclass(frozen=True, slots=True)
class Card:
    """One listing in a list.

    ``url`` is the host's own product page, ``image_url`` its picture; both
    are empty unless they are http(s) addresses or paths on this site.
    ``colour`` is one of the palette of drawings, empty where none is stated.
    ``assessment`` is ``None`` until the listing was assessed, and
    ``match_text`` then empty; ``why`` is the same sentence for a place that
    shows the grade already. ``reasons`` are the (at most two) strongest,
    ``unknown`` the names of the asked-for facts that nobody states,
    ``sizes`` the labels of the sizes in stock, in natural order.
    """

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


def build_cards(listing_ids: Sequence[int], *, unit: str) -> tuple[Card, ...]:
    """Return the cards of these listings in this order; ids that do not exist are left out."""
    if not listing_ids:
        return ()
    listings = Listing.objects.select_related("profile").defer("description", "profile__conflicts")
    by_id = {item.pk: item for item in listings.filter(pk__in=listing_ids)}
    profiles = {pk: profile for pk, item in by_id.items() if (profile := find_profile(item))}
    assessments = _general_assessments(profiles)
    sizes = _sizes_in_stock(listing_ids)
    # Listings that state the same share one assessment; its words are made once.
    distinct = {id(assessment): assessment for assessment in assessments.values()}
    words = {key: _word(assessment, unit) for key, assessment in distinct.items()}
    return tuple(
        _build_card(
            by_id[pk],
            profiles.get(pk),
            assessment := assessments.get(pk),
            words.get(id(assessment), ("", "", ())),
            sizes.get(pk, ()),
        )
        for pk in listing_ids
        if pk in by_id
    )


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


def _word(assessment: Assessment, unit: str) -> _Words:
    """Return the match in one sentence, what it rests on, and its strongest reasons."""
    reasons = (item for item in explain(assessment, unit=unit) if item.tone != "unknown")
    return (
        describe_match(assessment, unit=unit),
        describe_why(assessment, unit=unit),
        tuple(reasons)[:STRONGEST],
    )


def _build_card(
    listing: Listing,
    profile: FootwearProfile | None,
    assessment: Assessment | None,
    words: _Words,
    sizes: Sequence[str],
) -> Card:
    attributes = attributes_of(listing, profile)
    match_text, why, reasons = words
    return Card(
        listing_id=listing.pk,
        title=listing.title,
        brand=listing.brand,
        use_category=listing.use_category,
        category_label=category_label(listing.use_category),
        gender=listing.gender,
        price=find_price(listing.price_minor, listing.currency),
        url=safe_link(listing.url),
        image_url=safe_link(listing.image_url),
        colour=find_listing_colour(listing.raw_attributes, listing.title),
        availability=listing.availability,
        attributes=attributes,
        assessment=assessment,
        match_text=match_text,
        why=why,
        reasons=reasons,
        unknown=unknown_labels(attributes, assessment),
        sizes=tuple(sizes),
    )


def _general_assessments(profiles: Mapping[int, FootwearProfile]) -> dict[int, Assessment]:
    """Return the matches that the profiles repeat, so that card, filter and order agree."""
    keys = {pk: (item.assessed_hash, item.formula_version) for pk, item in profiles.items()}
    rows = AssessmentRow.objects.filter(
        attribute_hash__in={key[0] for key in keys.values() if key[0]},
        formula_version__in={key[1] for key in keys.values()},
        condition=GENERAL,
    )
    found = {(row.attribute_hash, row.formula_version): read_assessment(row) for row in rows}
    return {pk: found[key] for pk, key in keys.items() if key in found}


def _sizes_in_stock(listing_ids: Sequence[int]) -> dict[int, list[str]]:
    rows = ListingSize.objects.filter(listing_id__in=listing_ids, stock__gt=0)
    sizes: dict[int, set[tuple[str, str]]] = {}
    for listing_id, system, label in rows.values_list("listing_id", "system", "label"):
        sizes.setdefault(listing_id, set()).add((system, label))
    return {
        listing_id: [size_label(*size) for size in sorted(own, key=lambda size: size_order(*size))]
        for listing_id, own in sizes.items()
    }
