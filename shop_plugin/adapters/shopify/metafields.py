"""Facts handed back to Shopify as metafields: a CSV to import, and the JSON that its API takes.

All of them stand in one namespace, "footback". A fact is written where it is
one: a height that is only known to lie between two is written as a range in
words and not as a measure. There is no match in it and nothing about people.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from shop_plugin.domain.attributes import ATTRIBUTES, FLAGS, LEVELS, Options, Span, Value
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.sheets import guard_cell, writable

NAMESPACE = "footback"
# metafieldsSet takes so many at once, and does all of them or none.
MOST_AT_ONCE = 25
_ROWS_AT_ONCE = 500
_THOUSANDTHS = 1000


class MetafieldKind(NamedTuple):
    """One metafield: its key, the name shown in Shopify's admin, its type and what it is of.

    ``write`` returns its value as text, "" where the fact is not known that well.
    """

    key: str
    label: str
    type: str
    attribute: str
    write: Callable[[Value], str]

    @property
    def column(self) -> str:
        """Return the name of its column in Shopify's CSV."""
        return f"{self.label} (product.metafields.{NAMESPACE}.{self.key})"


def _measure(unit: str) -> Callable[[Value], str]:
    def write(value: Value) -> str:
        if not isinstance(value, Span) or value.low != value.high:
            return ""
        return json.dumps({"unit": unit, "value": value.low / _THOUSANDTHS})

    return write


def _range(value: Value) -> str:
    if not isinstance(value, Span) or value.low == value.high:
        return ""
    # "from" in front: a cell must not begin with the minus of a negative drop.
    return f"from {value.low / _THOUSANDTHS:g} to {value.high / _THOUSANDTHS:g} mm"


def _is_some(value: Value) -> str:
    """Return whether there is any of it, also where nobody knows how much."""
    if not isinstance(value, Options):
        return ""
    if value.members == {LEVELS[0]}:
        return "false"
    return "" if LEVELS[0] in value.members else "true"


def _only(value: Value) -> str:
    if not isinstance(value, Options) or len(value.members) != 1:
        return ""
    return next(iter(value.members)).replace("_", " ")


def _flag(value: Value) -> str:
    return {FLAGS[0]: "false", FLAGS[1]: "true"}.get(_only(value), "")


def _all_of(attribute: str) -> Callable[[Value], str]:
    order = ATTRIBUTES[attribute].options

    def write(value: Value) -> str:
        if not isinstance(value, Options):
            return ""
        return ", ".join(item.replace("_", " ") for item in order if item in value.members)

    return write


def _lengths(key: str, label: str, attribute: str) -> tuple[MetafieldKind, MetafieldKind]:
    return (
        MetafieldKind(key, label, "dimension", attribute, _measure("mm")),
        MetafieldKind(
            f"{key}_range", f"{label} range", "single_line_text_field", attribute, _range
        ),
    )


def _levels(attribute: str, label: str) -> tuple[MetafieldKind, MetafieldKind]:
    return (
        MetafieldKind(attribute, label, "boolean", attribute, _is_some),
        MetafieldKind(
            f"{attribute}_level", f"{label} level (0 to 3)", "number_integer", attribute, _only
        ),
    )


def _words(attribute: str, label: str) -> MetafieldKind:
    return MetafieldKind(attribute, label, "single_line_text_field", attribute, _only)


METAFIELDS: Sequence[MetafieldKind] = (
    *_lengths("heel_height", "Heel height", "heel_height_mm"),
    *_lengths("platform_height", "Platform height", "forefoot_height_mm"),
    *_lengths("drop", "Heel-to-toe drop", "drop_mm"),
    MetafieldKind("shaft_height", "Shaft height", "dimension", "shaft_height_mm", _measure("mm")),
    MetafieldKind("weight", "Weight of one shoe", "weight", "weight_g", _measure("g")),
    *_levels("arch_support", "Arch support"),
    *_levels("cushioning", "Cushioning"),
    MetafieldKind("removable_insole", "Removable insole", "boolean", "removable_insole", _flag),
    MetafieldKind(
        "orthotic_friendly", "Room for an own insole", "boolean", "orthotic_friendly", _flag
    ),
    _words("toe_shape", "Toe shape"),
    _words("fastening", "Fastening"),
    _words("heel_type", "Heel type"),
    _words("midsole_material", "Midsole"),
    _words("insole_material", "Insole"),
    MetafieldKind(
        "widths",
        "Widths",
        "single_line_text_field",
        "width_options",
        _all_of("width_options"),
    ),
)


def write_table(rows: Iterable[ListedFacts]) -> Iterator[bytes]:
    """Yield the CSV that Shopify's own import takes, by handle, in pieces.

    A row per listing of which anything is known; an empty cell clears what
    stood there. Shopify asks for the title beside the handle. A title that a
    spreadsheet would run ("=1+1") is neither altered, for the import would
    rename the product, nor handed out: its product is left to the JSON.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["Handle", "Title", *(kind.column for kind in METAFIELDS)])
    for number, row in enumerate(rows, start=1):
        names = [writable(row.external_id), writable(row.title)]
        values = [_value_of(kind, row) for kind in METAFIELDS]
        if any(values) and all(guard_cell(name) == name for name in names):
            writer.writerow([*names, *values])
        if number % _ROWS_AT_ONCE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def write_calls(rows: Iterable[ListedFacts]) -> Iterator[bytes]:
    """Yield the variables of ``metafieldsSet``, a call of at most 25 metafields per line.

    Lines are what a bulk operation takes. A product is known to the API by
    its number, which webhooks tell; one that came from a file alone has none
    and is left out. The fields of one product stand in one line. What is no
    longer known is not taken back by this.
    """
    batch: list[dict[str, str]] = []
    for row in rows:
        fields = list(_metafields_of(row))
        if len(batch) + len(fields) > MOST_AT_ONCE:
            yield _line(batch)
            batch = []
        batch += fields
    if batch:
        yield _line(batch)


def _metafields_of(row: ListedFacts) -> Iterator[dict[str, str]]:
    if not (row.alias.isascii() and row.alias.isdigit()):
        return
    for kind in METAFIELDS:
        if value := _value_of(kind, row):
            yield {
                "ownerId": f"gid://shopify/Product/{row.alias}",
                "namespace": NAMESPACE,
                "key": kind.key,
                "type": kind.type,
                "value": value,
            }


def _value_of(kind: MetafieldKind, row: ListedFacts) -> str:
    value = row.find_statement(kind.attribute)
    return "" if value is None else kind.write(value)


def _line(batch: Sequence[dict[str, str]]) -> bytes:
    return json.dumps({"metafields": batch}, ensure_ascii=False).encode() + b"\n"


def _drain(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return data
