"""Shoes side by side: any address gives a comparison, and what differs comes first."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shopping.comparing import MOST_SHOES, Comparison, compare_shoes
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(now: datetime) -> list[Listing]:
    """Six shoes of one kind; the first two alike but for the toe."""
    texts = ["Round toe. Laces.", "Pointed toe. Laces.", "", "Plush cushioning.", "", ""]
    made = [
        ListingFactory(title=f"Walker {number}", description=text, use_category="other")
        for number, text in enumerate(texts)
    ]
    for listing in made:
        SizeFactory(listing=listing)
    annotate_stale(now=now)
    assess_stale(now=now)
    return made


def shown(page: Comparison) -> list[int]:
    return [shoe.card.listing_id for shoe in page.shoes]


def test_it_keeps_the_order_of_the_address(shelf):
    wanted = [shelf[2].pk, shelf[0].pk, shelf[1].pk]
    page = compare_shoes([str(pk) for pk in wanted])
    assert shown(page) == wanted
    assert page.notices == ()
    assert page.query == "&".join(f"shoe={pk}" for pk in wanted)
    assert page.shoes[0].query_without == f"shoe={wanted[1]}&shoe={wanted[2]}"


def test_it_puts_what_differs_first_and_marks_what_is_not_known(shelf):
    page = compare_shoes([str(shelf[0].pk), str(shelf[1].pk)])
    assert [row.key for row in page.rows if row.differs] == ["toe_shape"]
    assert page.rows[0].key == "toe_shape"
    assert [cell.text for cell in page.rows[0].cells] == ["round", "pointed"]
    arch = next(row for row in page.rows if row.key == "arch_support")
    assert [(cell.text, cell.is_known) for cell in arch.cells] == [("not stated", False)] * 2
    assert page.differing == 1


def test_it_says_what_of_the_address_it_could_not_show(shelf):
    first = str(shelf[0].pk)
    values = [first, first, "x", "-1", "1e9", "٣", "9" * 40, "", "999999"]
    page = compare_shoes(values)
    assert shown(page) == [shelf[0].pk]
    assert page.notices == (
        "A part of the address names no shoe and was left out.",
        "A shoe that is named twice is shown once.",
        "There is no shoe under 1 of the numbers in the address; it was left out.",
    )


def test_it_shows_four_and_says_that_more_do_not_fit(shelf):
    page = compare_shoes([str(listing.pk) for listing in shelf])
    assert shown(page) == [listing.pk for listing in shelf[:MOST_SHOES]]
    assert page.is_full
    assert page.offered == ()
    assert page.notices == ("Up to 4 shoes fit beside each other; the others were left out.",)


def test_it_keeps_a_withdrawn_shoe_and_says_so(shelf):
    Listing.objects.filter(pk=shelf[1].pk).update(is_withdrawn=True)
    page = compare_shoes([str(shelf[0].pk), str(shelf[1].pk)])
    assert [shoe.is_withdrawn for shoe in page.shoes] == [False, True]


def test_it_finds_a_shoe_to_add_by_its_words(shelf):
    page = compare_shoes([str(shelf[0].pk)], words="walker 3")
    assert [(card.title, query) for card, query in page.offered] == [
        ("Walker 3", f"shoe={shelf[0].pk}&shoe={shelf[3].pk}")
    ]
    assert compare_shoes([], words="walker 0 \x00").offered[0][1] == f"shoe={shelf[0].pk}"


def test_it_offers_a_single_shoe_its_alternatives(shelf):
    page = compare_shoes([str(shelf[2].pk)])
    assert page.offered
    assert all(card.listing_id != shelf[2].pk for card, _query in page.offered)
    assert compare_shoes([str(shelf[0].pk), str(shelf[1].pk)]).offered == ()


def test_it_asks_no_more_questions_for_four_than_for_two(
    shelf, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in (2, 4):
        values = [str(listing.pk) for listing in shelf[:number]]
        with django_assert_num_queries(4):
            compare_shoes(values)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.text(max_size=30) | st.integers().map(str), max_size=8), words=st.text())
def test_it_makes_a_comparison_of_anything(db, values, words):
    page = compare_shoes(values, words=words[:200])
    assert len(page.shoes) <= MOST_SHOES
