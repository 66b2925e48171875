from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.attributes import (
    FootwearAttributes,
    Options,
    SourceKind,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.domain.records import Reading
from shop_plugin.domain.resolution import resolve


def said(
    attribute: str, value: Value, kind: SourceKind = SourceKind.TEXT, confidence: int = 700
) -> Reading:
    return Reading(attribute, value, kind, "test.rule", confidence)


def believed(*readings: Reading, category: UseCategory = UseCategory.OTHER) -> FootwearAttributes:
    return resolve(readings, use_category=category)


def test_it_knows_nothing_of_a_listing_that_says_nothing() -> None:
    assert believed() == FootwearAttributes()


def test_it_believes_the_higher_rank() -> None:
    staff = said("arch_support", Options.of("0"), SourceKind.STAFF, 1000)
    feed = said("arch_support", Options.of("3"), SourceKind.FEED, 900)
    found = believed(feed, staff)
    assert found.arch_support == Options.of("0")
    assert found.confidence == {"arch_support": 1000}
    assert found.conflicts == frozenset()


def test_it_takes_the_narrower_of_two_sayings_of_one_rank() -> None:
    found = believed(
        said("arch_support", Options.of("1", "2", "3"), confidence=600),
        said("arch_support", Options.of("2", "3"), confidence=700),
    )
    assert found.arch_support == Options.of("2", "3")
    assert found.confidence["arch_support"] == 700
    assert not found.conflicts


def test_it_keeps_the_union_and_names_the_conflict_where_one_rank_disagrees() -> None:
    found = believed(
        said("heel_height_mm", Span.exactly(50_000), confidence=800),
        said("heel_height_mm", Span.exactly(80_000), confidence=700),
    )
    assert found.heel_height_mm == Span(50_000, 80_000)
    assert found.conflicts == {"heel_height_mm"}
    assert found.confidence["heel_height_mm"] == 700


def test_it_lets_a_text_make_a_feed_s_band_exact() -> None:
    band = said("heel_height_mm", Span(64_000, 102_000), SourceKind.FEED)
    text = said("heel_height_mm", Span.exactly(85_000), confidence=800)
    found = believed(band, text)
    assert found.heel_height_mm == Span.exactly(85_000)
    assert found.confidence["heel_height_mm"] == 800


def test_it_does_not_let_a_text_contradict_a_feed() -> None:
    feed = said("heel_height_mm", Span.exactly(40_000), SourceKind.FEED)
    text = said("heel_height_mm", Span.exactly(85_000))
    found = believed(feed, text)
    assert found.heel_height_mm == Span.exactly(40_000)
    assert not found.conflicts


def test_it_leaves_what_staff_say_as_wide_as_they_said_it() -> None:
    staff = said("arch_support", Options.of("1", "2"), SourceKind.STAFF)
    text = said("arch_support", Options.of("2"))
    assert believed(staff, text).arch_support == Options.of("1", "2")


def test_it_knows_a_flat_is_at_most_an_inch_by_definition() -> None:
    found = believed(category=UseCategory.FLAT)
    assert found.heel_height_mm == Span(0, 25_400)
    assert found.confidence["heel_height_mm"] == 900
    assert found.arch_support is None


def test_it_narrows_a_machine_s_word_by_the_category_where_both_can_be_true() -> None:
    text = said("heel_height_mm", Span(20_000, 40_000))
    assert believed(text, category=UseCategory.FLAT).heel_height_mm == Span(20_000, 25_400)


def test_it_drops_the_category_where_a_source_contradicts_it() -> None:
    text = said("heel_height_mm", Span.exactly(40_000))
    assert believed(text, category=UseCategory.FLAT).heel_height_mm == Span.exactly(40_000)


def test_it_knows_a_flip_flop_has_an_open_toe_and_no_fastening() -> None:
    found = believed(category=UseCategory.FLIP_FLOP)
    assert found.toe_shape == Options.of("open")
    assert found.fastening == Options.of("backless")


def test_it_adds_offered_widths_up() -> None:
    found = believed(
        said("width_options", Options.of("regular"), SourceKind.FEED),
        said("width_options", Options.of("wide")),
    )
    assert found.width_options == Options.of("regular", "wide")
    assert not found.conflicts


def test_it_refuses_a_reading_of_no_attribute() -> None:
    with pytest.raises(KeyError, match="colour"):
        believed(said("colour", Options.of("red")))


_KINDS = st.sampled_from(list(SourceKind))
_SPANS = st.tuples(st.integers(0, 120_000), st.integers(0, 120_000)).map(
    lambda ends: Span(min(ends), max(ends))
)
_READINGS = st.builds(
    Reading,
    attribute=st.just("heel_height_mm"),
    value=_SPANS,
    source_kind=_KINDS,
    rule=st.just("test.rule"),
    confidence=st.integers(0, 1000),
)


@given(st.lists(_READINGS, min_size=1, max_size=4))
def test_it_does_not_depend_on_the_order_of_the_readings(readings: list[Reading]) -> None:
    results = {
        resolve(order, use_category=UseCategory.FLAT).fingerprint()
        for order in permutations(readings)
    }
    assert len(results) == 1


@given(st.lists(_READINGS, min_size=1, max_size=5))
def test_it_believes_nothing_that_no_source_said(readings: list[Reading]) -> None:
    value = resolve(readings, use_category=UseCategory.OTHER).heel_height_mm
    spans = [item.value for item in readings if isinstance(item.value, Span)]
    assert value is not None
    assert {value.low, value.high} <= {end for span in spans for end in (span.low, span.high)}


@given(_READINGS, st.integers(1, 3))
def test_it_says_the_same_when_a_source_repeats_itself(reading: Reading, times: int) -> None:
    once = resolve([reading], use_category=UseCategory.OTHER)
    again = resolve([reading] * times, use_category=UseCategory.OTHER)
    assert once == again
