"""Facts handed back to WooCommerce: an update file that its own product importer takes.

Its columns are the product's number and fields of the shop's own ("Meta:
footback_..."), and nothing else, for the importer overwrites whatever has a
column: an empty SKU would take a product's SKU away, and a single attribute
would take the place of all others, the sizes among them. A field that is not
known is left empty, which clears what footback itself wrote there earlier.
There is no match in it and nothing about people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from shop_plugin.adapters.woocommerce.products import OWN_META
from shop_plugin.domain.attributes import ATTRIBUTES, LEVELS, Options, Span, Value
from shop_plugin.domain.host_changes import ListedFacts

_ROWS_AT_ONCE = 500
_THOUSANDTHS = 1000


class MetaField(NamedTuple):
    """One field: its key without the prefix, of which attribute, and how the value is written."""

    key: str
    attribute: str
    write: Callable[[Value], str]

    @property
    def column(self) -> str:
        """Return the name of its column, as the importer maps it by itself."""
        return f"Meta: {OWN_META}{self.key}"


def _measure(value: Value) -> str:
    """Return a measure that is known as one figure; nothing but a figure begins with "-"."""
    if not isinstance(value, Span) or value.low != value.high:
        return ""
    return f"{value.low / _THOUSANDTHS:g}"


def _range(value: Value) -> str:
    if not isinstance(value, Span) or value.low == value.high:
        return ""
    return f"from {value.low / _THOUSANDTHS:g} to {value.high / _THOUSANDTHS:g}"


def _is_some(value: Value) -> str:
    """Return whether there is any of it, also where nobody knows how much."""
    if not isinstance(value, Options):
        return ""
    if value.members == {LEVELS[0]}:
        return "no"
    return "" if LEVELS[0] in value.members else "yes"


def _only(value: Value) -> str:
    if not isinstance(value, Options) or len(value.members) != 1:
        return ""
    return next(iter(value.members)).replace("_", " ")


def _widths(value: Value) -> str:
    if not isinstance(value, Options):
        return ""
    order = ATTRIBUTES["width_options"].options
    return ", ".join(item.replace("_", " ") for item in order if item in value.members)


FIELDS: tuple[MetaField, ...] = (
    MetaField("heel_height_mm", "heel_height_mm", _measure),
    MetaField("heel_height_range_mm", "heel_height_mm", _range),
    MetaField("platform_height_mm", "forefoot_height_mm", _measure),
    MetaField("platform_height_range_mm", "forefoot_height_mm", _range),
    MetaField("drop_mm", "drop_mm", _measure),
    MetaField("drop_range_mm", "drop_mm", _range),
    MetaField("shaft_height_mm", "shaft_height_mm", _measure),
    MetaField("weight_of_one_shoe_g", "weight_g", _measure),
    MetaField("arch_support", "arch_support", _is_some),
    MetaField("arch_support_level", "arch_support", _only),
    MetaField("cushioning", "cushioning", _is_some),
    MetaField("cushioning_level", "cushioning", _only),
    MetaField("removable_insole", "removable_insole", _only),
    MetaField("orthotic_friendly", "orthotic_friendly", _only),
    MetaField("toe_shape", "toe_shape", _only),
    MetaField("fastening", "fastening", _only),
    MetaField("heel_type", "heel_type", _only),
    MetaField("midsole", "midsole_material", _only),
    MetaField("insole", "insole_material", _only),
    MetaField("widths", "width_options", _widths),
)


def write_table(rows: Iterable[ListedFacts]) -> Iterator[bytes]:
    """Yield the update file in pieces: a row per listing of which there is anything to state.

    WooCommerce knows a product by its number. A listing of which neither id
    is one came from elsewhere, and is left out.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["ID", *(item.column for item in FIELDS)])
    for number, row in enumerate(rows, start=1):
        product_id = next(filter(_is_number, (row.external_id, row.alias)), "")
        values = [_value_of(item, row) for item in FIELDS]
        if product_id and any(values):
            writer.writerow([product_id, *values])
        if number % _ROWS_AT_ONCE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _value_of(item: MetaField, row: ListedFacts) -> str:
    value = row.find_statement(item.attribute)
    return "" if value is None else item.write(value)


def _drain(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode("utf-8")
    buffer.seek(0)
    buffer.truncate()
    return data
