from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.adapters.shopify.adapter import (
    NEWEST,
    OLDEST,
    ShopifyCsv,
    ShopifyMetafieldsCsv,
    ShopifyMetafieldsJson,
    ShopifyWebhooks,
)
from shop_plugin.adapters.shopify.shop import ShopifyShop
from shop_plugin.conf import load_file_format
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import Delivery, RefusedDelivery
from shop_plugin.domain.ports import FactsFormat, FileFormat, UnusableSource, WebhookReader
from tests.adapters.contract import FileSample, Samples, WebhookSample
from tests.exporters.own_shop import own_products
from tests.exporters.shopify import order_payload, product_payload, refund_payload, signed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCT = product_payload(own_products()[0], updated_at="2026-03-01T11:59:58Z")
ORDER = order_payload(own_products()[0], updated_at="2026-03-01T11:59:58Z")
REFUND = refund_payload([(61, 50010, 1)])
ABOUT = {"shop_id": 1, "shop_domain": "north.myshopify.com"}
ADA = {"id": 9001, "email": "ada@customers.example"}
SAMPLES = Samples(
    listings=FileSample(
        head=b"Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price\n",
        row=lambda number: (
            b"h%d,Marlow %d,<p>%s</p>,Size,38,89.90\nh%d,,,,39,89.90\n"
            % (number, number, b"soft " * 200, number)
        ),
        bad_row=b",,<p>whose?</p>,,40,89.90\n",
        not_mine=(b"id,title\nM-1,Marlow\n", b'{"id": "M-1", "title": "Marlow"}\n'),
    ),
    webhooks=tuple(
        WebhookSample(topic, json.dumps(payload).encode(), frozenset(tells))
        for topic, payload, tells in (
            ("products/update", PRODUCT, {Capability.LISTINGS_BY_WEBHOOK}),
            ("products/delete", {"id": 71}, {Capability.LISTINGS_BY_WEBHOOK}),
            ("orders/create", ORDER, {Capability.PURCHASES_BY_WEBHOOK}),
            (
                "orders/updated",
                {**ORDER, "refunds": [REFUND]},
                {Capability.PURCHASES_BY_WEBHOOK, Capability.RETURNS_BY_WEBHOOK},
            ),
            ("refunds/create", REFUND, {Capability.RETURNS_BY_WEBHOOK}),
            (
                "customers/redact",
                {**ABOUT, "customer": ADA, "orders_to_redact": [1]},
                {Capability.ERASURE_BY_WEBHOOK},
            ),
            (
                "customers/data_request",
                {**ABOUT, "customer": ADA, "orders_requested": [1]},
                {Capability.ERASURE_BY_WEBHOOK},
            ),
            ("shop/redact", ABOUT, {Capability.ERASURE_BY_WEBHOOK}),
        )
    ),
    sign=lambda topic, body, secret, at, delivery_id: signed(
        body, topic, secret=secret, at=at, delivery_id=delivery_id
    ),
)
BODY = json.dumps(PRODUCT).encode()
TOPIC = "products/update"


def verify(
    headers: dict[str, str], body: bytes = BODY, secrets: tuple[str, ...] = ("new",), **options: Any
) -> Delivery:
    reader = options.get("reader") or ShopifyWebhooks()
    return reader.verify(headers=headers, body=body, secrets=secrets, now=options.get("now", NOW))


def refusal(*args: Any, **options: Any) -> str:
    with pytest.raises(RefusedDelivery) as caught:
        verify(*args, **options)
    return caught.value.code


def test_it_fits_every_seam_it_claims() -> None:
    assert isinstance(ShopifyCsv(), FileFormat)
    assert isinstance(load_file_format("shopify"), ShopifyCsv)
    assert isinstance(ShopifyWebhooks(), WebhookReader)
    assert isinstance(ShopifyMetafieldsCsv(), FactsFormat)
    assert isinstance(ShopifyMetafieldsJson(), FactsFormat)


def test_it_says_that_an_order_export_names_no_product(tmp_path: Path) -> None:
    with pytest.raises(UnusableSource, match="webhook"):
        ShopifyCsv().read_purchases(tmp_path / "orders_export.csv", source="north")


def test_it_knows_only_three_ways_to_read_a_subscription() -> None:
    with pytest.raises(ValueError, match="subscribed, confirmed, never"):
        ShopifyShop(consent="always")


@pytest.mark.proof("S12")
def test_it_takes_a_delivery_that_any_secret_in_force_signed() -> None:
    for secret in ("old", "new"):
        headers = signed(BODY, TOPIC, secret=secret, at=NOW)
        delivery = verify(headers, secrets=("old", "new"))
        assert delivery.topic == TOPIC
        assert delivery.id == headers["X-Shopify-Webhook-Id"]
        assert delivery.sent_at == NOW.replace(microsecond=877041)
        assert not delivery.is_greeting


def test_it_reads_headers_without_regard_to_case() -> None:
    headers = {
        name.lower(): value for name, value in signed(BODY, TOPIC, secret="new", at=NOW).items()
    }
    assert verify(headers).topic == TOPIC


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("secrets", "body", "code"),
    [
        (("other",), BODY, "wrong_signature"),
        (("",), BODY, "wrong_signature"),
        ((), BODY, "wrong_signature"),
        (("new",), BODY.replace(b'"active"', b'"archived"'), "wrong_signature"),
        (("new",), BODY + b"\n", "wrong_signature"),
        (("new",), b"", "wrong_signature"),
    ],
)
def test_it_refuses_another_key_and_another_body(
    secrets: tuple[str, ...], body: bytes, code: str
) -> None:
    headers = signed(BODY, TOPIC, secret="new", at=NOW)
    assert refusal(headers, body, secrets=secrets) == code


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("X-Shopify-Hmac-Sha256", None, "unsigned"),
        ("X-Shopify-Hmac-Sha256", "zzz", "wrong_signature"),
        ("X-Shopify-Webhook-Id", None, "incomplete"),
        ("X-Shopify-Webhook-Id", "a" * 300, "incomplete"),
        ("X-Shopify-Topic", None, "incomplete"),
        ("X-Shopify-Topic", "products", "incomplete"),
        ("X-Shopify-Shop-Domain", None, "incomplete"),
        ("X-Shopify-Shop-Domain", "north.myshopify.com.evil.example", "incomplete"),
        ("X-Shopify-Triggered-At", None, "incomplete"),
        ("X-Shopify-Triggered-At", "lately", "incomplete"),
    ],
)
def test_it_refuses_a_delivery_that_lacks_a_header(name: str, value: str | None, code: str) -> None:
    headers = signed(BODY, TOPIC, secret="new", at=NOW)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    assert refusal(headers) == code


@pytest.mark.proof("S12")
def test_it_takes_what_shopify_still_retries_and_refuses_what_is_older_or_of_tomorrow() -> None:
    second = timedelta(seconds=1)
    for late in (timedelta(hours=5), OLDEST - second, -NEWEST + second):
        assert verify(signed(BODY, TOPIC, secret="new", at=NOW - late)).topic == TOPIC
    for late in (OLDEST + second, timedelta(days=400), -NEWEST - second, timedelta(days=-2)):
        assert refusal(signed(BODY, TOPIC, secret="new", at=NOW - late)) == "stale"


@pytest.mark.proof("S12")
def test_it_lets_in_one_shop_alone_where_it_is_told_which() -> None:
    class North(ShopifyWebhooks):
        shop_domain = "north.myshopify.com"

    assert verify(signed(BODY, TOPIC, secret="new", at=NOW), reader=North()).topic == TOPIC
    headers = signed(BODY, TOPIC, secret="new", at=NOW, domain="south.myshopify.com")
    assert refusal(headers, reader=North()) == "incomplete"
    assert verify(headers).topic == TOPIC
