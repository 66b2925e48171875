"""The code that the documentation shows, taken out of it to be run."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^(?:# |<!-- )([\w/.-]+\.\w+)(?: -->)?$")


def code_blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language on a page ("how-to/write-an-adapter.md"), in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [code for name, code in _BLOCK.findall(text) if name == language]


def files_of(page: str) -> dict[str, str]:
    """Return the blocks whose first line names a file, by that name, without the line."""
    text = (DOCS / page).read_text(encoding="utf-8")
    files = {}
    for _language, code in _BLOCK.findall(text):
        first, _end, rest = code.partition("\n")
        named = _PLACE.match(first)
        if named:
            files[named[1]] = rest.lstrip("\n")
    return files
