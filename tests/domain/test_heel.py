"""The effective rise: by hand, and against every combination of whole millimetres."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.heel import HEEL_MODES, read_heel

GUIDE = load_guide()


def mm(low: float, high: float | None = None) -> Span:
    return Span(round(low * 1000), round((low if high is None else high) * 1000))


def rise(mode: str = "effective", **known: object) -> tuple[float, float, str]:
    reading = read_heel(FootwearAttributes(**known), guide=GUIDE, mode=mode)
    return reading.low / 1000, reading.high / 1000, reading.basis


@pytest.mark.parametrize(
    ("heel", "platform", "expected"),
    [
        (mm(114), mm(38), 79.25),
        (mm(64), mm(50), 20.25),
        (mm(101.6), mm(38.1), 66.775),
        (mm(26), mm(16), 10),
        (mm(50), mm(20), 30),
    ],
)
def test_it_counts_the_pitch_and_a_quarter_of_a_thick_platform(heel, platform, expected):
    found = rise(heel_height_mm=heel, forefoot_height_mm=platform)

    assert found == (expected, expected, "pitch")


def test_it_takes_the_printed_heel_where_no_platform_is_stated():
    assert rise(heel_height_mm=mm(69.85)) == (69.85, 69.85, "printed")


def test_it_reads_a_drop_as_the_pitch():
    # The platform is open, so up to a quarter of what it may have above 25 mm is added.
    assert rise(drop_mm=mm(8)) == (8, 31.75, "pitch")
    assert rise(drop_mm=mm(8), forefoot_height_mm=mm(30)) == (9.25, 9.25, "pitch")
    assert rise(drop_mm=mm(8), heel_height_mm=mm(38)) == (9.25, 9.25, "pitch")


def test_it_says_unknown_where_nothing_is_known():
    assert rise()[2] == "unknown"
    assert rise()[1] == 200


@pytest.mark.parametrize(
    ("mode", "expected"), [("effective", 79.25), ("pitch", 76.0), ("nominal", 114.0)]
)
def test_it_reads_a_platform_heel_as_the_shop_chooses(mode, expected):
    found = rise(mode, heel_height_mm=mm(114), forefoot_height_mm=mm(38))

    assert found[:2] == (expected, expected)


def test_it_refuses_a_mode_that_does_not_exist():
    with pytest.raises(ValueError, match="effective, pitch, nominal"):
        rise("tilted")


# ---- foam soles -------------------------------------------------------------------------


def test_it_does_not_take_the_sole_of_a_running_shoe_for_a_heel():
    low, high, basis = rise(use_category=UseCategory.RUNNING, heel_height_mm=mm(38))

    assert (low, high, basis) == (3.25, 16, "category")


def test_it_takes_the_sole_thickness_of_a_running_shoe_as_its_heel():
    assert rise(use_category=UseCategory.RUNNING, stack_heel_mm=mm(10)) == (0, 10, "category")


def test_it_knows_the_low_rise_of_a_running_shoe_that_states_nothing():
    low, high, basis = rise(use_category=UseCategory.RUNNING)

    assert (low, basis) == (0, "category")
    assert high < 25.4


def test_it_believes_a_stated_drop_before_the_category():
    assert rise(use_category=UseCategory.RUNNING, drop_mm=mm(20))[0] == 20


def test_it_believes_a_stated_heel_that_no_foam_sole_could_have():
    found = rise(use_category=UseCategory.RUNNING, heel_height_mm=mm(100))

    assert found == (100, 100, "printed")


@pytest.mark.parametrize(
    "known",
    [
        {"midsole_material": Options.of("leather")},
        {"heel_type": Options.of("wedge")},
        {"hidden_lift_mm": mm(50)},
    ],
)
def test_it_treats_no_shoe_with_a_heel_of_its_own_as_foam_soled(known):
    found = rise(use_category=UseCategory.WALKING, heel_height_mm=mm(45), **known)

    assert found == (45, 45, "printed")


def test_it_needs_to_know_the_foam_of_a_sneaker():
    sneaker = {"use_category": UseCategory.CASUAL_SNEAKER, "heel_height_mm": mm(40)}

    assert rise(**sneaker)[2] == "printed"
    assert rise(**sneaker, midsole_material=Options.of("eva"))[2] == "category"
    assert rise(**sneaker, midsole_material=Options.of("eva", "rubber"))[2] == "printed"


# ---- contradictions -----------------------------------------------------------------------


def test_it_keeps_every_reading_of_lengths_that_cannot_all_be_true():
    reading = read_heel(
        FootwearAttributes(heel_height_mm=mm(60), forefoot_height_mm=mm(10), drop_mm=mm(20)),
        guide=GUIDE,
    )

    # heel and platform: 50; drop and platform: 20; heel and drop: platform 40, so 20 + 3.75
    assert (reading.low, reading.high) == (20_000, 50_000)
    assert reading.is_contradictory


def test_it_does_not_call_a_difference_of_rounding_a_contradiction():
    reading = read_heel(
        FootwearAttributes(heel_height_mm=mm(38), forefoot_height_mm=mm(30), drop_mm=mm(9)),
        guide=GUIDE,
    )

    assert not reading.is_contradictory
    assert reading.low <= 9_250 <= reading.high


# ---- exact ends ---------------------------------------------------------------------------


@st.composite
def whole_spans(draw: st.DrawFn, low: int, high: int) -> tuple[int, int]:
    first = draw(st.integers(low, high))
    return first, min(high, first + draw(st.integers(0, 12)))


def by_hand(heel: int, platform: int, mode: str) -> int:
    """Return the rise in micrometres of one exact shoe, straight from the rule."""
    pitch = heel - platform
    if mode == "nominal":
        return heel * 1000
    surcharge = max(0, platform - 25) * 1000 // 4 if mode == "effective" else 0
    return pitch * 1000 + surcharge


@settings(max_examples=60, deadline=None)
@given(
    heel=st.none() | whole_spans(0, 200),
    platform=st.none() | whole_spans(0, 120),
    drop=st.none() | whole_spans(-4, 25),
    mode=st.sampled_from(HEEL_MODES),
)
def test_it_reaches_exactly_the_ends_of_all_that_fits_together(heel, platform, drop, mode):
    if platform is None and drop is None:
        platform = (0, 120)
    heels = range((heel or (0, 200))[0], (heel or (0, 200))[1] + 1)
    platforms = range((platform or (0, 120))[0], (platform or (0, 120))[1] + 1)
    pitches = drop or (-4, 200)
    rises = [
        by_hand(one, other, mode)
        for one in heels
        for other in platforms
        if pitches[0] <= one - other <= pitches[1]
    ]
    reading = read_heel(
        FootwearAttributes(
            heel_height_mm=heel and mm(*heel),
            forefoot_height_mm=platform and mm(*platform),
            drop_mm=drop and mm(*drop),
        ),
        guide=GUIDE,
        mode=mode,
    )

    if rises:
        assert (reading.low, reading.high) == (min(rises), max(rises))
    else:
        assert reading.low <= reading.high
