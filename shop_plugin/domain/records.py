"""What a host shop hands over, and what reading a listing gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from shop_plugin.domain.attributes import SourceKind, Value
from shop_plugin.domain.fit_votes import FitCounts


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One size of a listing. ``stock`` is in pairs; ``width`` is empty where not stated.

    ``internal_length_um`` and ``ball_width_um`` are the shoe's inside in
    micrometres, its whole length and its width at the ball of the foot;
    ``None`` where the host does not say.
    """

    label: str
    system: str = ""
    width: str = ""
    stock: int = 0
    internal_length_um: int | None = None
    ball_width_um: int | None = None


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """One product as the host shop describes it.

    ``price_minor`` is in the smallest unit of ``currency`` (cents); both are
    unknown (``None``, empty) where the host does not say. ``raw_attributes``
    are the host's own fields, untouched. ``fit_votes``, ``return_reasons``,
    ``arch_votes`` and ``width_votes`` are what buyers said, ``None`` where the host does not say.
    ``sales`` (pairs sold) and ``views`` (of its page) are counts of one
    period, the same for all listings, 0 where the host does not say.
    ``successor`` is the host's id of the model that took its place, ``replaces``
    of the one whose place it took; a model that ``is_recalled`` is never
    recommended and never mailed about. ``alias`` is a second id under which
    the host speaks of the same product elsewhere (Shopify's files name the
    handle, its orders the number); empty where there is none. A record that
    ``keeps_sizes`` knows not how many pairs there are of each size: its own
    count only where none are known yet.
    """

    source: str
    external_id: str
    title: str
    description: str = ""
    brand: str = ""
    category: str = ""
    gender: str = ""
    age_group: str = ""
    price_minor: int | None = None
    currency: str = ""
    url: str = ""
    image_url: str = ""
    language: str = ""
    availability: str = ""
    sizes: tuple[SizeRecord, ...] = ()
    raw_attributes: Mapping[str, Any] = field(default_factory=dict)
    fit_votes: FitCounts | None = None
    return_reasons: FitCounts | None = None
    arch_votes: FitCounts | None = None
    width_votes: FitCounts | None = None
    sales: int = 0
    views: int = 0
    successor: str = ""
    replaces: str = ""
    is_recalled: bool = False
    alias: str = ""
    keeps_sizes: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """One order line as the host shop has it now, returns and refunds included.

    Times are aware. ``email`` is empty where the host gives none; such a
    person is kept, and never mailed. ``quantity_returned`` counts returned,
    refunded and cancelled pairs together.
    """

    source: str
    external_id: str
    order_id: str
    ordered_at: datetime
    listing_source: str = ""
    listing_id: str = ""
    title: str = ""
    category: str = ""
    size: str = ""
    quantity: int = 1
    quantity_returned: int = 0
    customer_id: str = ""
    email: str = ""
    first_name: str = ""
    language: str = ""
    country: str = ""
    timezone: str = ""
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None
    is_gift: bool = False
    is_cancelled: bool = False
    optout_offered: bool = False
    has_express_consent: bool = False


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a field of a row cannot be used. ``code`` is stable, ``reason`` is for people."""

    field: str
    code: str
    reason: str


RecordT = TypeVar("RecordT", ListingRecord, PurchaseRecord)


@dataclass(frozen=True, slots=True)
class ReadRow(Generic[RecordT]):
    """One row of a file or a host, read: the record, or why there is none.

    ``line`` counts from 1. A row with a ``record`` may still carry
    ``warnings`` (a currency that is missing); a row without one is refused
    and carries at least one problem. ``raw`` is the start of the row as it
    stood, for the report.
    """

    line: int
    record: RecordT | None
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says of one attribute of one listing.

    ``confidence`` is in thousandths. ``quote`` stands verbatim in the text
    named by ``field`` ("title", "description", or "raw_attributes.NAME") at
    ``[start:end]``. ``original`` is the value as written ('2 3/4"').
    ``rule`` is the id of the vocabulary or mapping rule that read it.
    """

    attribute: str
    value: Value
    source_kind: SourceKind
    rule: str
    confidence: int
    quote: str = ""
    field: str = ""
    start: int | None = None
    end: int | None = None
    original: str = ""
