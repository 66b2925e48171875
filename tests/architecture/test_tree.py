"""The tree says where things are; a file's name says what is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.sources import PROJECT_DIR, name_of, parse, python_files

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
LAYERS = (
    "apps", "urls", "admin", "api", "storefront", "tasks", "management", "templatetags", "checks",
    "adapters", "services", "models", "conf", "signals", "domain",
)  # fmt: skip
WORD_TABLES = {"shop_plugin/domain/field_words.py"}  # data, read by looking up
MOST_LINES = 400  # of code; blank lines, comments and docstrings are free


def test_it_has_every_layer() -> None:
    missing = [
        name
        for name in LAYERS
        if not (PROJECT_DIR / "shop_plugin" / name / "__init__.py").exists()
        and not (PROJECT_DIR / "shop_plugin" / f"{name}.py").exists()
    ]
    assert missing == []


def test_it_gives_no_file_a_name_that_says_nothing() -> None:
    vague = [name_of(path) for path in python_files() if path.stem in VAGUE_NAMES]
    assert vague == []


def test_it_keeps_files_short_enough_to_read() -> None:
    long = {
        name_of(path): lines
        for path in python_files("shop_plugin", "footback_shop", "fixtures")
        if name_of(path) not in WORD_TABLES and (lines := _count_code_lines(path)) > MOST_LINES
    }
    assert long == {}


def test_it_says_on_top_of_each_file_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in python_files("shop_plugin", "footback_shop", "fixtures")
        if not ast.get_docstring(parse(path))
    ]
    assert silent == []


def test_it_keeps_the_field_map_of_the_shop_under_sixty_lines() -> None:
    adapter = PROJECT_DIR / "footback_shop" / "store" / "footback.py"
    assert len(adapter.read_text(encoding="utf-8").splitlines()) < 60


def test_it_names_no_machine_and_no_registry() -> None:
    pattern = re.compile(
        r"(?<![\w.])/(?:work|home|root)/|pypi\.|files\.pythonhosted", re.IGNORECASE
    )
    texts = [
        path
        for top in PROJECT_DIR.iterdir()
        if top.name not in {".venv", "var", ".git"}
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.suffix in {".py", ".md", ".toml", ".txt", ".html", ".css", ".yaml", ".csv"}
    ]
    assert len(texts) > 100
    named = [
        name_of(path)
        for path in texts
        if path.name != "test_tree.py" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def _count_code_lines(path: Path) -> int:
    """Count the lines that hold code."""
    documented: set[int] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documented.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        1
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#") and number not in documented
    )
