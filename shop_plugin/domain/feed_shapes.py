"""The shapes in which feeds hand over product fields, made one: a name and its text.

Google's ``product_detail`` (objects, or "section:name:value"), Amazon's lists
of ``{"value": ..., "unit": ...}`` also below a group ("heel" > "height"),
Shopify's metafields (``{"key": ..., "value": ...}``, values as JSON text) and
plain columns all become pairs; what has another shape is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_MOST_FIELDS = 300
_DEEPEST = 4
_DETAIL_NAMES = frozenset({"product detail", "product details"})
_CONTAINERS = frozenset(
    {"metafields", "attributes", "specifications", "specs", "additional property"}
)
_SEPARATORS = re.compile(r"[\s_\-–:.]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Whose field it is says nothing of what it holds.
_OWNERS = frozenset({"shopify", "custom", "metafield", "metafields", "g", "google", "amazon"})
# A comma parts two details only before another "section:name:value".
_NEXT_DETAIL = re.compile(r",(?=[^,:]{0,60}:[^,:]{1,60}:)")


class FieldText(NamedTuple):
    """One field of a feed. ``name`` tells where it stands ("product_detail/Heel height")."""

    name: str
    text: str


def flatten_fields(raw_attributes: Mapping[str, Any]) -> Iterator[FieldText]:
    """Yield every field that holds words or figures, in the order of the feed.

    A list yields its items one by one. At most 300 fields, four levels deep.
    """
    for number, found in enumerate(_flatten("", raw_attributes, 1)):
        if number >= _MOST_FIELDS:
            return
        yield found


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """Return the name of a field as it is looked up: small, without its owner, words apart.

    "shopify.shoe-features", "ShoeFeatures" and "shoe_features" are the same.
    """
    last = name.rpartition("/")[2] if "/" in name else name
    words = _SEPARATORS.sub(" ", _HUMP.sub(" ", last).lower()).strip().split(" ")
    if words[:2] == ["product", "metafields"]:
        words = words[2:]
    while len(words) > 1 and words[0] in _OWNERS:
        words = words[1:]
    return " ".join(words)


def plain_word(text: str) -> str:
    """Return a value as it is looked up: small, words apart, without its list's handle.

    "shoe-features__arch-support" is "arch support".
    """
    return _SEPARATORS.sub(" ", text.rpartition("__")[2].lower()).strip()


def _flatten(name: str, value: Any, depth: int) -> Iterator[FieldText]:
    if isinstance(value, str):
        yield from _flatten_text(name, value, depth)
    elif isinstance(value, bool):
        yield FieldText(name, "yes" if value else "no")
    elif isinstance(value, int | float):
        yield FieldText(name, _number(value))
    elif depth > _DEEPEST:
        return
    elif isinstance(value, list):
        for item in value[:40]:
            yield from _flatten(name, item, depth + (not isinstance(item, Mapping)))
    elif isinstance(value, Mapping):
        yield from _flatten_mapping(name, value, depth)


def _flatten_text(name: str, text: str, depth: int) -> Iterator[FieldText]:
    if plain_name(name) in _DETAIL_NAMES:
        yield from _details_in(name, text)
        return
    if depth <= _DEEPEST and text[:1] in "{[" and len(text) < 5000:
        try:
            inner = json.loads(text)
        except ValueError:
            pass
        else:
            if isinstance(inner, list | dict):
                yield from _flatten(name, inner, depth + 1)
                return
    yield FieldText(name, text)


def _details_in(name: str, text: str) -> Iterator[FieldText]:
    for detail in _NEXT_DETAIL.split(text[:5000]):
        parts = detail.split(":", 2)
        if len(parts) == 3 and parts[1].strip():
            yield FieldText(f"{name}/{parts[1].strip()}", parts[2].strip())


def _flatten_mapping(name: str, value: Mapping[str, Any], depth: int) -> Iterator[FieldText]:
    keys = {plain_name(str(key)): key for key in value}
    if "attribute name" in keys and "attribute value" in keys:
        inner = str(value[keys["attribute name"]]).strip()
        yield from _flatten(f"{name}/{inner}", value[keys["attribute value"]], depth + 1)
        return
    figure = next((keys[key] for key in ("value", "decimal value") if key in keys), None)
    if figure is not None:
        if "key" in keys or "name" in keys:
            inner = str(value[keys["key" if "key" in keys else "name"]]).strip()
            yield from _flatten(f"{name}/{inner}", value[figure], depth + 1)
        elif "unit" in keys and _is_figure(value[figure]):
            yield FieldText(name, f"{_number(value[figure])} {str(value[keys['unit']]).lower()}")
        else:
            yield from _flatten(name, value[figure], depth + 1)
        return
    is_container = not name or plain_name(name) in _CONTAINERS
    for key, item in value.items():
        yield from _flatten(str(key) if is_container else f"{name} {key}", item, depth + bool(name))


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
