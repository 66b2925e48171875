"""The fit of one size: what the room before the toes and the width at the ball mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.attributes import FootwearAttributes, Options
from shop_plugin.domain.fitting import (
    FOOT_LENGTHS_UM,
    Feet,
    Fit,
    FitVerdict,
    Foot,
    Inside,
    best_of,
    is_surely_pointed,
    judge_fit,
    judge_room,
)

V = FitVerdict
ORDER = [V.TOO_TIGHT, V.SNUG, V.FITS, V.ROOMY, V.TOO_LOOSE]
LENGTHS = st.integers(*FOOT_LENGTHS_UM)


@pytest.mark.parametrize(
    ("room_um", "verdict"),
    [
        (-3_000, V.TOO_TIGHT),
        (5_999, V.TOO_TIGHT),
        (6_000, V.SNUG),
        (9_499, V.SNUG),
        (9_500, V.FITS),
        (17_000, V.FITS),
        (17_001, V.ROOMY),
        (20_000, V.ROOMY),
        (20_001, V.TOO_LOOSE),
    ],
)
def test_it_judges_the_room_before_the_toes(room_um: int, verdict: FitVerdict) -> None:
    assert judge_room(room_um) is verdict


@given(st.integers(-60_000, 60_000), st.integers(0, 60_000))
def test_it_never_calls_more_room_tighter(room_um: int, more: int) -> None:
    assert ORDER.index(judge_room(room_um)) <= ORDER.index(judge_room(room_um + more))


@given(LENGTHS, LENGTHS, st.integers(90_000, 400_000))
def test_it_judges_by_the_longer_foot_whichever_that_is(
    left: int, right: int, inside_um: int
) -> None:
    one = judge_fit(Feet(Foot(left), Foot(right)), Inside(inside_um))
    other = judge_fit(Feet(Foot(right), Foot(left)), Inside(inside_um))
    alone = judge_fit(Feet(Foot(max(left, right))), Inside(inside_um))
    assert one == other
    assert one.verdict is alone.verdict
    assert one.room_of_shorter_um == inside_um - min(left, right)


def test_it_takes_ten_millimetres_off_a_pointed_toe() -> None:
    feet = Feet(Foot(250_000))
    assert judge_fit(feet, Inside(265_000)).verdict is V.FITS
    assert judge_fit(feet, Inside(265_000, is_pointed=True)).verdict is V.TOO_TIGHT
    assert judge_fit(feet, Inside(275_000, is_pointed=True)).room_um == 15_000


@pytest.mark.parametrize(
    ("shoe_um", "verdict"),
    [(94_000, V.FITS), (93_999, V.TOO_TIGHT), (140_000, V.FITS), (None, V.FITS)],
)
def test_it_calls_a_shoe_too_tight_that_is_over_six_millimetres_narrower(
    shoe_um: int | None, verdict: FitVerdict
) -> None:
    feet = Feet(Foot(250_000, 98_000), Foot(249_000, 100_000))
    assert judge_fit(feet, Inside(265_000, shoe_um)).verdict is verdict


def test_it_knows_nothing_of_a_shoe_nobody_measured() -> None:
    fit = judge_fit(Feet(Foot(250_000, 98_000)), Inside())
    assert fit == Fit(V.UNKNOWN, V.UNKNOWN, V.UNKNOWN)


def test_it_tells_a_narrow_shoe_even_where_its_length_is_not_known() -> None:
    fit = judge_fit(Feet(Foot(250_000, 100_000)), Inside(None, 90_000))
    assert (fit.verdict, fit.by_length) == (V.TOO_TIGHT, V.UNKNOWN)


def test_it_chooses_the_size_whose_room_comes_nearest_to_the_middle() -> None:
    feet = Feet(Foot(250_000))
    fits = [judge_fit(feet, Inside(um)) for um in (250_000, 258_000, 264_500, 271_000, None)]
    assert best_of(fits) == 2
    assert best_of([fits[0], fits[3], fits[4]]) is None, "too tight, too loose, not known"
    assert best_of([judge_fit(feet, Inside(um)) for um in (262_250, 264_250)]) == 1, "the roomier"


@pytest.mark.parametrize(
    ("left", "right", "differ"),
    [(250_000, 254_200, True), (254_200, 250_000, True), (250_000, 254_199, False)],
)
def test_it_tells_feet_that_differ_by_half_a_size(left: int, right: int, differ: bool) -> None:
    assert Feet(Foot(left), Foot(right)).differ_by_half_a_size is differ


@pytest.mark.parametrize(
    ("length", "width"), [(89_000, None), (351_000, None), (250_000, 30_000), (100_000, 120_000)]
)
def test_it_refuses_a_foot_that_nobody_has(length: int, width: int | None) -> None:
    with pytest.raises(ValueError, match="no foot is that"):
        Foot(length, width)


def test_it_needs_at_least_one_foot() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Feet()


@pytest.mark.parametrize(
    ("toe", "is_pointed"),
    [(None, False), (Options.of("pointed"), True), (Options.of("pointed", "almond"), False)],
)
def test_it_calls_a_toe_pointed_only_where_it_is_sure(
    toe: Options | None, is_pointed: bool
) -> None:
    assert is_surely_pointed(FootwearAttributes(toe_shape=toe)) is is_pointed
