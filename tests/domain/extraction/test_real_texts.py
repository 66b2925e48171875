"""The law of evidence over every real text there is beside the checkout; skipped where none is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.extraction import extract
from shop_plugin.domain.feed_shapes import flatten_fields
from shop_plugin.domain.structured import read_fields
from tests.domain.extraction.test_laws import check

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data"
FILES = (
    "listings.jsonl",
    "handlabelled.jsonl",
    "labelled.jsonl",
    "labelled_stated.jsonl",
    "labelled_heelclass.jsonl",
    "nonshoe_controls.jsonl",
)


def read_rows(name: str) -> Iterator[dict[str, Any]]:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"real texts are no part of this project, and {path} is not there")
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_keeps_the_law_of_evidence_over_every_text(name: str) -> None:
    count = 0
    for row in read_rows(name):
        title, description = row.get("title") or "", row.get("description") or ""
        for reading in extract(title=title, description=description):
            check(reading, {"title": title, "description": description})
        count += 1
    assert count


def test_keeps_every_quote_of_a_field_where_it_stands() -> None:
    count = 0
    for row in read_rows("listings.jsonl"):
        fields = row.get("raw_attributes")
        if not isinstance(fields, dict):
            continue
        texts: dict[str, set[str]] = {}
        for item in flatten_fields(fields):
            texts.setdefault(f"raw_attributes.{item.name}"[:100], set()).add(item.text[:300])
        for reading in read_fields(fields, use_category=UseCategory.OTHER).readings:
            assert reading.start is not None
            assert reading.rule.startswith("feed.")
            assert any(
                text[reading.start : reading.end] == reading.quote for text in texts[reading.field]
            )
            count += 1
    assert count > 1000


def test_reads_nothing_from_what_is_no_shoe() -> None:
    read = {
        str(row.get("id")): [item.rule for item in found]
        for row in read_rows("nonshoe_controls.jsonl")
        if (
            found := extract(title=row.get("title") or "", description=row.get("description") or "")
        )
    }
    assert read == {}
