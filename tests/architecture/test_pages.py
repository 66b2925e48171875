"""The pages of the documentation: every link leads somewhere, every path and name exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT_DIR

PAGES = [
    *(PROJECT_DIR / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((PROJECT_DIR / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: The folders whose files are named in texts as ours.
OURS = re.compile(r"`((?:shop_plugin|footback_shop|fixtures|bench|docs|tests|messages)/[\w./-]+)`")


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT_DIR).as_posix()


def words_of(path: Path) -> str:
    """Return the text of a page without its blocks of code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def anchors_of(path: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", words_of(path), flags=re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchors.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return frozenset(anchors)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_lead_nowhere_that_is_not_there(page: Path) -> None:
    lost = []
    for link in LINK.findall(words_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        place, _sign, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_name_no_file_of_ours_that_is_not_there(page: Path) -> None:
    # A page may have its reader write a file, and then go on to speak of it.
    written = set(re.findall(r"^# (\S+\.py)$", page.read_text(encoding="utf-8"), re.MULTILINE))
    named = set(OURS.findall(words_of(page))) - written
    assert {place for place in named if not (PROJECT_DIR / place).exists()} == set()


def test_are_all_listed_on_the_first_page() -> None:
    first = PROJECT_DIR / "docs" / "README.md"
    listed = {
        (first.parent / link.partition("#")[0]).resolve() for link in LINK.findall(words_of(first))
    }
    pages = {path for path in (PROJECT_DIR / "docs").rglob("*.md") if path != first}
    assert pages - listed == set()


def test_begin_with_a_short_one() -> None:
    assert len((PROJECT_DIR / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
