"""What a supplemental feed tells Google of a shoe: known facts, worded, and nothing else.

A fact that is in dispute, or that only the kind of shoe implies, is no
statement about this shoe and stays here. So do the match, its grade, and what
anybody suffers from: the ads of a shop must not rest on health. Limits of
length and number are those of Google's product data specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FLAGS,
    LEVELS,
    Options,
    Span,
    Value,
)
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import ListedFacts

GOOGLE_NAMESPACE = "http://base.google.com/ns/1.0"
SECTION = "Footwear measurements"
_NO_WEBHOOKS = "Merchant Center pushes nothing; it fetches a feed, or is handed one."
_NO_ORDERS = "A product feed holds no orders; import them as CSV or JSON Lines."
CANNOT: Mapping[Capability, str] = {
    Capability.LISTINGS_FROM_MODELS: "It is a feed; the models of a Django shop are read by the "
    "orm adapter.",
    Capability.PURCHASES_FROM_MODELS: "It is a feed; the models of a Django shop are read by the "
    "orm adapter.",
    Capability.PURCHASES_FROM_FILES: _NO_ORDERS,
    Capability.LISTINGS_BY_WEBHOOK: _NO_WEBHOOKS,
    Capability.PURCHASES_BY_WEBHOOK: _NO_WEBHOOKS,
    Capability.RETURNS_BY_WEBHOOK: _NO_WEBHOOKS,
    Capability.ERASURE_BY_WEBHOOK: _NO_WEBHOOKS,
}

_THOUSANDTHS = 1000
_ROWS_AT_ONCE = 200
_LEVEL_WORDS = dict(zip(LEVELS, ("none", "mild", "moderate", "high"), strict=True))
# XML 1.0 has no place for these at all.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RUNS_IN_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


class _Fact(NamedTuple):
    name: str
    attribute: str
    word: Callable[[str, Value], str]


def _length(attribute: str, value: Value) -> str:
    if not isinstance(value, Span):
        return ""
    unit = ATTRIBUTES[attribute].unit
    if value.low == value.high:
        return f"{value.low / _THOUSANDTHS:g} {unit}"
    return f"{value.low / _THOUSANDTHS:g} to {value.high / _THOUSANDTHS:g} {unit}"


def _level(attribute: str, value: Value) -> str:
    """Return the level in words; "yes" where there is some and nobody knows how much."""
    if not isinstance(value, Options):
        return ""
    possible = [level for level in LEVELS if level in value.members]
    if len(possible) == len(LEVELS) - 1 and possible[0] != LEVELS[0]:
        return "yes"
    if len(possible) == 1:
        return _LEVEL_WORDS[possible[0]]
    is_run = LEVELS.index(possible[-1]) - LEVELS.index(possible[0]) == len(possible) - 1
    if possible[0] == LEVELS[0] or not is_run:
        return ""
    return f"{_LEVEL_WORDS[possible[0]]} to {_LEVEL_WORDS[possible[-1]]}"


def _flag(attribute: str, value: Value) -> str:
    word = _only(attribute, value)
    return word if word in FLAGS else ""


def _only(attribute: str, value: Value) -> str:
    if not isinstance(value, Options) or len(value.members) != 1:
        return ""
    return next(iter(value.members)).replace("_", " ")


def _all(attribute: str, value: Value) -> str:
    if not isinstance(value, Options):
        return ""
    options = ATTRIBUTES[attribute].options
    return " / ".join(item.replace("_", " ") for item in options if item in value.members)


_FACTS = (
    _Fact("Heel height", "heel_height_mm", _length),
    _Fact("Platform height", "forefoot_height_mm", _length),
    _Fact("Heel to toe drop", "drop_mm", _length),
    _Fact("Shaft height", "shaft_height_mm", _length),
    _Fact("Weight per shoe", "weight_g", _length),
    _Fact("Arch support", "arch_support", _level),
    _Fact("Cushioning", "cushioning", _level),
    _Fact("Removable insole", "removable_insole", _flag),
    _Fact("Toe shape", "toe_shape", _only),
    _Fact("Closure", "fastening", _only),
    _Fact("Heel type", "heel_type", _only),
    _Fact("Width", "width_options", _all),
)


def details_of(row: ListedFacts) -> list[tuple[str, str]]:
    """Return the details of a shoe: what a fact is called, and its value in words."""
    details = []
    for fact in _FACTS:
        value = row.find_statement(fact.attribute)
        if value is not None and (word := fact.word(fact.attribute, value)):
            details.append((fact.name, word))
    return details


def write_table(rows: Iterable[ListedFacts]) -> Iterator[bytes]:
    """Yield a table with the columns id and product_detail, a line per item, in pieces.

    An id that a spreadsheet would run ("=1+1") is left to the XML.
    """
    lines = ["id\tproduct_detail\n"]
    for row in rows:
        said = ",".join(f"{SECTION}:{name}:{word}" for name, word in details_of(row))
        if said:
            lines += [f"{item_id}\t{said}\n" for item_id in _ids(row) if _is_plain(item_id)]
        if len(lines) >= _ROWS_AT_ONCE:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def write_rss(rows: Iterable[ListedFacts]) -> Iterator[bytes]:
    """Yield an RSS 2.0 document with the id and the details of each item, in pieces."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0" xmlns:g="{GOOGLE_NAMESPACE}">\n<channel>\n'
        "<title>Footwear measurements</title>\n<link>https://shop.example/</link>\n"
        "<description>Supplemental feed: measurements of shoes</description>\n"
    ]
    for number, row in enumerate(rows, start=1):
        details = "".join(map(_detail_element, details_of(row)))
        if details:
            parts += [
                f"<item>\n<g:id>{_text(item_id)}</g:id>\n{details}</item>\n"
                for item_id in _ids(row)
            ]
        if number % _ROWS_AT_ONCE == 0:
            yield "".join(parts).encode()
            parts = []
    parts.append("</channel>\n</rss>\n")
    yield "".join(parts).encode()


def _ids(row: ListedFacts) -> tuple[str, ...]:
    """Return the ids under which Google knows the sizes of a shoe."""
    return row.item_ids or (row.external_id,)


def _is_plain(item_id: str) -> bool:
    return item_id.isprintable() and not item_id.startswith(_RUNS_IN_SPREADSHEETS)


def _detail_element(detail: tuple[str, str]) -> str:
    name, word = detail
    return (
        f"<g:product_detail><g:section_name>{SECTION}</g:section_name>"
        f"<g:attribute_name>{_text(name)}</g:attribute_name>"
        f"<g:attribute_value>{_text(word)}</g:attribute_value></g:product_detail>\n"
    )


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text))
