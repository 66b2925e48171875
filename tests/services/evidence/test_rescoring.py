"""Another guide beside the one in force, and past matches computed anew."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import GUIDE_DATA, GuideError
from shop_plugin.domain.guide_shifts import shift_guide
from shop_plugin.models import Assessment, FootwearProfile, Listing
from shop_plugin.services.evidence import rescoring
from shop_plugin.services.evidence.assessment import (
    assess_stale,
    find_assessment,
    formula_in_force,
    stale_profiles,
)
from shop_plugin.services.evidence.rescoring import compare_guides, replay_matches, store_beside
from shop_plugin.services.shop.guides import find_guide, guide_in_force, guide_versions
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db

STRICT = "hard-1.0"


@pytest.fixture
def strict(tmp_path: Path):
    """A guide of the shop's own, in which grade C begins three points later."""
    text = (GUIDE_DATA / "fb-1.0.toml").read_text("utf-8")
    text = text.replace('version = "fb-1.0"', f'version = "{STRICT}"', 1)
    text = text.replace('letter = "C"\nfloor = 5500', 'letter = "C"\nfloor = 5800', 1)
    (tmp_path / f"{STRICT}.toml").write_text(text, "utf-8")
    return {"GUIDE_FOLDER": str(tmp_path)}


def make(heel_mm: int, **fields) -> Listing:
    attributes = FootwearAttributes(
        use_category=UseCategory.HEEL,
        age_group=AgeGroup.ADULT,
        heel_height_mm=Span.exactly(heel_mm * 1000),
        forefoot_height_mm=Span.exactly(0),
        arch_support=Options.of("1"),
        cushioning=Options.of("1"),
        toe_shape=Options.of("almond"),
        fastening=Options.of("slip_on"),
    )
    listing = ListingFactory(**fields)
    ProfileFactory(
        listing=listing,
        snapshot=attributes.as_snapshot(),
        attribute_hash=attributes.fingerprint(),
    )
    return listing


def test_compares_once_per_set_of_facts_and_counts_listings(monkeypatch) -> None:
    monkeypatch.setattr(rescoring, "_PAGE", 2)
    for heel in (52, 53, 54, 60, 20):
        make(heel)
        make(heel)
    make(53, is_withdrawn=True)
    pages: list[int] = []
    diff = compare_guides(
        before=guide_in_force(),
        after=shift_guide(guide_in_force(), threshold="heel_line", by=5_000),
        on_progress=pages.append,
    )
    assert (diff.listings, diff.classes, pages) == (10, 5, [2, 2, 1])
    assert diff.up == 8
    assert diff.down == 0


def test_asks_no_question_per_listing(django_assert_num_queries) -> None:
    for heel in range(20, 40):
        make(heel)
    with django_assert_num_queries(2):
        compare_guides(before=guide_in_force(), after=guide_in_force())


def test_old_and_new_stand_side_by_side_until_it_is_switched(strict, now) -> None:
    listing = make(30)
    assess_stale(now=now)
    before = find_assessment(listing_id=listing.pk)
    conditions = len(guide_in_force().conditions)
    with override_settings(FOOTBACK=strict):
        assert store_beside(version=STRICT, now=now) == conditions
        assert store_beside(version=STRICT, now=now) == 0
        assert find_assessment(listing_id=listing.pk) == before
        assert stale_profiles().count() == 0
    assert Assessment.objects.values("formula_version").distinct().count() == 2
    with override_settings(FOOTBACK={**strict, "FORMULA": STRICT}):
        assert formula_in_force() == STRICT
        assert assess_stale(now=now + timedelta(days=1)).written == 0, "all was computed before"
        after = find_assessment(listing_id=listing.pk)
        assert after is not None
        assert after.formula_version == STRICT
        assert FootwearProfile.objects.get(pk=listing.pk).formula_version == STRICT
    assert Assessment.objects.count() == 2 * conditions, "the old ones stay"


def test_replays_every_past_match_bit_for_bit(strict, now) -> None:
    for heel in (20, 52, 90):
        make(heel)
    assess_stale(now=now)
    with override_settings(FOOTBACK={**strict, "HEEL_MODE": "nominal"}):
        assess_stale(now=now)
        store_beside(version=STRICT, now=now)
        replay = replay_matches()
        assert replay.is_exact
        assert replay.checked == Assessment.objects.count() == 90
    assert {"fb-1.0", "fb-1.0+nominal", f"{STRICT}+nominal"} == set(
        Assessment.objects.values_list("formula_version", flat=True)
    )
    # Without the folder nobody can compute them, and that is said.
    assert replay_matches().unknown == {f"{STRICT}+nominal": 30}


def test_finds_a_match_that_is_not_what_its_guide_gives(now) -> None:
    listing, other = make(52), make(20)
    assess_stale(now=now)
    row = Assessment.objects.filter(
        attribute_hash=FootwearProfile.objects.get(pk=listing.pk).attribute_hash,
        condition="general",
    )
    row.update(low=1)
    replay = replay_matches(listing_id=listing.pk)
    assert (replay.checked, replay.different) == (10, 1)
    assert replay.mismatches[0].columns == ("low",)
    assert replay_matches(listing_id=other.pk).is_exact
    row.update(detail={**row.get().detail, "mode": "pitch"})
    assert set(replay_matches().mismatches[0].columns) == {"low", "detail"}


def test_compares_what_one_more_fact_would_tell_where_it_was_kept(now) -> None:
    make(52)
    assess_stale(now=now)
    row = Assessment.objects.filter(condition="general")
    telling = row.get().telling
    row.update(telling="W", narrowing=7)
    assert set(replay_matches().mismatches[0].columns) == {"telling", "narrowing"}
    assert telling != "W"
    row.update(telling="", narrowing=None)  # as matches were stored before it was kept
    assert replay_matches().is_exact


def test_refuses_a_version_that_would_be_cut_when_it_is_stored(strict, tmp_path) -> None:
    text = (tmp_path / f"{STRICT}.toml").read_text("utf-8").replace(STRICT, "strict-1.0")
    (tmp_path / "strict-1.0.toml").write_text(text, "utf-8")
    longest = Assessment._meta.get_field("formula_version").max_length
    assert len(f"{STRICT}+nominal") <= longest < len("strict-1.0+nominal")
    with override_settings(FOOTBACK=strict), pytest.raises(GuideError, match="is too long"):
        find_guide("strict-1.0")


def test_knows_the_guides_of_the_shop(strict) -> None:
    assert guide_versions() == ("fb-1.0",)
    with override_settings(FOOTBACK=strict):
        assert guide_versions() == ("fb-1.0", STRICT)
        assert find_guide(f"{STRICT}+pitch").version == STRICT
    with pytest.raises(GuideError, match="there is no guide"):
        find_guide(STRICT)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_writes_the_difference_before_it_is_switched_on(strict, now, tmp_path) -> None:
    listing = make(30)
    assess_stale(now=now)
    path = tmp_path / "diff.json"
    with override_settings(FOOTBACK=strict):
        said = run("footback_rescore", "--formula", STRICT, "--report", str(path))
    assert f"fb-1.0 -> {STRICT}: of 1 listings" in said
    diff = json.loads(path.read_text("utf-8"))
    assert diff["listings"] == 1
    assert Assessment.objects.filter(formula_version=STRICT).exists()
    assert find_assessment(listing_id=listing.pk).formula_version == "fb-1.0"


def test_moves_a_threshold_and_stores_nothing(now) -> None:
    make(52)
    assess_stale(now=now)
    count = Assessment.objects.count()
    said = run("footback_rescore", "--threshold", "heel_line", "--by", "5", "--report")
    assert json.loads(said)["after"] == "fb-1.0~heel_line+5000"
    assert Assessment.objects.count() == count


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--formula", "fb-9"), "there is no guide 'fb-9'"),
        (("--threshold", "heel_line"), "needs --by"),
        (("--threshold", "heel_line", "--by", "-40"), "cannot be moved so"),
    ],
)
def test_says_what_cannot_be_compared(arguments, words) -> None:
    with pytest.raises(CommandError, match=words):
        run("footback_rescore", *arguments)


def test_the_command_replays_and_fails_loudly(now) -> None:
    make(52)
    assess_stale(now=now)
    assert "10 matches computed anew, 0 came out different." in run("footback_replay")
    Assessment.objects.filter(condition="general").update(high=1)
    with pytest.raises(CommandError, match="Not every past match"):
        run("footback_replay")
