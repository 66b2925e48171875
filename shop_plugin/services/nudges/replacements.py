"""Pairs that a mail may offer in the place of a worn one, looked up once for many mails."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.domain.sizes import SIZE_SYSTEMS
from shop_plugin.models import Listing, ListingSize, Purchase
from shop_plugin.services.nudges.addresses import listing_link
from shop_plugin.services.search.facets import size_value
from shop_plugin.services.shop.shelf import Shelf
from shop_plugin.services.shopping.alternatives import pick_as_good, same_kind
from shop_plugin.services.shopping.successors import Successor, find_successor
from shop_plugin.services.words.prices import find_price

ALTERNATIVES: Final = 3
#: So many are looked up, for a mail about several pairs offers none twice and none of its own.
CANDIDATES: Final = 8
#: So long an answer is taken again. A mail is read hours later; a shop's stock moves in between.
KEPT_SECONDS: Final = 600.0
KEPT_ANSWERS: Final = 4_000

#: The systems in which a listing's sizes stand, by listing and label.
SizeSystems = Mapping[tuple[int, str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A pair of the same kind, in stock in the person's size."""

    name: str
    price: str
    grade: str
    url: str


@dataclass(frozen=True, slots=True)
class Follower:
    """The model that took the place of the pair's own. ``stock`` is a sentence, or empty."""

    name: str
    price: str
    grade: str
    url: str
    stock: str


def find_alternatives(
    pair: Purchase, *, stage: int, systems: SizeSystems | None = None
) -> tuple[Alternative, ...]:
    """Return pairs of the same kind in the person's size that score at least as well, best first.

    There are up to :data:`CANDIDATES`, of which a mail offers up to three.

    Nothing is offered where kind or size are not known, nor where the pair
    itself has no match: then nobody can tell what is as good. ``systems`` are those of the
    pair's listing where they were loaded for many pairs at once. The answer
    for a shoe, a size and a language is kept for up to ten minutes in this process.
    """
    listing = pair.listing
    if listing is None or not pair.size:
        return ()
    own = getattr(listing, "profile", None)
    if own is None or own.match_low is None:
        return ()
    question = _Question(
        listing.pk,
        pair.use_category,
        listing.gender,
        pair.size,
        own.match_low,
        int(time.monotonic() / KEPT_SECONDS),
    )
    written = (question, stage, get_language(), get_settings().PUBLIC_BASE_URL)
    answer = _WRITTEN.find(written)
    if answer is None:
        answer = tuple(
            _write(candidate, stage) for candidate in _pick(question, listing, pair, systems)
        )
        _WRITTEN.keep(written, answer)
    return answer


def find_follower(pair: Purchase, *, stage: int) -> Follower | None:
    """Return what took the place of a pair's model, told as it is: also where it scores less.

    Kept for up to ten minutes in this process, as the alternatives are.
    """
    listing = pair.listing
    if listing is None:
        return None
    minutes = int(time.monotonic() / KEPT_SECONDS)
    base = get_settings().PUBLIC_BASE_URL
    question = (listing.pk, pair.size, stage, get_language(), base, minutes)
    kept = _FOLLOWERS.find(question)
    if kept is None:
        found = find_successor(listing, size=pair.size)
        kept = () if found is None else (_write_follower(found, stage),)
        _FOLLOWERS.keep(question, kept)
    return kept[0] if kept else None


def _write_follower(found: Successor, stage: int) -> Follower:
    model = found.listing
    profile = getattr(model, "profile", None)
    price = find_price(model.price_minor, model.currency)
    stock = ""
    if found.is_in_size is not None:
        in_stock, sold_out = _("In stock in your size."), _("Not in stock in your size just now.")
        stock = in_stock if found.is_in_size else sold_out
    return Follower(
        name=clean_line(model.title, limit=80),
        price=price.text if price else "",
        grade=_grade_words(profile.grade_low, profile.grade_high) if profile else "",
        url=listing_link(model, stage=stage),
        stock=stock,
    )


def load_size_systems(pairs: Iterable[Purchase]) -> SizeSystems:
    """Return the systems in which the sizes of these pairs stand at their listings. One query."""
    wanted = {(pair.listing_id, pair.size) for pair in pairs if pair.listing_id and pair.size}
    rows = ListingSize.objects.filter(
        listing_id__in={listing_id for listing_id, _label in wanted},
        label__in={label for _listing_id, label in wanted},
    ).values_list("listing_id", "label", "system")
    found: dict[tuple[int, str], set[str]] = {}
    for listing_id, label, system in rows if wanted else ():
        found.setdefault((listing_id, label), set()).add(system)
    return {key: frozenset(systems) for key, systems in found.items()}


class _Question(NamedTuple):
    listing_id: int
    use_category: str
    gender: str
    size: str
    least: int
    minutes: int  # ten of them, counted


_PICKED: Shelf[tuple[Listing, ...]] = Shelf(room=KEPT_ANSWERS)
_WRITTEN: Shelf[tuple[Alternative, ...]] = Shelf(room=KEPT_ANSWERS)
_FOLLOWERS: Shelf[tuple[Follower, ...]] = Shelf(room=KEPT_ANSWERS)


def forget_alternatives() -> None:
    """Look everything up anew from here on."""
    _PICKED.clear()
    _WRITTEN.clear()
    _FOLLOWERS.clear()


def _pick(
    question: _Question, listing: Listing, pair: Purchase, systems: SizeSystems | None
) -> tuple[Listing, ...]:
    """Return the shoes that answer a question, as listings with their profiles."""
    picked = _PICKED.find(question)
    if picked is None:
        known = systems if systems is not None else load_size_systems([pair])
        picked = tuple(_look_up(question, listing, known.get((listing.pk, pair.size))))
        _PICKED.keep(question, picked)
    return picked


def _look_up(
    question: _Question, listing: Listing, systems: frozenset[str] | None
) -> Iterator[Listing]:
    picked = pick_as_good(
        same_kind(
            use_category=question.use_category,
            genders=(question.gender, Gender.UNISEX.value),
            sizes=_sizes(question.size, systems),
        ),
        least=question.least,
        limit=CANDIDATES,
        without=listing.pk,
        other_than=listing.title,
    )
    candidates = (
        Listing.objects.select_related("profile")
        .defer("description", "raw_attributes")
        .in_bulk(picked)
    )
    yield from (candidates[pk] for pk in picked if pk in candidates)


def _write(candidate: Listing, stage: int) -> Alternative:
    price = find_price(candidate.price_minor, candidate.currency)
    return Alternative(
        name=clean_line(candidate.title, limit=80),
        price=price.text if price else "",
        grade=_grade_words(candidate.profile.grade_low, candidate.profile.grade_high),
        url=listing_link(candidate, stage=stage),
    )


def _sizes(label: str, systems: frozenset[str] | None) -> Sequence[str]:
    """Return the pair's size as values of the size facet, in the system its own listing uses.

    In every system where the listing does not have the size any more.
    """
    return [
        size_value(system=system, label=label) for system in sorted(systems or ("", *SIZE_SYSTEMS))
    ]


def _grade_words(low: str, high: str) -> str:
    if not low:
        return ""
    if low == high:
        return _("Guide match %(grade)s") % {"grade": low}
    return _("Guide match %(low)s, perhaps %(high)s") % {"low": low, "high": high}
