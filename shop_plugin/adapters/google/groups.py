"""Items of one shoe brought together, wherever they stand in a feed, in bounded memory.

A feed may be sorted by size, so that a shoe's items lie a hundred thousand
lines apart. All items go through a table on the disk, which SQLite makes in
the temporary folder and which is gone with the connection.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from shop_plugin.adapters.google.items import MOST_ITEMS, Item, read_group
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ListingRecord, ReadRow, RowProblem

_AT_ONCE = 500
_SETUP = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -4096",
    # A line that cannot be decoded may end inside a row that breaks off there: two of one place.
    "CREATE TABLE item (number INTEGER PRIMARY KEY, place INTEGER, shoe TEXT, body TEXT NOT NULL)",
)
_INDEX = (
    "CREATE INDEX by_shoe ON item (shoe, number) WHERE shoe IS NOT NULL",
    "CREATE TABLE shoe (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO shoe SELECT shoe, MAX(number) FROM item WHERE shoe IS NOT NULL GROUP BY shoe",
)
_LAST_ITEMS = (
    "SELECT item.place, item.shoe, item.body FROM item LEFT JOIN shoe ON shoe.name = item.shoe "
    "WHERE item.place > ? AND (item.shoe IS NULL OR item.number = shoe.last) ORDER BY item.number"
)
_OF_SHOE = "SELECT place, body FROM item WHERE shoe = ? ORDER BY number LIMIT ?"


def read_shoes(
    found: Iterable[Item | ReadRow[Any]], *, source: str, skip: int = 0
) -> Iterator[ReadRow[ListingRecord]]:
    """Yield a row per shoe at the place of its last item, and every refused row at its own.

    Only places after ``skip`` are yielded; a shoe whose last item stands
    behind is whole all the same. Places never fall.

    :raises UnusableSource: where the temporary folder has no room for the items.
    """
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as table:
            for statement in _SETUP:
                table.execute(statement)
            _write(table, found)
            for statement in _INDEX:
                table.execute(statement)
            for place, shoe, body in table.execute(_LAST_ITEMS, (skip,)):
                yield _read(table, place, shoe, body, source)
    except sqlite3.OperationalError as error:
        raise UnusableSource(
            f"the items of the feed cannot be put together in the temporary folder ({error}); it "
            "needs as much room as the file, and TMPDIR can name another"
        ) from error


def _write(table: sqlite3.Connection, found: Iterable[Item | ReadRow[Any]]) -> None:
    remaining = (_pack(item) for item in found)
    while rows := list(islice(remaining, _AT_ONCE)):
        table.execute("BEGIN")
        table.executemany("INSERT INTO item (place, shoe, body) VALUES (?, ?, ?)", rows)
        table.execute("COMMIT")


def _read(
    table: sqlite3.Connection, place: int, shoe: str | None, body: str, source: str
) -> ReadRow[ListingRecord]:
    if shoe is not None:
        stored = table.execute(_OF_SHOE, (shoe, MOST_ITEMS)).fetchall()
        items = [_unpack(number, text) for number, text in stored]
        return read_group([item for item in items if item], source=source, place=place)
    item = _unpack(place, body)
    return read_group([item], source=source, place=place) if item else _unpack_row(place, body)


def _pack(found: Item | ReadRow[Any]) -> tuple[int, str | None, str]:
    if isinstance(found, Item):
        body = json.dumps([found.fields, found.cut], separators=(",", ":"))
        return found.place, found.group or None, body
    problems = [[item.field, item.code, item.reason] for item in found.problems]
    return found.line, None, json.dumps({"problems": problems, "raw": found.raw})


def _unpack(place: int, body: str) -> Item | None:
    stored = json.loads(body)
    return Item(place, *stored) if isinstance(stored, list) else None


def _unpack_row(place: int, body: str) -> ReadRow[Any]:
    stored = json.loads(body)
    problems = tuple(RowProblem(*problem) for problem in stored["problems"])
    return ReadRow(place, None, problems, raw=stored["raw"])
