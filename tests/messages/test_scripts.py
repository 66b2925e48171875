"""Scripts say nothing of their own: what they show comes from the page, in its language."""

from __future__ import annotations

import re

import pytest

from messages.catalogues import PACKAGES, PROJECT_DIR

SCRIPTS = sorted(path for package in PACKAGES for path in (PROJECT_DIR / package).rglob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\w])//[^\n]*", re.S)
LITERAL = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`')
SHOWN = re.compile(r"\.(?:textContent|innerText|title|placeholder|ariaLabel)\s*=\s*([\"'`])(?!\1)")
SENTENCE = re.compile(r"[A-Z][a-z]+ [a-z]+|[a-z]+ [a-z]+ [a-z]+[.!?]")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_it_holds_no_sentence(path):
    code = COMMENT.sub("", path.read_text(encoding="utf-8"))
    literals = ["".join(found) for found in LITERAL.findall(code)]
    assert literals
    assert [text for text in literals if SENTENCE.search(text)] == []
    assert SHOWN.search(code) is None


def test_it_looks_at_every_script():
    assert {"footback.js", "finder.js", "compare.js"} <= {path.name for path in SCRIPTS}
