"""Advice is exact: what it says would happen is what the formula gives, and nothing less does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.advice import (
    CONTOURED_LEVELS,
    HEEL_STEPS_UM,
    Footbed,
    find_changes,
    find_open_parts,
    find_telling_fact,
    find_trade_offs,
    pair_with_insole,
    price_band,
)
from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import Verdict, assess, assess_all
from tests.domain.strategies import every_options, shoes, spans

GUIDE = load_guide()
conditions = st.sampled_from(GUIDE.conditions)
steps = st.sampled_from(sorted(set(HEEL_STEPS_UM.values())))

PUMP = FootwearAttributes(
    use_category=UseCategory.HEEL,
    heel_height_mm=Span.exactly(68_000),
    forefoot_height_mm=Span.exactly(4_000),
    arch_support=Options.of("1"),
    cushioning=Options.of("2"),
    toe_shape=Options.of("almond"),
    fastening=Options.of("buckle_heel_strap"),
    width_options=Options.of("regular", "wide", "narrow"),
    heel_counter=Options.of("2"),
    torsional_stiffness=Options.of("2"),
    base_stability=Options.of("1"),
    removable_insole=Options.of("no"),
    orthotic_friendly=Options.of("no"),
)
LOAFER = FootwearAttributes(
    use_category=UseCategory.DRESS_LEATHER,
    heel_height_mm=Span.exactly(25_000),
    forefoot_height_mm=Span.exactly(5_000),
    arch_support=Options.of("0"),
    cushioning=Options.of("1"),
    toe_shape=Options.of("almond"),
    fastening=Options.of("slip_on"),
    removable_insole=Options.of("yes"),
)


@st.composite
def mostly_known(draw: st.DrawFn) -> FootwearAttributes:
    """Draw a shoe of which enough is known for a grade, with a heel of any height."""
    shoe = draw(shoes())
    known = {
        key: draw(st.sampled_from(every_options(key)))
        for key in ("arch_support", "cushioning", "fastening", "toe_shape")
    }
    return replace(shoe, heel_height_mm=draw(spans(0, 130)), **known)


# ---- what would change the grade -------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(shoe=mostly_known(), condition=conditions, step=steps)
def test_it_gives_just_the_match_it_says(shoe, condition, step):
    before = assess(shoe, guide=GUIDE, condition=condition)
    for change in find_changes(shoe, guide=GUIDE, condition=condition, heel_step_um=step):
        after = assess(replace(shoe, **change.values), guide=GUIDE, condition=condition)
        assert after == change.result
        assert change.values.get("drop_mm", Span(0, 0)).low >= 0, "no shoe that falls to the heel"
        if change.is_sure:
            assert after.grade_low < before.grade_low
        else:
            assert after.grade_low == before.grade_low
            assert after.grade_high < before.grade_high


@settings(max_examples=60, deadline=None)
@given(shoe=mostly_known(), condition=conditions)
def test_it_lowers_a_heel_by_no_step_more_than_needed(shoe, condition):
    """Every heel between the shoe's own and the advised one leaves the grade as it is."""
    before = assess(shoe, guide=GUIDE, condition=condition)
    for change in find_changes(shoe, guide=GUIDE, condition=condition, heel_step_um=3_175):
        if change.key != "heel_height_mm":
            continue
        assert change.lower_um % 3_175 == 0
        for lower in range(3_175, change.lower_um, 3_175):
            values = {
                key: Span(span.low + change.lower_um - lower, span.high + change.lower_um - lower)
                for key, span in change.values.items()
            }
            less = assess(replace(shoe, **values), guide=GUIDE, condition=condition)
            assert less.grade_low >= before.grade_low
            assert change.is_sure or less.grade_high >= before.grade_high


@settings(max_examples=60, deadline=None)
@given(shoe=mostly_known(), condition=conditions)
def test_it_asks_for_no_better_answer_than_needed(shoe, condition):
    before = assess(shoe, guide=GUIDE, condition=condition)
    changes = {item.key: item for item in find_changes(shoe, guide=GUIDE, condition=condition)}
    if before.verdict is Verdict.NOT_ENOUGH:
        assert changes == {}
        return
    for key in ("arch_support", "cushioning", "toe_shape", "fastening"):
        worth = GUIDE.tables[key].values
        best = max(worth[member] for member in shoe.get(key).members)
        gained = [
            (
                worth[answer],
                after.grade_low < before.grade_low,
                after.grade_high < before.grade_high,
            )
            for answer in worth
            if worth[answer] > best
            for after in [
                assess(replace(shoe, **{key: Options.of(answer)}), guide=GUIDE, condition=condition)
            ]
        ]
        sure = [at for at, is_sure, _ in gained if is_sure]
        possible = [at for at, _, is_possible in gained if is_possible]
        if not sure and not possible:
            assert key not in changes
            continue
        (answer,) = changes[key].values[key].members
        assert changes[key].is_sure is bool(sure)
        assert worth[answer] == min(sure or possible)


def test_it_says_how_much_lower_a_heel_would_have_to_be():
    (heel,) = [item for item in find_changes(PUMP, guide=GUIDE) if item.key == "heel_height_mm"]
    before = assess(PUMP, guide=GUIDE)
    assert (before.grade_low, heel.result.grade_low) == ("D", "C")
    # 68 mm on 4 mm rises 64; up to 51.3 it would pass as two inches.
    assert heel.lower_um == 13_000
    assert heel.values == {"heel_height_mm": Span.exactly(55_000)}


def on_drop(low_um: int, high_um: int) -> FootwearAttributes:
    heel = Span(70_000, 75_000)
    return replace(
        PUMP, heel_height_mm=heel, forefoot_height_mm=None, drop_mm=Span(low_um, high_um)
    )


def test_it_keeps_drop_and_heel_together():
    (change,) = [
        item for item in find_changes(on_drop(55_000, 60_000), guide=GUIDE) if item.lower_um
    ]
    assert change.values["drop_mm"] == Span(55_000 - change.lower_um, 60_000 - change.lower_um)
    assert change.values["heel_height_mm"] == Span(
        70_000 - change.lower_um, 75_000 - change.lower_um
    )


def test_it_never_lowers_a_heel_below_the_forefoot():
    """Down to a drop of 8 mm less nothing is gained yet; what comes after is another shoe."""
    changes = find_changes(on_drop(8_000, 60_000), guide=GUIDE)
    assert [item for item in changes if item.lower_um] == []


def test_it_advises_nothing_where_too_little_is_known_or_nothing_is_scored():
    hard = FootwearAttributes(cushioning=Options.of("0"))
    assert assess(hard, guide=GUIDE).verdict is Verdict.NOT_ENOUGH
    assert find_changes(hard, guide=GUIDE) == ()
    child = replace(PUMP, age_group=AgeGroup.KIDS)
    assert find_changes(child, guide=GUIDE) == ()
    assert find_open_parts(child, guide=GUIDE) == ()
    assert find_changes(PUMP, guide=GUIDE, condition="diabetes_or_numb_feet") == ()
    assert find_open_parts(PUMP, guide=GUIDE, condition="diabetes_or_numb_feet") == ()


# ---- what one more fact would tell -----------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(shoe=shoes(), condition=conditions, data=st.data())
def test_it_says_how_far_a_missing_fact_can_move_the_match(shoe, condition, data):
    """No answer moves either end further, and some answer moves it just so far."""
    field = {"A": "arch_support", "C": "cushioning", "T": "toe_shape", "K": "fastening"}
    if GUIDE.profiles[condition].cushioning_at != "cushioning":
        field.pop("C")
    factor = data.draw(st.sampled_from(sorted(field)))
    key = field[factor]
    before = assess(shoe, guide=GUIDE, condition=condition)
    said = {part.factor: part for part in find_open_parts(shoe, guide=GUIDE, condition=condition)}
    known = shoe.get(key)
    answers = known.members if known is not None else GUIDE.tables[key].values
    after = [
        assess(replace(shoe, **{key: Options.of(answer)}), guide=GUIDE, condition=condition)
        for answer in answers
    ]
    gain = max(item.low for item in after) - before.low
    loss = before.high - min(item.high for item in after)
    part = said.get(factor)
    assert (gain, loss) == ((part.gain, part.loss) if part else (0, 0))


@settings(max_examples=60, deadline=None)
@given(shoe=shoes(), condition=conditions)
def test_it_puts_the_fact_that_tells_most_first(shoe, condition):
    parts = find_open_parts(shoe, guide=GUIDE, condition=condition)
    widths = [part.gain + part.loss for part in parts]
    assert widths == sorted(widths, reverse=True)
    assert all(part.gain >= 0 and part.loss >= 0 and part.points > 0 for part in parts)


def test_it_finds_everything_open_where_nothing_is_known():
    parts = {part.factor: part for part in find_open_parts(FootwearAttributes(), guide=GUIDE)}
    assert set(parts) >= set("ACHTWK")
    assert all(part.is_unknown for part in parts.values())
    assert parts["C"].loss == 10_000 - 6_900, "without cushioning the match is limited to 69"


def test_it_leaves_out_what_a_cap_decides_already():
    # A four-inch heel limits the match to 25, whatever the toe is.
    shoe = replace(PUMP, heel_height_mm=Span.exactly(140_000), toe_shape=None)
    assert "T" not in {part.factor for part in find_open_parts(shoe, guide=GUIDE)}


# ---- the same shoe with an insole ------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(shoe=mostly_known(), condition=conditions)
def test_it_never_rates_a_shoe_lower_for_an_insole(shoe, condition):
    paired = pair_with_insole(
        replace(shoe, removable_insole=Options.of("yes")), guide=GUIDE, condition=condition
    )
    before = assess(
        replace(shoe, removable_insole=Options.of("yes")), guide=GUIDE, condition=condition
    )
    assert paired.footbed is Footbed.COMES_OUT
    assert paired.result is not None
    assert paired.result.low >= before.low
    assert paired.result.high >= before.high


def test_it_rates_a_loafer_with_an_insole_as_the_formula_does():
    paired = pair_with_insole(LOAFER, guide=GUIDE)
    same = assess(replace(LOAFER, arch_support=Options.of(*CONTOURED_LEVELS)), guide=GUIDE)
    assert paired.result == same
    assert paired.result.low > assess(LOAFER, guide=GUIDE).low


@pytest.mark.parametrize(
    ("answer", "footbed"),
    [
        (None, Footbed.UNKNOWN),
        (Options.of("yes", "no"), Footbed.UNKNOWN),
        (Options.of("no"), Footbed.STAYS),
    ],
)
def test_it_pairs_no_insole_unless_the_footbed_is_known_to_come_out(answer, footbed):
    shoe = replace(LOAFER, removable_insole=answer, orthotic_friendly=Options.of("yes"))
    assert pair_with_insole(shoe, guide=GUIDE) == (footbed, None)


# ---- needs that disagree ---------------------------------------------------------------------


def test_it_names_a_trade_off_with_what_stands_in_the_way():
    shoe = FootwearAttributes(
        use_category=UseCategory.WALKING,
        heel_height_mm=Span.exactly(30_000),
        forefoot_height_mm=Span.exactly(20_000),
        arch_support=Options.of("3"),
        cushioning=Options.of("3"),
        toe_shape=Options.of("pointed"),
        fastening=Options.of("lace_up"),
        heel_counter=Options.of("3"),
        torsional_stiffness=Options.of("3"),
        base_stability=Options.of("3"),
        removable_insole=Options.of("yes"),
        rocker=Options.of("2"),
    )
    found = find_trade_offs(assess_all(shoe, guide=GUIDE).values(), guide=GUIDE)
    assert "plantar_fasciitis" in found.fits
    assert "general" not in found.fits
    assert {"flat_feet", "overpronation"} & {*found.fits} == {"flat_feet"}, "they weigh alike"
    bunions = next(item for item in found.misses if item.condition == "bunions")
    assert bunions.cap is not None
    assert bunions.cap.code == "CAP_PROFILE_TOE"


@settings(max_examples=100, deadline=None)
@given(shoe=shoes())
def test_it_speaks_of_a_trade_off_only_where_both_sides_are_sure(shoe):
    assessments = assess_all(shoe, guide=GUIDE)
    found = find_trade_offs(assessments.values(), guide=GUIDE)
    assert bool(found.fits) is bool(found.misses)
    assert all(assessments[key].low >= 7_000 for key in found.fits)
    assert all(assessments[item.condition].high < 5_500 for item in found.misses)


# ---- the same price --------------------------------------------------------------------------


@given(price=st.integers(0, 10**9))
def test_it_counts_as_the_same_price_what_is_thirty_percent_away_at_most(price):
    low, high = price_band(price)
    assert 100 * low >= 70 * price > 100 * (low - 1)
    assert 100 * high <= 130 * price < 100 * (high + 1)


@given(shoes())
@settings(max_examples=60, deadline=None)
def test_the_telling_fact_is_the_open_part_that_narrows_most(shoe):
    shown = assess(shoe, guide=GUIDE)
    told = find_telling_fact(shoe, shown=shown, guide=GUIDE)
    parts = find_open_parts(shoe, guide=GUIDE)
    if not parts:
        assert told == ("", 0)
        return
    assert told.narrowing == max((part.gain + part.loss) // 2 for part in parts)
    assert told.factor in {part.factor for part in parts}
    changed = replace(GUIDE, version=GUIDE.version)
    assert find_telling_fact(shoe, shown=shown, guide=changed) == told
