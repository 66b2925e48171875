"""Everything one listing's page shows: the match, why, and who says what with which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shop_plugin.domain.attributes import FootwearAttributes, SourceKind
from shop_plugin.domain.scoring import Assessment
from shop_plugin.services.explaining import Explanation
from shop_plugin.services.search import Price


class ListingNotFound(LookupError):
    """No listing has this id."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source says of one attribute.

    ``quote`` stands verbatim in ``field`` at ``[start:end]``; ``context`` is
    the quote with a few words before and after it, as
    (before, quote, after). ``is_believed`` tells the winner from the losers.
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
    observed_at: datetime
    is_believed: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of a listing: what is believed, and all that is said of it.

    ``text`` is the value in the reader's unit, empty where unknown.
    ``is_disputed`` is true where sources of equal rank disagree.
    """

    key: str
    label: str
    text: str
    is_known: bool
    is_disputed: bool
    is_scored: bool
    source_label: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SizeOffer:
    """One size of a listing, in natural order."""

    label: str
    system: str
    width: str
    is_in_stock: bool


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One listing with its facts, its assessment and its reasons.

    A withdrawn listing has its page still; ``is_withdrawn`` says so.
    ``assessments`` are those of every condition profile, by condition, in the
    guide's order, "general" first.
    """

    listing_id: int
    title: str
    brand: str
    description: str
    use_category: str
    category_label: str
    gender: str
    price: Price | None
    url: str
    image_url: str
    is_withdrawn: bool
    attributes: FootwearAttributes
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...]
    sizes: tuple[SizeOffer, ...]
    condition: str
    assessment: Assessment | None
    assessments: tuple[Assessment, ...]
    match_text: str
    explanations: tuple[Explanation, ...]
    disclaimer: str
    updated_at: datetime
