"""The colour of a drawing: what a listing states, by the nearest colour of the palette."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.colours import COLOURS, find_colour, find_listing_colour


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("dusty pink", "pink"),
        ("Cycling shoe Shingle, Flat Pewter", "silver"),
        ("Lerche | walking trainer | tan", "tan"),
        ("NAVY BLUE", "navy"),
        ("Light-Blue", "blue"),
        ("bottle  green", "green"),
        ("Rose gold sandal", "gold"),
        ("wine red", "burgundy"),
        ("Weiß", "white"),
        ("Nachtblau", "navy"),
        ("étain mat", "silver"),
        ("vieux rose", "pink"),
        ("verde botella", "green"),
        ("óxido", "orange"),
    ],
)
def test_names_the_nearest_colour(text: str, colour: str) -> None:
    assert find_colour([text]) == colour


def test_takes_the_first_of_two_colours() -> None:
    assert find_colour(["black/white/red"]) == "black"
    assert find_colour(["White, gum sole, black laces"]) == "white"


def test_takes_the_longest_word_at_a_place() -> None:
    assert find_colour(["dark brown"]) == "brown"
    assert find_colour(["light brown"]) == "tan"
    assert find_colour(["chalk white / navy"]) == "white"


def test_reads_whole_words_only() -> None:
    assert find_colour(["Blackwater tannery boot, reduced, Redwing"]) == ""
    assert find_colour(["Tante Sandra"]) == ""


def test_takes_no_snow_boot_for_a_white_one() -> None:
    assert find_colour(["Snow boot", "Saddle oxford", "Forest hiking shoe, steel toe"]) == ""


def test_asks_the_next_text_where_one_says_nothing() -> None:
    assert find_colour(["", "multi", "Court shoe Salome, slate"]) == "grey"
    assert find_colour([]) == ""


@pytest.mark.parametrize("name", ["Colour", "color", "primary_color", "Farbe", "COLORIS", "colors"])
def test_knows_the_field_by_many_names(name: str) -> None:
    assert find_listing_colour({"Weight": "tan", name: "Olive"}, "Black Forest boot") == "olive"


def test_falls_back_on_the_title() -> None:
    assert find_listing_colour({"Colour": "Style 14"}, "Penny loafer in cognac") == "tan"
    assert find_listing_colour({}, "Penny loafer") == ""


def test_reads_lists_and_leaves_other_shapes_alone() -> None:
    assert find_listing_colour({"colors": ["Navy", "White"]}, "") == "navy"
    assert find_listing_colour({"color": {"main": "red"}, "colour": 7, "Farbe": None}, "") == ""


def test_gives_every_word_one_colour_of_the_palette() -> None:
    source = files("shop_plugin.domain").joinpath("colour_words.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    assert tuple(table) == COLOURS
    words = Counter(word for colour in table for word in {*table[colour]})
    assert [word for word, count in words.items() if count > 1] == []
    for colour, own in table.items():
        assert {find_colour([word]) for word in own} == {colour}


@given(st.lists(st.text(max_size=400), max_size=3))
def test_answers_any_text(texts: list[str]) -> None:
    assert find_colour(texts) in {"", *COLOURS}
