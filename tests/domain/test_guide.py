"""The guide's data file: what is in it, and every way in which it is refused."""

from __future__ import annotations

import pytest

from shop_plugin.domain.guide import (
    EVIDENCE_LABELS,
    GUIDE_DATA,
    GuideError,
    load_guide,
    read_guide,
)
from shop_plugin.domain.wording import find_banned_claims

TEXT = (GUIDE_DATA / "fb-1.0.toml").read_text(encoding="utf-8")


def test_it_scores_the_general_guide_first_and_nine_conditions():
    guide = load_guide()

    assert guide.version == "fb-1.0"
    assert guide.conditions == (
        "general",
        "flat_feet",
        "overpronation",
        "plantar_fasciitis",
        "bunions",
        "hammertoe",
        "neuroma",
        "high_arch",
        "low_back_pain",
        "standing_all_day",
    )
    assert guide.refer_conditions == ("diabetes_or_numb_feet",)


def test_it_is_read_once():
    assert load_guide() is load_guide("fb-1.0")


def test_it_names_what_is_shipped_when_asked_for_another_version():
    with pytest.raises(GuideError, match=r"no guide 'fb-9\.9'; there are: .*fb-1\.0"):
        load_guide("fb-9.9")


@pytest.mark.parametrize(
    ("score", "letter"),
    [
        (10_000, "A"),
        (8500, "A"),
        (8499, "B"),
        (7000, "B"),
        (6999, "C"),
        (5500, "C"),
        (5499, "D"),
        (4000, "D"),
        (3999, "E"),
        (0, "E"),
    ],
)
def test_it_grades_at_the_floors(score, letter):
    assert load_guide().grade(score) == letter


def test_it_refuses_to_grade_what_is_no_score():
    with pytest.raises(ValueError, match="0 to 10000"):
        load_guide().grade(-1)


def test_it_labels_the_evidence_for_feet_and_back_and_cites_for_every_guideline():
    guide = load_guide()

    assert set(guide.guidelines) == {"G1", "G2", "G3", "G4", "G5", "G6", "PROFILE"}
    for guideline in guide.guidelines.values():
        assert guideline.evidence("feet") in EVIDENCE_LABELS
        assert guideline.evidence("low_back") in EVIDENCE_LABELS
        assert all(guide.citations[key] for key in guideline.citations)
    cited = {key for guideline in guide.guidelines.values() for key in guideline.citations}
    assert cited == set(guide.citations)


def test_it_never_labels_the_evidence_for_backs_better_than_weak():
    labels = {guideline.low_back for guideline in load_guide().guidelines.values()}

    assert labels <= {"weak", "mixed", "mixed_to_against", "against", "none"}


def test_it_makes_no_claims():
    assert find_banned_claims(TEXT) == ()


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        (
            "A = 240, S = 60, C = 250",
            "A = 241, S = 60, C = 250",
            "weights of general sum to 1001, not 1000",
        ),
        ("S = 60, C = 250, H = 250", "S = -60, C = 370, H = 250", "weight -60 of S"),
        ("[tables.arch_support]\n0 = 0\n1 = 500", "[tables.arch_support]\n0 = 0\n1 = 900", "falls"),
        ("pointed = 0\n", "", "table toe_shape does not hold exactly"),
        ("backless = 0", "backless = 1200", "table fastening leaves 0..1000"),
        ("[25_400, 1000], [50_800, 600]", "[25_400, 600], [50_800, 1000]", "heel.within rises"),
        ("[50_800, 350], [76_200, 150]", "[50_800, 990], [76_200, 150]", "rises where the heel"),
        ("[50_800, 5400], [101_600", "[101_600, 5400], [50_800", "heel.cap: the lengths"),
        ("platform_divisor = 4", "platform_divisor = 0", "platform_divisor"),
        ("flat_um = 25_400", "flat_um = 60_000", "flat_um must lie below"),
        ("both_lacking = 3900", "both_lacking = 7000", "lacking both must limit"),
        ("too_tight = 4900", "too_tight = 49000", "a limit leaves 0..10000"),
        ('letter = "B"\nfloor = 7000', 'letter = "B"\nfloor = 9000', "grade floors must fall"),
        ("extra_widths = [0, 500, 1000]", "extra_widths = [500, 0, 1000]", "extra_widths"),
        ("insole_as_arch = 400", "insole_as_arch = 4000", "insole_as_arch"),
        ('feet = "good"', 'feet = "splendid"', "G5: feet has no known evidence label"),
        ('wording = "fit"', 'wording = ""', "G5 has no wording key"),
        ('wording = "fit"', 'wording = "cushioning"', "share a wording key"),
        ('citations = ["buldt_2018"]', "citations = []", "G5 cites nothing"),
        ('citations = ["buldt_2018"]', 'citations = ["nobody"]', "cites nobody, which is not"),
        ('T = { guideline = "G5"', 'T = { guideline = "G9"', "unknown guideline G9"),
        ('factor = "T", below = 250', 'factor = "X", below = 250', "limits by X"),
        ('cushioning_at = "forefoot_cushioning"', 'cushioning_at = "knee"', "'knee' is unknown"),
        (
            '[profiles.general]\nevidence_area = "low_back"',
            '[profiles.general]\nevidence_area = "elbow"',
            "'elbow' is unknown",
        ),
        ("[profiles.general]", "[profiles.everyone]", "must be 'general'"),
    ],
)
def test_it_refuses_a_guide_with_a_fault_and_names_it(sound, broken, fault):
    assert sound in TEXT

    with pytest.raises(GuideError) as refusal:
        read_guide(TEXT.replace(sound, broken))

    assert fault in str(refusal.value)


def test_it_names_every_fault_at_once():
    broken = TEXT.replace("too_tight = 4900", "too_tight = 49000").replace(
        'feet = "good"', 'feet = "splendid"'
    )

    with pytest.raises(GuideError) as refusal:
        read_guide(broken)

    assert "a limit leaves" in str(refusal.value)
    assert "evidence label" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("version = ", "cannot be read"),
        ("", "KeyError"),
        (TEXT.replace("[heel.foam]", "[x]"), "foam"),
    ],
)
def test_it_says_when_a_file_is_no_guide(text, part):
    with pytest.raises(GuideError, match=part):
        read_guide(text)
