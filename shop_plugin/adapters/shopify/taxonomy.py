"""Shopify's standard categories: the path behind a number, and whether it leads to footwear."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_TABLE = files("shop_plugin.adapters.shopify") / "taxonomy.toml"
_NODE = re.compile(r"[a-z]{2}(?:-\d+){1,8}")
# What stands in a file for "no category was chosen".
_NONE_CHOSEN = frozenset({"", "uncategorized", "unkategorisiert", "non classé", "sin categoría"})


def read_category(text: str) -> str:
    """Return the path that a category means; a number that is not known comes back as it is.

    ``text`` is a path, a node ("aa-8-3") or a global id that ends in one.
    """
    text = text.strip()
    if text.lower() in _NONE_CHOSEN:
        return ""
    if text.isascii() and text.isdigit():  # Google's numbers; of the others nothing is known
        return str(_table()["paths"].get(text, ""))
    node = text.rpartition("/")[2] if text.startswith("gid://") else text
    paths: Mapping[str, str] = _table()["paths"]
    while node not in paths and _NODE.fullmatch(node):
        node = node.rpartition("-")[0]
    return paths.get(node, text)


def is_footwear(path: str) -> bool | None:
    """Tell whether a category is one of footwear; ``None`` where none is stated.

    "Shoe accessories" are none: insoles, laces and polish are worn out otherwise.
    """
    if not path:
        return None
    if _NODE.fullmatch(path):  # a node outside the part that is known
        return path == "aa-8" or path.startswith("aa-8-")
    segments = {segment.strip().lower() for segment in path.split(">")}
    return any(word in _words_of(segment) for segment in segments for word in _footwear_words())


def _words_of(segment: str) -> set[str]:
    return {segment, *re.split(r"[\s,/&]+", segment)}


@cache
def _footwear_words() -> frozenset[str]:
    return frozenset(_table()["footwear"]["words"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
