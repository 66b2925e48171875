from __future__ import annotations

import pytest

from shop_plugin.adapters.payloads import id_of, items_of, mapping_of, word_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        ("7", "7"),
        (0, ""),
        ("0", ""),
        ("000", ""),
        (-7, ""),
        (True, ""),
        (7.0, ""),
        ("7a", ""),
        ("²", ""),
        (10**20, ""),
        ("9" * 21, ""),
        (None, ""),
        ({"id": 7}, ""),
    ],
)
def test_it_takes_as_an_id_only_what_numbers_something(value: object, expected: str) -> None:
    assert id_of({"id": value}) == expected


def test_it_leaves_out_of_a_list_what_is_no_object() -> None:
    assert items_of({"lines": [{"a": 1}, None, 3, [{}], {}]}, "lines") == [{"a": 1}, {}]
    assert items_of({"lines": {"a": 1}}, "lines") == []
    assert items_of({}, "lines") == []


def test_it_takes_no_more_items_than_an_order_has() -> None:
    assert len(items_of({"lines": [{}] * 9_000}, "lines")) == 5_000


def test_it_gives_an_empty_object_where_there_is_none() -> None:
    assert mapping_of({"billing": {"email": "a@b.example"}}, "billing") == {"email": "a@b.example"}
    assert mapping_of({"billing": []}, "billing") == {}


@pytest.mark.parametrize(
    ("value", "word"), [("x", "x"), (1, "1"), (1.5, "1.5"), (True, ""), (None, ""), ([], "")]
)
def test_it_reads_texts_and_figures_and_nothing_else_as_words(value: object, word: str) -> None:
    assert word_of(value) == word
