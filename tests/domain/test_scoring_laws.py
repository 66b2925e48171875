"""Laws of the score: a better fact never lowers it, and its ends are exact."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes, Options, Span
from shop_plugin.domain.factors import FactorEnds
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess, assess_all, assess_several, score_factors
from tests.domain.strategies import PLAIN_CATEGORIES, SCORED_OPTIONS, options, shoes, spans

GUIDE = load_guide()
CONDITIONS = GUIDE.conditions
BETTER_IS_MORE = ("A", "S", "C", "T", "W", "K", "R", "O", "U")

conditions = st.sampled_from(CONDITIONS)
subscores = st.integers(0, 1000)
rises = st.integers(-4_000, 200_000)


@st.composite
def exact_ends(draw: st.DrawFn) -> FactorEnds:
    rise = draw(rises)
    known = {key: (value, value) for key in BETTER_IS_MORE for value in [draw(subscores)]}
    return FactorEnds(**known, rise=(rise, rise))


@settings(max_examples=200, deadline=None)
@given(ends=exact_ends(), factor=st.sampled_from(BETTER_IS_MORE), better=subscores)
def test_it_never_falls_when_a_factor_gets_better(ends, factor, better):
    assume(better >= getattr(ends, factor)[0])
    improved = ends._replace(**{factor: (better, better)})

    for condition in CONDITIONS:
        before = score_factors(ends, guide=GUIDE, condition=condition)
        after = score_factors(improved, guide=GUIDE, condition=condition)
        assert after.low >= before.low
        assert after.base_low >= before.base_low


@settings(max_examples=200, deadline=None)
@given(ends=exact_ends(), lower=rises)
def test_it_never_falls_when_the_heel_gets_lower(ends, lower):
    assume(lower <= ends.rise[0])
    lowered = ends._replace(rise=(lower, lower))

    for condition in CONDITIONS:
        before = score_factors(ends, guide=GUIDE, condition=condition)
        after = score_factors(lowered, guide=GUIDE, condition=condition)
        assert after.low >= before.low


@settings(max_examples=100, deadline=None)
@given(shoe=shoes(), data=st.data())
def test_it_never_falls_when_a_stated_fact_gets_better(shoe, data):
    key = data.draw(st.sampled_from(SCORED_OPTIONS))
    order = _from_worst_to_best(key)
    worse, better = sorted(
        data.draw(st.tuples(st.sampled_from(order), st.sampled_from(order))), key=order.index
    )
    poor = assess_all(replace(shoe, **{key: Options.of(worse)}), guide=GUIDE)
    good = assess_all(replace(shoe, **{key: Options.of(better)}), guide=GUIDE)

    for condition in CONDITIONS:
        assert good[condition].low >= poor[condition].low
        assert good[condition].high >= poor[condition].high


def _from_worst_to_best(key: str) -> list[str]:
    if key in GUIDE.tables:
        return sorted(GUIDE.tables[key].values, key=GUIDE.tables[key].values.__getitem__)
    if key == "width_options":
        return ["regular", "wide"]
    return list(ATTRIBUTES[key].options)


@settings(max_examples=120, deadline=None)
@given(shoe=shoes(), condition=conditions)
def test_it_adds_up_and_respects_every_cap(shoe, condition):
    match = assess(shoe, guide=GUIDE, condition=condition)

    assert 0 <= match.low <= match.high <= 10_000
    assert sum(part.points_low for part in match.contributions) == match.base_low
    assert sum(part.points_high for part in match.contributions) == match.base_high
    assert match.high == min([match.base_high, *(c.limit for c in match.caps if c.is_certain)])
    assert match.low == min([match.base_low, *(c.limit_low for c in match.caps)])
    assert all(cap.limit_low <= cap.limit for cap in match.caps)
    assert match.coverage == (10_000 - (match.base_high - match.base_low)) // 10
    assert 0 <= match.confidence <= 1000
    assert match.grade_low >= match.grade_high  # "E" is the worst letter


@settings(max_examples=60, deadline=None)
@given(shoe=shoes(), data=st.data())
def test_it_reaches_exactly_the_ends_of_every_way_to_fill_in_what_is_open(shoe, data):
    """Compare with brute force over all completions of up to three open attributes."""
    open_keys = data.draw(
        st.lists(st.sampled_from(SCORED_OPTIONS), min_size=1, max_size=3, unique=True)
    )
    # One fact fixed everywhere else, so that only the chosen ones are open.
    fixed = {
        key: Options.of(data.draw(st.sampled_from(ATTRIBUTES[key].options)))
        for key in SCORED_OPTIONS
        if key not in open_keys
    }
    heel = data.draw(st.integers(0, 150))
    shoe = replace(
        shoe,
        heel_height_mm=Span.exactly(heel * 1000),
        forefoot_height_mm=Span.exactly(0),
        drop_mm=None,
        stack_heel_mm=None,
        **fixed,
    )
    choices = {key: _answers(shoe, key) for key in open_keys}
    filled = [
        assess_all(replace(shoe, **dict(zip(open_keys, combination, strict=True))), guide=GUIDE)
        for combination in product(*choices.values())
    ]
    matches = assess_all(shoe, guide=GUIDE)

    for condition, match in matches.items():
        if condition == "neuroma" and shoe.forefoot_cushioning is None:
            continue  # reads cushioning instead: an assumption that the fact replaces
        assert match.low == min(one[condition].low for one in filled)
        assert match.high == max(one[condition].high for one in filled)


def _answers(shoe: FootwearAttributes, key: str) -> list[Options]:
    known = getattr(shoe, key)
    members = ATTRIBUTES[key].options if known is None else sorted(known.members)
    if key == "width_options":
        offered = frozenset() if known is None else known.members
        return [Options(offered | {"regular"}), Options(frozenset(ATTRIBUTES[key].options))]
    return [Options.of(member) for member in members]


@settings(max_examples=120, deadline=None)
@given(shoe=shoes(), data=st.data())
def test_it_can_only_narrow_when_an_unknown_fact_is_added(shoe, data):
    key = data.draw(st.sampled_from(SCORED_OPTIONS))
    before = assess_all(replace(shoe, **{key: None}), guide=GUIDE)
    after = assess_all(replace(shoe, **{key: data.draw(options(key))}), guide=GUIDE)

    for condition in CONDITIONS:
        if condition == "neuroma" and key == "forefoot_cushioning":
            continue
        _assert_inside(after[condition], before[condition])


@settings(max_examples=120, deadline=None)
@given(shoe=shoes(), data=st.data())
def test_it_can_only_narrow_when_fewer_answers_stay_possible(shoe, data):
    key = data.draw(st.sampled_from([k for k in SCORED_OPTIONS if k != "width_options"]))
    wide = data.draw(options(key))
    narrow = Options(data.draw(st.frozensets(st.sampled_from(sorted(wide.members)), min_size=1)))
    before = assess_all(replace(shoe, **{key: wide}), guide=GUIDE)
    after = assess_all(replace(shoe, **{key: narrow}), guide=GUIDE)

    for condition in CONDITIONS:
        _assert_inside(after[condition], before[condition])


@settings(max_examples=100, deadline=None)
@given(shoe=shoes(categories=PLAIN_CATEGORIES), heel=spans(0, 200))
def test_it_can_only_narrow_when_the_heel_becomes_known(shoe, heel):
    bare = replace(
        shoe,
        heel_height_mm=None,
        forefoot_height_mm=None,
        drop_mm=None,
        stack_heel_mm=None,
        midsole_material=None,
    )
    before = assess_all(bare, guide=GUIDE)
    after = assess_all(replace(bare, heel_height_mm=heel), guide=GUIDE)

    for condition in CONDITIONS:
        _assert_inside(after[condition], before[condition])


def _assert_inside(inner, outer):
    assert inner.low >= outer.low
    assert inner.high <= outer.high
    assert inner.coverage >= outer.coverage


@settings(max_examples=100, deadline=None)
@given(shoe=shoes(), mode=st.sampled_from(["effective", "pitch", "nominal"]))
def test_it_gives_the_same_again_alone_together_and_from_a_snapshot(shoe, mode):
    together = assess_all(shoe, guide=GUIDE, heel_mode=mode)
    copy = FootwearAttributes.from_snapshot(shoe.as_snapshot())

    assert tuple(together) == CONDITIONS
    assert assess_all(copy, guide=GUIDE, heel_mode=mode) == together
    for condition in CONDITIONS:
        alone = assess(shoe, guide=GUIDE, condition=condition, heel_mode=mode)
        assert alone == together[condition]


@settings(max_examples=100, deadline=None)
@given(shoe=shoes(), chosen=st.lists(conditions, min_size=1, max_size=4))
def test_it_takes_the_lowest_ends_over_several_conditions(shoe, chosen):
    several = assess_several(shoe, guide=GUIDE, conditions=chosen)
    each = [assess(shoe, guide=GUIDE, condition=condition) for condition in chosen]

    assert several.low == min(match.low for match in each)
    assert several.high == min(match.high for match in each)
    assert several.assessments[several.binding].low == several.low


@pytest.mark.parametrize("mode", ["effective", "pitch", "nominal"])
def test_it_never_rises_with_the_printed_heel_in_any_mode(mode):
    scores = [
        assess(
            FootwearAttributes(heel_height_mm=Span.exactly(heel * 100)),
            guide=GUIDE,
            heel_mode=mode,
        ).high
        for heel in range(0, 1400, 3)
    ]

    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
