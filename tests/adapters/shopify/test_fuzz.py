"""S15: whatever stands in a file or a payload of Shopify's, it gives rows or a reason."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.adapters.shopify import ShopifyCsv, ShopifyWebhooks
from shop_plugin.adapters.shopify.topics import _READERS
from shop_plugin.domain.host_changes import Delivery, HostChange, RefusedDelivery
from shop_plugin.domain.host_rows import LONGEST_ID, LONGEST_TITLE
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ReadRow
from tests.exporters.own_shop import own_products
from tests.exporters.shopify import order_payload, product_payload, refund_payload

OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
COLUMNS = [
    "Handle", "URL handle", "Title", "Body (HTML)", "Description", "Status", "Published",
    "Product Category", "Option1 Name", "Option1 Value", "Option1 Linked To", "Option2 Name",
    "Option2 Value", "Variant Price", "Variant Inventory Qty", "Variant Inventory Tracker",
    "Variant Barcode", "Image Src", "Image Position", "Gift Card", "ID",
    "Google Shopping / Google Product Category",
    "F (product.metafields.shopify.shoe-features)", "(product.metafields.a)",
    "H (product.metafields.custom.heel_height)", "Metafield: custom.drop [dimension]",
]  # fmt: skip
CELLS = st.sampled_from(
    [
        "", "", "a", "b", "A", "Size", "38", "EU 38,5", "10 2E", "Default Title", "true", "false",
        "draft", "aa-8-3", "187", "shopify", "-3", "1e999", "nan", "89.90", "free", "[", '["x"]',
        '{"value": 3, "unit": "cm"}', "[" * 3_000, "<p>x", "<script>", "<!--", "&#x110000;",
        "arch-support; cushioned", "=1+1", "9" * 400, "\u0661\u0662", "\ud7ff", "\x00", "\ufeff",
    ]
) | st.text(max_size=6)  # fmt: skip
TABLES = st.tuples(
    st.lists(st.sampled_from(COLUMNS), max_size=8),
    st.lists(st.lists(CELLS, max_size=12), max_size=12),
    st.booleans(),
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | CELLS
    | st.sampled_from([10**30, -1, "subscribed", "2026-03-01T10:00:00Z"])
    | st.just("0001-01-01T00:00:00+14:00")
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
SHOE = own_products()[0]
ORDER = order_payload(
    SHOE,
    updated_at="2026-03-01T10:00:05+01:00",
    refunds=[refund_payload([(61, 50010, 1)])],
    note_attributes=[{"name": "gift", "value": "yes"}],
    fulfillments=[{"created_at": "2026-03-02T10:00:00Z", "line_items": [{"id": 50010}]}],
)
CUSTOMER = {"customer": {"id": 1, "email": "a@b.example"}, "shop_id": 1, "shop_domain": "x"}
PAYLOADS: list[Any] = [
    product_payload(
        SHOE,
        updated_at="2026-03-01T10:00:05Z",
        metafields=[{"namespace": "custom", "key": "heel", "value": "3 cm"}],
    ),
    ORDER,
    refund_payload([(61, 50010, 1)]),
    {**CUSTOMER, "orders_to_redact": [1]},
    {**CUSTOMER, "orders_requested": [1]},
    {"shop_id": 1, "shop_domain": "x"},
    {"customer_id": 1, "email_address": "a", "email_marketing_consent": {"state": "unsubscribed"}},
]


def check_rows(rows: Any) -> None:
    for row in rows:
        assert isinstance(row, ReadRow)
        assert row.line >= 1
        assert row.record is not None or row.problems
        if row.record is not None:
            assert len(row.record.external_id) <= LONGEST_ID
            assert len(row.record.title) <= LONGEST_TITLE


@pytest.mark.proof("S15")
def test_it_reads_any_table_or_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"

    @OFTEN
    @given(table=TABLES, cut=st.integers(0, 400))
    def read_any(table: tuple[list[str], list[list[str]], bool], cut: int) -> None:
        columns, rows, is_whole = table
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([["Handle", "Title", *columns], *rows])
        data = buffer.getvalue().encode("utf-8", "surrogatepass")
        path.write_bytes(data if is_whole else data[:cut])
        with suppress(UnusableSource):
            read = list(ShopifyCsv().read_listings(path, source="north"))
            check_rows(read)
            assert [row.line for row in read] == sorted(row.line for row in read)
            for row in read[:2]:
                rest = ShopifyCsv().read_listings(path, source="north", skip_lines=row.line)
                assert list(rest) == [other for other in read if other.line > row.line]

    read_any()


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """Return one of the payloads with up to four of its parts replaced by anything or gone."""
    payload = json.loads(json.dumps(draw(st.sampled_from(PAYLOADS))))
    for _ in range(draw(st.integers(1, 4))):
        place = payload
        for _ in range(draw(st.integers(0, 4))):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            inner = [key for key in keys if isinstance(place[key], dict | list) and place[key]]
            if not inner:
                break
            place = place[draw(st.sampled_from(inner))]
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if keys:
            key = draw(st.sampled_from(keys))
            if draw(st.booleans()):
                place[key] = draw(JSON)
            else:
                del place[key]
    return payload


@pytest.mark.proof("S15")
@settings(OFTEN, max_examples=1_500)
@given(payload=spoilt() | JSON, topic=st.sampled_from(sorted(_READERS)))
def test_it_reads_any_payload_or_refuses_it(payload: Any, topic: str) -> None:
    body = json.dumps(payload).encode("utf-8", "surrogatepass")
    delivery = Delivery("d", topic, datetime(2026, 3, 1, tzinfo=UTC))
    change = HostChange()
    with suppress(RefusedDelivery):
        change = ShopifyWebhooks().read(delivery=delivery, body=body, source="north")
    assert isinstance(change, HostChange)
    check_rows(change.listings)
    check_rows(change.purchases)
    assert all(item.id and item.purchase_id and item.quantity > 0 for item in change.returns)
    assert all(isinstance(name, str) and name for name in change.withdrawn)
    people = (*change.erase, *change.export, *change.objections)
    assert all(person.customer_id or person.email for person in people)
    assert change.changed_at is None or change.changed_at.tzinfo is not None
