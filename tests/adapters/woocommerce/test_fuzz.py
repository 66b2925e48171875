"""S15: whatever stands in the columns of an export or under the keys of a webhook."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.adapters.woocommerce import WooCommerceCsv
from shop_plugin.adapters.woocommerce.accounts import WooCommerceAccounts
from shop_plugin.adapters.woocommerce.shop import WooCommerceShop
from shop_plugin.adapters.woocommerce.topics import read_topic
from shop_plugin.domain.host_changes import Delivery, HostChange, RefusedDelivery
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.domain.records import ReadRow
from tests.adapters.woocommerce.payloads import order, product, variation

OFTEN = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
HEAD = (
    "ID,Type,SKU,Name,Published,Visibility in catalog,Short description,Description,"
    "Date sale price starts,In stock?,Stock,Sale price,Regular price,Categories,Images,Parent,"
    "Brands,Attribute 1 name,Attribute 1 value(s),Meta: heel"
)
COLUMNS = next(csv.reader([HEAD]))
NUMBERS = ("", "1", "2", "0", "-1", "1e400", "nan", "²", "id:1", "id:2", "38", "38, 39", "38\\,5")
TELLING = ("variation", "variable", "simple", "grouped", "parent", "backorder", "Size", "pa_size")
SIGNS = ("|", ">", ",", "\\n", "\\\\n", "'=1", "\n", "\x00", "\ud800", "[gallery", "<p", "&#0;")
WORDS = st.sampled_from([*NUMBERS, *TELLING, *SIGNS, "2026-13-40", "A > B"])
CELLS = WORDS | st.text(max_size=6)
ROWS = st.lists(st.lists(CELLS, max_size=len(COLUMNS) + 1), max_size=8)
ENCODINGS = st.sampled_from(["utf-8", "cp1252", "utf-7"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=4)
JSON = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
BODIES = (
    product(footback_variations=[variation("38", 1)]),
    order(refunds=[{"id": 1, "total": "-60.00"}]),
    {"id": 5},
)


@pytest.mark.proof("S15")
def test_it_reads_any_cells_or_says_why_not_s15(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"

    @OFTEN
    @given(rows=ROWS, encoding=ENCODINGS)
    def read_any(rows: list[list[str]], encoding: str) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([COLUMNS, *rows])
        path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
        reader = WooCommerceCsv()
        reader.encoding = encoding
        with suppress(UnusableSource):
            for row in reader.read_listings(path, source="shop"):
                assert isinstance(row, ReadRow)
                assert row.record is not None or row.problems

    read_any()


@pytest.mark.proof("S15")
@OFTEN
@given(
    body=st.sampled_from(BODIES),
    topic=st.sampled_from(
        ["product.updated", "product.deleted", "order.created", "customer.deleted"]
    ),
    changed=st.dictionaries(st.integers(0, 40), JSON, max_size=4),
)
def test_it_reads_any_webhook_or_says_why_not_s15(
    body: dict[str, Any], topic: str, changed: dict[int, Any]
) -> None:
    keys = sorted(body)
    values = {**body, **{keys[place % len(keys)]: value for place, value in changed.items()}}
    plain = json.dumps(values).encode()
    delivery = Delivery("id", topic)
    with suppress(RefusedDelivery):
        change = read_topic(delivery=delivery, body=plain, source="s", shop=WooCommerceShop())
        assert isinstance(change, HostChange)
        for row in (*change.listings, *change.purchases):
            assert row.record is not None or row.problems
    with suppress(RefusedDelivery):
        read = WooCommerceAccounts().read(delivery=delivery, body=plain, source="s")
        assert all(person.customer_id for person in read.erase)
