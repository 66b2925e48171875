"""What cards are made of, as the database has it now: three queries, whatever the number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from shop_plugin.domain.scoring import GENERAL
from shop_plugin.models import Listing, ListingSize
from shop_plugin.services.evidence.stored_matches import MatchRow, find_match_rows


class CardRow(NamedTuple):
    """All that one card shows, in plain values. Two that are equal make the same card.

    ``raw_attributes`` and ``snapshot`` are JSON text, ``snapshot`` and
    ``match`` ``None`` where there is none yet. ``sizes`` are systems and
    labels of what is in stock, sorted.
    """

    listing_id: int
    title: str
    brand: str
    use_category: str
    gender: str
    price_minor: int | None
    currency: str
    url: str
    image_url: str
    availability: str
    raw_attributes: str
    snapshot: str | None
    match: MatchRow | None
    sizes: tuple[tuple[str, str], ...]


_COLUMNS = ("pk", *CardRow._fields[1:10], "raw_text", "snapshot_text")


def read_card_rows(listing_ids: Sequence[int]) -> dict[int, CardRow]:
    """Return the rows of these listings; ids that do not exist are left out."""
    rows = list(
        Listing.objects.filter(pk__in=listing_ids)
        .annotate(
            raw_text=Cast("raw_attributes", TextField()),
            snapshot_text=Cast("profile__snapshot", TextField()),
        )
        .values_list(*_COLUMNS, "profile__assessed_hash", "profile__formula_version")
    )
    matches = _general_matches({row[-2:] for row in rows if row[-2]})
    sizes = _sizes_in_stock(listing_ids)
    return {
        row[0]: CardRow._make(
            (*row[:-2], matches.get(row[-2:]), tuple(sorted(sizes.get(row[0], ()))))
        )
        for row in rows
    }


def _general_matches(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], MatchRow]:
    """Return the matches that the profiles repeat, so that card, filter and order agree."""
    rows = find_match_rows(
        {key[0] for key in keys}, {key[1] for key in keys}, conditions=(GENERAL,)
    )
    return {(row.attribute_hash, row.formula_version): row for row in rows}


def _sizes_in_stock(listing_ids: Sequence[int]) -> dict[int, set[tuple[str, str]]]:
    rows = ListingSize.objects.filter(listing_id__in=listing_ids, stock__gt=0)
    sizes: dict[int, set[tuple[str, str]]] = {}
    for listing_id, system, label in rows.values_list("listing_id", "system", "label"):
        sizes.setdefault(listing_id, set()).add((system, label))
    return sizes
