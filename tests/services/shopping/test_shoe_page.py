"""One shoe with all its page says: the size looked for decides what else is offered."""

from __future__ import annotations

from datetime import datetime

import pytest

from shop_plugin.domain.fitting import Feet, Foot
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shopping.listing_page import ListingNotFound
from shop_plugin.services.shopping.shoe_page import get_shoe_page
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(now: datetime) -> dict[str, Listing]:
    """Two shoes that match alike, in sizes whose inside is known."""
    made = {name: ListingFactory(title=name) for name in ("own", "other")}
    for label, inside in (("38", 255_000), ("41", 275_000)):
        SizeFactory(listing=made["own"], label=label, internal_length_um=inside)
    SizeFactory(listing=made["other"], label="38")
    annotate_stale(now=now)
    assess_stale(now=now)
    return made


def feet(length_um: int) -> Feet:
    return Feet(Foot(length_um, None), None)


def test_it_offers_what_is_in_stock_in_the_size_that_fits_the_readers_feet(shelf):
    own, other = shelf["own"].pk, shelf["other"].pk
    found = get_shoe_page(own, feet=feet(242_000)).alternatives
    assert found.sizes == ("EU 38",)
    assert [card.listing_id for card in found.cards] == [other]
    assert get_shoe_page(own, feet=feet(262_000)).alternatives.cards == ()


def test_it_goes_by_the_size_of_the_address_before_the_feet(shelf):
    found = get_shoe_page(shelf["own"].pk, sizes=("eu:38",), feet=feet(262_000)).alternatives
    assert found.sizes == ("EU 38",)


def test_it_says_nothing_but_care_before_a_shoe_was_read(db):
    page = get_shoe_page(ListingFactory().pk)
    assert page.advice is None
    assert not page.alternatives.is_asked
    assert page.upkeep.care


def test_it_says_nothing_of_what_would_change_for_a_shoe_without_a_match(shelf):
    FootwearProfile.objects.update(assessed_hash="")
    assert get_shoe_page(shelf["own"].pk).advice is None


def test_it_knows_no_page_for_no_listing():
    with pytest.raises(ListingNotFound):
        get_shoe_page(10**12)
