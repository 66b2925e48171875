"""What an index knows of a listing, read from the database in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from shop_plugin.domain.bands import price_range
from shop_plugin.domain.money import minor_digits
from shop_plugin.domain.sizes import find_width
from shop_plugin.models import Assessment, Listing, ListingSize
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.search.bitmap.columns import Pair
from shop_plugin.services.search.bitmap.facts import Ends
from shop_plugin.services.search.facets import NO_SIZE, UNKNOWN, PriceRange, size_value

# The single-valued facets, in the order of ``Document.values``.
VALUE_FACETS = (
    "grade",
    "arch",
    "cushioning",
    "heel",
    "toe",
    "fastening",
    "insole",
    "orthotic",
    "category",
    "brand",
    "gender",
    "price",
)
CHUNK = 2000

# Where a listing without a profile stands: after all matches (0 and less) and "no match" (1).
NO_PROFILE = 2
NOT_KNOWN = -1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "pk",
    "profile__grade_band",
    "profile__arch_band",
    "profile__cushioning_band",
    "profile__heel_band",
    "profile__toe_band",
    "profile__fastening_band",
    "profile__removable_insole",
    "profile__orthotic_friendly",
    "use_category",
    "brand",
    "gender",
    "currency",
    "price_minor",
    "created_at",
    "profile__match_order",
    "profile__heel_height_low_um",
    "profile__heel_height_high_um",
    "profile__assessed_hash",
    "profile__formula_version",
    "terms__terms",
)
_FLAGS = {True: "yes", False: "no", None: None}


class Document(NamedTuple):
    """One listing as the index holds it. Numbers that are not known are -1."""

    listing_id: int
    values: tuple[str, ...]
    currency: str
    price_minor: int
    created_us: int
    match_order: int
    heel_low_um: int
    heel_high_um: int
    facts: str
    ends: Ends
    pairs: frozenset[Pair]
    terms: tuple[str, ...]


def read_documents(listing_ids: Sequence[int]) -> Iterator[Document]:
    """Yield the documents of these listings; those withdrawn or gone are left out.

    Three queries per chunk; memory does not grow with the number of ids.
    """
    for start in range(0, len(listing_ids), CHUNK):
        yield from _read_chunk(listing_ids[start : start + CHUNK])


def read_all_documents() -> Iterator[Document]:
    """Yield the documents of every listing that is offered, by ascending id."""
    last = 0
    present = Listing.objects.filter(is_withdrawn=False).order_by("pk")
    while ids := list(present.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield from _read_chunk(ids)
        last = ids[-1]


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _read_chunk(ids: Sequence[int]) -> Iterator[Document]:
    rows = list(
        Listing.objects.filter(among("pk", ids), is_withdrawn=False)
        .order_by("pk")
        .values_list(*_COLUMNS)
    )
    stock = _read_stock(ids)
    ends = _read_ends({row[-3] for row in rows if row[-3]})
    for row in rows:
        (pk, *bands, insole, orthotic, category, brand, gender, currency, minor, created) = row[:15]
        match_order, low, high, facts_hash, version, terms = row[15:]
        values = (*bands, _FLAGS[insole], _FLAGS[orthotic], category, brand, gender)
        facts = f"{facts_hash or ''} {version or ''}"
        yield Document(
            listing_id=pk,
            values=(*(value or UNKNOWN for value in values), _price_band(currency, minor)),
            currency=currency,
            price_minor=NOT_KNOWN if minor is None else minor,
            created_us=microseconds(created),
            match_order=NO_PROFILE if match_order is None else match_order,
            heel_low_um=NOT_KNOWN if low is None else low,
            heel_high_um=NOT_KNOWN if high is None else high,
            facts=facts,
            ends=ends.get(facts, {}),
            pairs=_pairs(stock.get(pk, ()), gender),
            terms=tuple((terms or "").split()),
        )


def _price_band(currency: str, minor: int | None) -> str:
    if minor is None or not currency:
        return UNKNOWN
    return str(PriceRange(currency, *price_range(minor // 10 ** minor_digits(currency))))


def _read_stock(ids: Sequence[int]) -> Mapping[int, list[tuple[str, str, str, int]]]:
    stock: dict[int, list[tuple[str, str, str, int]]] = {}
    rows = ListingSize.objects.filter(among("listing_id", ids))
    for listing_id, system, label, width, number in rows.values_list(
        "listing_id", "system", "label", "width", "stock"
    ):
        stock.setdefault(listing_id, []).append((system, label, width, number))
    return stock


def _pairs(rows: Sequence[tuple[str, str, str, int]], gender: str) -> frozenset[Pair]:
    in_stock = frozenset(
        (size_value(system=system, label=label), find_width(width, gender) or UNKNOWN)
        for system, label, width, stock in rows
        if stock > 0
    )
    return in_stock or frozenset({(NO_SIZE, NO_SIZE) if rows else (UNKNOWN, UNKNOWN)})


def _read_ends(hashes: set[str]) -> Mapping[str, Ends]:
    ends: dict[str, dict[str, tuple[int, int, int]]] = {}
    rows = Assessment.objects.filter(attribute_hash__in=hashes)
    for key, version, condition, low, high, coverage in rows.values_list(
        "attribute_hash", "formula_version", "condition", "low", "high", "coverage"
    ):
        if low is not None and high is not None:
            ends.setdefault(f"{key} {version}", {})[condition] = low, high, coverage
    return ends
