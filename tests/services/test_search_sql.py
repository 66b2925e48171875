"""It finds and counts in SQL exactly what brute force finds and counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Assessment, FootwearProfile, Listing, ListingSize
from shop_plugin.services.criteria import SearchCriteria, Sort
from shop_plugin.services.facets import FACETS
from shop_plugin.services.search_sql import SqlIndex
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory, SizeFactory
from tests.services import search_model

pytestmark = pytest.mark.django_db

CATEGORIES = ["running", "heel", "flat", "kids"]
GENDERS = ["women", "men", "unisex", "unknown"]
BRANDS = ["", "unknown", "Marlow", "Öland", "100%_real"]
LEVELS = [None, "0", "1", "3", "0,1", "1,2,3", "0,1,2,3"]
HEELS = [None, (0, 0), (25_400, 25_400), (50_800, 69_850), (51_300, 51_300), (0, 90_000)]
PRICES = [(None, "EUR"), (4999, "EUR"), (5000, "EUR"), (5000, ""), (8000, "JPY"), (8000, "USD")]
MATCHES = [
    (None, None, "", ""),
    (None, None, "not_scored_child", ""),
    (8600, 9100, "grade", "A"),
    (5600, 9100, "range", "C"),
    (5600, 8000, "range", "C"),
    (500, 4310, "d_or_lower", "E"),
    (1000, 9000, "not_enough", "E"),
]
SIZES = [("eu", "38"), ("eu", "38.5"), ("us", "8"), ("", "8")]
WIDTHS = ["", "wide"]

shoes = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Walker 50% off", "Wälker", "Heel_3", "Runner \\ 2"]),
        "brand": st.sampled_from(BRANDS),
        "use_category": st.sampled_from(CATEGORIES),
        "gender": st.sampled_from(GENDERS),
        "price": st.sampled_from(PRICES),
        "is_withdrawn": st.sampled_from([False, False, False, True]),
        "age": st.integers(0, 2),
        "profile": st.none()
        | st.fixed_dictionaries(
            {
                "arch": st.sampled_from(LEVELS),
                "cushioning": st.sampled_from(LEVELS),
                "heel": st.sampled_from(HEELS),
                "match": st.sampled_from(MATCHES),
            }
        ),
        "sizes": st.dictionaries(
            st.tuples(st.sampled_from(SIZES), st.sampled_from(WIDTHS)),
            st.integers(0, 1),
            max_size=4,
        ),
    }
)
VALUES = {
    "grade": ["A", "C", "E", "not_enough", "not_scored", "unknown"],
    "arch": ["0", "1", "3", "unclear", "unknown"],
    "cushioning": ["0", "1", "3", "unclear", "unknown"],
    "heel": ["up_to_1in", "1_to_2in", "2_to_3in", "over_3in", "unclear", "unknown"],
    "category": [*CATEGORIES, "boot"],
    "brand": [*filter(None, BRANDS), "Nobody"],
    "gender": GENDERS,
    "price": ["EUR-40-50", "EUR-50-60", "EUR-0-1000", "JPY-8000-", "USD-80-100", "unknown"],
    "size": ["eu:38", "eu:38.5", "us:8", ":8", "uk:8", "none", "unknown"],
}
assert set(VALUES) == {facet.key for facet in FACETS}
choices = st.fixed_dictionaries(
    {},
    optional={
        key: st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
        for key, values in VALUES.items()
    },
)
words = st.sampled_from(["", "", "", "walk", "WÄLK", "50%", "heel_3", "_", "%", "\\", "öland ru"])
changes = st.lists(st.tuples(st.integers(0, 9), shoes), max_size=3)

EXAMPLES = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def save(shoe: dict[str, object], listing: Listing | None = None) -> Listing:
    """Write a drawn shoe as rows, over those of a listing where one is given."""
    price_minor, currency = shoe["price"]
    columns = {
        **{key: shoe[key] for key in ("title", "brand", "use_category", "gender", "is_withdrawn")},
        "price_minor": price_minor,
        "currency": currency,
        "created_at": FIXED_NOW - timedelta(days=shoe["age"]),
    }
    if listing is None:
        listing = ListingFactory(**columns)
    else:
        Listing.objects.filter(pk=listing.pk).update(**columns)
        FootwearProfile.objects.filter(listing=listing).delete()
        ListingSize.objects.filter(listing=listing).delete()
    if shoe["profile"]:
        low, high = shoe["profile"]["heel"] or (None, None)
        match_low, match_high, verdict, grade_low = shoe["profile"]["match"]
        ProfileFactory(
            listing=listing,
            arch_support=shoe["profile"]["arch"],
            cushioning=shoe["profile"]["cushioning"],
            heel_height_low_um=low,
            heel_height_high_um=high,
            match_low=match_low,
            match_high=match_high,
            verdict=verdict,
            grade_low=grade_low,
        )
    for ((system, label), width), stock in shoe["sizes"].items():
        SizeFactory(listing=listing, system=system, label=label, width=width, stock=stock)
    return listing


def criteria_of(chosen: dict[str, list[str]], text: str, sort: Sort) -> SearchCriteria:
    query = QueryDict(mutable=True)
    for key, values in chosen.items():
        query.setlist(key, values)
    query["q"] = text
    query["sort"] = sort.value
    criteria = SearchCriteria.from_query(query)
    assert not criteria.ignored
    return criteria


def check(criteria: SearchCriteria) -> None:
    """Hold one search to the law: ids page by page, total, counts, and what a click gives."""
    index = SqlIndex()
    law = search_model.read_shoes()
    expected = search_model.find(law, criteria)
    found = index.find(criteria, page_size=3)
    assert found.total == len(expected) == index.count(criteria)
    pages = range(1, len(expected) // 3 + 3)
    ids = [
        id_ for page in pages for id_ in index.find(criteria.on_page(page), page_size=3).listing_ids
    ]
    assert ids == expected
    shown = {
        key: {value: number for value, number in counts.items() if number}
        for key, counts in found.counts.items()
    }
    assert shown == search_model.counts(law, criteria)


@EXAMPLES
@given(
    catalogue=st.lists(shoes, max_size=10),
    chosen=choices,
    text=words,
    sort=st.sampled_from(Sort),
    updates=changes,
)
def test_equals_brute_force_before_and_after_updates(
    catalogue: list[dict[str, object]],
    chosen: dict[str, list[str]],
    text: str,
    sort: Sort,
    updates: list[tuple[int, dict[str, object]]],
) -> None:
    criteria = criteria_of(chosen, text, sort)
    with transaction.atomic():
        listings = [save(shoe) for shoe in catalogue]
        check(criteria)
        for position, shoe in updates:
            if position < len(listings):
                save(shoe, listings[position])
        check(criteria)
        transaction.set_rollback(True)


@settings(EXAMPLES, max_examples=25)
@given(catalogue=st.lists(shoes, min_size=1, max_size=8), chosen=choices)
def test_gives_on_every_click_as_many_as_the_count_said(
    catalogue: list[dict[str, object]], chosen: dict[str, list[str]]
) -> None:
    criteria = criteria_of(chosen, "", Sort.MATCH)
    with transaction.atomic():
        for shoe in catalogue:
            save(shoe)
        index = SqlIndex()
        for key, counts in index.find(criteria, page_size=3).counts.items():
            for value, number in counts.items():
                clicked = criteria.without_facet(key).with_value(key, value)
                assert index.count(clicked) == number, (key, value)
        transaction.set_rollback(True)


def test_names_by_ids_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_plugin.services.search_sql.MAX_WORD_IDS", 2)
    ListingFactory.create_batch(4, title="Common word")
    found = SqlIndex().find(criteria_of({}, "common", Sort.MATCH), page_size=10)
    assert (found.total, len(found.listing_ids)) == (4, 4)


def test_asks_eight_questions_whatever_is_chosen_and_found(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    chosen = {key: values[:2] for key, values in VALUES.items()}
    every_choice = criteria_of(chosen, "", Sort.MATCH)
    for size in (2, 30):
        for number in range(size):
            listing = ListingFactory(
                brand="Marlow", use_category="running", price_minor=4999, gender="women"
            )
            ProfileFactory(listing=listing, verdict="grade", grade_low="A", arch_support="0")
            SizeFactory(listing=listing, label="38" if number % 2 else "39")
        with django_assert_num_queries(8):
            SqlIndex().find(SearchCriteria(), page_size=24)
        with django_assert_num_queries(7):  # nothing is found, so no page is read
            SqlIndex().find(every_choice, page_size=24)


def test_orders_by_the_worst_of_the_chosen_conditions() -> None:
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
    index = SqlIndex()
    both = index.find_ids(SearchCriteria(), conditions=("flat_feet", "bunions"), limit=10)
    assert both.total == 6
    assert both.listing_ids == (*(listings[key] for key in "ecbad"), unread)
    one = index.find_ids(SearchCriteria(), conditions=("flat_feet",), limit=2, offset=1)
    assert one.listing_ids == (listings["a"], listings["e"])


def test_refuses_a_condition_that_the_guide_does_not_have() -> None:
    with pytest.raises(ValueError, match="gout"):
        SqlIndex().find_ids(SearchCriteria(), conditions=("gout",), limit=1)
