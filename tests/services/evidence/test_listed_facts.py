from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.domain.attributes import Options, SourceKind, Span
from shop_plugin.domain.host_rows import read_listing_row
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.listed_facts import ROWS_AT_ONCE, LeftOut, ListedFactsReader
from shop_plugin.services.intake.catalogue import import_listings

pytestmark = pytest.mark.django_db

PUMP = {
    "id": "P-1",
    "title": "Marlow Court",
    "brand": "Marlow",
    "category": "Women > Pumps",
    "description": "Removable insole.",
    "sizes": ["38", "39", {"label": "38", "width": "wide"}],
    "raw_attributes": {"Heel height": "55 mm", "item_ids": ["P-1-38", "P-1-39", 7, ""]},
}


def take(*shoes: dict[str, Any], now: datetime, source: str = "shop") -> None:
    rows = [
        read_listing_row({"title": "Marlow Walker", **shoe}, source=source, line=line)
        for line, shoe in enumerate(shoes, start=1)
    ]
    import_listings(rows=rows, source=source, now=now)
    annotate_stale(now=now)


def test_it_hands_over_what_is_believed_and_who_says_so(now: datetime) -> None:
    take(PUMP, now=now)
    (facts,) = ListedFactsReader()
    assert (facts.source, facts.external_id, facts.title) == ("shop", "P-1", "Marlow Court")
    assert facts.size_labels == ("38", "39")
    assert facts.item_ids == ("P-1-38", "P-1-39")
    assert facts.attributes.heel_height_mm == Span.exactly(55_000)
    assert facts.attributes.removable_insole == Options.of("yes")
    assert facts.believed_from["heel_height_mm"] is SourceKind.FEED
    assert facts.believed_from["removable_insole"] is SourceKind.TEXT
    assert set(facts.believed_from) == set(facts.attributes.confidence)


def test_it_says_what_is_true_of_a_kind_of_shoe_by_definition(now: datetime) -> None:
    take({"id": "F", "category": "Flip-flops", "title": "Marlow Beach"}, now=now)
    (facts,) = ListedFactsReader()
    assert facts.believed_from["toe_shape"] is SourceKind.CATEGORY


def test_it_counts_what_it_leaves_out(now: datetime) -> None:
    take(PUMP, {"id": "W"}, {"id": "gone", "raw_attributes": {"drop": "8 mm"}}, now=now)
    Listing.objects.filter(external_id="gone").update(is_withdrawn=True)
    told: list[int] = []
    reader = ListedFactsReader()
    reader.on_progress = told.append
    assert reader.count() == 2
    assert [facts.external_id for facts in reader] == ["P-1"]
    assert reader.left_out == LeftOut(withdrawn=1, unknown=1)
    assert (reader.handed_over, sum(told)) == (1, 2)


def test_it_reads_one_source_and_one_brand_only(now: datetime) -> None:
    take(PUMP, {**PUMP, "id": "P-2", "brand": "Harbour"}, now=now)
    take(PUMP, now=now, source="other")
    assert [item.source for item in ListedFactsReader(source="other")] == ["other"]
    assert [item.external_id for item in ListedFactsReader(source="shop", brand="Harbour")] == [
        "P-2"
    ]
    assert list(ListedFactsReader(source="nowhere")) == []


def test_it_asks_the_database_per_chunk_and_not_per_listing(now: datetime) -> None:
    shoes = [{**PUMP, "id": f"P-{number}"} for number in range(ROWS_AT_ONCE + 20)]
    take(*shoes, now=now)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = [facts.external_id for facts in ListedFactsReader()]
    assert found == [shoe["id"] for shoe in shoes]
    assert len(queries) == 2 * 3 + 1
