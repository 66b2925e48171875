"""The formula fb-1.0: worked examples, limits and edges."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from shop_plugin.domain.attributes import (
    FootwearAttributes,
    Options,
    Span,
)
from shop_plugin.domain.factors import FactorEnds
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.heel import read_heel
from shop_plugin.domain.scoring import (
    UnknownCondition,
    Verdict,
    assess,
    assess_all,
    assess_several,
    score_factors,
)
from tests.domain.shoes import BALLET_FLAT, PUMP, SNEAKER, supported

GUIDE = load_guide()
EXAMPLES = Path(__file__).parent.parent / "golden" / "guide_worked_examples.csv"
OTHER_PROFILES = (
    "flat_feet",
    "plantar_fasciitis",
    "bunions",
    "hammertoe",
    "neuroma",
    "high_arch",
    "low_back_pain",
    "standing_all_day",
)


def read_examples() -> list[dict[str, str]]:
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ends_of(example: dict[str, str]) -> FactorEnds:
    rise = read_heel(
        FootwearAttributes(
            heel_height_mm=Span.exactly(int(example["heel_mm"]) * 1000),
            forefoot_height_mm=Span.exactly(int(example["platform_mm"]) * 1000),
        ),
        guide=GUIDE,
    )
    subscores = {key: (int(example[key]),) * 2 for key in "ASCTWKORU"}
    return FactorEnds(**subscores, rise=(rise.low, rise.high))


def rounded(score: int, like: str) -> Decimal:
    """Round hundredths of a point to as many decimals as the example shows."""
    return (Decimal(score) / 100).quantize(Decimal(like), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize("example", read_examples(), ids=lambda row: row["archetype"])
def test_it_gives_each_worked_example_to_the_decimal_shown(example):
    score = score_factors(ends_of(example), guide=GUIDE)
    shown, letter = example["general"].split()

    assert score.low == score.high
    assert rounded(score.low, shown) == Decimal(shown)
    assert rounded(score.base_low, example["base"]) == Decimal(example["base"])
    assert GUIDE.grade(score.low) == letter


@pytest.mark.parametrize("condition", OTHER_PROFILES)
@pytest.mark.parametrize("example", read_examples(), ids=lambda row: row["archetype"])
def test_it_gives_each_worked_example_for_every_condition(example, condition):
    score = score_factors(ends_of(example), guide=GUIDE, condition=condition)
    shown = example[condition]

    # These are given in whole points.
    assert score.low == score.high
    assert abs(Decimal(score.low) / 100 - Decimal(shown)) <= Decimal("0.5")


def test_it_scores_overpronation_as_flat_feet():
    assert [
        score_factors(ends_of(row), guide=GUIDE, condition="overpronation").low
        for row in read_examples()
    ] == [
        score_factors(ends_of(row), guide=GUIDE, condition="flat_feet").low
        for row in read_examples()
    ]


def test_it_keeps_the_order_of_the_archetypes():
    scores = [score_factors(ends_of(row), guide=GUIDE).low for row in read_examples()]
    groups = [[0], [1], [2, 3], [4], [5], [6, 7], [8], [9, 10], [11]]

    for better, worse in pairwise(groups):
        assert min(scores[i] for i in better) > max(scores[i] for i in worse)
    for group in groups:
        assert max(scores[i] for i in group) - min(scores[i] for i in group) <= 300


@pytest.mark.parametrize(
    ("shoe", "low", "high", "coverage", "verdict"),
    [
        (FootwearAttributes(), 0, 10_000, 0, Verdict.NOT_ENOUGH),
        (PUMP, 500, 4313, 330, Verdict.D_OR_LOWER),
        (SNEAKER, 6820, 8695, 812, Verdict.RANGE),
        (BALLET_FLAT, 3060, 9280, 378, Verdict.NOT_ENOUGH),
    ],
    ids=["nothing known", "pump", "sneaker", "ballet flat"],
)
def test_it_gives_the_interval_of_what_a_listing_leaves_open(shoe, low, high, coverage, verdict):
    match = assess(shoe, guide=GUIDE)

    assert (match.low, match.high, match.coverage) == (low, high, coverage)
    assert match.verdict is verdict


def test_it_keeps_a_heel_band_as_an_interval():
    known = {"A": 500, "S": 500, "C": 400, "T": 500, "W": 0, "K": 350}
    ends = FactorEnds(
        **{key: (value, value) for key, value in known.items()}, rise=(50_800, 69_850)
    )

    score = score_factors(ends, guide=GUIDE)

    assert (score.low, score.high) == (3680, 4680)
    assert (GUIDE.grade(score.low), GUIDE.grade(score.high)) == ("E", "D")


# ---- heels ----------------------------------------------------------------------------


def perfect_but(rise_um: int) -> FactorEnds:
    best = dict.fromkeys("ASCTWKORU", (1000, 1000))
    return FactorEnds(**best, rise=(rise_um, rise_um))


@pytest.mark.parametrize(
    ("rise_um", "points", "high"),
    [
        (25_400, 2500, 10_000),
        (38_100, 2000, 9500),
        (50_800, 1500, 9000),
        (51_300, 1500, 9000),
        (51_310, 865, 5371),
        (57_150, 750, 5038),
        (76_200, 375, 3950),
        (88_900, 188, 3225),
        (101_600, 0, 2500),
        (127_000, 0, 2000),
        (200_000, 0, 2000),
    ],
)
def test_it_counts_a_heel_and_caps_it_past_two_inches(rise_um, points, high):
    score = score_factors(perfect_but(rise_um), guide=GUIDE)
    heel = next(part for part in score.contributions if part.factor == "H")

    assert heel.points_low == points
    assert score.high == high


def test_it_takes_a_tenth_of_a_millimetre_past_the_tolerance_as_over():
    within = assess(FootwearAttributes(heel_height_mm=Span.exactly(51_300)), guide=GUIDE)
    beyond = assess(FootwearAttributes(heel_height_mm=Span.exactly(51_310)), guide=GUIDE)

    assert not [cap for cap in within.caps if cap.code == "CAP_HEEL"]
    assert [cap.is_certain for cap in beyond.caps if cap.code == "CAP_HEEL"] == [True]
    assert beyond.high < 5400


def test_it_never_grades_a_heel_over_two_inches_above_d():
    for rise_um in range(51_301, 130_000, 613):
        assert GUIDE.grade(score_factors(perfect_but(rise_um), guide=GUIDE).high) in "DE"


def test_it_tells_how_far_a_heel_cap_may_go_when_the_heel_is_a_band():
    match = assess(FootwearAttributes(heel_height_mm=Span(76_200, 101_600)), guide=GUIDE)
    cap = next(cap for cap in match.caps if cap.code == "CAP_HEEL")

    assert (cap.is_certain, cap.limit, cap.limit_low) == (True, 3950, 2500)


# ---- support ---------------------------------------------------------------------------


def test_it_caps_a_shoe_with_neither_support_nor_cushioning():
    match = supported("0", "0", removable_insole=Options.of("yes"))

    assert (match.low, match.high, match.grade_high) == (3900, 3900, "E")
    assert match.base_high > 3900
    assert "FLAT_UNSUPPORTED" in {reason.code for reason in match.reasons}


def test_it_calls_an_unsupported_shoe_a_flat_only_if_it_is_one():
    heeled = supported("0", "0", heel_height_mm=Span.exactly(30_000))
    codes = {reason.code for reason in heeled.reasons}

    assert "UNSUPPORTED" in codes
    assert "FLAT_UNSUPPORTED" not in codes


@pytest.mark.parametrize(
    ("arch", "cushioning", "which"), [("0", "3", "arch_support"), ("3", "0", "cushioning")]
)
def test_it_caps_a_shoe_that_lacks_one_of_the_two(arch, cushioning, which):
    match = supported(arch, cushioning, removable_insole=Options.of("yes"))
    reason = next(reason for reason in match.reasons if reason.code == "ONE_LACKING")

    assert match.high <= 6900
    assert reason.params["which"] == which
    assert match.grade_high == "C"


def test_it_does_not_let_an_own_insole_lift_a_cap():
    bare = supported(
        "0", "0", removable_insole=Options.of("no"), orthotic_friendly=Options.of("no")
    )
    roomy = supported("0", "0", removable_insole=Options.of("yes"))

    assert roomy.base_low > bare.base_low
    assert roomy.low == bare.low == 3900


def test_it_counts_an_own_insole_as_some_arch_support():
    part = next(
        item
        for item in assess(
            FootwearAttributes(arch_support=Options.of("0"), orthotic_friendly=Options.of("yes")),
            guide=GUIDE,
        ).contributions
        if item.factor == "A"
    )

    assert (part.low, part.high) == (400, 400)


def test_it_knows_that_more_widths_may_be_offered_than_stated():
    ends = {
        names: next(
            (part.low, part.high)
            for part in assess(
                FootwearAttributes(width_options=Options.of(*names)), guide=GUIDE
            ).contributions
            if part.factor == "W"
        )
        for names in [("regular",), ("regular", "wide"), ("regular", "wide", "narrow")]
    }

    assert list(ends.values()) == [(0, 1000), (500, 1000), (1000, 1000)]


# ---- profiles ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "known", "limit"),
    [
        ("flat_feet", {"arch_support": Options.of("0")}, 5400),
        ("plantar_fasciitis", {"heel_height_mm": Span.exactly(60_000)}, 3900),
        ("plantar_fasciitis", {"fastening": Options.of("backless")}, 5400),
        ("bunions", {"toe_shape": Options.of("pointed")}, 3900),
        ("bunions", {"heel_height_mm": Span.exactly(60_000)}, 3900),
        ("hammertoe", {"fastening": Options.of("backless")}, 5400),
        ("neuroma", {"toe_shape": Options.of("pointed")}, 3900),
        ("neuroma", {"forefoot_cushioning": Options.of("0")}, 5400),
        ("high_arch", {"cushioning": Options.of("0")}, 5400),
        ("standing_all_day", {"cushioning": Options.of("0")}, 5400),
        ("standing_all_day", {"heel_height_mm": Span.exactly(60_000)}, 3900),
    ],
)
def test_it_caps_what_a_condition_should_avoid(condition, known, limit):
    match = assess(FootwearAttributes(**known), guide=GUIDE, condition=condition)
    limited = [reason for reason in match.reasons if reason.code == "PROFILE_LIMITED"]

    assert match.high <= limit
    assert [reason.params["limit"] for reason in limited] == [limit]
    assert {reason.params["profile"] for reason in limited} == {condition}


def test_it_does_not_limit_a_pump_for_being_backless():
    match = assess(
        FootwearAttributes(fastening=Options.of("pump")), guide=GUIDE, condition="bunions"
    )

    assert "CAP_PROFILE_FASTENING" not in {cap.code for cap in match.caps}


def test_it_reads_cushioning_at_the_forefoot_for_a_neuroma_only():
    shoe = FootwearAttributes(cushioning=Options.of("3"), forefoot_cushioning=Options.of("0"))
    parts = {
        condition: next(p for p in match.contributions if p.factor == "C")
        for condition, match in assess_all(shoe, guide=GUIDE).items()
    }

    assert (parts["neuroma"].low, parts["neuroma"].high) == (0, 0)
    assert parts["general"].low == 1000


def test_it_gives_a_rocker_no_credit_for_the_back():
    flat = FootwearAttributes(rocker=Options.of("0"))
    rocker = FootwearAttributes(rocker=Options.of("3"))

    for condition in ("general", "low_back_pain"):
        without, with_it = (
            assess(shoe, guide=GUIDE, condition=condition) for shoe in (flat, rocker)
        )
        assert (with_it.low, with_it.high) == (without.low, without.high)
        assert "NOTE_ROCKER_NO_CREDIT" in {reason.code for reason in with_it.reasons}


def test_it_takes_the_lowest_of_several_conditions_and_names_it():
    pointed = FootwearAttributes(
        toe_shape=Options.of("pointed"), arch_support=Options.of("3"), cushioning=Options.of("3")
    )
    several = assess_several(
        pointed, guide=GUIDE, conditions=["high_arch", "bunions", "standing_all_day", "bunions"]
    )

    assert several.binding == "bunions"
    assert several.low == min(item.low for item in several.assessments.values())
    assert several.high == min(item.high for item in several.assessments.values()) == 3900
    assert list(several.assessments) == ["high_arch", "bunions", "standing_all_day"]


def test_it_refers_as_soon_as_one_of_several_conditions_belongs_to_a_professional():
    several = assess_several(SNEAKER, guide=GUIDE, conditions=["bunions", "diabetes_or_numb_feet"])

    assert several.verdict is Verdict.NOT_SCORED_REFER
    assert several.low is None
    assert several.high is None


def test_it_asks_for_at_least_one_condition():
    with pytest.raises(ValueError, match="at least one condition"):
        assess_several(SNEAKER, guide=GUIDE, conditions=[])


def test_it_names_the_conditions_it_knows_when_it_is_asked_for_another():
    with pytest.raises(UnknownCondition, match="flat_feet"):
        assess(SNEAKER, guide=GUIDE, condition="knock_knees")
