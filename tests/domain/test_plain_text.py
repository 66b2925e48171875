"""Cleaning one line of foreign text: clean_line ..."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.plain_text import clean_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Marlow\r\nBcc: victim@example.org", "Marlow Bcc: victim@example.org"),
        ("  a\t\tb\u2028c ", "a b c"),
        ("gnp.\u202eexe\u202c", "gnp.exe"),
        ("ze\u200bro\ufeff", "zero"),
        ("cafe\u0301", "café"),
        ("nul\x00l", "null"),
        ("", ""),
    ],
)
def test_makes_one_visible_line(text, line):
    assert clean_line(text) == line


def test_cuts_a_long_text_with_an_ellipsis():
    assert clean_line("x" * 200, limit=10) == "x" * 9 + "…"


def test_looks_only_at_the_part_that_can_be_shown():
    started = time.perf_counter()
    assert len(clean_line("a\u202e" * 4_000_000)) == 120
    assert time.perf_counter() - started < 0.5


@given(st.text())
def test_changes_nothing_the_second_time(text):
    once = clean_line(text)
    assert clean_line(once) == once
    assert len(once) <= 120
