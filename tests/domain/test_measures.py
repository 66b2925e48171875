"""Lengths as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.attributes import Span
from shop_plugin.domain.measures import find_quantities, format_length, read_length


@pytest.mark.parametrize(
    ("text", "micrometres"),
    [
        ('2 3/4"', 69_850),
        ("2-3/4 in", 69_850),
        ("2¾″", 69_850),
        ("2 ¾ in", 69_850),
        ("2.75 in", 69_850),
        ("2,75 in", 69_850),
        ("3 1⁄4 in", 82_550),
        ("12''", 304_800),
        ("two-inch", 50_800),
        ("Two Inches", 50_800),
        ("two and a half inches", 63_500),
        ("half an inch", 12_700),
        ("three-quarter inch", 19_050),
        ("½ inch", 12_700),
        ("1/2 inch", 12_700),
        (".5 in", 12_700),
        ("2in", 50_800),
        ("3 in.", 76_200),
        ("85 mm", 85_000),
        ("85mm", 85_000),
        ("8.5cm", 85_000),
        ("8,5 cm", 85_000),
        ("approx. 7 cm", 70_000),
        ("about 7 centimetres", 70_000),
        ("-4 mm", -4_000),
        ("0 inch", 0),
        ("7 Zoll", 177_800),
        ("2 in (5.1 cm)", 50_800),
        ("7.6 cm / 3 in", 76_000),
    ],
)
def test_reads_a_length_exactly(text: str, micrometres: int) -> None:
    assert read_length(text) == Span.exactly(micrometres)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1–1¾ in", 25_400, 44_450),
        ("1-1 3/4 in", 25_400, 44_450),
        ("2 3/4in - 3in", 69_850, 76_200),
        ("5 to 6 cm", 50_000, 60_000),
        ("1,5 - 2 cm", 15_000, 20_000),
    ],
)
def test_reads_a_range_as_an_interval(text: str, low: int, high: int) -> None:
    assert read_length(text) == Span(low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "85",
        "high",
        "3 in block",
        "2 in (8 cm)",
        "32/24 mm",
        "3 in and 4 in",
        "5'9\"",
        "10 oz",
        "3 to 2 in",
        "F5 in",
        "5 3 4''",
        "7 5cm",
        "1/0 in",
        "$3 in",
    ],
)
def test_does_not_guess(text: str) -> None:
    assert read_length(text) is None


def test_takes_a_unit_for_a_bare_number_only_when_given_one() -> None:
    assert read_length("85", default_unit="mm") == Span.exactly(85_000)
    assert read_length("0.5", default_unit="in") == Span.exactly(12_700)
    assert read_length("2 3/4", default_unit="in") == Span.exactly(69_850)
    assert read_length("85 mm", default_unit="in") == Span.exactly(85_000)
    assert read_length("85 or so", default_unit="mm") is None


def test_refuses_a_default_unit_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="furlong"):
        read_length("2", default_unit="furlong")


@pytest.mark.parametrize(
    ("micrometres", "unit", "text"),
    [
        (69_850, "in", "2¾ in"),
        (50_800, "in", "2 in"),
        (12_700, "in", "½ in"),
        (0, "in", "0 in"),
        (85_000, "in", "3⅜ in"),
        (25_300, "in", "1 in"),
        (70_000, "cm", "7 cm"),
        (85_000, "cm", "8.5 cm"),
        (69_850, "cm", "7 cm"),
        (70_000, "mm", "70 mm"),
        (69_850, "mm", "70 mm"),
        (-4_000, "mm", "-4 mm"),
        (-100, "mm", "0 mm"),
    ],
)
def test_prints_a_length_in_the_readers_unit(micrometres: int, unit: str, text: str) -> None:
    assert format_length(micrometres, unit) == text


def test_refuses_to_print_in_an_unknown_unit() -> None:
    with pytest.raises(ValueError, match="ell"):
        format_length(1000, "ell")


@given(st.integers(min_value=0, max_value=200))
def test_reads_back_whole_millimetres_it_printed(millimetres: int) -> None:
    printed = format_length(millimetres * 1000, "mm")
    assert read_length(printed) == Span.exactly(millimetres * 1000)


@given(st.integers(min_value=0, max_value=80))
def test_reads_back_eighths_of_an_inch_it_printed(eighths: int) -> None:
    micrometres = eighths * 25_400 // 8
    assert read_length(format_length(micrometres, "in")) == Span.exactly(micrometres)


def test_finds_weights_beside_lengths() -> None:
    found = find_quantities("Weight 10 oz, heel 2 in, 1.2 kg a pair")
    assert [(each.unit, each.span.low) for each in found] == [
        ("oz", 283_495),
        ("in", 50_800),
        ("kg", 1_200_000),
    ]


def test_keeps_a_second_unit_that_disagrees() -> None:
    (found,) = find_quantities("2 in (8 cm)")
    assert found.span == Span.exactly(50_800)
    assert found.other == Span.exactly(80_000)


def test_keeps_a_pair_apart_from_a_fraction() -> None:
    (found,) = find_quantities("32/24 mm")
    assert found.pair == (32_000, 24_000)


@pytest.mark.parametrize("text", ["size 8 heel", "US 9", "Air 90", "2 inners", "10 INTERIOR"])
def test_finds_nothing_without_a_unit(text: str) -> None:
    assert find_quantities(text) == []


def test_ends_a_unit_where_the_next_word_is_glued_on() -> None:
    (found,) = find_quantities("Heel Height 1 inchOuter Material")
    assert found.span == Span.exactly(25_400)
