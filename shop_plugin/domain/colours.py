"""The colour of a shoe, as far as its listing states one: a word for a drawing, never a fact.

A drawing that stands in for a photograph should not be black where the shop
says "dusty pink". Nothing is scored by a colour, and none is guessed: a
listing that names none has none here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

COLOURS = (
    "black",
    "white",
    "grey",
    "brown",
    "tan",
    "beige",
    "red",
    "burgundy",
    "pink",
    "orange",
    "yellow",
    "green",
    "olive",
    "teal",
    "blue",
    "navy",
    "purple",
    "silver",
    "gold",
)

# How product data calls the field, compared without case, underscores and dashes.
_FIELDS = frozenset(
    {
        *("colour", "colours", "colour name", "main colour", "primary colour", "base colour"),
        *("color", "colors", "color name", "main color", "primary color", "base color"),
        *("colour family", "color family", "colorway", "colourway", "upper colour", "upper color"),
        *("farbe", "farben", "hauptfarbe", "farbton"),
        *("coloris", "couleur", "couleurs", "couleur principale"),
        *("colores", "color principal"),
    }
)
# A colour stands near the start of what is read; longer texts are cut.
_MAX_CHARACTERS = 300


def find_colour(texts: Iterable[str]) -> str:
    """Return the colour that the first telling text names, or "" where none does.

    The result is one of :data:`COLOURS`. Inside a text the longest word
    wins ("dusty pink" is no other pink, "Flat Pewter" no shoe that is flat),
    and of two colours the first ("black/white" is black).
    """
    words, pattern = _vocabulary()
    for text in texts:
        if found := pattern.search(text[:_MAX_CHARACTERS].casefold()):
            return words[re.sub(r"[\s-]+", " ", found[0])]
    return ""


def find_listing_colour(raw_attributes: Mapping[str, object], title: str) -> str:
    """Return the colour that the product data of a listing states, else that of its title.

    Fields are known by the names that shops give them in English, German,
    French and Spanish ("Colour", "primary_color", "Farbe", "Coloris").
    """
    return find_colour((*_stated(raw_attributes), title))


def _stated(raw_attributes: Mapping[str, object]) -> Iterator[str]:
    for name, value in raw_attributes.items():
        if " ".join(re.split(r"[\s_-]+", name.casefold().strip())) not in _FIELDS:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


@cache
def _vocabulary() -> tuple[Mapping[str, str], re.Pattern[str]]:
    """Return the colour of every word, and the pattern that finds the longest word first."""
    source = files("shop_plugin.domain").joinpath("colour_words.toml")
    table: Mapping[str, list[str]] = tomllib.loads(source.read_text(encoding="utf-8"))
    words = {
        word.casefold().replace("-", " "): colour for colour in COLOURS for word in table[colour]
    }
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    choices = "|".join(re.escape(word).replace(r"\ ", r"[\s-]+") for word in longest_first)
    return words, re.compile(rf"(?<!\w)(?:{choices})(?!\w)")
