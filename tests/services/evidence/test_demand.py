"""How much listings are asked for, and the order of work that follows from it."""

from __future__ import annotations

import pytest

from shop_plugin.domain.advice import find_open_parts
from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.intake import NO_DEMAND, DemandColumns
from shop_plugin.models import Assessment, FootwearProfile, ListingDemand
from shop_plugin.services.evidence.assessment import assess_listings, assess_stale, stale_profiles
from shop_plugin.services.evidence.demand import load_demand, weigh_demand, write_demand
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db

WALKER = FootwearAttributes(use_category=UseCategory.WALKING, arch_support=Options.of("3"))
KNOWN = FootwearAttributes(
    use_category=UseCategory.WALKING,
    arch_support=Options.of("3"),
    cushioning=Options.of("2"),
    heel_height_mm=Span.exactly(30_000),
)


def make(attributes):
    listing = ListingFactory()
    ProfileFactory(
        listing=listing,
        snapshot=attributes.as_snapshot(),
        attribute_hash=attributes.fingerprint(),
    )
    return listing.pk


def worth_of(pk):
    return FootwearProfile.objects.get(pk=pk).worth


def test_it_repeats_what_one_more_fact_would_tell(now):
    pk = make(WALKER)
    assess_listings(listing_ids=[pk], now=now)
    best = find_open_parts(WALKER, guide=load_guide())[0]
    profile = FootwearProfile.objects.get(pk=pk)
    assert (profile.telling, profile.narrowing) == (best.factor, (best.gain + best.loss) // 2)
    assert profile.narrowing > 0


def test_it_counts_narrowing_alone_where_nothing_is_said_of_demand(now):
    open_, known = make(WALKER), make(KNOWN)
    assess_stale(now=now)
    profiles = FootwearProfile.objects.in_bulk([open_, known])
    assert [profiles[pk].worth for pk in (open_, known)] == [
        profiles[open_].narrowing,
        profiles[known].narrowing,
    ]
    assert worth_of(open_) > worth_of(known)


def test_it_puts_first_what_more_people_would_see(now):
    quiet, asked = make(WALKER), make(KNOWN)
    assess_stale(now=now)
    write_demand(demand={asked: DemandColumns(sales=3, views=200)}, now=now)
    assert FootwearProfile.objects.get(pk=asked).demand == weigh_demand(3, 200) == 350
    order = FootwearProfile.objects.order_by("-worth").values_list("pk", flat=True)
    assert list(order) == [asked, quiet]


def test_it_keeps_the_demand_of_a_listing_that_is_read_later(now):
    listing = ListingFactory()
    write_demand(demand={listing.pk: DemandColumns(0, 9)}, now=now)
    ProfileFactory(listing=listing)
    assess_listings(listing_ids=[listing.pk], now=now)
    assert FootwearProfile.objects.get(pk=listing.pk).demand == 9


def test_it_forgets_what_is_said_no_more_and_writes_only_what_changed(now):
    first, second = make(WALKER), make(WALKER)
    said = {first: DemandColumns(1, 1), second: DemandColumns(2, 2)}
    assert write_demand(demand=said, now=now) == 2
    assert write_demand(demand=said, now=now) == 0
    assert write_demand(demand={first: NO_DEMAND}, now=now) == 1
    assert load_demand([first, second]) == {second: weigh_demand(2, 2)}
    assert ListingDemand.objects.count() == 1
    assert FootwearProfile.objects.get(pk=first).demand == 0


def test_it_tells_nothing_of_a_shoe_that_is_never_scored(now):
    pk = make(FootwearAttributes(use_category=UseCategory.KIDS))
    assess_listings(listing_ids=[pk], now=now)
    profile = FootwearProfile.objects.get(pk=pk)
    assert (profile.telling, profile.narrowing, profile.worth) == ("", 0, 0)


def test_it_tells_what_was_not_told_by_an_earlier_version(now):
    pk = make(WALKER)
    assess_stale(now=now)
    Assessment.objects.update(narrowing=None, telling="")
    FootwearProfile.objects.update(narrowing=None, telling="")
    assert stale_profiles().count() == 1
    assess_stale(now=now)
    assert FootwearProfile.objects.get(pk=pk).narrowing > 0
    assert not stale_profiles().exists()
