"""A store as bytes and back: one header, then arrays and bitmaps one after the other.

The header is JSON and names every section with its length; a digest over all
of it stands at the end. Numbers are little-endian, bitmaps in the portable
form of roaring. A store is packed compacted, so that nothing dead is kept.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from pyroaring import BitMap

from shop_plugin.services.search.bitmap.columns import (
    Array,
    Column,
    NumberColumn,
    PairColumn,
    ValueColumn,
)
from shop_plugin.services.search.bitmap.documents import VALUE_FACETS
from shop_plugin.services.search.bitmap.facts import FactColumn
from shop_plugin.services.search.bitmap.store import Store
from shop_plugin.services.search.bitmap.terms import TermColumn

FORMAT = 2
_MAGIC = b"footback search\n"
_DIGEST_BYTES = 16
_NUMBER_COLUMNS = ("prices", "heel_lows", "heel_highs")


class DamagedSnapshot(ValueError):
    """The bytes are not what was packed, or of a format that this version does not read."""


def pack_store(store: Store) -> bytes:
    """Return a compacted store as bytes.

    :raises ValueError: for a store with documents that are appended or dead.
    """
    if store.appended or store.dead or sys.byteorder != "little":
        raise ValueError("only a compacted store is packed, on a little-endian machine")
    writer = _Writer()
    writer.meta["conditions"] = list(store.facts.conditions)
    for name in ("listing_ids", "match_orders", "created_us"):
        writer.add_array(name, getattr(store, name).values)
    for key in VALUE_FACETS:
        writer.add_values(key, store.values[key])
    writer.add_values("currencies", store.currencies)
    writer.add_values("facts", store.facts.column)
    writer.add_array("facts.table", store.facts.table)
    for name in _NUMBER_COLUMNS:
        column: NumberColumn = getattr(store, name)
        writer.add_array(name, column.numbers.values)
        writer.add_array(f"{name}.edges", column.edges)
        writer.add_bitmaps(name, column.bitmaps)
    writer.meta["pairs"] = [list(pair) for pair in store.pairs.pairs]
    writer.add_bitmaps("pairs", store.pairs.pairs.values())
    writer.meta["terms"] = list(store.terms.bitmaps)
    writer.add_bitmaps("terms", store.terms.bitmaps.values())
    return writer.finish()


def unpack_store(body: bytes) -> Store:
    """Return the store that :func:`pack_store` packed.

    :raises DamagedSnapshot: for any other bytes.
    """
    reader = _Reader(body)
    store = Store(reader.meta["conditions"])
    for name in ("listing_ids", "match_orders", "created_us"):
        setattr(store, name, Column(reader.array(name)))
    store.values = {key: reader.values(key) for key in VALUE_FACETS}
    store.currencies = reader.values("currencies")
    # The table is written in place when matches change; the others only grow.
    table = reader.array("facts.table").copy()
    store.facts = FactColumn(reader.meta["conditions"], reader.values("facts"), table)
    for name in _NUMBER_COLUMNS:
        edges, bitmaps = reader.array(f"{name}.edges"), reader.bitmaps(name)
        setattr(store, name, NumberColumn(reader.array(name), edges, bitmaps))
    pairs = [(size, width) for size, width in reader.meta["pairs"]]
    store.pairs = PairColumn.from_pairs(dict(zip(pairs, reader.bitmaps("pairs"), strict=True)))
    store.terms = TermColumn(dict(zip(reader.meta["terms"], reader.bitmaps("terms"), strict=True)))
    store.settle()
    return store


class _Writer:
    def __init__(self) -> None:
        self.meta: dict[str, Any] = {"format": FORMAT}
        self._sections: list[tuple[str, int, str]] = []
        self._bodies: list[bytes] = []

    def add_array(self, name: str, values: Array) -> None:
        self._add(name, values.tobytes(), f"{values.dtype.str}{list(values.shape)}")

    def add_bitmaps(self, name: str, bitmaps: Iterable[BitMap]) -> None:
        packed = [bitmap.serialize() for bitmap in bitmaps]
        lengths = np.array([len(item) for item in packed], dtype=np.uint32)
        self.add_array(f"{name}.lengths", lengths)
        self._add(f"{name}.bitmaps", b"".join(packed), "")

    def add_values(self, name: str, column: ValueColumn) -> None:
        self.meta[f"{name}.values"] = column.values
        self.add_array(f"{name}.codes", column.codes.values)
        self.add_bitmaps(name, column.bitmaps)

    def finish(self) -> bytes:
        self.meta["sections"] = self._sections
        header = json.dumps(self.meta, ensure_ascii=False).encode()
        body = b"".join((_MAGIC, len(header).to_bytes(8, "little"), header, *self._bodies))
        return body + hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()

    def _add(self, name: str, body: bytes, kind: str) -> None:
        self._sections.append((name, len(body), kind))
        self._bodies.append(body)


class _Reader:
    def __init__(self, body: bytes) -> None:
        view = memoryview(body)
        if bytes(view[: len(_MAGIC)]) != _MAGIC:
            raise DamagedSnapshot("this is no snapshot of a search index")
        digest = hashlib.blake2b(view[:-_DIGEST_BYTES], digest_size=_DIGEST_BYTES).digest()
        if digest != bytes(view[-_DIGEST_BYTES:]):
            raise DamagedSnapshot("the snapshot is not what was written: its digest differs")
        start = len(_MAGIC) + 8
        end = start + int.from_bytes(view[len(_MAGIC) : start], "little")
        self.meta: dict[str, Any] = json.loads(bytes(view[start:end]))
        if self.meta["format"] != FORMAT:
            raise DamagedSnapshot(f"format {self.meta['format']} is not the {FORMAT} read here")
        self._sections: dict[str, tuple[memoryview, str]] = {}
        for name, length, kind in self.meta["sections"]:
            self._sections[name] = view[end : end + length], kind
            end += length

    def array(self, name: str) -> Array:
        body, kind = self._sections[name]
        dtype, _bracket, shape = kind.partition("[")
        values = np.frombuffer(body, dtype=np.dtype(dtype))
        return values.reshape(json.loads(f"[{shape}"))

    def bitmaps(self, name: str) -> list[BitMap]:
        body, _kind = self._sections[f"{name}.bitmaps"]
        found, start = [], 0
        for length in self.array(f"{name}.lengths"):
            end = start + int(length)
            found.append(BitMap.deserialize(bytes(body[start:end])))
            start = end
        return found

    def values(self, name: str) -> ValueColumn:
        values: Sequence[str] = self.meta[f"{name}.values"]
        return ValueColumn(values, self.array(f"{name}.codes"), self.bitmaps(name))
