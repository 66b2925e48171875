"""Arrows point down. The contracts themselves are import-linter's; this is what it cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT_DIR, name_of, parse, python_files

# Django loads these when the apps are ready, not before.
MAY_IMPORT_LATE = {"shop_plugin/apps.py", "manage.py"}
FACES = (
    "admin", "api", "storefront", "management", "templatetags", "checks.py", "tasks.py", "adapters",
)  # fmt: skip


def test_it_keeps_the_import_contracts() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_imports_at_the_top_of_files_only() -> None:
    late = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("shop_plugin", "footback_shop", "fixtures")
        if name_of(path) not in MAY_IMPORT_LATE
        for function in ast.walk(parse(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def test_it_imports_the_domain_without_django() -> None:
    modules = [
        name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in python_files("shop_plugin/domain")
    ]
    assert len(modules) > 10
    program = (
        "import importlib, sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'django', 'celery', 'rest_framework', 'kombu'}:\n"
        "            raise ImportError('the domain asked for ' + name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_it_reads_the_clock_in_faces_only() -> None:
    readers = [
        f"{name_of(path)}:{line}"
        for path in python_files("shop_plugin")
        if not name_of(path).removeprefix("shop_plugin/").startswith(FACES)
        for line in _clock_calls(parse(path))
    ]
    assert readers == []


@pytest.mark.parametrize("call", ["delay", "apply_async", "send_task"])
def test_it_puts_no_work_into_the_broker(call: str) -> None:
    callers = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("shop_plugin")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == call
    ]
    assert callers == []


def _clock_calls(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
        if node.func.attr in {"now", "utcnow", "today"} and name in {
            "timezone",
            "datetime",
            "date",
        }:
            yield node.lineno
