"""The project's own Python files, parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
PACKAGES = ("shop_plugin", "footback_shop", "fixtures", "bench", "tests")


def python_files(*folders: str) -> list[Path]:
    """Return the files below the given folders of the project, migrations left out."""
    return sorted(
        path
        for folder in folders or PACKAGES
        for path in (PROJECT_DIR / folder).rglob("*.py")
        if "migrations" not in path.parts
    )


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return the path as it is written in the project."""
    return path.relative_to(PROJECT_DIR).as_posix()
