"""Cells that a spreadsheet would run are neutralised, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.domain.sheets import bare_cell, guard_cell, writable

RISKY = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "|x",
    "＝1",
    "＋1",
    "－1",
]
RISKY += ["＠x", "｜x", "−1", " =1", "\u00a0=1", "\u200b=1", "\u202e=1", "\u3000@x", "'=1", "''=1"]


@pytest.mark.proof("S07")
@pytest.mark.parametrize("text", RISKY)
def test_puts_an_apostrophe_before_what_would_run_s07(text):
    """S07: formulas, commands, tabs, line ends and full-width forms are all neutralised."""
    assert guard_cell(text) == f"'{text}"
    assert bare_cell(guard_cell(text)) == text


@pytest.mark.parametrize("text", ["", "Walker", "'quoted'", "a=b", "1-2", "mail@example.org", "'"])
def test_leaves_what_would_not_run_alone(text):
    assert guard_cell(text) == text
    assert bare_cell(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@|\t\r\n ＝−\u200b1a"), max_size=8) | st.text())
def test_gives_any_text_back(text):
    assert bare_cell(guard_cell(text)) == text


def test_leaves_out_what_no_workbook_can_hold():
    assert writable("a\x00b\x1fc\ud800d\ufffe\te") == "abcd\te"
