"""It has the database sort profiles into the very bands the domain names."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import ATTRIBUTES, LEVELS, Options, Span
from shop_plugin.domain.bands import (
    fastening_band,
    grade_band,
    heel_band,
    level_band,
    toe_band,
)
from shop_plugin.models import FootwearProfile
from tests.factories import ProfileFactory

pytestmark = pytest.mark.django_db

EVERY_LEVEL_SET = [
    ",".join(members) for size in range(1, 5) for members in combinations(LEVELS, size)
]


@pytest.mark.parametrize("column", ["arch_support", "cushioning"])
def test_agrees_on_every_set_of_levels(column: str) -> None:
    band = {"arch_support": "arch_band", "cushioning": "cushioning_band"}[column]
    for text in [None, *EVERY_LEVEL_SET]:
        profile = ProfileFactory(**{column: text})
        expected = level_band(Options(frozenset(text.split(","))) if text else None)
        stored = FootwearProfile.objects.values_list(band, flat=True).get(pk=profile.pk)
        assert stored == expected, text


heights = st.one_of(
    st.integers(0, 200_000),
    st.sampled_from([25_399, 25_400, 25_401, 51_299, 51_300, 51_301, 76_199, 76_200, 76_201]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=heights, second=heights)
def test_agrees_on_every_heel(first: int, second: int) -> None:
    low, high = sorted((first, second))
    profile = ProfileFactory(heel_height_low_um=low, heel_height_high_um=high)
    stored = FootwearProfile.objects.values_list("heel_band", flat=True).get(pk=profile.pk)
    assert stored == heel_band(Span(low, high))


def test_leaves_an_unknown_heel_unknown() -> None:
    assert FootwearProfile.objects.get(pk=ProfileFactory().pk).heel_band is None


@pytest.mark.parametrize(
    ("verdict", "grade_low"),
    [
        ("", ""),
        ("grade", "A"),
        ("range", "C"),
        ("d_or_lower", "E"),
        ("not_enough", "E"),
        ("not_scored_child", ""),
        ("not_scored_refer", ""),
    ],
)
def test_agrees_on_every_verdict(verdict: str, grade_low: str) -> None:
    profile = ProfileFactory(verdict=verdict, grade_low=grade_low)
    stored = FootwearProfile.objects.values_list("grade_band", flat=True).get(pk=profile.pk)
    assert stored == grade_band(verdict, grade_low)


@given(
    members=st.sets(st.sampled_from(ATTRIBUTES["fastening"].options), min_size=1, max_size=4),
    toes=st.sets(st.sampled_from(ATTRIBUTES["toe_shape"].options), min_size=1, max_size=2),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_agrees_on_fastenings_and_toes(members: set[str], toes: set[str]) -> None:
    profile = ProfileFactory(fastening=",".join(sorted(members)), toe_shape=",".join(sorted(toes)))
    stored = FootwearProfile.objects.values_list("fastening_band", "toe_band").get(pk=profile.pk)
    assert stored == (
        fastening_band(Options(frozenset(members))),
        toe_band(Options(frozenset(toes))),
    )


def test_follows_a_bulk_update() -> None:
    profile = ProfileFactory(arch_support="1,2,3")
    FootwearProfile.objects.filter(pk=profile.pk).update(arch_support="3")
    assert FootwearProfile.objects.get(pk=profile.pk).arch_band == "3"
