"""It orders shoes by what a reader says of their feet, and the database never learns of it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import UnknownCondition, assess_several
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shopping.matching import MatchPage, match_shoes
from shop_plugin.services.shopping.results import SearchCriteria
from tests.factories import FIXED_NOW, ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db

# Ids and hashes in the order of the list, and the name of a cursor.
VARYING = re.compile(r"(?:\d+, )*\d+\)|'[0-9a-f]{32}'|\"_django_curs_\w+\"")
TEXTS = {
    "walker": (
        "High arch support and a removable insole. Plush cushioning. Heel height 1 in. "
        "Foot-shaped toe. Lace-up. Available in regular and wide. Soft stretch upper."
    ),
    "runner": "Moderate arch support, plush cushioning, 10 mm drop, round toe, laces.",
    "pointed": "High arch support. Plush cushioning. Heel height 1 in. Pointed toe. Slip-on.",
    "stiletto": 'Pointed toe on a 4" stiletto heel. No arch support.',
    "flip": "Flip-flop with a contoured footbed. Heel height 20 mm. Open toe. Toe post.",
    "twin": "Moderate arch support, plush cushioning, 10 mm drop, round toe, laces.",
    "silent": "Nice.",
}


@pytest.fixture
def shoes() -> dict[str, Listing]:
    """Seven shoes for adults, one for a child, one taken down, one not yet read."""
    made = {
        name: ListingFactory(external_id=name, description=text, use_category="other")
        for name, text in TEXTS.items()
    }
    made["child"] = ListingFactory(external_id="child", use_category="kids", age_group="kids")
    made["gone"] = ListingFactory(external_id="gone", is_withdrawn=True)
    SizeFactory(listing=made["walker"], label="39")
    SizeFactory(listing=made["pointed"], label="39")
    annotate_stale(now=FIXED_NOW)
    assess_stale(now=FIXED_NOW)
    made["unread"] = ListingFactory(external_id="unread")
    return made


def criteria(query: str = "") -> SearchCriteria:
    return SearchCriteria.from_query(QueryDict(query))


def match(*conditions: str, query: str = "", **options: object) -> MatchPage:
    return match_shoes(conditions=conditions, criteria=criteria(query), **options)  # type: ignore[arg-type]


def ids(page: MatchPage) -> list[int]:
    return [item.card.listing_id for item in page.matches]


@pytest.mark.parametrize(
    "conditions",
    [
        (),
        ("bunions",),
        ("plantar_fasciitis", "bunions"),
        ("low_back_pain", "neuroma", "flat_feet", "high_arch"),
    ],
)
def test_orders_by_the_lowest_match_over_the_conditions(
    shoes: dict[str, Listing], conditions: tuple[str, ...]
) -> None:
    expected = []
    for profile in FootwearProfile.objects.filter(listing__is_withdrawn=False):
        joint = assess_several(
            FootwearAttributes.from_snapshot(profile.snapshot),
            guide=load_guide(),
            conditions=conditions or ("general",),
        )
        rank = (1, 0) if joint.low is None or joint.high is None else (-joint.low, -joint.high)
        expected.append((*rank, profile.pk))
    page = match(*conditions)
    assert ids(page)[:-1] == [pk for *_rank, pk in sorted(expected)]
    assert ids(page)[-1] == shoes["unread"].pk, "what was not read yet comes last"
    assert page.total == 9


def test_names_the_condition_that_limits_and_why(shoes: dict[str, Listing]) -> None:
    page = match("plantar_fasciitis", "bunions")
    found = {item.card.listing_id: item for item in page.matches}
    pointed = found[shoes["pointed"].pk]
    assert pointed.limited_by == "bunions"
    assert pointed.limit_text == "Limited by bunions: the toe is pointed."
    letters = {
        item.condition: (item.assessment.grade_high, item.is_limiting)
        for item in pointed.by_condition
    }
    assert letters["bunions"] == ("E", True)
    assert letters["plantar_fasciitis"] == ("A", False)
    assert pointed.joint is not None
    assert pointed.joint.high == 3900


def test_names_no_limit_where_one_condition_was_chosen(shoes: dict[str, Listing]) -> None:
    (first, *_others) = match("bunions").matches
    assert (first.limited_by, first.limit_text) == ("", "")
    assert first.card.listing_id == shoes["walker"].pk
    assert 1 <= len(first.reasons) <= 2


def test_says_what_is_not_known_as_the_limit(shoes: dict[str, Listing]) -> None:
    page = match("flat_feet", "bunions")
    silent = next(item for item in page.matches if item.card.listing_id == shoes["silent"].pk)
    assert "not stated" in silent.limit_text


def test_tells_apart_what_has_no_grade(shoes: dict[str, Listing]) -> None:
    page = match("bunions")
    graded = [
        item
        for item in page.matches
        if item.joint is not None and item.joint.verdict in ("grade", "range", "d_or_lower")
    ]
    assert page.total - page.without_grade == len(graded)
    child = next(item for item in page.matches if item.card.listing_id == shoes["child"].pk)
    assert child.joint is not None
    assert child.joint.low is None
    unread = page.matches[-1]
    assert unread.joint is None
    assert unread.by_condition == ()


def test_pages_without_gap_or_repetition(shoes: dict[str, Listing]) -> None:
    whole = ids(match("bunions", "neuroma"))
    parts = [ids(match("bunions", "neuroma", limit=4, offset=start)) for start in (0, 4, 8, 12)]
    assert [pk for part in parts for pk in part] == whole
    assert parts[-1] == []


def test_keeps_to_the_limits(shoes: dict[str, Listing]) -> None:
    page = match("bunions", query="size=eu:39")
    assert ids(page) == [shoes["walker"].pk, shoes["pointed"].pk]
    assert page.total == 2


def test_says_which_single_limit_to_drop(shoes: dict[str, Listing]) -> None:
    page = match("bunions", query="size=eu:39&category=heel")
    assert (page.total, page.matches) == (0, ())
    assert [(item.key, item.total) for item in page.relaxations] == [("category", 2)]


@pytest.mark.parametrize("others", [(), ("bunions",)])
def test_leaves_some_feet_to_a_professional(
    shoes: dict[str, Listing], others: tuple[str, ...]
) -> None:
    page = match("diabetes_or_numb_feet", *others)
    assert page.refer_to_professional == "diabetes_or_numb_feet"
    assert (page.total, page.matches) == (0, ())


def test_never_repeats_a_wrong_condition_in_its_message(db: None) -> None:
    with pytest.raises(UnknownCondition) as problem:
        match("canary-condition")
    assert "canary" not in str(problem.value)
    assert "plantar_fasciitis" in str(problem.value)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (201, 0), (10, -1)])
def test_refuses_a_part_that_cannot_be(db: None, limit: int, offset: int) -> None:
    with pytest.raises(ValueError, match="from position 0"):
        match("bunions", limit=limit, offset=offset)


def test_asks_the_database_the_same_whatever_was_chosen(shoes: dict[str, Listing]) -> None:
    asked = []
    for chosen in (("bunions",), ("neuroma", "high_arch"), ()):
        with CaptureQueriesContext(connection) as queries:
            # The whole list, for the ids of a shorter page would tell its order.
            match(*chosen, limit=200)
        statements = [query["sql"] for query in queries.captured_queries]
        asked.append([VARYING.sub("", sql) for sql in statements])
    assert asked[0] == asked[1] == asked[2]


def test_needs_the_same_number_of_queries_for_many(
    shoes: dict[str, Listing], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as few:
        match("bunions", limit=2)
    ListingFactory.create_batch(30, description=TEXTS["runner"], use_category="other")
    annotate_stale(now=FIXED_NOW)
    assess_stale(now=FIXED_NOW)
    with django_assert_num_queries(len(few)):
        match("bunions", "neuroma", limit=40)
