"""Sizes of a foot, in the systems that shops use."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.fitting import FOOT_LENGTHS_UM
from shop_plugin.domain.size_scales import SCALES, find_scale, write_size

LENGTHS = st.integers(*FOOT_LENGTHS_UM)
KEYS = st.sampled_from(sorted(SCALES))


@pytest.mark.parametrize(
    ("key", "foot_mm", "size"),
    [
        # The formulas of the domain reference, 3.6, by hand: 1.5 x 24.5 + 2 = 38.75, and so on.
        ("eu", 245, "39"),
        ("eu", 240, "38"),
        ("eu", 270, "42.5"),
        ("uk", 245, "6"),
        ("us_women", 245, "8"),
        ("us_men", 270, "10"),
        ("us_men", 245, "7"),
        ("uk_child", 180, "11.5"),
        ("us_child", 180, "11.5"),
        ("mondopoint", 247, "245"),
        ("mondopoint", 248, "250"),
    ],
)
def test_it_gives_the_size_of_a_foot(key: str, foot_mm: int, size: str) -> None:
    scale = SCALES[key]
    assert write_size(scale, scale.size_of(foot_mm * 1000)) == size


@given(KEYS, LENGTHS)
def test_it_comes_back_to_the_foot_within_half_a_step(key: str, foot_um: int) -> None:
    scale = SCALES[key]
    back = scale.foot_of(scale.size_of(foot_um))
    assert abs(back - foot_um) <= scale.step_um / scale.parts / 2 + 1


@given(KEYS, st.integers(-20, 110))
def test_it_gives_a_size_for_the_foot_that_it_is_meant_for(key: str, halves: int) -> None:
    scale = SCALES[key]
    size = Fraction(halves, scale.parts)
    assert scale.size_of(scale.foot_of(size)) == size


@given(KEYS, LENGTHS, st.integers(0, 100_000))
def test_it_never_gives_a_longer_foot_a_smaller_size(key: str, foot_um: int, more: int) -> None:
    assert SCALES[key].size_of(foot_um) <= SCALES[key].size_of(foot_um + more)


@pytest.mark.parametrize(
    ("system", "gender", "is_child", "key"),
    [
        ("eu", Gender.UNKNOWN, False, "eu"),
        ("us", Gender.MEN, False, "us_men"),
        ("us", Gender.WOMEN, False, "us_women"),
        ("us", Gender.UNISEX, False, None),
        ("us", Gender.UNKNOWN, True, "us_child"),
        ("uk", Gender.UNISEX, False, "uk"),
        ("jp", Gender.WOMEN, False, None),
        ("", Gender.WOMEN, False, None),
    ],
)
def test_it_reads_a_number_by_its_system_and_wearer(
    system: str, gender: Gender, is_child: bool, key: str | None
) -> None:
    scale = find_scale(system, gender=gender, is_child=is_child)
    assert (scale.key if scale else None) == key
