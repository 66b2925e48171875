"""The guide's numbers for people are the guide's numbers."""

from __future__ import annotations

import re

import pytest

from shop_plugin.domain.guide import FACTORS, load_guide
from shop_plugin.services.learning.guide_numbers import (
    describe_formula,
    describe_guideline,
    describe_profile,
)

GUIDE = load_guide()


def number(text: str) -> float:
    found = re.search(r"\d+(?:\.\d+)?", text)
    assert found is not None, text
    return float(found[0])


def test_it_prints_every_weight_of_every_profile():
    formula = describe_formula(unit="in")

    assert len(formula.weights) == len(GUIDE.profiles)
    for row, profile in zip(formula.weights, GUIDE.profiles.values(), strict=True):
        weights = dict(profile.weights)
        printed = [float(points) if points else 0 for points in row.points]
        assert printed == [weights.get(factor, 0) / 10 for factor in FACTORS]
        assert sum(printed) == pytest.approx(100)


def test_it_prints_what_each_answer_is_worth():
    scales = {scale.label: scale for scale in describe_formula(unit="in").scales}

    assert [number(row.worth) for row in scales["Arch support"].rows] == [
        round(worth / 10) for worth in sorted(GUIDE.tables["arch_support"].values.values())
    ]
    assert [number(row.worth) for row in scales["Widths to choose from"].rows] == [
        worth / 10 for worth in GUIDE.extra_widths
    ]


def test_it_prints_the_limit_of_a_heel_only_past_two_inches():
    rows = {
        row.label: row for scale in describe_guideline("G3", unit="in")[0] for row in scale.rows
    }

    assert rows["Rises by 2 in"].note == ""
    three = GUIDE.heel.limit_of_score(76_200)
    assert three is not None
    assert rows["Rises by 3 in"].note == f"at most {-(-three // 100)} of 100"


def test_it_writes_heights_in_the_readers_unit():
    labels = [row.label for row in describe_guideline("G3", unit="mm")[0][0].rows]

    assert labels[:2] == ["Rises by 25 mm", "Rises by 51 mm"]


def test_it_prints_the_limits_of_flats():
    scales, limits = describe_guideline("G4", unit="in")

    assert scales == ()
    assert [limit.text for limit in limits] == ["at most 39 of 100", "at most 69 of 100"]


def test_it_orders_the_weights_of_a_profile_by_what_counts_most():
    points = [float(weight.points) for weight in describe_profile("neuroma").weights]

    assert points == sorted(points, reverse=True)


def test_it_works_an_example_out_that_adds_up():
    example = describe_formula(unit="in").example

    low = sum(number(line.sum) for line in example.lines)
    assert low == pytest.approx(number(example.base))
    assert number(example.match) == number(example.base), "no limit is lower here"
    assert example.limits == ("Arch support or cushioning is lacking: at most 69 of 100",)
    assert example.grade == GUIDE.grade(round(100 * number(example.match)))
