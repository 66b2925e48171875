"""Which reasons a shoe's facts give, and with which parameters."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.reasons import REASON_CODES
from shop_plugin.domain.scoring import assess

GUIDE = load_guide()


def reasons(condition: str = "general", **known: object) -> dict[str, dict[str, object]]:
    match = assess(FootwearAttributes(**known), guide=GUIDE, condition=condition)
    assert {reason.code for reason in match.reasons} <= set(REASON_CODES)
    return {reason.code: dict(reason.params) for reason in match.reasons}


def mm(low: float, high: float | None = None) -> Span:
    return Span(round(low * 1000), round((low if high is None else high) * 1000))


@pytest.mark.parametrize(
    ("heel", "code"),
    [
        (mm(10), "HEEL_OK"),
        (mm(25.4), "HEEL_OK"),
        (mm(0, 25.4), "HEEL_OK"),
        (mm(25.41), "HEEL_MODERATE"),
        (mm(20, 45), "HEEL_MODERATE"),
        (mm(51.3), "HEEL_MODERATE"),
        (mm(51.31), "HEEL_OVER_2IN"),
        (mm(60, 70), "HEEL_OVER_2IN"),
        (mm(44, 70), "HEEL_MAY_BE_OVER_2IN"),
        (mm(51.3, 51.31), "HEEL_MAY_BE_OVER_2IN"),
        (None, "HEEL_UNKNOWN"),
    ],
)
def test_it_says_one_thing_about_the_height_of_a_heel(heel, code):
    found = [
        name
        for name in reasons(heel_height_mm=heel)
        if name.startswith("HEEL") and name != "HEEL_NEAR_LIMIT"
    ]

    assert found == [code]


def test_it_gives_the_height_the_basis_and_the_limit_of_a_high_heel():
    assert reasons(heel_height_mm=mm(69.85, 76.2))["HEEL_OVER_2IN"] == {
        "low": 69_850,
        "high": 76_200,
        "basis": "printed",
        "limit": 4313,
    }


@pytest.mark.parametrize(
    ("heel", "is_near"),
    [
        (mm(47.6), True),
        (mm(54), True),
        (mm(47.59), False),
        (mm(54.01), False),
        (mm(40, 51), False),
    ],
)
def test_it_notes_a_heel_close_to_the_limit(heel, is_near):
    assert ("HEEL_NEAR_LIMIT" in reasons(heel_height_mm=heel)) is is_near


def test_it_tells_when_the_platform_was_counted():
    found = reasons(heel_height_mm=mm(114), forefoot_height_mm=mm(38))

    assert found["HEEL_PLATFORM_USED"] == {
        "heel": [114_000, 114_000],
        "platform": [38_000, 38_000],
        "pitch": [76_000, 76_000],
    }
    assert "HEEL_PLATFORM_USED" not in reasons(heel_height_mm=mm(114))


@pytest.mark.parametrize(
    ("levels", "code", "params"),
    [
        (("3",), "ARCH_HIGH", {"low": 3, "high": 3}),
        (("2", "3"), "ARCH_MODERATE", {"low": 2, "high": 3}),
        (("1", "2", "3"), "ARCH_MILD", {"low": 1, "high": 3}),
        (("0", "1"), "ARCH_NONE", {"low": 0, "high": 1}),
        (("0", "3"), "ARCH_UNKNOWN", {}),
        (None, "ARCH_UNKNOWN", {}),
    ],
)
def test_it_names_the_least_arch_support_that_is_sure(levels, code, params):
    found = reasons(arch_support=None if levels is None else Options.of(*levels))

    assert {name: found[name] for name in found if name.startswith("ARCH")} == {code: params}


def test_it_names_the_least_cushioning_that_is_sure():
    assert reasons(cushioning=Options.of("1", "2"))["CUSHION_LIGHT"] == {"low": 1, "high": 2}


@pytest.mark.parametrize(
    ("known", "code", "is_said"),
    [
        ({"removable_insole": Options.of("yes")}, "INSOLE_REMOVABLE", True),
        ({"orthotic_friendly": Options.of("yes")}, "INSOLE_REMOVABLE", True),
        ({"removable_insole": Options.of("yes", "no")}, "INSOLE_REMOVABLE", False),
        ({}, "INSOLE_REMOVABLE", False),
        ({"toe_shape": Options.of("pointed")}, "TOE_POINTED", True),
        ({"toe_shape": Options.of("pointed", "round")}, "TOE_POINTED", False),
        ({"toe_shape": Options.of("round", "open")}, "TOE_ROOMY", True),
        ({"toe_shape": Options.of("almond", "round")}, "TOE_ROOMY", False),
        ({"fastening": Options.of("lace_up", "monk_t_strap")}, "FASTENING_SECURE", True),
        ({"fastening": Options.of("lace_up", "slip_on")}, "FASTENING_SECURE", False),
        ({"fastening": Options.of("slip_on", "backless")}, "FASTENING_LOOSE", True),
        ({"fastening": Options.of("backless", "lace_up")}, "FASTENING_LOOSE", False),
        ({"width_options": Options.of("regular", "wide")}, "WIDTHS_AVAILABLE", True),
        ({"width_options": Options.of("regular")}, "WIDTHS_AVAILABLE", False),
        ({"rocker": Options.of("2", "3")}, "NOTE_ROCKER_NO_CREDIT", True),
        ({"rocker": Options.of("1", "3")}, "NOTE_ROCKER_NO_CREDIT", False),
        ({"use_category": UseCategory.BAREFOOT}, "NOTE_MINIMAL_DESIGN", True),
        (
            {"cushioning": Options.of("0"), "heel_height_mm": mm(6)},
            "NOTE_MINIMAL_DESIGN",
            True,
        ),
        (
            {"cushioning": Options.of("0", "1"), "heel_height_mm": mm(6)},
            "NOTE_MINIMAL_DESIGN",
            False,
        ),
        (
            {"cushioning": Options.of("0"), "heel_height_mm": mm(12)},
            "NOTE_MINIMAL_DESIGN",
            False,
        ),
    ],
)
def test_it_says_only_what_is_certain(known, code, is_said):
    assert (code in reasons(**known)) is is_said


def test_it_calls_a_heel_stable_only_when_it_surely_is():
    firm = {
        "heel_counter": Options.of("2", "3"),
        "torsional_stiffness": Options.of("2"),
        "base_stability": Options.of("2"),
    }

    assert "STABLE_HEEL" in reasons(**firm)
    assert "STABLE_HEEL" not in reasons(**{**firm, "base_stability": None})


def test_it_says_nothing_about_what_a_profile_does_not_count():
    pointed = {"toe_shape": Options.of("pointed"), "rocker": Options.of("3")}

    assert "TOE_POINTED" in reasons("bunions", **pointed)
    assert "TOE_POINTED" not in reasons("plantar_fasciitis", **pointed)


def test_it_labels_the_evidence_for_the_part_of_the_body_a_profile_is_about():
    shoe = FootwearAttributes(arch_support=Options.of("3"))
    labels = {
        condition: next(
            reason.evidence
            for reason in assess(shoe, guide=GUIDE, condition=condition).reasons
            if reason.code == "ARCH_HIGH"
        )
        for condition in ("flat_feet", "low_back_pain")
    }

    assert labels == {"flat_feet": "some", "low_back_pain": "mixed_to_against"}


def test_it_names_all_lengths_that_contradict_each_other():
    match = assess(
        FootwearAttributes(heel_height_mm=mm(60), forefoot_height_mm=mm(10), drop_mm=mm(20)),
        guide=GUIDE,
    )
    disputed = [
        reason.params["attribute"] for reason in match.reasons if reason.code == "CONFLICTING_DATA"
    ]

    assert disputed == ["drop_mm", "forefoot_height_mm", "heel_height_mm"]
