"""The side view on a page: an ornament beside text, or a picture that says what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.utils import translation

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.colours import COLOURS

PUMP = FootwearAttributes(
    use_category=UseCategory.HEEL,
    heel_height_mm=Span.exactly(57_150),
    forefoot_height_mm=Span.exactly(19_050),
    arch_support=Options.of("1"),
)


def render(attributes: FootwearAttributes, arguments: str = "") -> str:
    source = "{% load footback %}{% footback_side_view shoe " + arguments + " %}"
    return Template(source).render(Context({"shoe": attributes}))


def test_says_what_it_shows_and_what_is_not_known() -> None:
    (text,) = re.findall(r'role="img" aria-label="([^"]+)"', render(PUMP, "labels=True unit='in'"))
    assert "drawn to scale" in text
    assert "Heel 2¼ in, above the two-inch line." in text
    assert "Under the ball of the foot ¾ in." in text
    assert "Arch support: mild." in text
    assert "Cushioning is not known." in text


def test_writes_measures_in_the_readers_unit() -> None:
    drawing = render(PUMP, "labels=True unit='cm'")
    assert ">5.7 cm</text>" in drawing
    assert ">5.1 cm</text>" in drawing


def test_follows_the_language_where_no_unit_is_given() -> None:
    with translation.override("de"):
        assert "5,7 cm" in render(PUMP, "labels=True")
    assert "2¼ in" in render(PUMP, "labels=True")


@pytest.mark.parametrize("arguments", ["", "labels=True unit='cm'"])
def test_draws_the_same_lines_in_a_language_that_writes_numbers_with_a_comma(arguments) -> None:
    def lines(drawing: str) -> list[str]:
        return re.findall(r' (?:viewBox|d|c?[xy][12]?|rx)="[^"]*"', drawing)

    english = lines(render(PUMP, arguments))
    with translation.override("de"):
        assert lines(render(PUMP, arguments)) == english
    assert english


def test_writes_no_number_beside_what_is_not_known() -> None:
    drawing = render(FootwearAttributes(use_category=UseCategory.HEEL), "labels=True unit='in'")
    assert "fb-shoe-mark" not in drawing
    assert "Heel height is not known and drawn dashed." in drawing
    assert "fb-shoe-heel fb-open" in drawing


def test_tells_a_heel_near_the_line_from_one_above_it() -> None:
    def text(heel: Span) -> str:
        return render(FootwearAttributes(heel_height_mm=heel), "labels=True unit='mm'")

    assert "below the two-inch line" in text(Span.exactly(50_000))
    assert "at the two-inch line" in text(Span.exactly(50_800))
    assert "at the two-inch line" in text(Span(48_000, 54_000))
    assert "at the two-inch line" in text(Span.exactly(51_000)), "5.1 cm counts as two inches"
    assert "above the two-inch line" in text(Span.exactly(51_400))


def test_is_hidden_from_readers_of_the_text_beside_it() -> None:
    drawing = render(PUMP)
    assert 'aria-hidden="true"' in drawing
    assert "role=" not in drawing


def test_keeps_the_tint_of_a_shoe() -> None:
    assert render(PUMP, "seed=7") == render(PUMP, "seed=7")
    tints = {re.findall(r"fb-tint-(\d)", render(PUMP, f"seed={seed}"))[0] for seed in range(60)}
    assert tints == {str(number) for number in range(1, 9)}


def test_carries_no_style_of_its_own() -> None:
    drawing = render(PUMP, "labels=True unit='in'")
    assert "style=" not in drawing
    assert "<style" not in drawing
    assert "<script" not in drawing


def test_wears_the_colour_that_is_stated() -> None:
    assert "fb-tint-navy" in render(PUMP, "seed=7 colour='navy'")
    assert render(PUMP, "seed=7 colour='no colour'") == render(PUMP, "seed=7")


def test_finds_every_colour_of_the_palette_in_the_stylesheet() -> None:
    path = finders.find("footback/footback.css")
    assert path is not None
    styles = Path(path).read_text(encoding="utf-8")
    assert set(re.findall(r"\.fb-tint-([a-z]+) \{", styles)) == set(COLOURS)
