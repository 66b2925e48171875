"""Everything one listing's page shows: the match, why, and who says what with which words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    SOURCE_RANK,
    FootwearAttributes,
    SourceKind,
    Value,
)
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.domain.scoring import GENERAL, Assessment
from shop_plugin.models import FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.observed import ObservedFact, observations_of
from shop_plugin.services.evidence.stored_matches import (
    MatchRow,
    find_former_match,
    find_match_rows,
    read_match,
)
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.buyers_word import BuyersWord, find_buyers_word
from shop_plugin.services.shopping.cards import (
    ASKED_FOR,
    attributes_of,
    find_profile,
    safe_link,
    unknown_labels,
)
from shop_plugin.services.shopping.facet_groups import size_order
from shop_plugin.services.words.attributes import Text
from shop_plugin.services.words.explaining import (
    DISCLAIMER,
    Explanation,
    attribute_label,
    category_label,
    describe_match,
    describe_value,
    describe_why,
    explain,
)
from shop_plugin.services.words.prices import Price, find_price

CONTEXT_CHARACTERS = 60

# What the formula reads for the general match; everything else is told for information.
SCORED = frozenset(
    {
        "arch_support",
        "removable_insole",
        "orthotic_friendly",
        "heel_counter",
        "torsional_stiffness",
        "base_stability",
        "cushioning",
        "heel_height_mm",
        "forefoot_height_mm",
        "drop_mm",
        "stack_heel_mm",
        "toe_shape",
        "width_options",
        "fastening",
    }
)

SOURCE_LABELS: Mapping[SourceKind, Text] = {
    SourceKind.LAB: pgettext_lazy("source", "measured"),
    SourceKind.MAKER: pgettext_lazy("source", "maker"),
    SourceKind.STAFF: pgettext_lazy("source", "shop staff"),
    SourceKind.FEED: pgettext_lazy("source", "product data"),
    SourceKind.TEXT: pgettext_lazy("source", "read from the text"),
    SourceKind.CATEGORY: _("true of this kind of shoe"),
    SourceKind.BUYERS: pgettext_lazy("source", "buyers"),
}


class ListingNotFound(LookupError):
    """No listing has this id."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says of one attribute.

    ``text`` is the value in the reader's unit, ``original`` as it was written.
    ``quote`` stands verbatim in ``field``; where the text has not changed
    since, ``start`` and ``end`` say where, and ``context`` is the quote with
    a few words around it as (before, quote, after). ``confidence`` is in
    thousandths. ``is_believed`` tells the winner from the losers.
    ``observed_at`` is ``None`` for what is true by definition.
    """

    text: str
    original: str
    source_kind: SourceKind
    source_label: str
    confidence: int
    quote: str
    field: str
    start: int | None
    end: int | None
    context: tuple[str, str, str]
    observed_at: datetime | None
    is_believed: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of a listing: what is believed, and all that is said of it.

    ``text`` is the value in the reader's unit ("not stated" where unknown).
    ``is_disputed`` is true where sources of equal rank disagree; the value is
    then wide enough for all of them. ``is_scored`` tells whether the general
    match reads it. ``evidence`` has the believed first.
    """

    key: str
    label: str
    value: Value | None
    text: str
    is_known: bool
    is_disputed: bool
    is_scored: bool
    source_label: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SizeOffer:
    """One size of a listing. ``system`` and ``width`` are empty where not stated.

    ``internal_length_um`` and ``ball_width_um`` are the shoe's inside in
    micrometres, ``None`` where the shop does not say.
    """

    label: str
    system: str
    width: str
    is_in_stock: bool
    internal_length_um: int | None = None
    ball_width_um: int | None = None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One listing with its facts, its match and its reasons.

    A withdrawn listing has its page still; ``is_withdrawn`` says so.
    ``colour`` is one of the palette of drawings, empty where none is stated.
    ``buyers`` is what others said of the sizes; it changes no match and no fit.
    ``assessment`` and ``explanations`` are those of ``condition``;
    ``assessments`` are those of every profile in the guide's order, "general"
    first. ``why`` is ``match_text`` for a place that shows the grade already.
    All are empty until the listing was assessed. ``former`` is the match of
    the same facts under the formula before, where that gave another and where
    it was asked for; only the rules made the difference then.
    """

    listing_id: int
    source: str
    external_id: str
    title: str
    brand: str
    description: str
    use_category: str
    category_label: str
    gender: str
    price: Price | None
    url: str
    image_url: str
    colour: str
    availability: str
    is_withdrawn: bool
    attributes: FootwearAttributes
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...]
    sizes: tuple[SizeOffer, ...]
    buyers: BuyersWord
    condition: str
    assessment: Assessment | None
    assessments: tuple[Assessment, ...]
    former: Assessment | None
    match_text: str
    why: str
    explanations: tuple[Explanation, ...]
    disclaimer: str
    updated_at: datetime


def get_listing_page(
    listing_id: int, *, unit: str = "in", condition: str = GENERAL, with_former: bool = False
) -> ListingPage:
    """Return all that one listing's page shows, lengths in ``unit`` ("in", "cm" or "mm").

    The match under the formula before costs a query of its own, and is asked
    for where it is shown: ``with_former``.

    :raises ListingNotFound: for an id that no listing has.
    """
    try:
        listing = Listing.objects.select_related("profile").get(pk=listing_id)
    except Listing.DoesNotExist as error:
        raise ListingNotFound(f"no listing has the id {listing_id}") from error
    profile = find_profile(listing)
    attributes = attributes_of(listing, profile)
    rows = _match_rows(profile)
    assessments = {key: read_match(row) for key, row in rows.items()}
    assessment = assessments.get(condition)
    former = find_former_match(rows[condition]) if with_former and assessment else None
    return ListingPage(
        listing_id=listing.pk,
        source=listing.source,
        external_id=listing.external_id,
        title=listing.title,
        brand=listing.brand,
        description=listing.description,
        use_category=listing.use_category,
        category_label=category_label(listing.use_category),
        gender=listing.gender,
        price=find_price(listing.price_minor, listing.currency),
        url=safe_link(listing.url),
        image_url=safe_link(listing.image_url),
        colour=find_listing_colour(listing.raw_attributes, listing.title),
        availability=listing.availability,
        is_withdrawn=listing.is_withdrawn,
        attributes=attributes,
        facts=_facts(listing, attributes, unit=unit),
        unknown=unknown_labels(attributes, assessments.get(GENERAL)),
        sizes=_sizes(listing),
        buyers=find_buyers_word(listing.pk),
        condition=condition,
        assessment=assessment,
        assessments=tuple(assessments.values()),
        former=read_match(former) if former else None,
        match_text=describe_match(assessment, unit=unit) if assessment else "",
        why=describe_why(assessment, unit=unit) if assessment else "",
        explanations=explain(assessment, unit=unit) if assessment else (),
        disclaimer=str(DISCLAIMER),
        updated_at=listing.updated_at,
    )


def get_facts(listing_id: int, *, keys: Sequence[str] = (), unit: str = "in") -> tuple[Fact, ...]:
    """Return the facts of a listing as its page tells them, or those of some attributes.

    :raises ListingNotFound: for an id that is no listing.
    """
    listing = Listing.objects.select_related("profile").filter(pk=listing_id).first()
    if listing is None:
        raise ListingNotFound(listing_id)
    return _facts(listing, attributes_of(listing, find_profile(listing)), unit=unit, keys=keys)


def _match_rows(profile: FootwearProfile | None) -> dict[str, MatchRow]:
    """Return the matches that belong to the one in force, by condition, in the guide's order."""
    if profile is None or not profile.assessed_hash:
        return {}
    conditions = guide_in_force().conditions
    rows = find_match_rows(
        (profile.assessed_hash,), (profile.formula_version,), conditions=conditions
    )
    found = {row.condition: row for row in rows}
    return {key: found[key] for key in conditions if key in found}


def _facts(
    listing: Listing, attributes: FootwearAttributes, *, unit: str, keys: Sequence[str] = ()
) -> tuple[Fact, ...]:
    """Return the facts of the keys, else those asked for and every other that anybody states."""
    said: dict[str, list[ObservedFact]] = {}
    for item in observations_of(listing.pk):
        if item.state == Observation.State.ACCEPTED:
            said.setdefault(item.attribute, []).append(item)
    others = [
        key
        for key in ATTRIBUTES
        if key not in ASKED_FOR and (key in said or attributes.get(key) is not None)
    ]
    return tuple(
        _fact(key, listing, attributes, said.get(key, ()), unit=unit)
        for key in (keys or (*ASKED_FOR, *others))
    )


def _fact(
    key: str,
    listing: Listing,
    attributes: FootwearAttributes,
    said: Iterable[ObservedFact],
    *,
    unit: str,
) -> Fact:
    value = attributes.get(key)
    ordered = sorted(said, key=lambda item: (not item.is_believed, -SOURCE_RANK[item.source_kind]))
    evidence = tuple(_evidence(item, listing, unit=unit) for item in ordered)
    believed = [item.source_label for item in evidence if item.is_believed]
    return Fact(
        key=key,
        label=attribute_label(key),
        value=value,
        text=describe_value(key, value, unit=unit),
        is_known=value is not None,
        is_disputed=key in attributes.conflicts,
        is_scored=key in SCORED,
        source_label=", ".join(dict.fromkeys(believed)),
        evidence=evidence,
    )


def _evidence(item: ObservedFact, listing: Listing, *, unit: str) -> Evidence:
    text = {"title": listing.title, "description": listing.description}.get(item.field, "")
    start, end = item.start, item.end
    if start is None or end is None or text[start:end] != item.quote:
        start = end = None
    return Evidence(
        text=describe_value(item.attribute, item.value, unit=unit),
        original=item.original,
        source_kind=item.source_kind,
        source_label=str(SOURCE_LABELS[item.source_kind]),
        confidence=item.confidence,
        quote=item.quote,
        field=item.field,
        start=start,
        end=end,
        context=_context(text, item.quote, start, end),
        observed_at=item.observed_at,
        is_believed=item.is_believed,
    )


def _context(text: str, quote: str, start: int | None, end: int | None) -> tuple[str, str, str]:
    """Return the quote between the words around it, cut at whole words."""
    if start is None or end is None:
        return "", quote, ""
    before = text[max(0, start - CONTEXT_CHARACTERS) : start]
    after = text[end : end + CONTEXT_CHARACTERS]
    if start > CONTEXT_CHARACTERS:
        before = "…" + (before.split(" ", 1)[1] if " " in before else before)
    if end + CONTEXT_CHARACTERS < len(text):
        after = (after.rsplit(" ", 1)[0] if " " in after else after) + "…"
    return before, quote, after


def _sizes(listing: Listing) -> tuple[SizeOffer, ...]:
    offers = [
        SizeOffer(
            size.label,
            size.system,
            size.width,
            size.stock > 0,
            size.internal_length_um,
            size.ball_width_um,
        )
        for size in listing.sizes.all()
    ]
    return tuple(
        sorted(offers, key=lambda item: (*size_order(item.system, item.label), item.width))
    )
