"""It shows who says what of a shoe, with which words, and who is believed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.attributes import SourceKind
from shop_plugin.models import Assessment, FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings, resolve_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.shopping.listing_page import (
    Fact,
    ListingNotFound,
    ListingPage,
    get_listing_page,
)
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db

TEXT = (
    "Made for long days on stone floors and for people who stand. The footbed offers arch support "
    "and the heel height is 30 mm measured at the back, so that nobody has to guess about it or "
    "ask for it."
)


@pytest.fixture
def listing(now: datetime) -> Listing:
    """Return a listing that was read and assessed."""
    made = ListingFactory(description=TEXT, use_category="other")
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def fact(page: ListingPage, key: str) -> Fact:
    return next(item for item in page.facts if item.key == key)


def say(listing: Listing, attribute: str, now: datetime, **values: object) -> None:
    Observation.objects.create(
        **{
            "listing": listing,
            "attribute": attribute,
            "source_kind": "staff",
            "rule": "staff.tag",
            "confidence": 950,
            "observed_at": now,
            **values,
        }
    )
    resolve_listings(listing_ids=[listing.pk], now=now)


def test_shows_the_quote_between_the_words_around_it(listing: Listing) -> None:
    heel = fact(get_listing_page(listing.pk), "heel_height_mm")
    evidence = heel.evidence[0]
    before, quote, after = evidence.context
    assert TEXT[evidence.start : evidence.end] == quote == evidence.quote
    assert before.startswith("…")
    assert after.endswith("…")
    assert before.lstrip("…") + quote + after.rstrip("…") in TEXT
    assert evidence.is_believed
    assert heel.source_label == "read from the text"


def test_says_no_place_for_a_quote_once_the_text_has_changed(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(description="Shorter now.")
    evidence = fact(get_listing_page(listing.pk), "heel_height_mm").evidence[0]
    assert (evidence.start, evidence.end) == (None, None)
    assert evidence.context == ("", evidence.quote, "")
    assert evidence.quote


def test_puts_the_winner_first_and_keeps_the_loser(listing: Listing, now: datetime) -> None:
    say(listing, "heel_height_mm", now, low_milli=60_000, high_milli=60_000, original="60 mm")
    heel = fact(get_listing_page(listing.pk, unit="mm"), "heel_height_mm")
    assert heel.text == "60 mm"
    assert [(item.source_kind, item.text, item.is_believed) for item in heel.evidence] == [
        (SourceKind.STAFF, "60 mm", True),
        (SourceKind.TEXT, "30 mm", False),
    ]
    assert heel.source_label == "shop staff"


def test_marks_a_dispute_between_equals(listing: Listing, now: datetime) -> None:
    for options in ("0", "3"):
        say(listing, "cushioning", now, options=options, source_kind="feed", rule=f"r{options}")
    cushioning = fact(get_listing_page(listing.pk), "cushioning")
    assert cushioning.is_disputed
    assert [item.is_believed for item in cushioning.evidence] == [True, True]


def test_lists_what_is_asked_for_even_where_nobody_says(listing: Listing) -> None:
    page = get_listing_page(listing.pk)
    toe = fact(page, "toe_shape")
    assert (toe.is_known, toe.text, toe.evidence, toe.source_label) == (
        False,
        "not stated",
        (),
        "",
    )
    assert "Toe shape" in page.unknown
    assert "Heel height" not in page.unknown
    assert "weight_g" not in {item.key for item in page.facts}


def test_shows_lengths_in_the_readers_unit(listing: Listing) -> None:
    shown = {
        unit: fact(get_listing_page(listing.pk, unit=unit), "heel_height_mm").text
        for unit in ("in", "cm", "mm")
    }
    assert shown == {"in": "1⅛ in", "cm": "3 cm", "mm": "30 mm"}


def test_assesses_for_any_condition_of_the_guide(listing: Listing) -> None:
    general = get_listing_page(listing.pk)
    bunions = get_listing_page(listing.pk, condition="bunions")
    assert general.condition == "general"
    assert general.assessment == general.assessments[0]
    assert bunions.assessment in general.assessments
    assert bunions.assessment is not None
    assert bunions.assessment.condition == "bunions"
    assert bunions.explanations != general.explanations
    assert general.disclaimer


def test_has_no_match_before_the_first_assessment() -> None:
    page = get_listing_page(ListingFactory().pk)
    assert (page.assessment, page.assessments, page.match_text) == (None, (), "")
    assert page.explanations == ()


def test_sorts_sizes_and_tells_which_are_in_stock(listing: Listing) -> None:
    for label, stock in (("40", 0), ("38.5", 2), ("38", 1)):
        SizeFactory(listing=listing, label=label, stock=stock)
    sizes = get_listing_page(listing.pk).sizes
    assert [(item.label, item.is_in_stock) for item in sizes] == [
        ("38", True),
        ("38.5", True),
        ("40", False),
    ]


def test_keeps_the_page_of_a_withdrawn_listing(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(is_withdrawn=True)
    assert get_listing_page(listing.pk).is_withdrawn


@pytest.mark.parametrize("listing_id", [0, -1, 10**12, 2**63, 10**30])
def test_says_so_where_no_listing_is(listing_id: int) -> None:
    with pytest.raises(ListingNotFound):
        get_listing_page(listing_id)


def test_asks_the_same_few_questions_however_much_is_said(
    listing: Listing, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        say(listing, "cushioning", now, options="2", rule=f"r{number}")
    with django_assert_num_queries(7):
        get_listing_page(listing.pk)
    with django_assert_num_queries(8):
        get_listing_page(listing.pk, with_former=True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite for its plan")
def test_finds_the_matches_by_their_identity_and_walks_through_no_other(listing: Listing) -> None:
    with CaptureQueriesContext(connection) as asked:
        get_listing_page(listing.pk, with_former=True)
    queries = [item["sql"] for item in asked if "footback_assessment" in item["sql"]]
    plans = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plans.append(" ".join(str(row) for row in cursor.fetchall()))
    assert "attribute_hash=? AND condition=? AND formula_version=?" in plans[0]
    assert "attribute_hash=? AND condition=?" in plans[1]


def test_tells_what_the_match_was_where_only_the_rules_changed(
    listing: Listing, now: datetime
) -> None:
    assert get_listing_page(listing.pk, with_former=True).former is None
    key = FootwearProfile.objects.get(pk=listing.pk).assessed_hash
    row = Assessment.objects.get(attribute_hash=key, condition="general")
    stood = {"low": row.low, "high": row.high, "grade_low": row.grade_low}

    def store(version: str, at: datetime, **other: object) -> None:
        Assessment.objects.create(
            attribute_hash=row.attribute_hash,
            condition="general",
            formula_version=version,
            verdict=row.verdict,
            grade_high=row.grade_high,
            detail=row.detail,
            computed_at=at,
            **{**stood, **other},
        )

    store("fb-0.7", now - timedelta(days=9), low=0, grade_low="E")
    store("fb-1.9", now + timedelta(days=9), low=1, grade_low="E")  # only tried
    former = get_listing_page(listing.pk, with_former=True).former
    assert former is not None
    assert (former.formula_version, former.low) == ("fb-0.7", 0)
    store("fb-0.8", now - timedelta(days=2))  # nothing is told where it came out the same
    assert get_listing_page(listing.pk, with_former=True).former is None
