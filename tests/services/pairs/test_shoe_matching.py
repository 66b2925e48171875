"""Finding the shoe of an order line: match_shoes and link_purchases ..."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Purchase
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.pairs.shoe_matching import NamedShoe, link_purchases, match_shoes
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def line(external_id: str, listing_id: str, listing_source: str = "") -> PurchaseRecord:
    return PurchaseRecord(
        source="shop",
        external_id=external_id,
        order_id=f"order-{external_id}",
        ordered_at=datetime(2025, 3, 3, 12, tzinfo=UTC),
        listing_id=listing_id,
        listing_source=listing_source,
        title="Some shoe",
        customer_id=f"buyer-{external_id}",
    )


def test_it_finds_a_shoe_by_its_second_id_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    derby = ListingFactory(source="shop", external_id="quay-derby", alias="4711")
    boot = ListingFactory(source="shop", external_id="marlow-boot", alias="4712")
    named = [NamedShoe("shop", "", "4711"), NamedShoe("shop", "", "marlow-boot")]
    with django_assert_num_queries(1):
        found = match_shoes(named)
    assert found == {named[0]: derby, named[1]: boot}


def test_it_prefers_an_id_to_the_same_as_a_second_one() -> None:
    ListingFactory(source="shop", external_id="other", alias="4711")
    own = ListingFactory(source="shop", external_id="4711")
    shoe = NamedShoe("shop", "", "4711")
    assert match_shoes([shoe]) == {shoe: own}


def test_it_does_not_guess_between_two_second_ids() -> None:
    ListingFactory(source="x", external_id="a", alias="4711")
    there = ListingFactory(source="y", external_id="b", alias="4711")
    named = [NamedShoe("shop", "", "4711"), NamedShoe("shop", "y", "4711")]
    assert match_shoes(named) == {named[1]: there}


def test_it_knows_no_shoe_by_no_name(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ListingFactory(source="shop", alias="")
    with django_assert_num_queries(0):
        assert match_shoes([NamedShoe("shop", "", "")]) == {}


def test_it_links_lines_to_a_shoe_that_comes_later(now: datetime) -> None:
    record_purchases(rows=[line("1", "4711"), line("2", "4711", "y"), line("3", "")], now=now)
    shoe = ListingFactory(
        source="shop", external_id="quay-derby", alias="4711", use_category="dress_leather"
    )
    assert len(link_purchases(listing_ids=[shoe.pk], now=now)) == 1
    first, *others = Purchase.objects.order_by("external_id")
    assert (first.listing, first.title, first.use_category) == (shoe, shoe.title, "dress_leather")
    assert first.life_mid_days
    assert [pair.listing for pair in others] == [None, None]


def test_it_asks_once_where_no_line_waits(
    now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shoe = ListingFactory(source="shop", external_id="quay-derby")
    with django_assert_max_num_queries(4):  # the savepoint's two, the names, the lines
        assert link_purchases(listing_ids=[shoe.pk], now=now) == set()
