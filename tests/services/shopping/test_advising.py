"""Advice in words: the sentence says what the numbers say, and nothing of a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess, assess_all
from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.services.shopping.advising import Advice, advise
from tests.domain.strategies import shoes

GUIDE = load_guide()
PUMP = FootwearAttributes(
    use_category=UseCategory.HEEL,
    heel_height_mm=Span.exactly(68_000),
    forefoot_height_mm=Span.exactly(4_000),
    arch_support=Options.of("1"),
    cushioning=Options.of("2"),
    toe_shape=Options.of("almond"),
    fastening=Options.of("buckle_heel_strap"),
)


def advice_on(shoe: FootwearAttributes, *, unit: str = "mm") -> Advice:
    assessments = assess_all(shoe, guide=GUIDE)
    return advise(
        shoe, assessment=assessments["general"], assessments=assessments.values(), unit=unit
    )


@pytest.mark.parametrize(
    ("unit", "text"),
    [("mm", "Heel 13 mm lower"), ("cm", "Heel 1.3 cm lower"), ("in", "Heel ½ in lower")],
)
def test_it_says_how_much_lower_in_the_readers_unit(unit, text):
    changes = advice_on(PUMP, unit=unit).changes
    assert [change.text for change in changes if change.text.startswith("Heel")] == [text]


def test_it_lowers_a_heel_by_whole_eighths_of_an_inch_so_that_the_printed_length_is_exact():
    (change,) = [item for item in advice_on(PUMP, unit="in").changes if "Heel" in item.text]
    lowered = replace(PUMP, heel_height_mm=Span.exactly(68_000 - 4 * 3_175))
    assert change.result == assess(lowered, guide=GUIDE)


def test_it_names_the_answer_that_would_help_and_the_one_there_is():
    shoe = replace(PUMP, heel_height_mm=Span.exactly(20_000), cushioning=Options.of("0"))
    texts = [change.text for change in advice_on(shoe).changes]
    assert any(
        text.startswith("Cushioning: ") and text.endswith("instead of none") for text in texts
    )


def test_it_says_what_would_tell_most_with_both_ends():
    shoe = replace(PUMP, heel_height_mm=Span.exactly(20_000), arch_support=None)
    advice = advice_on(shoe)
    first = advice.open_facts[0]
    assert first.name == "Arch support"
    best = assess(replace(shoe, arch_support=Options.of("3")), guide=GUIDE)
    worst = assess(replace(shoe, arch_support=Options.of("0")), guide=GUIDE)
    assert advice.tells_most == (
        f"Arch support would tell most: at its best the match is {best.low // 100} or more, "
        f"at its worst {-(-worst.high // 100)} or less, of 100."
    )


@settings(max_examples=60, deadline=None)
@given(shoe=shoes())
def test_it_never_understates_what_a_missing_fact_may_move(shoe):
    advice = advice_on(shoe)
    shown = assess(shoe, guide=GUIDE)
    for fact in advice.open_facts:
        assert 1 <= fact.points <= -(-(shown.high - shown.low) // 100)
        assert str(fact.points) in fact.text


@settings(max_examples=60, deadline=None)
@given(shoe=shoes())
def test_it_makes_no_claim_about_health(shoe):
    advice = advice_on(shoe, unit="in")
    said = [advice.tells_most, *(item.text for item in advice.changes)]
    said += [advice.insole.text] if advice.insole else []
    if advice.trade_off:
        said += [advice.trade_off.fits, *advice.trade_off.misses]
    assert [find_banned_claims(text) for text in said] == [()] * len(said)


def test_it_sums_a_shoe_up_in_a_few_words():
    words = advice_on(replace(PUMP, toe_shape=Options.of("pointed"))).plain_words
    assert "Cushioned" in words.meets
    assert "Mild arch support" in words.in_part
    assert words.misses == ("Heel over 51 mm", "Pointed toe")
    assert "the choice of widths" in words.unknown


@pytest.mark.parametrize(
    ("answer", "start"),
    [
        (None, "Whether the footbed comes out is not stated"),
        (Options.of("no"), "The footbed does not come out"),
        (Options.of("yes"), "The footbed comes out. With a contoured insole"),
    ],
)
def test_it_speaks_of_an_insole_by_what_is_known_of_the_footbed(answer, start):
    insole = advice_on(
        replace(PUMP, heel_height_mm=Span.exactly(20_000), arch_support=Options.of("0"))
        if answer is None
        else replace(
            PUMP,
            heel_height_mm=Span.exactly(20_000),
            arch_support=Options.of("0"),
            removable_insole=answer,
        )
    ).insole
    assert insole.text.startswith(start)
    assert (insole.result is not None) is (answer == Options.of("yes"))


def test_it_never_calls_open_whether_an_insole_comes_out_that_is_known_to_stay():
    shoe = replace(PUMP, arch_support=None, removable_insole=Options.of("no"))
    advice = advice_on(shoe)
    names = {fact.name for fact in advice.open_facts} | {*advice.plain_words.unknown}
    assert "room for an insole of your own" in names
    assert not any("comes out" in name for name in names)


def test_it_says_when_an_insole_would_change_nothing():
    shoe = replace(PUMP, arch_support=Options.of("3"), removable_insole=Options.of("yes"))
    assert advice_on(shoe).insole.text.endswith("would not change the match.")


def test_it_names_needs_that_disagree_without_saying_that_anybody_has_one():
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
    trade_off = advice_on(shoe).trade_off
    assert "plantar fasciitis" in trade_off.fits
    assert trade_off.misses == (
        "Not what they look for with bunions, hammertoe or Morton's neuroma: the toe is pointed.",
    )
    assert "your" not in " ".join((trade_off.fits, *trade_off.misses))


def test_it_says_nothing_of_a_childs_shoe():
    advice = advice_on(replace(PUMP, age_group=AgeGroup.KIDS))
    assert advice.plain_words.is_empty
    assert (advice.open_facts, advice.changes, advice.insole, advice.trade_off) == (
        (),
        (),
        None,
        None,
    )
