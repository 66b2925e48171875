"""It finds and counts, with every engine, exactly what brute force finds and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.models import Assessment
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.index import SearchIndex
from shop_plugin.services.search.sql import SqlIndex
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory
from tests.services.search import cases as cases

pytestmark = pytest.mark.django_db

# How an engine comes to be, and how it hears which listings were changed since.
ENGINES: dict[str, tuple[Callable[[], SearchIndex], Callable[[Any, Iterable[int]], object]]] = {
    "sql": (SqlIndex, lambda index, ids: None),
    "bitmap": (BitmapIndex.build, lambda index, ids: index.apply(ids)),
}
every_engine = pytest.mark.parametrize("engine", ENGINES)

EXAMPLES = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@every_engine
@EXAMPLES
@given(
    catalogue=st.lists(cases.shoes, max_size=10),
    chosen=cases.choices,
    text=cases.words,
    sort=st.sampled_from(Sort),
    updates=cases.changes,
    conditions=st.sampled_from(cases.CONDITIONS),
)
def test_equals_brute_force_before_and_after_updates(
    engine: str,
    catalogue: list[dict[str, object]],
    chosen: dict[str, list[str]],
    text: str,
    sort: Sort,
    updates: list[tuple[int, dict[str, object]]],
    conditions: tuple[str, ...],
) -> None:
    build, apply = ENGINES[engine]
    criteria = cases.criteria_of(chosen, text, sort)
    with transaction.atomic():
        cases.assess_facts()
        listings = [cases.save(shoe) for shoe in catalogue]
        index = build()
        cases.hold_to_law(index, criteria, conditions)
        for position, shoe in updates:
            old = listings[position] if position < len(listings) else None
            apply(index, [cases.save(shoe, old).pk])
        cases.hold_to_law(index, criteria, conditions)
        transaction.set_rollback(True)


@every_engine
@settings(EXAMPLES, max_examples=25)
@given(catalogue=st.lists(cases.shoes, min_size=1, max_size=8), chosen=cases.choices)
def test_gives_on_every_click_as_many_as_the_count_said(
    engine: str, catalogue: list[dict[str, object]], chosen: dict[str, list[str]]
) -> None:
    criteria = cases.criteria_of(chosen, "", Sort.MATCH)
    with transaction.atomic():
        for shoe in catalogue:
            cases.save(shoe)
        index = ENGINES[engine][0]()
        for key, counts in index.find(criteria, page_size=3).counts.items():
            for value, number in counts.items():
                clicked = criteria.without_facet(key).with_value(key, value)
                assert index.count(clicked) == number, (key, value)
        transaction.set_rollback(True)


@every_engine
def test_orders_by_the_worst_of_the_chosen_conditions(engine: str) -> None:
    matches = {
        # hash: (flat_feet, bunions), each low and high
        "a": ((9000, 9500), (3000, 9000)),
        "b": ((5000, 6000), (5000, 5500)),
        "c": ((5000, 8000), (5000, 9000)),
        "d": ((9900, 9900), None),
        "e": ((5000, 8000), (5000, 9000)),
    }
    listings = {}
    for key in sorted(matches, reverse=True):
        profile = ProfileFactory(assessed_hash=key, formula_version="fb-1.0")
        listings[key] = profile.listing_id
        for condition, ends in zip(("flat_feet", "bunions"), matches[key], strict=True):
            low, high = ends or (None, None)
            Assessment.objects.create(
                attribute_hash=key,
                condition=condition,
                formula_version="fb-1.0",
                low=low,
                high=high,
                detail={},
                computed_at=FIXED_NOW,
            )
    unread = ListingFactory().pk
    index = ENGINES[engine][0]()
    both = index.find_ids(SearchCriteria(), conditions=("flat_feet", "bunions"), limit=10)
    assert both.total == 6
    assert both.listing_ids == (*(listings[key] for key in "ecbad"), unread)
    one = index.find_ids(SearchCriteria(), conditions=("flat_feet",), limit=2, offset=1)
    assert one.listing_ids == (listings["a"], listings["e"])


@every_engine
def test_refuses_a_condition_that_the_guide_does_not_have(engine: str) -> None:
    with pytest.raises(ValueError, match="gout"):
        ENGINES[engine][0]().find_ids(SearchCriteria(), conditions=("gout",), limit=1)


@every_engine
def test_takes_size_and_width_for_one_pair(engine: str) -> None:
    shoe = {"stock": {"38 wide": 0, "38": 1, "39 wide": 1}}
    listing = ListingFactory(gender="women")
    for text, stock in shoe["stock"].items():
        label, _space, width = text.partition(" ")
        listing.sizes.create(system="eu", label=label, width=width, stock=stock)
    index = ENGINES[engine][0]()

    def ask(**chosen: str) -> SearchCriteria:
        return cases.criteria_of({key: [value] for key, value in chosen.items()}, "", Sort.MATCH)

    assert index.count(ask(size="eu:38")) == 1
    assert index.count(ask(width="wide")) == 1
    assert index.count(ask(size="eu:38", width="wide")) == 0
    assert index.count(ask(size="eu:39", width="wide")) == 1
    counts = index.find(ask(width="wide"), page_size=1).counts
    assert counts["size"] == {"eu:39": 1}
    assert counts["width"] == {"wide": 1, "unknown": 1}
