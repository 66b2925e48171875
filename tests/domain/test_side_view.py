"""The side view: to scale, inside its frame, honest about what is not known."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.shoe_outlines import Role, Style
from shop_plugin.domain.side_view import SideView, draw_side_view

CATEGORIES = list(UseCategory)


def mm(value: float) -> Span:
    return Span.exactly(round(value * 1000))


def shapes_of(view: SideView, role: Role) -> list[str]:
    return [shape.path for shape in view.shapes if shape.role is role]


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def top_of(path: str) -> float:
    return min(y for _, y in points_of(path))


lengths = st.integers(0, 200_000)
spans = st.tuples(lengths, lengths).map(lambda ends: Span(min(ends), max(ends)))
platforms = st.integers(0, 120_000).map(Span.exactly)
shafts = st.integers(30_000, 700_000).map(Span.exactly)


def options(key: str) -> st.SearchStrategy[Options]:
    return st.sets(st.sampled_from(ATTRIBUTES[key].options), min_size=1).map(
        lambda members: Options(frozenset(members))
    )


attributes = st.builds(
    FootwearAttributes,
    use_category=st.sampled_from(CATEGORIES),
    heel_height_mm=st.none() | spans,
    forefoot_height_mm=st.none() | platforms,
    drop_mm=st.none() | st.integers(-4_000, 25_000).map(Span.exactly),
    shaft_height_mm=st.none() | shafts,
    arch_support=st.none() | options("arch_support"),
    cushioning=st.none() | options("cushioning"),
    heel_type=st.none() | options("heel_type"),
    toe_shape=st.none() | options("toe_shape"),
    fastening=st.none() | options("fastening"),
)


@settings(max_examples=300, deadline=None)
@given(attributes)
def test_draws_every_shoe_inside_its_frame(shoe: FootwearAttributes) -> None:
    view = draw_side_view(shoe)
    for shape in view.shapes:
        for x, y in points_of(shape.path):
            assert -1 <= x <= view.width + 1, (shape.role, x)
            assert -1 <= y <= view.ground + 4, (shape.role, y)


@settings(max_examples=200, deadline=None)
@given(attributes)
def test_draws_the_same_shoe_the_same_way(shoe: FootwearAttributes) -> None:
    again = FootwearAttributes.from_snapshot(shoe.as_snapshot())
    assert draw_side_view(shoe) == draw_side_view(again)


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("heel", "forefoot"), [(6, 6), (35, 25), (57, 20), (114, 38)])
def test_draws_heel_and_forefoot_to_scale(
    category: UseCategory, heel: float, forefoot: float
) -> None:
    view = draw_side_view(
        FootwearAttributes(
            use_category=category, heel_height_mm=mm(heel), forefoot_height_mm=mm(forefoot)
        )
    )
    assert view.ground - view.heel.top == pytest.approx(heel, abs=0.11)
    assert view.ground - view.forefoot.top == pytest.approx(forefoot, abs=0.11)
    lifted = [path for role in (Role.SOLE, Role.HEEL) for path in shapes_of(view, role)]
    assert view.ground - min(top_of(path) for path in lifted) >= heel - 0.2


def test_puts_the_two_inch_line_at_50_8_mm() -> None:
    view = draw_side_view(FootwearAttributes(use_category=UseCategory.HEEL))
    assert view.ground - view.two_inch_line == pytest.approx(50.8)


def test_draws_a_span_at_its_middle_and_a_wide_one_dashed() -> None:
    narrow = draw_side_view(FootwearAttributes(heel_height_mm=Span(50_000, 60_000)))
    assert narrow.ground - narrow.heel.top == pytest.approx(55)
    assert narrow.heel.is_certain
    wide = draw_side_view(FootwearAttributes(heel_height_mm=Span(0, 25_400)))
    assert not wide.heel.is_certain
    assert "heel_height_mm" in wide.unknown


def test_marks_all_that_is_guessed_when_nothing_is_known() -> None:
    view = draw_side_view(FootwearAttributes(use_category=UseCategory.BOOT))
    assert view.unknown >= {
        "heel_height_mm",
        "forefoot_height_mm",
        "shaft_height_mm",
        "arch_support",
        "cushioning",
        "fastening",
    }
    dashed = {shape.role for shape in view.shapes if not shape.is_certain}
    assert dashed >= {Role.HEEL, Role.SOLE, Role.ARCH, Role.BACK}
    assert not shapes_of(view, Role.FOAM), "no texture is made up"


def test_draws_a_known_shoe_without_a_dashed_line() -> None:
    view = draw_side_view(
        FootwearAttributes(
            use_category=UseCategory.BOOT,
            heel_height_mm=mm(40),
            forefoot_height_mm=mm(8),
            shaft_height_mm=mm(130),
            arch_support=Options.of("2"),
            cushioning=Options.of("1"),
            fastening=Options.of("zip"),
            toe_shape=Options.of("round"),
        )
    )
    assert view.unknown == frozenset()
    assert all(shape.is_certain for shape in view.shapes)


def test_takes_the_forefoot_from_a_stated_drop() -> None:
    view = draw_side_view(
        FootwearAttributes(use_category=UseCategory.RUNNING, heel_height_mm=mm(36), drop_mm=mm(8))
    )
    assert view.ground - view.forefoot.top == pytest.approx(28)
    assert view.forefoot.is_certain


def test_draws_a_shaft_as_high_as_it_is_stated() -> None:
    low, high = (
        draw_side_view(
            FootwearAttributes(
                use_category=UseCategory.BOOT, heel_height_mm=mm(30), shaft_height_mm=mm(shaft)
            )
        )
        for shaft in (150, 400)
    )

    def top(view: SideView) -> float:
        return view.ground - min(top_of(path) for path in shapes_of(view, Role.UPPER))

    assert top(high) - top(low) == pytest.approx(250, abs=0.3)
    assert high.height > low.height


@pytest.mark.parametrize(("level", "rows"), [("0", 0), ("1", 1), ("2", 2), ("3", 3)])
def test_gives_more_cushioning_more_texture(level: str, rows: int) -> None:
    shoe = FootwearAttributes(use_category=UseCategory.RUNNING, cushioning=Options.of(level))
    foam = [shape for shape in draw_side_view(shoe).shapes if shape.role is Role.FOAM]
    assert len(foam) == rows
    assert all(shape.is_certain for shape in foam)


def test_draws_what_is_only_possible_as_open_texture() -> None:
    shoe = FootwearAttributes(cushioning=Options.of("1", "2", "3"))
    foam = [shape.is_certain for shape in draw_side_view(shoe).shapes if shape.role is Role.FOAM]
    assert foam == [True, False, False]


def test_raises_the_arch_line_with_the_level() -> None:
    tops = []
    for level in "123":
        shoe = FootwearAttributes(
            heel_height_mm=mm(25), forefoot_height_mm=mm(25), arch_support=Options.of(level)
        )
        (line,) = shapes_of(draw_side_view(shoe), Role.ARCH)
        tops.append(top_of(line))
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 3


def test_draws_no_arch_line_where_there_is_no_support() -> None:
    def arches(support: Options | None) -> list[bool]:
        view = draw_side_view(FootwearAttributes(arch_support=support))
        return [shape.is_certain for shape in view.shapes if shape.role is Role.ARCH]

    assert arches(Options.of("0")) == []
    assert arches(Options.of("0", "1")) == [False], "perhaps a little: dashed"
    assert arches(None) == [False]


def test_draws_two_arch_lines_where_two_levels_are_possible() -> None:
    view = draw_side_view(FootwearAttributes(arch_support=Options.of("1", "3")))
    arches = [shape.is_certain for shape in view.shapes if shape.role is Role.ARCH]
    assert sorted(arches) == [False, True]


@pytest.mark.parametrize(
    ("category", "known", "style"),
    [
        ("casual_sneaker", {}, Style.SNEAKER),
        ("casual_sneaker", {"fastening": Options.of("hook_loop")}, Style.STRAPPED),
        ("dress_leather", {"fastening": Options.of("lace_up")}, Style.OXFORD),
        ("dress_leather", {"fastening": Options.of("slip_on")}, Style.LOAFER),
        ("sandal", {"heel_height_mm": mm(25)}, Style.SANDAL),
        ("sandal", {"heel_height_mm": mm(85)}, Style.STRAPPY_SANDAL),
        ("heel", {}, Style.PUMP),
        ("flip_flop", {}, Style.FLIP_FLOP),
        ("slipper", {}, Style.SLIPPER),
        ("hiking", {}, Style.LACED_BOOT),
    ],
)
def test_chooses_the_look_by_kind_and_fastening(
    category: str, known: dict[str, Span | Options], style: Style
) -> None:
    shoe = FootwearAttributes(use_category=UseCategory(category), **known)  # type: ignore[arg-type]
    assert draw_side_view(shoe).style is style


def test_dashes_only_the_part_of_a_sole_that_is_not_known() -> None:
    shoe = FootwearAttributes(use_category=UseCategory.WALKING, heel_height_mm=mm(30))
    edges = [shape for shape in draw_side_view(shoe).shapes if shape.role is Role.EDGE]
    assert [shape.is_certain for shape in edges] == [True, False], "heel, forefoot"
    assert not shapes_of(draw_side_view(shoe), Role.SOLE)


def test_gives_every_kind_a_drawing_of_its_own_size_on_a_page() -> None:
    for category in CATEGORIES:
        view = draw_side_view(FootwearAttributes(use_category=category))
        size = sum(len(shape.path) for shape in view.shapes)
        assert 500 < size < 4_000, category


def test_leaves_the_back_open_only_where_that_is_known() -> None:
    def backs(fastening: Options | None) -> list[bool]:
        shoe = FootwearAttributes(use_category=UseCategory.SLIPPER, fastening=fastening)
        return [item.is_certain for item in draw_side_view(shoe).shapes if item.role is Role.BACK]

    assert backs(Options.of("backless")) == []
    assert backs(Options.of("slip_on")) == [True]
    assert backs(None) == [False], "not known: drawn dashed"
