"""What took the place of a model: find_successor ..."""

from __future__ import annotations

import pytest

from shop_plugin.services.shopping.successors import find_successor
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db


def test_finds_it_from_either_side():
    new = ListingFactory(external_id="W-2")
    named = ListingFactory(external_id="W-1", successor="W-2")
    assert find_successor(named).listing == new
    old = ListingFactory(external_id="Q-1")
    follower = ListingFactory(external_id="Q-2", replaces="Q-1")
    assert find_successor(old).listing == follower
    assert find_successor(new) is None


def test_stays_within_the_source():
    ListingFactory(source="other", external_id="W-2")
    assert find_successor(ListingFactory(external_id="W-1", successor="W-2")) is None


def test_follows_a_successor_that_is_gone_itself_and_ends_in_a_circle():
    last = ListingFactory(external_id="W-3")
    ListingFactory(external_id="W-2", successor="W-3", is_withdrawn=True)
    first = ListingFactory(external_id="W-1", successor="W-2")
    assert find_successor(first).listing == last
    one = ListingFactory(external_id="C-1", successor="C-2", is_withdrawn=True)
    ListingFactory(external_id="C-2", successor="C-1", is_withdrawn=True)
    assert find_successor(one) is None


def test_never_tells_one_that_is_recalled():
    ListingFactory(external_id="W-2", is_recalled=True)
    assert find_successor(ListingFactory(external_id="W-1", successor="W-2")) is None


@pytest.mark.parametrize(("stock", "is_there"), [(2, True), (0, False)])
def test_says_whether_it_is_there_in_the_size(stock, is_there):
    new = ListingFactory(external_id="W-2")
    old = ListingFactory(external_id="W-1", successor="W-2")
    SizeFactory(listing=old, label="38", system="eu")
    SizeFactory(listing=new, label="38", system="eu", stock=stock)
    SizeFactory(listing=new, label="38", system="mondo", stock=5)
    assert find_successor(old, size="38").is_in_size is is_there
    assert find_successor(old).is_in_size is None
