"""Up to four shoes side by side: what differs first, what is not known marked as such.

What to compare comes from an address and may be anything; what cannot be
shown is said in words and never an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models import Listing
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.shopping.alternatives import find_alternatives
from shop_plugin.services.shopping.cards import ASKED_FOR, Card, build_cards
from shop_plugin.services.shopping.results import search
from shop_plugin.services.words.explaining import attribute_label, describe_value

MOST_SHOES = 4
MOST_OFFERED = 6
# An id of more digits is none of ours, and no database could look it up.
_MOST_DIGITS = 18
# Told by the offers of sizes themselves.
_NOT_COMPARED = frozenset({"size_system"})


@dataclass(frozen=True, slots=True)
class ComparedShoe:
    """One shoe of a comparison. ``query_without`` is the query string of the others."""

    card: Card
    is_withdrawn: bool
    query_without: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one shoe; ``text`` says "not stated" where it is not known."""

    text: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One fact of every shoe, in the order of the shoes."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The shoes of an address beside each other.

    ``rows`` have those that differ first. ``notices`` say what of the address
    could not be shown. ``offered`` are shoes that may be added, each with the
    query string that adds it; there are none when the comparison is full.
    """

    shoes: tuple[ComparedShoe, ...]
    rows: tuple[CompareRow, ...]
    notices: tuple[str, ...]
    query: str
    words: str
    offered: tuple[tuple[Card, str], ...]

    @property
    def is_full(self) -> bool:
        """Tell whether no shoe can be added."""
        return len(self.shoes) >= MOST_SHOES

    @property
    def differing(self) -> int:
        """Return how many rows differ."""
        return sum(row.differs for row in self.rows)


def compare_shoes(values: Sequence[str], *, words: str = "", unit: str = "in") -> Comparison:
    """Return the comparison of the listings with these ids, as an address names them.

    ``words`` look for a shoe to add; without any, a single shoe gets its
    alternatives offered. Never raises on what the values are. The number of
    queries does not depend on them.
    """
    wanted, notices = _read_ids(values)
    cards = build_cards(wanted, unit=unit)
    found = [card.listing_id for card in cards]
    if missing := len(wanted) - len(found):
        notices.append(
            ngettext(
                "There is no shoe under {count} of the numbers in the address; it was left out.",
                "There is no shoe under {count} of the numbers in the address; they were left out.",
                missing,
            ).format(count=missing)
        )
    gone = _withdrawn(found)
    shoes = tuple(
        ComparedShoe(
            card,
            card.listing_id in gone,
            query_of([other for other in found if other != card.listing_id]),
        )
        for card in cards
    )
    return Comparison(
        shoes=shoes,
        rows=_rows(cards, unit),
        notices=tuple(notices),
        query=query_of(found),
        words=words,
        offered=_offer(found, words, unit),
    )


def query_of(listing_ids: Sequence[int]) -> str:
    """Return the query string that names these listings: "shoe=1&shoe=2"."""
    return urlencode([("shoe", listing_id) for listing_id in listing_ids])


def _read_ids(values: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return the ids to show, at most four and each once, and what has to be said of the rest."""
    ids: list[int] = []
    notices: list[str] = []
    is_strange = is_twice = is_too_many = False
    for value in values:
        if not value:
            continue
        if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
            is_strange = True
        elif int(value) in ids:
            is_twice = True
        elif len(ids) == MOST_SHOES:
            is_too_many = True
        else:
            ids.append(int(value))
    if is_strange:
        notices.append(_("A part of the address names no shoe and was left out."))
    if is_twice:
        notices.append(_("A shoe that is named twice is shown once."))
    if is_too_many:
        notices.append(
            _("Up to {count} shoes fit beside each other; the others were left out.").format(
                count=MOST_SHOES
            )
        )
    return ids, notices


def _withdrawn(listing_ids: Sequence[int]) -> set[int]:
    if not listing_ids:
        return set()
    gone = Listing.objects.filter(pk__in=listing_ids, is_withdrawn=True)
    return set(gone.values_list("pk", flat=True))


def _rows(cards: Sequence[Card], unit: str) -> tuple[CompareRow, ...]:
    others = [key for key in ATTRIBUTES if key not in ASKED_FOR and key not in _NOT_COMPARED]
    known_to_any = [
        key for key in others if any(card.attributes.get(key) is not None for card in cards)
    ]
    rows = [
        _row("category", _("Kind of shoe"), [Cell(card.category_label, True) for card in cards]),
        *(
            _row(key, attribute_label(key), [_cell(card, key, unit) for card in cards])
            for key in (*ASKED_FOR, *known_to_any)
        ),
        _row("sizes", _("Sizes in stock"), [_sizes(card) for card in cards]),
    ]
    return tuple(sorted(rows, key=lambda row: not row.differs)) if cards else ()


def _row(key: str, label: str, cells: Sequence[Cell]) -> CompareRow:
    return CompareRow(key, label, tuple(cells), differs=len(set(cells)) > 1)


def _cell(card: Card, key: str, unit: str) -> Cell:
    value = card.attributes.get(key)
    return Cell(describe_value(key, value, unit=unit), value is not None)


def _sizes(card: Card) -> Cell:
    return Cell(", ".join(card.sizes), True) if card.sizes else Cell(_("none"), True)


def _offer(found: Sequence[int], words: str, unit: str) -> tuple[tuple[Card, str], ...]:
    """Return shoes to add: what the words find, else what is like the only one."""
    if len(found) >= MOST_SHOES:
        return ()
    cards: Sequence[Card] = ()
    query = QueryDict(mutable=True)
    query["q"] = words
    asked = SearchCriteria.from_query(query)
    if asked.words:
        wanted = replace(asked, page_size=MOST_OFFERED + MOST_SHOES)
        cards = search(wanted, unit=unit, with_facets=False).cards
    elif len(found) == 1:
        cards = find_alternatives(found[0], unit=unit).cards
    rest = [card for card in cards if card.listing_id not in found][:MOST_OFFERED]
    return tuple((card, query_of([*found, card.listing_id])) for card in rest)
