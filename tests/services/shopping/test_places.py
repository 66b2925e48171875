"""A walk by places shows what a list shows, also while the list changes under one's feet."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.http import QueryDict

from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.sql import SqlIndex
from shop_plugin.services.shopping import places as search_places
from shop_plugin.services.shopping.places import Place, read_key, search_from
from shop_plugin.services.shopping.results import default_index
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db
ORDERS = list(Sort)


@pytest.fixture
def shelf():
    """Forty listings with many ties: few prices, few matches, some without either."""
    chance = random.Random(7)
    for number in range(40):
        listing = ListingFactory(
            price_minor=chance.choice([None, 4900, 8900, 12900]),
            currency=chance.choice(["", "EUR", "EUR", "USD"]),
            created_at=FIXED_NOW + timedelta(minutes=chance.randrange(5)),
            brand=chance.choice(["Marlow", "Orla"]),
        )
        if number % 4:
            give_match(listing, chance.choice([None, 3000, 5500, 8000]))


def give_match(listing: Listing, low: int | None) -> None:
    FootwearProfile.objects.filter(pk=listing.pk).delete()
    high = None if low is None else low + 500
    ProfileFactory(listing=listing, match_low=low, match_high=high, verdict="range")


@pytest.fixture(params=[search_places.SLACK, 0], ids=["near", "by key"])
def slack(request, monkeypatch):
    """Once by the index's own order, once with no room to look for a moved listing."""
    monkeypatch.setattr(search_places, "SLACK", request.param)
    return request.param


def asked(query: str) -> SearchCriteria:
    return SearchCriteria.from_query(QueryDict(query))


def walk(criteria: SearchCriteria, place: Place | None = None) -> list[int]:
    ids: list[int] = []
    while True:
        stretch = search_from(criteria, place=place)
        ids += [card.listing_id for card in stretch.cards]
        place = stretch.next
        if place is None:
            return ids


def walk_back(criteria: SearchCriteria, place: Place) -> list[int]:
    ids: list[int] = []
    while place:
        stretch = search_from(criteria, place=place)
        ids = [card.listing_id for card in stretch.cards] + ids
        place = stretch.previous
    return ids


def whole(criteria: SearchCriteria) -> list[int]:
    return list(default_index().find_ids(criteria, limit=1000).listing_ids)


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("filters", ["", "&brand=Orla", "&grade=unknown"])
def test_walks_the_whole_list_there_and_back(shelf, slack, sort: Sort, filters: str) -> None:
    criteria = asked(f"sort={sort.value}&per_page=7{filters}")
    expected = whole(criteria)
    assert walk(criteria) == expected
    last_page = -(-len(expected) // 7)
    last = search_from(criteria.on_page(last_page))
    assert [card.listing_id for card in last.cards] == expected[(last_page - 1) * 7 :]
    assert walk_back(criteria, last.previous) == expected[: (last_page - 1) * 7]


@pytest.mark.parametrize("sort", ORDERS)
def test_goes_on_by_the_key_where_the_listing_of_the_place_has_gone(shelf, sort: Sort) -> None:
    criteria = asked(f"sort={sort.value}&per_page=9")
    expected = whole(criteria)
    first = search_from(criteria)
    Listing.objects.filter(pk=first.next.listing_id).update(is_withdrawn=True)
    assert walk(criteria, first.next) == expected[9:]


@pytest.mark.parametrize("sort", ORDERS)
def test_goes_on_where_it_was_when_the_listing_of_the_place_moves(shelf, sort: Sort) -> None:
    criteria = asked(f"sort={sort.value}&per_page=9")
    expected = whole(criteria)
    first = search_from(criteria)
    moved = Listing.objects.get(pk=first.next.listing_id)
    Listing.objects.filter(pk=moved.pk).update(
        price_minor=1, created_at=FIXED_NOW + timedelta(days=9)
    )
    give_match(moved, 9900)
    rest = [pk for pk in walk(criteria, first.next) if pk != moved.pk]
    assert rest == expected[9:]


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("seed", range(3))
def test_shows_what_stays_once_and_once_only_while_shoes_come_and_go(
    shelf, slack, sort: Sort, seed: int
) -> None:
    chance = random.Random(seed)
    criteria = asked(f"sort={sort.value}&per_page=4")
    stays = set(whole(criteria))
    seen: list[int] = []
    place = None
    while True:
        stretch = search_from(criteria, place=place)
        seen += [card.listing_id for card in stretch.cards]
        place = stretch.next
        if place is None:
            break
        for _ in range(3):
            new = ListingFactory(
                price_minor=chance.choice([None, 4900, 8900]),
                created_at=FIXED_NOW + timedelta(minutes=chance.randrange(-3, 8)),
            )
            give_match(new, chance.choice([None, 3000, 8000]))
        gone = Listing.objects.get(pk=chance.choice(sorted(stays)))
        stays.discard(gone.pk)
        Listing.objects.filter(pk=gone.pk).update(is_withdrawn=True)
        if len(seen) > 300:
            break  # new ones may come in ahead for ever
    assert len(seen) == len(set(seen))
    assert stays <= set(seen)


def test_ends_where_the_list_ends(shelf) -> None:
    criteria = asked("per_page=40")
    only = search_from(criteria)
    assert (only.next, only.previous, only.total) == (None, None, 40)
    assert search_from(asked("brand=Nobody")).cards == ()


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("key", [(), (1, 2, 3, 4, 5), ("x",), (1, 2, 3, 4), (None,), ("9",)])
def test_refuses_a_key_of_another_order(sort: Sort, key: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_key(sort, key)


def test_finds_a_listing_that_moved_a_little_without_asking_by_key(shelf, monkeypatch) -> None:
    monkeypatch.setattr(SqlIndex, "find_beyond", None)
    criteria = asked("sort=newest&per_page=5")
    expected = whole(criteria)
    first = search_from(criteria)
    for _ in range(20):
        ListingFactory(created_at=FIXED_NOW + timedelta(days=3))
    assert walk(criteria, first.next) == expected[5:]
