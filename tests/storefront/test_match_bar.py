"""The Guide match as a picture and in words: the same everywhere it is shown."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template

from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import Assessment, Verdict, assess
from shop_plugin.templatetags.footback import draw_match_bar, mark_grade


def match_of(**known: object) -> Assessment:
    return assess(FootwearAttributes(**known), guide=load_guide())  # type: ignore[arg-type]


ORTHOTIC_WALKER = {
    "use_category": UseCategory.WALKING,
    "heel_height_mm": Span.exactly(26_000),
    "forefoot_height_mm": Span.exactly(16_000),
    "arch_support": Options.of("3"),
    "cushioning": Options.of("3"),
    "heel_counter": Options.of("3"),
    "torsional_stiffness": Options.of("3"),
    "base_stability": Options.of("3"),
    "toe_shape": Options.of("foot_shaped"),
    "width_options": Options.of("regular", "wide", "extra_wide"),
    "fastening": Options.of("lace_up"),
}
POINTED_PUMP = {
    "use_category": UseCategory.HEEL,
    "heel_height_mm": Span.exactly(69_850),
    "toe_shape": Options.of("pointed"),
    "fastening": Options.of("pump"),
}
#: Much of it is open, and none of it can lift the grade.
HIGH_STILETTO = {"use_category": UseCategory.HEEL, "heel_height_mm": Span.exactly(100_000)}


def render(source: str, **context: object) -> str:
    return Template("{% load footback %}" + source).render(Context(context))


def test_is_solid_to_the_sure_end_and_hatched_to_the_possible_one() -> None:
    assessment = match_of(**POINTED_PUMP)
    assert assessment.low is not None
    assert assessment.high is not None
    bar = draw_match_bar(assessment)
    assert bar is not None
    assert bar.sure == 3 * (assessment.low // 100), "the lower end is rounded down"
    assert bar.sure + bar.open == 3 * -(-assessment.high // 100), "the upper end is rounded up"
    xs = [float(x) for x in re.findall(r"[ML](-?[\d.]+) ", bar.hatch)]
    ys = [float(y) for y in re.findall(r"[ML]-?[\d.]+ (-?[\d.]+)", bar.hatch)]
    assert min(xs) >= bar.sure
    assert max(xs) <= bar.sure + bar.open
    assert min(ys) >= 0
    assert max(ys) <= 9


def test_has_nothing_hatched_when_all_is_known() -> None:
    bar = draw_match_bar(match_of(**ORTHOTIC_WALKER))
    assert bar is not None
    assert bar.open == 0
    assert bar.hatch == ""
    assert "fb-bar-hatch" not in render("{% footback_match a %}", a=match_of(**ORTHOTIC_WALKER))


def test_stands_on_the_grades_of_the_guide() -> None:
    bar = draw_match_bar(match_of())
    assert bar is not None
    assert [band.letter for band in bar.bands] == ["A", "B", "C", "D", "E"]
    assert [band.x for band in bar.bands] == [3 * edge for edge in (85, 70, 55, 40, 0)]
    assert max(band.x + band.width for band in bar.bands) <= 300


def test_says_in_words_what_it_draws() -> None:
    exact = render("{% footback_match a %}", a=match_of(**ORTHOTIC_WALKER))
    assert 'aria-label="Guide match 100 of 100: Strong match"' in exact
    empty = render("{% footback_match a %}", a=match_of())
    assert 'aria-label="Guide match between 0 and 100 of 100: No grade yet"' in empty


def test_labels_its_grades_only_where_there_is_room() -> None:
    assessment = match_of(**POINTED_PUMP)
    assert "<text" not in render("{% footback_match a %}", a=assessment)
    assert render("{% footback_match a labelled=True %}", a=assessment).count("<text") == 5


@pytest.mark.parametrize(
    ("assessment", "verdict", "letters", "word"),
    [
        (match_of(**ORTHOTIC_WALKER), Verdict.GRADE, ("A",), "Strong match"),
        (match_of(), Verdict.NOT_ENOUGH, (), "No grade yet"),
        (match_of(**POINTED_PUMP), Verdict.D_OR_LOWER, ("D",), "Weak match or lower"),
        (match_of(**HIGH_STILETTO), Verdict.D_OR_LOWER, ("E",), "Poor match"),
        (
            match_of(age_group=AgeGroup.KIDS),
            Verdict.NOT_SCORED_CHILD,
            (),
            "Children’s shoes are not scored",
        ),
        (
            assess(FootwearAttributes(), guide=load_guide(), condition="diabetes_or_numb_feet"),
            Verdict.NOT_SCORED_REFER,
            (),
            "Not scored: ask a professional",
        ),
    ],
)
def test_gives_every_verdict_letters_and_words(
    assessment: Assessment, verdict: Verdict, letters: tuple[str, ...], word: str
) -> None:
    assert assessment.verdict is verdict
    mark = mark_grade(assessment)
    assert (mark.letters, mark.word) == (letters, word)


def test_names_the_sure_grade_first_where_two_are_possible() -> None:
    known = {**ORTHOTIC_WALKER, "toe_shape": None, "width_options": None}
    assessment = match_of(**{**known, "cushioning": Options.of("2")})
    assert assessment.verdict is Verdict.RANGE
    mark = mark_grade(assessment)
    assert mark.letters == (assessment.grade_low, assessment.grade_high)
    assert mark.word == "Good, perhaps strong match"


@pytest.mark.parametrize("age_group", [AgeGroup.KIDS])
def test_draws_no_bar_and_no_letter_for_a_child(age_group: AgeGroup) -> None:
    page = render("{% footback_grade a %}{% footback_match a %}", a=match_of(age_group=age_group))
    assert "<svg" not in page
    assert "fb-letter" not in page
    assert "Children’s shoes are not scored" in page


def test_shows_a_shoe_that_was_never_assessed_as_open() -> None:
    page = render("{% footback_grade a %}{% footback_match a %}", a=None)
    assert "Not assessed yet" in page
    assert "fb-bar" not in page


def test_never_shows_a_grade_by_colour_alone() -> None:
    page = render("{% footback_grade a %}", a=match_of(**ORTHOTIC_WALKER))
    assert 'class="fb-letter fb-letter-A"' in page, "shape and colour"
    assert ">A</span>" in page, "letter"
    assert "Strong match" in page, "word"
