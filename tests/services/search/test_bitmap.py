"""It keeps documents exact through changes, compacting, packing and both ways to count."""

from __future__ import annotations

import random
from collections import Counter
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.services.search.bitmap import BitmapIndex, counting
from shop_plugin.services.search.bitmap.columns import NumberColumn, array_of
from shop_plugin.services.search.bitmap.comparing import Difference, compare_stores
from shop_plugin.services.search.bitmap.documents import VALUE_FACETS, Document
from shop_plugin.services.search.bitmap.packing import DamagedSnapshot, pack_store, unpack_store
from shop_plugin.services.search.bitmap.store import Store
from shop_plugin.services.search.criteria import SearchCriteria, Sort
from shop_plugin.services.search.ranges import AmountRange, HeelRange

CONDITIONS = ("general", "bunions", "flat_feet")
GRADE, BRAND = VALUE_FACETS.index("grade"), VALUE_FACETS.index("brand")


def document(listing_id: int, dice: random.Random) -> Document:
    values = [dice.choice("ABCDE") for _ in VALUE_FACETS]
    values[BRAND] = f"Brand {int(dice.paretovariate(0.7)) % 300}"
    heel = dice.randrange(-1, 90_000)
    low = dice.randrange(10_000)
    facts = f"facts {low % 40}"
    return Document(
        listing_id=listing_id,
        values=tuple(values),
        currency=dice.choice(["EUR", "EUR", "JPY", ""]),
        price_minor=dice.choice([-1, dice.randrange(100, 20_000)]),
        created_us=dice.randrange(50),
        match_order=dice.choice([2, 1, -20_000 * (low // 100) - low]),
        heel_low_um=heel,
        heel_high_um=heel,
        facts=facts,
        ends=dict.fromkeys(CONDITIONS, (low % 40 * 100, 9000, 900)) if low % 40 else {},
        pairs=frozenset({(f"eu:{dice.randrange(36, 44)}", dice.choice(["regular", "wide"]))}),
        terms=(dice.choice(["walker", "runner", "w"]),),
    )


def catalogue(count: int = 3000, changes: int = 400) -> tuple[Store, dict[int, Document]]:
    """Return a compacted store with changes on top, and what it must hold."""
    dice = random.Random(7)
    law = {key: document(key, dice) for key in range(1, count + 1)}
    store = Store(CONDITIONS)
    store.put_all(law.values())
    store = store.compacted()
    for _ in range(changes):
        key = dice.randrange(1, count + 100)
        if dice.random() < 0.2:
            store.remove(key)
            law.pop(key, None)
        else:
            law[key] = document(key, dice)
            store.put(law[key])
    # Sets of facts share their matches, those given last.
    return store, law


STORE, LAW = catalogue()
STORES = {"changed": STORE, "compacted": STORE.compacted()}
STORES["packed"] = unpack_store(pack_store(STORES["compacted"]))
every_store = pytest.mark.parametrize("name", STORES)
KEYS = {
    Sort.MATCH: lambda item: (item.match_order, item.listing_id),
    Sort.NEWEST: lambda item: (-item.created_us, -item.listing_id),
}


@every_store
@pytest.mark.parametrize("sort", KEYS)
def test_orders_every_page(name: str, sort: Sort) -> None:
    index = BitmapIndex(STORES[name])
    criteria = SearchCriteria(chosen=MappingProxyType({"grade": ("A", "C")}), sort=sort)
    met = [item for item in LAW.values() if item.values[GRADE] in "AC"]
    expected = [item.listing_id for item in sorted(met, key=KEYS[sort])]
    for offset in (0, 24, 500, len(expected) - 30, len(expected)):
        found = index.find_ids(criteria, limit=24, offset=offset)
        assert found.total == len(expected)
        assert list(found.listing_ids) == expected[offset : offset + 24]


@every_store
@pytest.mark.parametrize("brands", [(), ("Brand 1",), ("Brand 250", "Brand 1", "Nobody")])
@pytest.mark.parametrize("looked_up", [None, True, False])
def test_counts_alike_in_both_ways(
    name: str, brands: tuple[str, ...], looked_up: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if looked_up is not None:
        monkeypatch.setattr(counting, "_is_looked_up", lambda *_: looked_up)
    chosen = {"grade": ("B",), **({"brand": brands} if brands else {})}
    criteria = SearchCriteria(chosen=MappingProxyType(chosen))
    counts = BitmapIndex(STORES[name]).find(criteria, page_size=1).counts

    def law(place: int, without: str) -> Counter[str]:
        return Counter(
            item.values[place]
            for item in LAW.values()
            if (without == "grade" or item.values[GRADE] == "B")
            and (without == "brand" or not brands or item.values[BRAND] in brands)
        )

    for place, key in enumerate(VALUE_FACETS):
        assert counts[key] == law(place, key)


@every_store
def test_finds_ranges_by_their_exact_ends(name: str) -> None:
    index = BitmapIndex(STORES[name])
    for low, high in ((0, 20_000), (30_000, 30_001), (45_123, 80_000), (80_000, 10)):
        found = index.count(SearchCriteria(heel=HeelRange(low, high)))
        assert found == sum(
            low - 500 <= item.heel_low_um <= high + 500
            for item in LAW.values()
            if item.heel_low_um >= 0
        )
    for wanted in (AmountRange("EUR", 10_000, 100_000), AmountRange("", None, 50_000)):
        expected = 0
        for item in LAW.values():
            low_minor, high_minor = wanted.ends_in(item.currency)
            expected += (
                item.price_minor >= max(low_minor or 0, 0)
                and (high_minor is None or item.price_minor <= high_minor)
                and bool(item.currency)
                and wanted.currency in ("", item.currency)
            )
        assert index.count(SearchCriteria(amount=wanted)) == expected


def test_holds_the_same_however_it_came_to_be() -> None:
    for name in ("compacted", "packed"):
        found = compare_stores(STORE, STORES[name])
        assert found == Difference((), (), ())
    assert STORES["compacted"].appended == 0
    assert not STORES["compacted"].dead


def test_names_the_listing_that_differs() -> None:
    other = unpack_store(pack_store(STORES["compacted"]))
    changed, gone = sorted(LAW)[:2]
    other.put(LAW[changed]._replace(pairs=frozenset({("eu:50", "wide")})))
    other.remove(gone)
    found = compare_stores(STORE, other)
    assert (found.differing, found.only_first, found.only_second) == ((changed,), (gone,), ())


def test_packs_nothing_that_is_dead_or_out_of_order() -> None:
    with pytest.raises(ValueError, match="compacted"):
        pack_store(STORE)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda body: b"", "no snapshot"),
        (lambda body: body[:-1], "digest"),
        (lambda body: body[:100] + b"x" + body[101:], "digest"),
    ],
)
def test_refuses_bytes_that_are_not_what_was_packed(damage, said: str) -> None:
    with pytest.raises(DamagedSnapshot, match=said):
        unpack_store(damage(pack_store(STORES["compacted"])))


@settings(deadline=None)
@given(
    numbers=st.lists(st.integers(-1, 1000), max_size=600),
    more=st.lists(st.integers(-1, 2000), max_size=20),
    low=st.integers(-5, 1100),
    high=st.integers(-5, 2100),
)
def test_finds_numbers_between_any_two(
    numbers: list[int], more: list[int], low: int, high: int
) -> None:
    column = NumberColumn(np.array(numbers, dtype=np.int64))
    for place, number in enumerate(more, len(numbers)):
        column.append(place, number)
    expected = [
        place
        for place, number in enumerate((*numbers, *more))
        if number >= 0 and low <= number <= high
    ]
    assert array_of(column.between(low, high)).tolist() == expected


def test_orders_by_the_worst_of_several_conditions_as_far_as_one_reads() -> None:
    index = BitmapIndex(STORE)
    ranks = {facts: item.ends for item in LAW.values() for facts in [item.facts]}
    known = [item for item in LAW.values() if ranks[item.facts]]
    best = sorted(known, key=lambda item: (-ranks[item.facts]["bunions"][0], item.listing_id))
    rest = sorted(item.listing_id for item in LAW.values() if not ranks[item.facts])
    expected = [item.listing_id for item in best] + rest
    for offset in (0, 40, 1500, len(expected) - 10):
        found = index.find_ids(
            SearchCriteria(), conditions=("bunions", "flat_feet"), limit=24, offset=offset
        )
        assert list(found.listing_ids) == expected[offset : offset + 24]
