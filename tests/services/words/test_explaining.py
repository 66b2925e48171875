"""Reasons as sentences: every code has words, units follow the reader, nothing is said twice."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.reasons import REASON_CODES, Reason
from shop_plugin.domain.scoring import Assessment, Verdict, assess
from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.services.words.explaining import (
    DISCLAIMER,
    TONES,
    attribute_label,
    category_label,
    condition_label,
    condition_text,
    describe_match,
    describe_value,
    describe_why,
    explain,
    guideline_texts,
    option_label,
)
from tests.domain.strategies import shoes

GUIDE = load_guide()
UNITS = ("in", "cm", "mm")

#: One set of parameters for every code there is.
PARAMS = {
    "PROFILE_LIMITED": {"profile": "bunions", "cap": "CAP_PROFILE_TOE", "limit": 3900},
    "HEEL_OVER_2IN": {"low": 69_850, "high": 69_850, "basis": "printed", "limit": 4313},
    "HEEL_MAY_BE_OVER_2IN": {"low": 44_000, "high": 70_000, "basis": "printed"},
    "HEEL_MODERATE": {"low": 30_000, "high": 30_000, "basis": "pitch"},
    "HEEL_OK": {"low": 10_000, "high": 10_000, "basis": "printed"},
    "HEEL_NEAR_LIMIT": {"low": 50_800, "high": 50_800},
    "HEEL_PLATFORM_USED": {"heel": [114_000, 114_000], "platform": None, "pitch": [76_000, 76_000]},
    "FLAT_UNSUPPORTED": {"limit": 3900},
    "UNSUPPORTED": {"limit": 3900},
    "ONE_LACKING": {"which": "cushioning", "limit": 6900},
    "WORN_PAST_LIFE": {"pct": 112, "limit": 5400},
    "FIT_TOO_TIGHT": {"limit": 4900},
    "FIT_TOO_LOOSE": {"limit": 5900},
    "ARCH_HIGH": {"low": 3, "high": 3},
    "ARCH_MODERATE": {"low": 2, "high": 3},
    "ARCH_MILD": {"low": 1, "high": 1},
    "ARCH_NONE": {"low": 0, "high": 0},
    "CUSHION_HIGH": {"low": 3, "high": 3},
    "CUSHION_MODERATE": {"low": 2, "high": 2},
    "CUSHION_LIGHT": {"low": 1, "high": 3},
    "CUSHION_NONE": {"low": 0, "high": 2},
    "TOE_ROOMY": {"shapes": ["round", "square"]},
    "TOE_POINTED": {"shapes": ["pointed"]},
    "WIDTHS_AVAILABLE": {"widths": ["regular", "wide"]},
    "FASTENING_SECURE": {"kinds": ["lace_up"]},
    "FASTENING_LOOSE": {"kinds": ["backless"]},
    "CONFLICTING_DATA": {"attribute": "heel_height_mm"},
    "LOW_COVERAGE": {"missing": ["arch_support", "cushioning", "toe_shape", "fastening", "rocker"]},
    "EVIDENCE_WEAK": {"guideline": "G1"},
}


def with_reasons(*reasons: Reason, verdict: Verdict = Verdict.GRADE) -> Assessment:
    return Assessment(
        condition="general",
        formula_version="fb-1.0",
        verdict=verdict,
        low=0,
        high=10_000,
        base_low=0,
        base_high=10_000,
        grade_low="E",
        grade_high="A",
        coverage=0,
        confidence=0,
        contributions=(),
        caps=(),
        reasons=reasons,
    )


def shoe(**known: object) -> FootwearAttributes:
    return FootwearAttributes(**known)


# ---- every code ---------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("code", REASON_CODES)
def test_it_has_words_for_every_code_in_every_unit(code, unit):
    reason = Reason(code, PARAMS.get(code, {}), "G3", "weak")
    (said,) = explain(with_reasons(reason), unit=unit)

    assert said.code == code
    assert said.tone in TONES
    assert said.sentence.endswith(".")
    assert said.sentence[0].isupper()
    assert 1 <= len(said.short.split()) <= 6
    assert "{" not in said.sentence + said.short
    assert find_banned_claims(said.sentence + said.short) == ()


@settings(max_examples=150, deadline=None)
@given(
    attributes=shoes(),
    condition=st.sampled_from([*GUIDE.conditions, *GUIDE.refer_conditions]),
    unit=st.sampled_from(UNITS),
)
def test_it_explains_whatever_the_formula_says(attributes, condition, unit):
    match = assess(attributes, guide=GUIDE, condition=condition)
    said = explain(match, unit=unit)
    sentence = describe_match(match, unit=unit)

    assert {item.code for item in said} <= {reason.code for reason in match.reasons}
    assert {item.code for item in said} <= set(REASON_CODES)
    assert all(item.sentence.endswith(".") for item in said)
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert "{" not in sentence


def test_it_refuses_a_code_it_has_no_words_for():
    with pytest.raises(KeyError):
        explain(with_reasons(Reason("SMELLS_NICE", {})))


# ---- sentences -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        (
            "in",
            "The heel rises 2¾ in (70 mm), above the guide's 2 in. "
            "This limits the match to 44 of 100.",
        ),
        (
            "cm",
            "The heel rises 7 cm (2¾ in), above the guide's 5.1 cm. "
            "This limits the match to 44 of 100.",
        ),
        (
            "mm",
            "The heel rises 70 mm (2¾ in), above the guide's 51 mm. "
            "This limits the match to 44 of 100.",
        ),
    ],
)
def test_it_speaks_in_the_readers_unit(unit, sentence):
    match = assess(shoe(heel_height_mm=Span.exactly(69_850)), guide=GUIDE)
    said = next(item for item in explain(match, unit=unit) if item.code == "HEEL_OVER_2IN")

    assert said.sentence == sentence
    assert said.evidence == "Evidence: feet some, low back weak"
    assert said.guideline == "G3"
    assert said.tone == "limit"


def test_it_says_a_limit_first_and_what_is_unknown_last():
    match = assess(
        shoe(
            arch_support=Options.of("3"),
            cushioning=Options.of("0"),
            heel_height_mm=Span.exactly(30_000),
            fastening=Options.of("lace_up"),
            conflicts=frozenset({"cushioning"}),
            toe_shape=Options.of("round"),
        ),
        guide=GUIDE,
    )
    tones = [item.tone for item in explain(match)]

    assert match.verdict is not Verdict.NOT_ENOUGH
    assert tones == sorted(tones, key=["limit", "good", "neutral", "unknown"].index)
    assert tones[0] == "limit"
    assert tones[-1] == "unknown"


def test_it_says_what_is_unknown_before_what_is_good_where_too_little_is_known():
    match = assess(shoe(toe_shape=Options.of("round")), guide=GUIDE)
    tones = [item.tone for item in explain(match)]

    assert match.verdict is Verdict.NOT_ENOUGH
    assert tones.index("unknown") < tones.index("good")


def test_it_says_what_would_help_where_something_is_unknown():
    said = {item.code: item.sentence for item in explain(assess(shoe(), guide=GUIDE))}

    assert said["ARCH_UNKNOWN"].startswith("Arch support is not stated.")
    assert "Ask the shop" in said["ARCH_UNKNOWN"]
    assert said["LOW_COVERAGE"].startswith("Not known: ")
    assert "and 3 more" in said["LOW_COVERAGE"]


def test_it_does_not_say_the_same_twice():
    bare = shoe(
        arch_support=Options.of("0"),
        cushioning=Options.of("0"),
        heel_height_mm=Span.exactly(8_000),
        toe_shape=Options.of("pointed"),
        fastening=Options.of("backless"),
    )
    general = [item.code for item in explain(assess(bare, guide=GUIDE))]
    bunions = [item.code for item in explain(assess(bare, guide=GUIDE, condition="bunions"))]

    assert "FLAT_UNSUPPORTED" in general
    assert not {"ARCH_NONE", "CUSHION_NONE"} & set(general)
    assert bunions.count("PROFILE_LIMITED") == 2
    assert not {"TOE_POINTED", "FASTENING_LOOSE"} & set(bunions)


def test_it_keeps_the_height_in_the_one_sentence_about_a_heel():
    match = assess(
        shoe(heel_height_mm=Span.exactly(69_850)), guide=GUIDE, condition="standing_all_day"
    )
    said = [item for item in explain(match) if "heel" in item.short.lower()]

    assert [item.code for item in said] == ["PROFILE_LIMITED"]
    assert said[0].sentence == (
        "The heel rises 2¾ in (70 mm), above the guide's 2 in. "
        "For standing all day this limits the match to 39 of 100."
    )


def test_it_says_that_the_evidence_is_thin_with_low_back_pain():
    said = explain(assess(shoe(), guide=GUIDE, condition="low_back_pain"))

    assert any(item.code == "EVIDENCE_WEAK" for item in said)


# ---- the one sentence ----------------------------------------------------------------------

KNOWN = {
    "heel_height_mm": Span.exactly(10_000),
    "heel_counter": Options.of("3"),
    "torsional_stiffness": Options.of("3"),
    "base_stability": Options.of("3"),
    "toe_shape": Options.of("round"),
    "fastening": Options.of("lace_up"),
    "width_options": Options.of("regular", "wide", "narrow"),
}


@pytest.mark.parametrize(
    ("known", "condition", "sentence"),
    [
        (
            {**KNOWN, "cushioning": Options.of("3")},
            "general",
            "C, perhaps A: arch support is not stated.",
        ),
        (
            {**KNOWN, "cushioning": Options.of("3"), "arch_support": Options.of("2", "3")},
            "general",
            "A: matches the guide well.",
        ),
        (
            {**KNOWN, "cushioning": Options.of("2"), "arch_support": Options.of("1", "2", "3")},
            "general",
            "B, perhaps A: how much arch support is not stated.",
        ),
        (
            {"toe_shape": Options.of("pointed"), "heel_height_mm": Span.exactly(69_850)},
            "general",
            "D or lower: the heel is over 2 in.",
        ),
        (
            {**KNOWN, "cushioning": Options.of("0"), "arch_support": Options.of("0")},
            "general",
            "E: neither arch support nor cushioning.",
        ),
        (
            {**KNOWN, "cushioning": Options.of("3"), "arch_support": Options.of("0")},
            "general",
            "C: arch support is lacking.",
        ),
        (
            {
                **KNOWN,
                "cushioning": Options.of("3"),
                "arch_support": Options.of("3"),
                "toe_shape": Options.of("pointed"),
                "upper_softness": Options.of("3"),
            },
            "bunions",
            "E: the toe is pointed.",
        ),
        ({}, "general", "Not enough information: cushioning and the heel height are not stated."),
        (
            {"use_category": UseCategory.KIDS},
            "general",
            "Not matched: the guide is for adults' shoes.",
        ),
        (
            {},
            "diabetes_or_numb_feet",
            "Not matched: ask a professional which shoes suit you.",
        ),
    ],
)
def test_it_puts_the_match_into_one_sentence(known, condition, sentence):
    assert describe_match(assess(shoe(**known), guide=GUIDE, condition=condition)) == sentence


@pytest.mark.parametrize(
    ("known", "condition", "sentence"),
    [
        (
            {**KNOWN, "cushioning": Options.of("3"), "arch_support": Options.of("2", "3")},
            "general",
            "Matches the guide well.",
        ),
        ({**KNOWN, "cushioning": Options.of("3")}, "general", "Arch support is not stated."),
        ({"heel_height_mm": Span.exactly(69_850)}, "general", "The heel is over 2 in."),
        ({}, "general", "Anything from E to A: cushioning and the heel height are not stated."),
        ({"use_category": UseCategory.KIDS}, "general", "The guide is for adults' shoes."),
        ({}, "diabetes_or_numb_feet", ""),
    ],
)
def test_it_says_beside_a_grade_only_what_the_grade_does_not(known, condition, sentence):
    assert describe_why(assess(shoe(**known), guide=GUIDE, condition=condition)) == sentence


def test_it_puts_the_limit_into_the_readers_unit():
    match = assess(shoe(heel_height_mm=Span.exactly(69_850)), guide=GUIDE)

    assert describe_match(match, unit="cm") == "D or lower: the heel is over 5.1 cm."


def test_it_explains_a_score_of_a_formula_that_is_no_longer_shipped():
    old = with_reasons(Reason("ARCH_UNKNOWN", {}, "G1", "weak"))
    old = Assessment(
        **{name: getattr(old, name) for name in old.__slots__} | {"formula_version": "fb-0.1"}
    )

    assert [item.code for item in explain(old)] == ["ARCH_UNKNOWN"]


# ---- labels and values ---------------------------------------------------------------------


def test_it_has_a_label_for_every_attribute_and_answer():
    for key, attribute in ATTRIBUTES.items():
        assert attribute_label(key)
        labels = [option_label(key, option) for option in attribute.options]
        assert all(labels)
        assert len(set(labels)) == len(labels)
    assert len({attribute_label(key) for key in ATTRIBUTES}) == len(ATTRIBUTES)


def test_it_has_a_label_for_every_category_and_condition():
    assert len({category_label(item) for item in UseCategory}) == len(UseCategory)
    assert category_label("heel") == "Heels"
    names = {condition_label(item) for item in (*GUIDE.conditions, *GUIDE.refer_conditions)}
    assert len(names) == 11


@pytest.mark.parametrize(
    ("key", "value", "unit", "text"),
    [
        ("heel_height_mm", Span.exactly(69_850), "in", "2¾ in"),
        ("heel_height_mm", Span(50_800, 69_850), "in", "2 to 2¾ in"),
        ("heel_height_mm", Span(50_000, 70_000), "cm", "5 to 7 cm"),
        ("drop_mm", Span(-4_000, 8_000), "mm", "-4 mm to 8 mm"),
        ("heel_height_mm", None, "in", "not stated"),
        ("weight_g", Span.exactly(285_400), "in", "285 g"),
        ("weight_g", Span(285_000, 300_000), "in", "285 to 300 g"),
        ("arch_support", Options.of("1", "2", "3"), "in", "mild or more"),
        ("arch_support", Options.of("0", "1"), "in", "none or mild"),
        ("arch_support", Options.of("2"), "in", "moderate"),
        ("arch_support", Options.of("0", "1", "2", "3"), "in", "not stated"),
        ("toe_shape", Options.of("square", "round", "almond"), "in", "almond, square or round"),
        ("width_options", Options.of("wide", "regular"), "in", "regular and wide"),
        ("removable_insole", Options.of("yes"), "in", "yes"),
    ],
)
def test_it_describes_a_value_for_people(key, value, unit, text):
    assert describe_value(key, value, unit=unit) == text


def test_it_refuses_an_attribute_that_does_not_exist():
    for call in (attribute_label, lambda key: describe_value(key, None)):
        with pytest.raises(KeyError):
            call("smell")


# ---- the guide in words --------------------------------------------------------------------


def test_it_has_a_text_for_every_guideline():
    texts = guideline_texts()

    assert [text.id for text in texts] == list(GUIDE.guidelines)
    for text in texts:
        assert text.statement.endswith(".")
        assert text.evidence_line.endswith(".")
        assert text.citations
        everything = f"{text.title} {text.statement} {text.evidence_line}"
        assert find_banned_claims(everything) == ()


def test_it_ends_every_condition_with_when_to_see_a_professional():
    for condition in (*GUIDE.conditions, *GUIDE.refer_conditions):
        text = condition_text(condition)
        assert text.red_flags.startswith("See a ")
        assert "healthcare professional" in text.disclaimer
        assert bool(text.look_for) == (condition in GUIDE.conditions and condition != "general")


def test_it_warns_of_the_back_with_low_back_pain_and_of_the_foot_with_bunions():
    assert "bladder" in condition_text("low_back_pain").red_flags
    assert "diabetes" in condition_text("bunions").red_flags


def test_it_never_calls_the_match_a_measurement_of_health():
    assert "not medical advice" in DISCLAIMER
    assert "not a medical measurement" in DISCLAIMER


@pytest.mark.parametrize("languages", [("en", "de", "fr", "es"), ("es", "en", "fr", "de")])
def test_it_translates_when_it_is_shown_and_not_before(languages):
    match = assess(shoe(heel_height_mm=Span.exactly(69_850)), guide=GUIDE)
    said = {}
    for language in (*languages, *languages):
        with translation.override(language):
            found = next(item for item in explain(match) if item.code == "HEEL_OVER_2IN")
            assert said.setdefault(language, found) == found
    assert len({item.sentence for item in said.values()}) == 4
    assert said["en"].short == "Heel over 2 in"
    assert said["de"].short == "Absatz über 2 Zoll"
