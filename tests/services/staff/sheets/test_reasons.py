"""Every reason for which a file is refused has words, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

import shop_plugin
from shop_plugin.domain.sheets import OddCell, Oddity
from shop_plugin.services.staff.sheets.reasons import say_odd_cell, say_unusable

FACTS = {"limit": 7, "part": "x", "tried": "utf-8", "guess": "cp1252", "column": "x", "found": "x"}
RAISED = re.compile(r"SheetUnusable\(\s*\"(\w+)\"")


def codes() -> set[str]:
    sources = Path(shop_plugin.__file__).parent.rglob("*.py")
    return {code for path in sources for code in RAISED.findall(path.read_text())}


def test_has_words_for_every_code_that_is_raised():
    assert len(codes()) > 20
    for code in codes():
        assert "%" not in say_unusable(code, facts=FACTS)


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_says_them_in_the_readers_language(language):
    for code in codes():
        english = say_unusable(code, line=3, facts=FACTS)
        with override(language):
            assert say_unusable(code, line=3, facts=FACTS) != english


@pytest.mark.parametrize("oddity", list(Oddity))
def test_has_words_for_every_odd_cell(oddity):
    assert say_odd_cell(OddCell(oddity, "x"))
