"""From a host's row to what is stored of a listing: pure, so that a second core can do it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from shop_plugin.domain.attributes import AgeGroup, Gender, UseCategory
from shop_plugin.domain.categories import classify_category, read_age_group, read_gender
from shop_plugin.domain.fit_votes import VoteKind
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.ports import FileFormat
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem, SizeRecord
from shop_plugin.domain.structured import read_fields, readable_fields

_AVAILABILITY_UNKNOWN = "unknown"

Key = tuple[str, str]  # source, id there


class ListingColumns(NamedTuple):
    """What a host says of a listing, and what follows from it, as it is stored."""

    source: str
    external_id: str
    alias: str
    title: str
    description: str
    language: str
    brand: str
    category_text: str
    use_category: str
    gender: str
    age_group: str
    price_minor: int | None
    currency: str
    url: str
    image_url: str
    availability: str
    raw_attributes: str
    successor: str
    replaces: str
    is_recalled: bool
    record_hash: str
    content_hash: str

    @property
    def key(self) -> Key:
        """Return the identity of the listing: its source and its id there."""
        return self[0], self[1]


class SizeColumns(NamedTuple):
    """One size of a listing as it is stored: its identity, then what may change of it."""

    label: str
    system: str
    width: str
    stock: int
    internal_length_um: int | None
    ball_width_um: int | None


class VoteColumns(NamedTuple):
    """What buyers said of a listing's sizes as it is stored: the kind, then its counts."""

    kind: str
    small: int
    neither: int
    large: int


class DemandColumns(NamedTuple):
    """How much a listing is asked for as it is stored: pairs sold and looks at its page."""

    sales: int
    views: int


#: Of a listing that the host says nothing of.
NO_DEMAND = DemandColumns(0, 0)


class IncomingRow(NamedTuple):
    """A row made ready for storing. ``columns`` is ``None`` for one that is refused.

    ``line``, ``problems`` and ``raw`` are those of the :class:`ReadRow`; to its
    ``warnings`` those of the fields that cannot be believed are added.
    """

    line: int
    columns: ListingColumns | None
    sizes: tuple[SizeColumns, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    raw: str = ""
    votes: tuple[VoteColumns, ...] = ()
    demand: DemandColumns = NO_DEMAND
    keeps_sizes: bool = False


def prepare_rows(
    rows: Iterable[ReadRow[ListingRecord]], *, heel_units: Mapping[str, str], chunk_size: int
) -> Iterator[list[IncomingRow]]:
    """Yield rows made ready, in chunks; ``heel_units`` names by source what bare heights are in."""
    remaining = iter(rows)
    while chunk := [prepare_row(row, heel_units) for row in islice(remaining, chunk_size)]:
        yield chunk


def prepare_file(
    file_format: FileFormat,
    path: Path,
    source: str,
    heel_units: Mapping[str, str],
    chunk_size: int,
    skip_lines: int,
) -> Iterator[list[IncomingRow]]:
    """Yield the rows of a file made ready, in chunks, after its first lines.

    :raises UnusableSource: when the file cannot be read at all.
    """
    rows = file_format.read_listings(path, source=source, skip_lines=skip_lines)
    yield from prepare_rows(rows, heel_units=heel_units, chunk_size=chunk_size)


def prepare_row(row: ReadRow[ListingRecord], heel_units: Mapping[str, str]) -> IncomingRow:
    """Return a row with its columns, hashes and the kind of shoe it is."""
    record = row.record
    if record is None:
        return IncomingRow(row.line, None, (), row.problems, row.warnings, row.raw)
    use_category, gender, age_group = _classify(record)
    warnings = row.warnings
    if record.raw_attributes:
        warnings += read_fields(
            record.raw_attributes,
            use_category=use_category,
            gender=gender,
            default_heel_unit=heel_units.get(record.source, ""),
        ).problems
    derived = (use_category.value, gender.value, age_group.value)
    raw_attributes = dump_json(record.raw_attributes) if record.raw_attributes else "{}"
    content_hash = _hash_content(record, derived)
    columns = ListingColumns(
        record.source,
        record.external_id,
        record.alias,
        record.title,
        record.description,
        record.language,
        record.brand,
        record.category,
        *derived,
        record.price_minor,
        record.currency,
        record.url,
        record.image_url,
        record.availability or _AVAILABILITY_UNKNOWN,
        raw_attributes,
        record.successor,
        record.replaces,
        record.is_recalled,
        _hash_record(record, content_hash, raw_attributes),
        content_hash,
    )
    sizes = tuple([_size_columns(size) for size in record.sizes])
    demand = DemandColumns(record.sales, record.views)
    votes = _vote_columns(record)
    return IncomingRow(
        row.line, columns, sizes, (), warnings, row.raw, votes, demand, record.keeps_sizes
    )


def _size_columns(size: SizeRecord) -> SizeColumns:
    return SizeColumns(
        size.label,
        size.system,
        size.width,
        size.stock,
        size.internal_length_um,
        size.ball_width_um,
    )


def _vote_columns(record: ListingRecord) -> tuple[VoteColumns, ...]:
    said = (
        (VoteKind.VOTES, record.fit_votes),
        (VoteKind.RETURNS, record.return_reasons),
        (VoteKind.ARCH, record.arch_votes),
        (VoteKind.WIDTH, record.width_votes),
    )
    return tuple([VoteColumns(kind.value, *counts) for kind, counts in said if counts])


def _classify(record: ListingRecord) -> tuple[UseCategory, Gender, AgeGroup]:
    gender = read_gender(record.gender)
    if gender is Gender.UNKNOWN:
        gender = read_gender(record.category)
    if gender is Gender.UNKNOWN:
        gender = read_gender(record.title)
    age_group = read_age_group(
        age_group=record.age_group,
        gender=record.gender,
        category=record.category,
        title=record.title,
    )
    if age_group is AgeGroup.KIDS:
        return UseCategory.KIDS, gender, age_group
    return classify_category(record.category, record.title), gender, age_group


def _hash_content(record: ListingRecord, derived: tuple[str, str, str]) -> str:
    """Return the hash of what facts are read from."""
    readable = readable_fields(record.raw_attributes)
    widths = sorted({size.width for size in record.sizes if size.width})
    return _digest(
        record.title,
        record.description,
        record.language,
        *derived,
        dump_json([readable, widths]) if readable or widths else "",
    )


def _hash_record(record: ListingRecord, content_hash: str, raw_attributes: str) -> str:
    """Return the hash of all the host said, and of what was made of it."""
    return _digest(
        content_hash,
        record.brand,
        record.category,
        str(record.price_minor),
        record.currency,
        record.url,
        record.image_url,
        record.availability,
        raw_attributes,
        *[_size_text(size) for size in record.sizes],
        *[repr(tuple(votes)) for votes in _vote_columns(record)],
        *_fate(record),
    )


def _fate(record: ListingRecord) -> list[str]:
    """Return what became of the model; nothing for most, whose hash so stays what it was."""
    said = (record.successor, record.replaces, "recalled" if record.is_recalled else "")
    fate = ["|".join(said)] if any(said) else []
    return [*fate, f"alias {record.alias}"] if record.alias else fate


def _size_text(size: SizeRecord) -> str:
    text = f"{size.label}|{size.system}|{size.width}|{size.stock}"
    if size.internal_length_um or size.ball_width_um:
        return f"{text}|{size.internal_length_um}|{size.ball_width_um}"
    return text


def _digest(*parts: str) -> str:
    # The separator stands in no text: cleaning takes control characters out.
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
