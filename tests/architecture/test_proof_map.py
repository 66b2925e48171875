"""The map of proof (docs/reference/proof.md) and the tests that carry its ids: the map ..."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

from tests.architecture.sources import PROJECT_DIR, name_of, parse, python_files

MAP = PROJECT_DIR / "docs" / "reference" / "proof.md"
KNOWN = [f"T{number:02}" for number in range(1, 38)] + [f"S{number:02}" for number in range(1, 25)]


def rows() -> list[tuple[str, str]]:
    """Return id and the rest of each line of the map's tables."""
    text = MAP.read_text(encoding="utf-8")
    return re.findall(r"^\| ([TS]\d\d) \|(.*)\|$", text, flags=re.MULTILINE)


def files_on_the_map() -> dict[str, set[str]]:
    return {
        number: found
        for number, rest in rows()
        if (found := set(re.findall(r"`(tests/[\w/]+\.py)`", rest)))
    }


def _ids_of(node: ast.AST) -> list[str]:
    """Return the ids of ``pytest.mark.proof(...)``, wherever it stands."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    if node.func.attr != "proof":
        return []
    return [arg.value for arg in node.args if isinstance(arg, ast.Constant)]


def files_with_marks() -> dict[str, set[str]]:
    marked: dict[str, set[str]] = defaultdict(set)
    for path in python_files("tests"):
        if path == Path(__file__):
            continue
        for node in ast.walk(parse(path)):
            for number in _ids_of(node):
                marked[number].add(name_of(path))
    return dict(marked)


def test_names_every_fault_and_attack_once() -> None:
    assert Counter(number for number, _rest in rows()) == Counter(KNOWN)


def test_leads_to_the_very_files_that_carry_the_ids() -> None:
    assert files_on_the_map() == files_with_marks()


def test_says_why_where_nothing_is_tried() -> None:
    silent = [
        number
        for number, rest in rows()
        if number not in files_on_the_map() and len(rest.split("not tried:")[-1]) < 40
    ]
    assert silent == []
