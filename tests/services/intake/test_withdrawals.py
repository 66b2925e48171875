from __future__ import annotations

from datetime import datetime

import pytest
from pyroaring import BitMap64
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Listing, SearchChange
from shop_plugin.services.intake.withdrawals import withdraw_listings
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def gone() -> set[str]:
    found = Listing.objects.filter(is_withdrawn=True)
    return set(found.values_list("external_id", flat=True))


def test_it_finds_a_listing_by_either_id(
    now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ListingFactory(external_id="marlow-walker", alias="4711")
    ListingFactory(external_id="quay-derby", alias="4712")
    stays = ListingFactory(external_id="stays", alias="4713")
    with django_assert_max_num_queries(5):
        done = withdraw_listings(source="test", names={"4711", "quay-derby"}, now=now)
    assert (done, gone()) == (2, {"marlow-walker", "quay-derby"})
    noted = {
        key for row in SearchChange.objects.all() for key in BitMap64.deserialize(row.listing_ids)
    }
    assert len(noted) == 2
    assert stays.pk not in noted


def test_it_takes_an_id_for_a_listings_own_first(now: datetime) -> None:
    ListingFactory(external_id="4711")
    ListingFactory(external_id="other", alias="4711")
    assert withdraw_listings(source="test", names={"4711"}, now=now) == 1
    assert gone() == {"4711"}


def test_it_leaves_other_sources_and_what_is_gone_already(now: datetime) -> None:
    ListingFactory(source="elsewhere", external_id="4711")
    ListingFactory(external_id="4711", is_withdrawn=True)
    assert withdraw_listings(source="test", names={"4711", "never-seen"}, now=now) == 0
    assert gone() == {"4711"}
