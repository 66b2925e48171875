"""Parts of a JSON payload of a shop, taken out whatever stands in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST_ITEMS = 5_000


def items_of(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list of a payload; whatever else stands there is left out."""
    items = values.get(key)
    if not isinstance(items, list):
        return []
    return [item for item in items[:_MOST_ITEMS] if isinstance(item, Mapping)]


def mapping_of(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object inside a payload, an empty one where there is none."""
    item = values.get(key)
    return item if isinstance(item, Mapping) else {}


def id_of(values: Mapping[str, Any], key: str = "id") -> str:
    """Return a number that names something as text, "" where it is none; 0 names nothing."""
    value = values.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**20:
        return str(value)
    is_number = isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdigit()
    return value if is_number and isinstance(value, str) and value.strip("0") else ""


def word_of(value: object) -> str:
    """Return a text or a figure of a payload as text, "" for what is neither."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
