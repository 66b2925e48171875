"""All that one listing says: its fields, the widths of its sizes, and its words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import Gender, Options, Span, UseCategory
from shop_plugin.domain.extraction import EXTRACTOR_VERSION, extract
from shop_plugin.domain.plausibility import rules_version
from shop_plugin.domain.records import Reading
from shop_plugin.domain.structured import read_fields, read_widths

# More than any honest text says; keeps a text of pasted spec sheets from filling the table.
MOST_READINGS = 120

# Changes with the extractor and with the rules of what is plausible: both make a reading old.
READING_VERSION = f"{EXTRACTOR_VERSION}.{rules_version()}"


class ListingText(NamedTuple):
    """What facts are read from; ``raw_attributes`` are JSON text, as they are stored."""

    pk: int
    source: str
    title: str
    description: str
    language: str
    use_category: str
    gender: str
    age_group: str
    raw_attributes: str
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
        json.loads(listing.raw_attributes),
        use_category=UseCategory(listing.use_category),
        gender=gender,
        default_heel_unit=default_heel_unit,
    )
    text = extract(title=listing.title, description=listing.description, language=listing.language)
    distinct: dict[tuple[Any, ...], Reading] = {}
    for item in (*fields.readings, *read_widths(listing.widths, gender=gender), *text):
        key = (item.attribute, item.source_kind, item.rule, item.value, item.field)
        distinct.setdefault(key, item)
    return ListingReadings(
        tuple(distinct.values())[:MOST_READINGS],
        tuple(problem.code for problem in fields.problems),
    )


class PlainReading(NamedTuple):
    """A reading in plain values, cut to fit: as it is stored, and cheap to hand to another process.

    A span is ``low_milli`` to ``high_milli``; any other value is ``options``,
    sorted and joined by commas.
    """

    attribute: str
    source_kind: str
    rule: str
    low_milli: int | None
    high_milli: int | None
    options: str
    quote: str
    confidence: int
    field: str
    start: int | None
    end: int | None
    original: str


class PlainReadings(NamedTuple):
    """As :class:`ListingReadings`, in plain values."""

    readings: tuple[PlainReading, ...]
    problems: tuple[str, ...]


def read_plainly(
    listings: Sequence[ListingText], heel_units: Mapping[str, str]
) -> list[PlainReadings]:
    """Return what each listing says; ``heel_units`` names by source what bare heights are in."""
    found = []
    for listing in listings:
        read = read_listing(listing, default_heel_unit=heel_units.get(listing.source, ""))
        found.append(
            PlainReadings(
                tuple([make_plain_reading(item) for item in read.readings]), read.problems
            )
        )
    return found


def make_plain_reading(reading: Reading) -> PlainReading:
    """Return a reading in plain values."""
    value = reading.value
    low, high = (value.low, value.high) if isinstance(value, Span) else (None, None)
    return PlainReading(
        reading.attribute,
        reading.source_kind.value,
        reading.rule[:64],
        low,
        high,
        ",".join(sorted(value.members)) if isinstance(value, Options) else "",
        reading.quote,
        reading.confidence,
        reading.field[:100],
        reading.start,
        reading.end,
        reading.original[:200],
    )
