from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from shop_plugin.adapters.google.groups import read_shoes
from shop_plugin.adapters.google.items import Item, refuse_place
from shop_plugin.domain.ports import UnusableSource
from tests.exporters.google_xml import RSS_HEAD, RSS_TAIL

ITEMS = 100_000
SHOES = 12_500
# What SQLite's cache, its index and one more block of the file may take, whatever the feed.
SLACK_KB = 24_000
_MEASURE = """
import json, resource, sys
from importlib import import_module
from pathlib import Path
module, name, path = sys.argv[1:]
reader = getattr(import_module(module), name)()
rows = sizes = 0
for row in reader.read_listings(Path(path), source="shop"):
    rows += row.record is not None
    sizes += len(row.record.sizes) if row.record else 0
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([rows, sizes, peak]))
"""


def text_of(number: int, shoes: int) -> dict[str, str]:
    """Return an item; the sizes of a shoe stand as far apart as the feed allows."""
    shoe, size = number % shoes, 36 + number // shoes
    return {
        "id": f"S{shoe}-{size}",
        "item_group_id": f"S{shoe}",
        "title": f"Marlow Walker {shoe}, EU {size}",
        "description": "A shoe with a heel of 35 mm and a removable insole. " * 8,
        "link": f"https://shop.example/{shoe}",
        "availability": "in_stock",
        "price": "89.00 EUR",
        "size": str(size),
    }


def tsv(count: int, shoes: int) -> Iterator[str]:
    yield "\t".join(text_of(0, shoes)) + "\n"
    for number in range(count):
        yield "\t".join(text_of(number, shoes).values()) + "\n"


def rss(count: int, shoes: int) -> Iterator[str]:
    yield RSS_HEAD
    for number in range(count):
        fields = "".join(
            f"<g:{name}>{text}</g:{name}>" for name, text in text_of(number, shoes).items()
        )
        yield f"<item>{fields}</item>\n"
    yield RSS_TAIL


def measure(module: str, name: str, path: Path, lines: Iterable[str]) -> tuple[int, int, int]:
    """Return the shoes and sizes that a process of its own reads, and its most memory in kB."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, f"shop_plugin.adapters.{module}", name, str(path)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, sizes, peak = json.loads(done.stdout)
    return rows, sizes, peak


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "write"),
    [("google.tsv", "GoogleTsv", tsv), ("google.xml", "GoogleXml", rss)],
    ids=["tsv", "xml"],
)
def test_it_reads_a_hundred_thousand_scattered_items_in_the_memory_of_a_few(
    module: str, name: str, write: object, tmp_path: Path
) -> None:
    assert callable(write)
    few = measure(module, name, tmp_path / "few", write(800, 100))
    many = measure(module, name, tmp_path / "many", write(ITEMS, SHOES))
    assert few[:2] == (100, 800)
    assert many[:2] == (SHOES, ITEMS)
    assert many[2] - few[2] < SLACK_KB
    assert (tmp_path / "many").stat().st_size > 2 * SLACK_KB * 1024


HUNDRED_MB = 100 * 1024 * 1024
_PIECE = "x" * (1024 * 1024)


def long_text(before: str, after: str) -> Iterator[str]:
    yield before
    yield from (_PIECE for _ in range(HUNDRED_MB // len(_PIECE)))
    yield after


@pytest.mark.slow
@pytest.mark.proof("S15")
@pytest.mark.parametrize(
    ("module", "name", "head", "before", "after", "tail", "kept"),
    [
        ("google.tsv", "GoogleTsv", "id\ttitle\n", "P0\t", "\n", "P1\tMarlow\n", 1),
        (
            *("google.xml", "GoogleXml", RSS_HEAD),
            "<item><g:id>P0</g:id><title>Marlow</title><description>",
            "</description></item>",
            f"<item><g:id>P1</g:id><title>Marlow</title></item>{RSS_TAIL}",
            2,
        ),
        ("google.xml", "GoogleXml", RSS_HEAD, "<item><g:id>P0</g:id><a b='", "'/></item>", "", 0),
    ],
    ids=["line", "text", "tag"],
)
def test_it_holds_little_of_a_line_a_text_or_a_tag_of_a_hundred_megabytes(
    *, module: str, name: str, head: str, before: str, after: str, tail: str, kept: int,
    tmp_path: Path,
) -> None:  # fmt: skip
    few = measure(module, name, tmp_path / "few", [head, before, "x", after, tail])
    many = measure(module, name, tmp_path / "many", [head, *long_text(before, after), tail])
    assert many[0] == kept
    assert many[2] - few[2] < SLACK_KB


def test_it_keeps_refused_places_in_their_order() -> None:
    def found() -> Iterator[Item]:
        yield Item(1, {"id": ["a"], "title": ["A"], "item_group_id": ["g"]})
        yield refuse_place(2, "not_decodable", "byte 4 is not utf-8", "raw")  # type: ignore[misc]
        yield Item(3, {"id": ["b"], "title": ["B"]})
        yield Item(4, {"id": ["c"], "title": ["A"], "item_group_id": ["g"]})

    rows = list(read_shoes(found(), source="shop"))
    assert [row.line for row in rows] == [2, 3, 4]
    assert rows[0].problems[0].reason == "byte 4 is not utf-8"
    assert rows[0].raw == "raw"
    assert [row.record.external_id for row in rows if row.record] == ["b", "g"]


def test_it_leaves_nothing_behind_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    items = (Item(number, {"id": [str(number)], "title": ["x" * 9_000]}) for number in range(2_000))
    rows = read_shoes(items, source="shop")
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_it_says_what_to_do_where_the_temporary_folder_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sqlite3

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        made = plain(*arguments, **options)  # type: ignore[call-overload]
        made.execute("PRAGMA max_page_count = 20")
        return made

    plain = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", small)
    items = (Item(number, {"id": [str(number)], "title": ["x" * 9_000]}) for number in range(2_000))
    with pytest.raises(UnusableSource, match="TMPDIR"):
        list(read_shoes(items, source="shop"))
