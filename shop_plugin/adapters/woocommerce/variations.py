"""The variations of a product export, kept aside on disk until their product is read.

A variation names its product and may stand anywhere: far behind it, or before
it. So a table is gone through twice: first its variations are put into a
database of their own that lives in a file without a name and goes with the
reader, then each product takes what is its own. Memory does not grow with
the table; the disk holds about a hundred bytes for each variation.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple

#: More variations than WooCommerce lets anybody handle in one product.
MOST_VARIATIONS = 10_000
_ROWS_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE product (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE variation (number INTEGER PRIMARY KEY, product TEXT, told TEXT);
"""


class Variation(NamedTuple):
    """What a row says of one size.

    ``attributes`` are names and values in pairs. ``stock`` is in pairs,
    ``None`` where nobody counts; ``state`` is "in_stock", "out_of_stock" or
    "backorder", or empty.
    """

    attributes: tuple[tuple[str, str], ...] = ()
    price: str = ""
    stock: int | None = None
    state: str = ""
    sku: str = ""
    gtin: str = ""


class VariationStore:
    """Variations by the name of their product, on disk. A context: at its end all is gone."""

    def __init__(self) -> None:
        # A database without a name is a file that is removed at once, with a small cache.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._waiting: list[tuple[str, str]] = []

    def __enter__(self) -> VariationStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def add_product(self, names: Iterable[str]) -> None:
        """Note under which names variations may call a product."""
        rows = [(name,) for name in names if name]
        self._connection.executemany("INSERT OR IGNORE INTO product VALUES (?)", rows)

    def add_variation(self, product: str, variation: Variation) -> None:
        """Put one aside under the name that it calls its product by."""
        self._waiting.append((product, json.dumps(variation, ensure_ascii=True)))
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self._flush()

    def close_writing(self) -> None:
        """Make what was put aside findable; nothing is added afterwards."""
        self._flush()
        self._connection.execute("CREATE INDEX variation_product ON variation (product)")

    def knows(self, product: str) -> bool:
        """Tell whether a product with this name stands in the table."""
        found = self._connection.execute("SELECT 1 FROM product WHERE name = ?", (product,))
        return found.fetchone() is not None

    def take(self, name: str, other_name: str) -> Iterator[Variation]:
        """Yield the variations that call their product by either name, in their order."""
        found = self._connection.execute(
            "SELECT told FROM variation WHERE product IN (?, ?) ORDER BY number LIMIT ?",
            (name, other_name or name, MOST_VARIATIONS),
        )
        for (told,) in found:
            attributes, *rest = json.loads(told)
            yield Variation(tuple((name, value) for name, value in attributes), *rest)

    def _flush(self) -> None:
        self._connection.executemany(
            "INSERT INTO variation (product, told) VALUES (?, ?)", self._waiting
        )
        self._waiting.clear()
