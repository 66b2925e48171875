"""All that one listing says: its fields, the widths of its sizes, and its words."""

from __future__ import annotations

from typing import Any, NamedTuple

from shop_plugin.domain.attributes import Gender, UseCategory
from shop_plugin.domain.extraction import extract
from shop_plugin.domain.records import Reading
from shop_plugin.domain.structured import read_fields, read_widths

# More than any honest text says; keeps a text of pasted spec sheets from filling the table.
MOST_READINGS = 120


class ListingText(NamedTuple):
    """What facts are read from."""

    pk: int
    source: str
    title: str
    description: str
    language: str
    use_category: str
    gender: str
    age_group: str
    raw_attributes: dict[str, Any]
    content_hash: str
    widths: tuple[str, ...] = ()


class ListingReadings(NamedTuple):
    """What was read from one listing, and the codes of its fields that could not be believed."""

    readings: tuple[Reading, ...]
    problems: tuple[str, ...]


def read_listing(listing: ListingText, *, default_heel_unit: str = "") -> ListingReadings:
    """Return what a listing says; a text that is pasted twice says a thing once."""
    gender = Gender(listing.gender)
    fields = read_fields(
        listing.raw_attributes,
        use_category=UseCategory(listing.use_category),
        gender=gender,
        default_heel_unit=default_heel_unit,
    )
    text = extract(
        title=listing.title, description=listing.description, language=listing.language or "en"
    )
    distinct: dict[tuple[Any, ...], Reading] = {}
    for item in (*fields.readings, *read_widths(listing.widths, gender=gender), *text):
        key = (item.attribute, item.source_kind, item.rule, item.value, item.field)
        distinct.setdefault(key, item)
    return ListingReadings(
        tuple(distinct.values())[:MOST_READINGS],
        tuple(problem.code for problem in fields.problems),
    )
