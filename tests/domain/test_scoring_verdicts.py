"""What may be shown of a match: the formula fb-1.0 ..."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import (
    Assessment,
    Verdict,
    assess,
    assess_all,
)
from tests.domain.shoes import BALLET_FLAT, PUMP, SNEAKER, supported

GUIDE = load_guide()


@pytest.mark.parametrize(
    "shoe",
    [
        FootwearAttributes(age_group=AgeGroup.KIDS, arch_support=Options.of("3")),
        FootwearAttributes(use_category=UseCategory.KIDS),
    ],
)
def test_it_never_scores_children(shoe):
    for condition in (*GUIDE.conditions, *GUIDE.refer_conditions):
        match = assess(shoe, guide=GUIDE, condition=condition)
        assert match.verdict is Verdict.NOT_SCORED_CHILD
        assert (match.low, match.high, match.grade_low, match.contributions) == (None, None, "", ())


def test_it_never_scores_what_belongs_to_a_professional():
    match = assess(SNEAKER, guide=GUIDE, condition="diabetes_or_numb_feet")

    assert match.verdict is Verdict.NOT_SCORED_REFER
    assert (match.low, match.high, match.base_low, match.coverage) == (None, None, None, 0)
    assert [reason.code for reason in match.reasons] == ["NOT_SCORED_REFER"]


def test_it_shows_one_grade_when_both_ends_share_it():
    match = supported("3", "3")

    assert match.verdict is Verdict.GRADE
    assert (match.low, match.high, match.grade_low) == (10_000, 10_000, "A")


def test_it_shows_d_or_lower_for_a_shoe_it_hardly_knows_but_that_is_capped():
    assert assess(PUMP, guide=GUIDE).binding_cap.code == "CAP_HEEL"


def test_it_shows_letters_from_a_coverage_of_sixty_on():
    # Open: arch support 240, toe 80 and fastening 80 of 1000.
    shoe = FootwearAttributes(
        heel_height_mm=Span.exactly(10_000),
        cushioning=Options.of("3"),
        width_options=Options.of("regular", "wide", "narrow"),
        heel_counter=Options.of("3"),
        torsional_stiffness=Options.of("3"),
        base_stability=Options.of("3"),
    )
    match = assess(shoe, guide=GUIDE)

    assert (match.coverage, match.verdict) == (600, Verdict.RANGE)
    stricter = replace(GUIDE, coverage_minimum=601)
    assert assess(shoe, guide=stricter).verdict is Verdict.NOT_ENOUGH


def test_it_says_d_or_lower_only_below_the_floor_of_c():
    assert assess(PUMP, guide=replace(GUIDE, d_below=4314)).verdict is Verdict.D_OR_LOWER
    assert assess(PUMP, guide=replace(GUIDE, d_below=4313)).verdict is Verdict.NOT_ENOUGH


@pytest.mark.parametrize(
    ("arch", "cushioning", "caps"),
    [
        ("0", "0", [("CAP_UNSUPPORTED", True)]),
        ("0", "3", [("CAP_ONE_LACKING", True)]),
        ("1", "1", []),
        ("0123", "3", [("CAP_ONE_LACKING", False)]),
        ("0123", "0", [("CAP_ONE_LACKING", True), ("CAP_UNSUPPORTED", False)]),
        ("0123", "0123", [("CAP_UNSUPPORTED", False)]),
    ],
)
def test_it_lists_the_caps_that_hold_and_those_that_may(arch, cushioning, caps):
    assert [(cap.code, cap.is_certain) for cap in supported(arch, cushioning).caps] == caps


@pytest.mark.parametrize(
    ("removable", "friendly", "ends"),
    [
        ("yes", "no", (1000, 1000)),
        ("no", "yes", (1000, 1000)),
        ("no", "no", (0, 0)),
        ("no", None, (0, 1000)),
        (None, None, (0, 1000)),
    ],
)
def test_it_counts_room_for_an_own_insole_however_it_is_stated(removable, friendly, ends):
    match = assess(
        FootwearAttributes(
            removable_insole=removable and Options.of(removable),
            orthotic_friendly=friendly and Options.of(friendly),
        ),
        guide=GUIDE,
        condition="flat_feet",
    )

    assert [(p.low, p.high) for p in match.contributions if p.factor == "O"] == [ends]


def test_it_is_less_sure_of_what_only_the_category_says():
    running = assess(FootwearAttributes(use_category=UseCategory.RUNNING), guide=GUIDE)

    assert running.confidence == 900


def test_it_lists_what_is_missing_with_the_weightiest_first():
    reason = next(
        item
        for item in assess(FootwearAttributes(), guide=GUIDE).reasons
        if item.code == "LOW_COVERAGE"
    )

    assert set(reason.params["missing"][:3]) == {"arch_support", "cushioning", "heel_height_mm"}
    assert len(reason.params["missing"]) == 7


def test_it_weighs_the_certainty_of_the_sources_by_what_they_settle():
    shoe = FootwearAttributes(
        arch_support=Options.of("2"),
        cushioning=Options.of("1"),
        confidence={"arch_support": 600, "cushioning": 900},
    )

    # 240 x 600 and 250 x 900 thousandths over 490
    assert assess(shoe, guide=GUIDE).confidence == (240 * 600 + 250 * 900) // 490
    assert assess(FootwearAttributes(), guide=GUIDE).confidence == 0


def test_it_says_which_facts_are_in_dispute():
    shoe = FootwearAttributes(cushioning=Options.of("0", "3"), conflicts=frozenset({"cushioning"}))

    assert [
        reason.params
        for reason in assess(shoe, guide=GUIDE).reasons
        if reason.code == "CONFLICTING_DATA"
    ] == [{"attribute": "cushioning"}]


@pytest.mark.parametrize("condition", [*GUIDE.conditions, *GUIDE.refer_conditions])
@pytest.mark.parametrize("shoe", [FootwearAttributes(), PUMP, SNEAKER, BALLET_FLAT])
def test_it_comes_back_from_storage_as_it_was(shoe, condition):
    match = assess(shoe, guide=GUIDE, condition=condition, heel_mode="nominal")
    stored = json.loads(json.dumps(match.as_detail()))

    assert match == Assessment.from_stored(
        condition=match.condition,
        formula_version=match.formula_version,
        verdict=match.verdict.value,
        low=match.low,
        high=match.high,
        grade_low=match.grade_low,
        grade_high=match.grade_high,
        coverage=match.coverage,
        confidence=match.confidence,
        detail=stored,
    )


def test_it_keeps_its_detail_small():
    largest = max(
        len(json.dumps(match.as_detail(), separators=(",", ":")))
        for match in assess_all(SNEAKER, guide=GUIDE).values()
    )

    assert largest < 1000
