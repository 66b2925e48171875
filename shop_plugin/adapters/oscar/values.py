"""Oscar's product attributes as plain values: every type of attribute, parents and children."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from shop_plugin.domain.html_text import text_of_html

# The end of a code that says what a bare number of the attribute is in: "heel_height_mm".
_UNIT_OF_CODE = re.compile(r"_(mm|cm|in|inch|inches|g|kg|oz|lb)$")
_UNIT_IN_NAME = re.compile(r"\b(?:mm|cm|in|inch|inches|g|kg|oz|lb)\b", re.IGNORECASE)
# Codes of attributes that hold the size of a shoe, and the size system that each implies.
SIZE_CODES: Mapping[str, str] = {
    **dict.fromkeys(("size", "shoe_size", "schuhgroesse", "groesse", "pointure", "talla"), ""),
    **dict.fromkeys(("size_eu", "eu_size"), "eu"),
    **dict.fromkeys(("size_uk", "uk_size"), "uk"),
    **dict.fromkeys(("size_us", "us_size"), "us"),
}
# Pictures and documents are no facts.
_LEFT_OUT = frozenset({"file", "image"})

Stated = Mapping[str, tuple[str, Any]]


def read_attributes(values: Iterable[Any], *, believes_no: bool) -> dict[str, tuple[str, Any]]:
    """Return what one product states of itself: by the attribute's code, its name and its value.

    A "no" counts only with ``believes_no``: oscar's dashboard stores one for
    every box that nobody ticked.
    """
    stated = {}
    for item in values:
        attribute = item.attribute
        value = _read_value(item, attribute.type)
        if value in (None, "", []) or (value is False and not believes_no):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = _with_unit(value, code=attribute.code, name=attribute.name)
        stated[plain_code(attribute.code)] = (attribute.name or attribute.code, value)
    return stated


def merge_attributes(
    parent: Stated, children: Iterable[Stated], *, without: frozenset[str]
) -> dict[str, Any]:
    """Return the fields of a listing by their names for people.

    A child has its parent's values where it has none of its own. Where the
    children differ (two colours, two heels), the field is the list of what
    there is. ``without`` are codes that are told elsewhere, as sizes are.
    """
    effective = [{**parent, **child} for child in children] or [dict(parent)]
    found: dict[str, tuple[str, list[Any]]] = {}
    for stated in effective:
        for code, (name, value) in stated.items():
            if code in without:
                continue
            kept = found.setdefault(code, (name, []))[1]
            for part in value if isinstance(value, list) else [value]:
                if part not in kept:
                    kept.append(part)
    fields: dict[str, Any] = {}
    for code, (name, kept) in found.items():
        key = name if name not in fields else f"{name} ({code})"
        fields[key] = kept[0] if len(kept) == 1 else kept
    return fields


def find_stated(stated: Stated, codes: Iterable[str]) -> str:
    """Return as text what the first of these codes that is there states, else ""."""
    for code in codes:
        if code in stated:
            value = stated[code][1]
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""


def plain_code(code: object) -> str:
    """Return a code as it is compared: small letters, words joined by "_"."""
    return str(code or "").strip().lower().replace("-", "_").replace(" ", "_")


def _read_value(item: Any, kind: str) -> Any:
    if kind in _LEFT_OUT:
        return None
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(item)
    value = getattr(item, f"value_{kind}", None)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _as_day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "option": lambda item: item.value_option and str(item.value_option),
    "multi_option": lambda item: [str(option) for option in item.value_multi_option.all()],
    "richtext": lambda item: text_of_html(item.value_richtext or ""),
    "date": lambda item: _as_day(item.value_date),
    "datetime": lambda item: _as_day(item.value_datetime),
}


def _with_unit(value: int | float, *, code: str, name: str) -> int | float | str:
    """Return "35 mm" for 35 under the code "heel_height_mm", unless the name says a unit."""
    unit = _UNIT_OF_CODE.search(plain_code(code))
    if unit is None or _UNIT_IN_NAME.search(name or ""):
        return value
    return f"{value:g} {unit[1]}" if isinstance(value, float) else f"{value} {unit[1]}"
