"""Heel heights that a list of values gives in words: each list has intervals of its own.

"Low" is 1 to 2 in where a shop says it, and half an inch to one where GS1 does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from shop_plugin.domain.attributes import Span

_TABLE = files("shop_plugin.domain") / "feed_bands.toml"
# What a list prints behind its word: "Flat 0-.5 in", "Extra-High >3".
_FIGURES = re.compile(r"[\s(>]*[\d.].*$")
_SEPARATORS = re.compile(r"[\s_\-–]+")


@cache
def heel_words(field: str = "") -> Mapping[str, Span]:
    """Return the words of the list that a column uses, those of the general one behind them."""
    lists = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    words = dict(lists["general"]["words"])
    for item in lists.values():
        if field in item["fields"]:
            words |= item["words"]
    return MappingProxyType({word: Span(low, high) for word, (low, high) in words.items()})


def find_heel_band(text: str, *, field: str) -> Span | None:
    """Return the interval a word of a column's list stands for, ``None`` for another text.

    ``field`` and ``text`` as they are looked up. A word with its figures
    behind it ("medium >1 2") goes by the word where the list is one of bands.
    """
    words = heel_words(field)
    plain = _SEPARATORS.sub(" ", text)
    if plain in words:
        return words[plain]
    if words is not heel_words() and field not in ("heel height", "heel height type"):
        return words.get(_FIGURES.sub("", plain).strip())
    return None
