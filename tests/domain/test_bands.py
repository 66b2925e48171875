"""It sorts shoes into bands by the end that is sure."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.domain.bands import (
    HEEL_BANDS,
    NOT_ENOUGH,
    NOT_SCORED,
    UNCLEAR,
    grade_band,
    heel_band,
    level_band,
    price_range,
)


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [
        (0, 0, "up_to_1in"),
        (25_400, 25_400, "up_to_1in"),
        (25_401, 25_401, "1_to_2in"),
        (51_300, 51_300, "1_to_2in"),  # 5.1 cm and the tolerance count as two inches
        (51_301, 51_301, "2_to_3in"),
        (76_200, 76_200, "2_to_3in"),
        (76_201, 76_201, "over_3in"),
        (50_800, 69_850, "2_to_3in"),  # "2 to 2¾ in" touches the lower band with its edge only
        (76_200, 95_250, "over_3in"),
        (0, 51_300, "1_to_2in"),
        (0, 51_301, UNCLEAR),
        (30_000, 80_000, UNCLEAR),
        (51_301, 200_000, "over_3in"),
        (0, 200_000, UNCLEAR),
    ],
)
def test_places_a_heel_by_its_highest_possible_height(low: int, high: int, band: str) -> None:
    assert heel_band(Span(low, high)) == band


def test_keeps_an_unknown_heel_apart() -> None:
    assert heel_band(None) is None


@pytest.mark.parametrize(
    ("members", "band"),
    [
        ("3", "3"),
        ("23", "2"),
        ("123", "1"),
        ("0", "0"),
        ("01", UNCLEAR),
        ("012", UNCLEAR),
        ("03", UNCLEAR),
        ("0123", None),
    ],
)
def test_places_a_level_by_the_lowest_that_is_possible(members: str, band: str | None) -> None:
    assert level_band(Options.of(*members)) == band


def test_keeps_an_unknown_level_apart() -> None:
    assert level_band(None) is None


@pytest.mark.parametrize(
    ("verdict", "grade_low", "band"),
    [
        ("grade", "B", "B"),
        ("range", "C", "C"),
        ("d_or_lower", "E", "E"),
        ("not_enough", "E", NOT_ENOUGH),
        ("not_scored_child", "", NOT_SCORED),
        ("", "", None),
    ],
)
def test_places_a_match_by_its_lower_end(verdict: str, grade_low: str, band: str | None) -> None:
    assert grade_band(verdict, grade_low) == band


@pytest.mark.parametrize(
    ("price", "expected"),
    [(0, (0, 10)), (9, (0, 10)), (10, (10, 15)), (99, (80, 100)), (100, (100, 150))],
)
def test_places_a_price_in_a_half_open_range(price: int, expected: tuple[int, int]) -> None:
    assert price_range(price) == expected


def test_has_an_open_range_above_the_last_edge() -> None:
    assert price_range(10**9)[1] is None


def test_names_a_band_between_and_beyond_all_edges() -> None:
    assert len({heel_band(Span.exactly(um)) for um in (0, 40_000, 60_000, 90_000)}) == len(
        HEEL_BANDS
    )
