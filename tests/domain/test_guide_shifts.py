"""The guide with one number moved."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import GuideError, load_guide
from shop_plugin.domain.guide_shifts import THRESHOLDS, shift_guide
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.score_diff import CountedFacts, ScoreDiff
from shop_plugin.domain.scoring import assess

GUIDE = load_guide()


def shoe(heel_mm: float) -> FootwearAttributes:
    return FootwearAttributes(
        use_category=UseCategory.HEEL,
        age_group=AgeGroup.ADULT,
        heel_height_mm=Span.exactly(round(heel_mm * 1000)),
        forefoot_height_mm=Span.exactly(0),
        arch_support=Options.of("3"),
        cushioning=Options.of("3"),
        toe_shape=Options.of("round"),
        fastening=Options.of("lace_up"),
    )


@pytest.mark.parametrize("threshold", sorted(THRESHOLDS))
def test_moves_the_number_it_names_and_gives_a_usable_guide(threshold: str) -> None:
    item = THRESHOLDS[threshold]
    for by in (item.step // 5, -item.step // 5):
        moved = shift_guide(GUIDE, threshold=threshold, by=by)
        assert item.read(moved) == item.read(GUIDE) + by
        assert moved.version == f"fb-1.0~{threshold}{by:+d}"
    assert item.read(GUIDE) == item.read(load_guide()), "the guide itself stays"


def test_moves_all_that_lies_beyond_the_heel_line_along_with_it() -> None:
    moved = shift_guide(GUIDE, threshold="heel_line", by=5_000)
    for heel in (60, 80, 110):
        before = assess(shoe(heel), guide=GUIDE)
        after = assess(shoe(heel + 5), guide=moved)
        assert (after.low, after.high) == (before.low, before.high)
    assert assess(shoe(25), guide=moved).low == assess(shoe(25), guide=GUIDE).low


def test_refuses_a_line_that_would_cross_another() -> None:
    with pytest.raises(GuideError, match="cannot be moved so"):
        shift_guide(GUIDE, threshold="heel_line", by=-30_000)
    with pytest.raises(GuideError):
        shift_guide(GUIDE, threshold="grade_b", by=3_000)


def counted(attributes: FootwearAttributes, listings: int, one: int) -> CountedFacts:
    return CountedFacts(dump_json(attributes.as_snapshot()), listings, one)


def test_counts_listings_that_move_which_way_and_names_some() -> None:
    diff = ScoreDiff(GUIDE, shift_guide(GUIDE, threshold="heel_line", by=5_000))
    diff.add(
        [counted(shoe(55), 40, 7), counted(shoe(25), 2, 8), counted(FootwearAttributes(), 5, 9)]
    )
    plain = diff.as_plain()
    assert (plain["listings"], plain["classes"]) == (47, 3)
    assert (plain["changed"], plain["better"], plain["worse"]) == (40, 40, 0)
    assert plain["grades_before"]["not_enough"] == plain["grades_after"]["not_enough"] == 5
    (move,) = plain["moves"]
    assert (move["from"], move["listings"]) == ("D", 40)
    assert move["samples"][0]["listing"] == 7
    assert move["samples"][0]["before"][0] < move["samples"][0]["after"][0]


def test_the_same_guide_moves_nothing() -> None:
    diff = ScoreDiff(GUIDE, GUIDE)
    diff.add([counted(shoe(55), 3, 1)])
    plain = diff.as_plain()
    assert (plain["changed"], plain["up"], plain["down"], plain["moves"]) == (0, 0, 0, [])
