"""Better shoes of the same kind: the same as choosing by hand, in one exact order."""

from __future__ import annotations

import random

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.shopping.alternatives import (
    MOST_SIZES,
    find_alternatives,
    pick_as_good,
    read_sizes,
    same_kind,
)
from tests.factories import ListingFactory, ProfileFactory, SizeFactory

pytestmark = pytest.mark.django_db


def shoe(low: int, high: int, *, sizes: tuple[tuple[str, int], ...] = (("38", 1),), **values):
    listing = ListingFactory(**{"price_minor": 10_000, **values})
    ProfileFactory(
        listing=listing,
        match_low=low,
        match_high=high,
        verdict="grade",
        grade_low="B",
        grade_high="B",
    )
    for label, stock in sizes:
        SizeFactory(listing=listing, label=label, stock=stock)
    return listing


def ids(listing: Listing, **wanted) -> list[int]:
    found = find_alternatives(listing.pk, **wanted)
    return [card.listing_id for card in found.cards]


def test_it_finds_what_a_person_would_pick_from_the_whole_shelf():
    """Against a plain loop over all shoes, in Python, on a shelf drawn at random."""
    chance = random.Random(8)
    shelf = [
        shoe(
            chance.randrange(5_000, 9_000, 500),
            9_500,
            price_minor=chance.choice((None, 6_900, 7_000, 9_000, 13_000, 13_001)),
            currency=chance.choice(("EUR", "EUR", "GBP")),
            use_category=chance.choice(("walking", "walking", "boot")),
            gender=chance.choice(("women", "women", "men")),
            is_withdrawn=chance.random() < 0.1,
            sizes=tuple((label, chance.randrange(2)) for label in ("38", "39")),
        )
        for _ in range(80)
    ]
    own = shoe(6_000, 9_500)
    for sizes in ((), ("eu:39",), ("eu:38", "eu:39")):
        labels = {size.partition(":")[2] for size in sizes} or {"38", "39"}
        wanted = [
            (-item.profile.match_low, -item.profile.match_high, item.pk)
            for item in shelf
            if item.profile.match_low >= 6_000
            and item.use_category == "walking"
            and item.gender == "women"
            and item.currency == "EUR"
            and item.price_minor is not None
            and 7_000 <= item.price_minor <= 13_000
            and not item.is_withdrawn
            and any(size.label in labels and size.stock for size in item.sizes.all())
        ]
        assert wanted
        expected = [key[-1] for key in sorted(wanted)]
        assert ids(own, sizes=sizes, limit=100) == expected


def test_it_leaves_the_price_open_where_the_shoe_states_none():
    own = shoe(6_000, 9_000, price_minor=None)
    dear = shoe(7_000, 9_000, price_minor=90_000)
    found = find_alternatives(own.pk)
    assert [card.listing_id for card in found.cards] == [dear.pk]
    assert not found.has_price_band


def test_it_takes_a_shop_without_sizes_at_its_word():
    own = shoe(6_000, 9_000)
    kept = shoe(7_000, 9_000, sizes=(), availability="unknown")
    shoe(8_000, 9_000, sizes=(), availability="out_of_stock")
    assert ids(own) == [kept.pk]
    assert ids(own, sizes=("eu:38",)) == [], "of a size nobody knows whether it is there"


@pytest.mark.parametrize("listing_id", [0, -1, 10**12])
def test_it_has_none_for_what_does_not_exist(listing_id):
    found = find_alternatives(listing_id)
    assert (found.cards, found.is_asked) == ((), False)


def test_it_has_none_for_a_shoe_that_is_not_scored():
    child = shoe(6_000, 9_000)
    FootwearProfile.objects.filter(pk=child.pk).update(match_low=None, match_high=None)
    shoe(7_000, 9_000)
    assert not find_alternatives(child.pk).is_asked


def test_it_asks_no_more_questions_of_a_long_shelf_than_of_a_short_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    own = shoe(6_000, 9_000)
    for _ in range(40):
        shoe(7_000, 9_000)
    with django_assert_max_num_queries(7):
        assert len(find_alternatives(own.pk, sizes=("eu:38",)).cards) == 3


def test_it_picks_in_three_questions_and_counts_nothing(
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    own = shoe(6_000, 9_000)
    better = [shoe(7_000 + number, 9_000).pk for number in range(30)]
    criteria = same_kind(use_category="walking", genders=(own.gender,))
    with django_assert_max_num_queries(3) as asked:
        picked = pick_as_good(criteria, least=6_000, limit=3, without=own.pk)
    assert picked == tuple(better[:-4:-1])
    assert not any("COUNT(" in query["sql"] for query in asked.captured_queries[1:])


def test_it_looks_past_what_is_sold_out_for_what_can_be_had():
    own = shoe(6_000, 9_000)
    for _ in range(30):
        shoe(8_000, 9_000, sizes=(("38", 0),))
    kept = shoe(7_000, 9_000)
    shoe(5_900, 9_000)
    assert ids(own) == [kept.pk]


def test_it_reads_only_sizes_that_one_can_have():
    strange = ["eu:38", "eu:38", "unknown", "none", "", "38", "\x00:1", "eu:" + "9" * 99]
    assert read_sizes(strange) == ("eu:38",)
    assert len(read_sizes([f"eu:{number}" for number in range(99)])) == MOST_SIZES
