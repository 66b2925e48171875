from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import override_settings

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess
from shop_plugin.models import Assessment, AttributeSnapshot, FootwearProfile, Listing
from shop_plugin.services.evidence import assessment
from shop_plugin.services.evidence.assessment import (
    assess_listings,
    assess_stale,
    find_assessment,
    find_assessments,
    formula_in_force,
    stale_profiles,
)
from shop_plugin.signals import score_changed
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db

SUPPORTIVE = FootwearAttributes(
    use_category=UseCategory.WALKING,
    age_group=AgeGroup.ADULT,
    arch_support=Options.of("3"),
    cushioning=Options.of("2", "3"),
    heel_height_mm=Span.exactly(30_000),
    forefoot_height_mm=Span.exactly(20_000),
    toe_shape=Options.of("round"),
    fastening=Options.of("lace_up"),
    confidence={"arch_support": 1000},
)
STILETTO = FootwearAttributes(heel_height_mm=Span.exactly(100_000), use_category=UseCategory.HEEL)


def make(attributes: FootwearAttributes) -> Listing:
    listing = ListingFactory()
    ProfileFactory(
        listing=listing,
        snapshot=attributes.as_snapshot(),
        attribute_hash=attributes.fingerprint(),
    )
    return listing


def test_it_stores_exactly_what_the_formula_says_for_every_condition(now: datetime) -> None:
    guide = load_guide()
    for attributes in (SUPPORTIVE, STILETTO, FootwearAttributes()):
        listing = make(attributes)
        assess_listings(listing_ids=[listing.pk], now=now)
        stored = find_assessments(listing_id=listing.pk)
        assert tuple(stored) == guide.conditions
        for condition, found in stored.items():
            assert found == assess(attributes, guide=guide, condition=condition)


def test_it_repeats_the_general_match_in_the_profile(now: datetime) -> None:
    listing = make(SUPPORTIVE)
    assess_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    general = assess(SUPPORTIVE, guide=load_guide())
    assert (row.match_low, row.match_high) == (general.low, general.high)
    assert (row.grade_low, row.grade_high) == (general.grade_low, general.grade_high)
    assert (row.verdict, row.coverage) == (general.verdict.value, general.coverage)
    assert (row.assessed_hash, row.formula_version) == (row.attribute_hash, formula_in_force())


def test_it_computes_each_set_of_facts_once(now: datetime) -> None:
    for _ in range(3):
        make(SUPPORTIVE)
    make(STILETTO)
    result = assess_stale(now=now)
    conditions = len(load_guide().conditions)
    assert (result.listings, result.classes, result.written) == (4, 2, 2 * conditions)
    assert AttributeSnapshot.objects.count() == 2
    assert Assessment.objects.count() == 2 * conditions
    make(STILETTO)
    assert assess_stale(now=now).written == 0


def test_it_keeps_the_snapshot_from_which_a_score_can_be_replayed(now: datetime) -> None:
    make(SUPPORTIVE)
    assess_stale(now=now)
    snapshot = AttributeSnapshot.objects.get(attribute_hash=SUPPORTIVE.fingerprint()).snapshot
    assert FootwearAttributes.from_snapshot(snapshot) == SUPPORTIVE


def test_it_assesses_only_what_is_stale(now: datetime) -> None:
    listing = make(SUPPORTIVE)
    make(STILETTO)
    assess_stale(now=now)
    assert assess_stale(now=now).listings == 0
    FootwearProfile.objects.filter(pk=listing.pk).update(
        snapshot=STILETTO.as_snapshot(), attribute_hash=STILETTO.fingerprint()
    )
    assert [row.pk for row in stale_profiles()] == [listing.pk]
    assert find_assessment(listing_id=listing.pk) == assess(STILETTO, guide=load_guide())
    assert assess_stale(now=now).listings == 1
    assert FootwearProfile.objects.get(pk=listing.pk).assessed_hash == STILETTO.fingerprint()


def test_it_knows_no_match_before_the_first_assessment(now: datetime) -> None:
    listing = make(SUPPORTIVE)
    assert find_assessment(listing_id=listing.pk) is None
    assess_stale(now=now)
    assert find_assessment(listing_id=listing.pk, condition="no_such") is None
    assert find_assessment(listing_id=4711) is None


def test_it_completes_a_set_of_facts_that_lacks_a_condition(now: datetime) -> None:
    listing = make(SUPPORTIVE)
    assess_stale(now=now)
    Assessment.objects.filter(condition="bunions").delete()
    assess_listings(listing_ids=[listing.pk], now=now)
    assert find_assessment(listing_id=listing.pk, condition="bunions") is not None


def test_it_keeps_the_rows_of_another_formula(now: datetime) -> None:
    make(SUPPORTIVE)
    assess_stale(now=now)
    Assessment.objects.update(formula_version="fb-0.9")
    FootwearProfile.objects.update(formula_version="fb-0.9")
    assess_stale(now=now)
    assert set(Assessment.objects.values_list("formula_version", flat=True)) == {
        "fb-0.9",
        formula_in_force(),
    }


def test_it_assesses_anew_when_the_heel_is_to_be_measured_otherwise(now: datetime) -> None:
    platform = FootwearAttributes(
        use_category=UseCategory.HEEL,
        heel_height_mm=Span.exactly(80_000),
        forefoot_height_mm=Span.exactly(40_000),
    )
    listing = make(platform)
    assess_stale(now=now)
    effective = find_assessment(listing_id=listing.pk)
    with override_settings(FOOTBACK={"HEEL_MODE": "nominal"}):
        assert find_assessment(listing_id=listing.pk) is None
        assert assess_stale(now=now).listings == 1
        nominal = find_assessment(listing_id=listing.pk)
    assert effective is not None
    assert nominal is not None
    assert nominal.heel_mode == "nominal"
    assert nominal.high is not None
    assert effective.high is not None
    assert nominal.high < effective.high


def test_it_computes_all_anew_when_told(now: datetime) -> None:
    make(SUPPORTIVE)
    assess_stale(now=now)
    Assessment.objects.update(low=1)
    assess_stale(now=now, everything=True)
    assert not Assessment.objects.filter(low=1).exists()


def test_it_never_scores_a_child_s_shoe(now: datetime) -> None:
    listing = make(FootwearAttributes(age_group=AgeGroup.KIDS, use_category=UseCategory.KIDS))
    assess_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    assert (row.verdict, row.match_low, row.grade_low) == ("not_scored_child", None, "")


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_goes_through_more_listings_than_a_chunk(now: datetime) -> None:
    for _ in range(5):
        make(SUPPORTIVE)
    seen: list[int] = []
    assert assess_stale(now=now, on_progress=seen.append).listings == 5
    assert seen == [2, 2, 1]


def test_it_needs_no_query_per_listing(now: datetime, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        make(FootwearAttributes(heel_height_mm=Span.exactly(1000 * number)))
    with django_assert_max_num_queries(14):
        assess_stale(now=now)


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_stores_the_same_with_a_second_core(now: datetime, started: list[int]) -> None:
    for number in range(24):
        make(FootwearAttributes(heel_height_mm=Span.exactly(1000 * (number % 10))))
    result = assess_stale(now=now)
    assert (result.listings, result.written) == (24, Assessment.objects.count())
    assert len(started) == 1
    assert not stale_profiles().exists()
    for row in FootwearProfile.objects.all():
        attributes = FootwearAttributes.from_snapshot(row.snapshot)
        for condition, stored in find_assessments(listing_id=row.pk).items():
            assert stored == assess(attributes, guide=load_guide(), condition=condition)


def test_it_gives_no_match_of_older_facts_to_facts_that_changed_meanwhile(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, other = make(SUPPORTIVE), make(STILETTO)
    score = assessment.score_classes

    def score_and_change(*args: Any) -> Any:
        FootwearProfile.objects.filter(pk=listing.pk).update(attribute_hash="f" * 32)
        return score(*args)

    monkeypatch.setattr(assessment, "score_classes", score_and_change)
    assess_stale(now=now)
    assert FootwearProfile.objects.get(pk=listing.pk).verdict == ""
    assert FootwearProfile.objects.get(pk=other.pk).verdict != ""
    assert [row.pk for row in stale_profiles()] == [listing.pk]


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []

    def receive(**signal: Any) -> None:
        told.append({key: signal[key] for key in ("listing_id", "low", "high", "verdict")})

    score_changed.connect(receive)
    yield told
    score_changed.disconnect(receive)


def test_it_tells_of_changed_matches_once_they_are_stored(
    now: datetime, heard: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    listing = make(SUPPORTIVE)
    with django_capture_on_commit_callbacks(execute=True):
        assess_stale(now=now)
        assert heard == []
    general = assess(SUPPORTIVE, guide=load_guide())
    assert heard == [
        {
            "listing_id": listing.pk,
            "low": general.low,
            "high": general.high,
            "verdict": general.verdict.value,
        }
    ]
    with django_capture_on_commit_callbacks(execute=True):
        assess_stale(now=now, everything=True)
    assert len(heard) == 1


def test_it_survives_a_receiver_that_fails(
    now: datetime, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**signal: Any) -> None:
        raise RuntimeError("the host's receiver is broken")

    make(SUPPORTIVE)
    score_changed.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assess_stale(now=now)
    finally:
        score_changed.disconnect(fail)
    assert "a receiver of score_changed failed" in caplog.text
    assert not stale_profiles().exists()
