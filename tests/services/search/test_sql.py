"""It asks the database few questions, however many shoes there are."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.sql import SqlIndex
from tests.factories import ListingFactory, ProfileFactory, SizeFactory
from tests.services.search import cases as cases

pytestmark = pytest.mark.django_db


def test_names_by_ids_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_plugin.services.search.sql.conditions.MAX_WORD_IDS", 2)
    ListingFactory.create_batch(4, title="Common word")
    found = SqlIndex().find(cases.criteria_of({}, "common", Sort.MATCH), page_size=10)
    assert (found.total, len(found.listing_ids)) == (4, 4)


def test_asks_ten_questions_whatever_is_chosen_and_found(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    chosen = {key: values[:2] for key, values in cases.VALUES.items()}
    every_choice = cases.criteria_of(chosen, "", Sort.MATCH)
    for size in (2, 30):
        for number in range(size):
            listing = ListingFactory(
                brand="Marlow", use_category="running", price_minor=4999, gender="women"
            )
            ProfileFactory(listing=listing, verdict="grade", grade_low="A", arch_support="0")
            SizeFactory(listing=listing, label="38" if number % 2 else "39")
        with django_assert_num_queries(10):
            SqlIndex().find(SearchCriteria(), page_size=24)
        with django_assert_num_queries(8):  # nothing is found, so no page is read
            SqlIndex().find(every_choice, page_size=24)
