"""An invented catalogue as arrays, twenty questions about it, and the answers by brute force."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.bands import price_range
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import FACETS_BY_KEY, PriceRange

Array = NDArray[Any]
PAGE = 24
BRANDS, CATEGORIES, SIZES, SIZES_PER_SHOE = 600, 40, 30, 12
SETS_OF_FACTS = 5_000
WORDS = 20_000
SIZE_VALUES = [f"eu:{number}" for number in range(20, 20 + SIZES)]
# The facets that every engine counts; "size" besides, of which a shoe has about twelve.
SINGLE = ("grade", "arch", "cushioning", "heel", "category", "brand", "gender", "price")
_SHARES = {
    "grade": [8, 17, 25, 20, 12, 10, 4, 4],
    "arch": [15, 20, 20, 10, 5, 30],
    "cushioning": [10, 25, 25, 5, 5, 30],
    "heel": [40, 25, 15, 8, 4, 8],
    "gender": [50, 35, 10, 5],
}
# More kinds of shoe than there are, as large shops have them; the API knows the first ones only.
_KINDS = [kind.value for kind in UseCategory]
_KINDS += [f"kind {number}" for number in range(CATEGORIES - len(_KINDS))]


@dataclass
class Rows:
    """The catalogue: row ``i`` is the listing with id ``i + 1``."""

    values: dict[str, list[str]]
    codes: dict[str, Array]
    sizes: Array  # one row of truth values per size
    price_minor: Array
    order: Array
    facts: Array
    words: Array  # three per listing
    random: np.random.Generator = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.order)


def make_rows(count: int, seed: int = 1) -> Rows:
    """Make a catalogue: brands by Zipf, log-normal prices, about twelve sizes of thirty."""
    random = np.random.default_rng(seed)
    codes, values = {}, {}
    for key, shares in _SHARES.items():
        codes[key] = _draw(random, np.array(shares), count)
        values[key] = list(FACETS_BY_KEY[key].values)
    codes["brand"] = _draw(random, 1 / np.arange(1, BRANDS + 1), count)
    values["brand"] = [f"Brand {number:03}" for number in range(BRANDS)]
    codes["category"] = _draw(random, 1 / np.arange(1, CATEGORIES + 1) ** 0.5, count)
    values["category"] = _KINDS
    price = np.clip(random.lognormal(9.2, 0.5, count), 500, 200_000).astype(np.int64)
    edges = sorted({price_range(unit)[0] for unit in range(5, 2001)})
    bands = [str(PriceRange("EUR", *price_range(edge))) for edge in edges]
    values["price"] = bands
    codes["price"] = (np.searchsorted(edges, price // 100, side="right") - 1).astype(np.uint16)
    low = np.clip(random.normal(5500, 1800, count), 0, 10_000).astype(np.int32)
    high = np.minimum(low + random.integers(0, 2000, count), 10_000).astype(np.int32)
    return Rows(
        values,
        codes,
        random.random((SIZES, count)) < SIZES_PER_SHOE / SIZES,
        price,
        (-20_000 * low - high).astype(np.int32),
        random.integers(0, SETS_OF_FACTS, count).astype(np.uint16),
        random.integers(0, WORDS, (3, count)),
        random,
    )


def change_row(rows: Rows, row: int) -> None:
    """Give a listing other values, a price, sizes and a match."""
    for key in SINGLE:
        rows.codes[key][row] = rows.random.integers(len(rows.values[key]))
    low, high = price_range_of(rows.values["price"][rows.codes["price"][row]])
    rows.price_minor[row] = rows.random.integers(low * 100, high * 100)
    rows.sizes[:, row] = rows.random.random(SIZES) < SIZES_PER_SHOE / SIZES
    rows.order[row] = -20_000 * rows.random.integers(0, 10_001) - 10_000


def price_range_of(value: str) -> tuple[int, int]:
    found = PriceRange.find(value)
    assert found is not None
    return found.low, found.high or found.low + 1000


def make_questions(rows: Rows, count: int = 20, seed: int = 2) -> list[SearchCriteria]:
    """Return questions with none to five filters, of one to three values each."""
    random = np.random.default_rng(seed)
    questions = []
    for number in range(count):
        keys = random.choice([*SINGLE, "size"], size=number % 6, replace=False)
        chosen = {}
        for key in keys:
            size = int(random.integers(1, 4))
            if key == "size":
                own = random.choice(SIZE_VALUES, size=size, replace=False)
            else:
                drawn = random.integers(0, rows.count, size * 4)
                own = np.unique(np.array(rows.values[key])[rows.codes[key][drawn]])[:size]
            chosen[str(key)] = tuple(sorted(str(value) for value in own))
        questions.append(SearchCriteria(chosen=MappingProxyType(chosen)))
    return questions


@dataclass(frozen=True)
class Answer:
    total: int
    ids: tuple[int, ...]
    counts: dict[str, dict[str, int]]


class Timed(NamedTuple):
    """An answer and the seconds that each round of asking took."""

    answer: Answer
    took: list[float]


def answer(rows: Rows, criteria: SearchCriteria) -> Answer:
    """Answer by looking at every row."""
    passes = {key: _passes(rows, key, values) for key, values in criteria.chosen.items()}
    everything = np.ones(rows.count, dtype=bool)

    def met(without: str = "") -> Array:
        found = everything
        for key, mask in passes.items():
            if key != without:
                found = found & mask
        return found

    found = np.flatnonzero(met())
    order = np.lexsort((found, rows.order[found]))[:PAGE]
    counts: dict[str, dict[str, int]] = {}
    for key in SINGLE:
        numbers = np.bincount(rows.codes[key][met(key)], minlength=len(rows.values[key]))
        counts[key] = _named(rows.values[key], numbers)
    mask = met("size")
    counts["size"] = _named(SIZE_VALUES, [int((own & mask).sum()) for own in rows.sizes])
    return Answer(len(found), tuple((found[order] + 1).tolist()), counts)


def _passes(rows: Rows, key: str, values: tuple[str, ...]) -> Array:
    if key == "size":
        return np.any(rows.sizes[[SIZE_VALUES.index(value) for value in values]], axis=0)
    return np.isin(rows.codes[key], [rows.values[key].index(value) for value in values])


def _named(values: list[str], numbers: Any) -> dict[str, int]:
    return {value: int(number) for value, number in zip(values, numbers, strict=True) if number}


def _draw(random: np.random.Generator, shares: Array, count: int) -> Array:
    return random.choice(len(shares), size=count, p=shares / shares.sum()).astype(np.uint16)
