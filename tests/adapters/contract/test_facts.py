"""Every form in which facts leave: only facts, only known ones, never what people suffer from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes, Options, SourceKind, Span
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.ports import (
    FactsFormat,
)
from tests.adapters.adapter_cards import classes_for
from tests.adapters.contract.finding import SOURCE, claiming, name_of

FACTS = [
    pytest.param(item, id=f"{name_of(module)}-{item.__name__}")
    for module in claiming(Capability.FACTS_TO_FILES)
    for item in classes_for(module, FactsFormat)
]
each_facts = pytest.mark.parametrize("item", FACTS)
#: What must never leave: neither what people suffer from nor how well a shoe matches.
FORBIDDEN = {"score", "verdict", "grade", "match", "condition"} | {
    word
    for key in load_guide().profiles
    if key not in ("general", "high_arch")
    for word in (key, key.replace("_", " "))
}


def known_facts() -> FootwearAttributes:
    values: dict[str, Any] = {
        key: Span.exactly((attribute.minimum + attribute.maximum) // 2)
        if attribute.is_span
        else Options(frozenset({attribute.options[-1]}))
        for key, attribute in ATTRIBUTES.items()
    }
    return FootwearAttributes(**values)


def listed(number: int, attributes: FootwearAttributes, title: str = "") -> ListedFacts:
    believed = {key: SourceKind.STAFF for key in ATTRIBUTES if attributes.get(key) is not None}
    return ListedFacts(
        source=SOURCE,
        external_id=f"shoe-{number}",
        alias=f"{7_000_000_000 + number}",
        title=title or f"Marlow Walker {number}",
        size_labels=("38", "39"),
        attributes=attributes,
        believed_from=believed,
    )


def write_facts(item: Callable[[], Any], rows: list[ListedFacts]) -> bytes:
    pieces = list(item().write(rows))
    assert all(isinstance(piece, bytes) for piece in pieces)
    return b"".join(pieces)


@each_facts
def test_it_writes_what_is_known_and_leaves_out_what_is_not(item: Callable[[], Any]) -> None:
    rows = [listed(1, known_facts()), listed(2, FootwearAttributes())]
    text = write_facts(item, rows).decode()
    assert "shoe-1" in text or "7000000001" in text
    assert text == write_facts(item, rows).decode()
    empty = write_facts(item, [listed(2, FootwearAttributes())]).decode()
    for word in ("None", "null", "unknown", "Span(", "Options("):
        assert word not in text
        assert word not in empty
    assert "." not in item().suffix
    assert item().suffix


@each_facts
def test_it_gives_away_no_score_and_no_condition(item: Callable[[], Any]) -> None:
    text = write_facts(item, [listed(1, known_facts())]).decode().lower()
    assert [word for word in sorted(FORBIDDEN) if word in text] == []


@each_facts
def test_it_writes_a_valid_file_for_no_listing_and_for_awkward_titles(
    item: Callable[[], Any],
) -> None:
    write_facts(item, []).decode()
    titles = (
        "=1+1",
        '"quoted", with comma',
        "two\nlines\ttab",
        "<b>&amp;</b>",
        "Größe ½ 靴",
        "x" * 500,
    )
    rows = [listed(number, known_facts(), title) for number, title in enumerate(titles)]
    text = write_facts(item, rows).decode()
    assert "\x00" not in text
    assert not any(cell.startswith(("=1", ",=1", "\t=1")) for cell in text.splitlines())


@each_facts
def test_it_begins_to_write_before_the_last_row_is_known(item: Callable[[], Any]) -> None:
    taken = 0

    def endless() -> Iterator[ListedFacts]:
        nonlocal taken
        facts = known_facts()
        while True:
            taken += 1
            yield listed(taken, facts)

    pieces = item().write(endless())
    written = 0
    while written < 200_000:
        written += len(next(pieces))
    assert taken < 20_000
