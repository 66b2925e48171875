"""Comparing the two groups: it ..."""

from __future__ import annotations

import random

import pytest

from shop_plugin.domain.uplift import Arm, compare_arms


def test_it_gives_the_interval_of_the_published_example():
    # Newcombe 1998, table II, row (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
    found = compare_arms(Arm(70, 56), Arm(80, 48))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_it_says_nothing_of_few_people():
    assert compare_arms(Arm(50, 40), Arm(50, 5)).says == "too_few"
    assert compare_arms(Arm(5000, 4), Arm(200, 0)).says == "too_few"
    assert compare_arms(Arm(0, 0), Arm(0, 0)).says == "too_few"
    assert compare_arms(Arm(5000, 40), Arm(0, 0)).says == "too_few"


@pytest.mark.parametrize(
    ("mailed", "held", "says"),
    [
        (Arm(5000, 600), Arm(260, 12), "more"),
        (Arm(5000, 250), Arm(260, 30), "fewer"),
        (Arm(5000, 300), Arm(260, 14), "none_seen"),
    ],
)
def test_it_tells_a_difference_only_beyond_chance(mailed, held, says):
    assert compare_arms(mailed, held).says == says


def test_it_holds_the_truth_about_as_often_as_it_promises():
    dice = random.Random(7)
    inside = 0
    for _ in range(400):
        mailed = Arm(400, sum(dice.random() < 0.1 for _ in range(400)))
        held = Arm(120, sum(dice.random() < 0.06 for _ in range(120)))
        found = compare_arms(mailed, held)
        inside += found.low <= 0.04 <= found.high
    assert inside >= 0.92 * 400


def test_it_refuses_more_buyers_than_people():
    with pytest.raises(ValueError, match="3 of 2"):
        Arm(2, 3)
