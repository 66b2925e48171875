"""It folds words of listings and of searches alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.terms import MAX_TERM, find_terms, fold, read_word, write_terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Wälker", "walker"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Çréme", "creme")],
)
def test_forgets_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_counts_what_a_hyphen_joins_in_parts_and_as_one() -> None:
    assert find_terms("Slip-on, women's 8.5") == {
        "slip", "on", "slipon", "women", "s", "womens", "8", "5",
    }  # fmt: skip


def test_writes_terms_so_that_a_space_begins_and_ends_each() -> None:
    assert write_terms("b a", "a", "") == " a b "


def test_reads_a_joined_word_both_ways() -> None:
    assert read_word("slip-on") == (("slip", "on"), ("slipon",))
    assert read_word("slipon") == (("slipon",),)
    assert read_word("8.5") == (("8", "5"),)
    assert read_word("%_") == ()


@given(st.text(max_size=80))
def test_finds_every_word_of_a_text_in_it(text: str) -> None:
    terms = find_terms(text)
    for word in text.split():
        sets = read_word(word)
        assert not sets or any(all(term in terms for term in own) for own in sets)
    assert all(term and len(term) <= MAX_TERM and " " not in term for term in terms)
