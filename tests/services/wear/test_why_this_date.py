"""Why a pair's range lies where it does: explain_life ..."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.models import Purchase
from shop_plugin.services.wear.why_this_date import explain_life
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair

pytestmark = pytest.mark.django_db


def steps_of(now, **changes) -> str:
    return " ".join(explain_life(add_pair(due_on=now.date(), **changes)))


def test_names_capacity_use_and_result_of_a_pair_nothing_is_known_of(now):
    steps = steps_of(now, use_category="dress_leather", days_per_week=None)
    assert "Pairs of this kind last 200 to 500 days of wear, 300 in the middle." in steps
    assert "Worn 3 days a week: our guess, give or take 50 %." in steps
    assert "is not known for sure: 0.8 to 1.2 times." in steps
    assert "How heavy its wearer is we do not ask: 0.75 to 1.15 times." in steps
    assert "its end is left open" in steps


def test_names_what_the_owner_told_and_what_the_foam_does(now):
    listing = ListingFactory(use_category="running")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    steps = steps_of(now, listing=listing, days_per_week=3, personal_factor=1150)
    assert "by what you told us, give or take 20 %." in steps
    assert "You found it still fine when you looked: 1.15 times." in steps
    assert "its foam is taken to have aged after 18 to 36 months." in steps
    assert "What its sole is made of" not in steps


def test_says_that_pairs_are_worn_in_turn(now):
    steps = steps_of(now, use_category="heel", days_per_week=None, pairs_in_rotation=3)
    assert "Worn in turn with 2 other pairs" in steps


@pytest.mark.parametrize("category", [c for c in UseCategory if c is not UseCategory.KIDS])
def test_ends_with_a_result_for_every_kind(now, category):
    pair = add_pair(due_on=now.date(), use_category=category.value)
    assert explain_life(pair)[-1].startswith("Together: ")


def test_says_nothing_of_a_pair_without_a_range(now):
    assert explain_life(Purchase(use_category="kids", wear_start_on=now.date())) == ()
