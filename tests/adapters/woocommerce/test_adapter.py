"""The three faces of the adapter: its file, its webhooks and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from shop_plugin.adapters.woocommerce import WooCommerceCsv, WooCommerceWebhooks
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import HostChange, RefusedDelivery
from shop_plugin.domain.ports import FileFormat, WebhookReader
from tests.adapters.contract import FileSample, Samples, WebhookSample
from tests.adapters.woocommerce.payloads import dump, order, product, sign

HEAD = b"ID,Type,SKU,Name,Published,Description,In stock?,Stock,Regular price,Parent\n"
LISTINGS = frozenset({Capability.LISTINGS_BY_WEBHOOK})
PURCHASES = frozenset({Capability.PURCHASES_BY_WEBHOOK})
RETURNS = frozenset({Capability.RETURNS_BY_WEBHOOK})
REFUND = {"id": 91, "reason": "", "total": "-60.00"}


def _row(number: int) -> bytes:
    return f'{number},simple,M-{number},Marlow {number},1,"{"text " * 300}",1,4,89.90,\n'.encode()


SAMPLES = Samples(
    listings=FileSample(
        head=HEAD,
        row=_row,
        bad_row=b"900,variation,M-900-38,Marlow - 38,1,,1,1,89.90,id:899\n",
        not_mine=(b"id,title\nM-1,Marlow\n", b'{"id": "M-1", "title": "Marlow"}\n'),
    ),
    webhooks=(
        WebhookSample("product.created", dump(product()), LISTINGS),
        WebhookSample("product.updated", dump(product(status="private")), LISTINGS),
        WebhookSample("product.deleted", dump({"id": 311}), LISTINGS),
        WebhookSample("order.created", dump(order()), PURCHASES),
        WebhookSample("order.updated", dump(order(refunds=[REFUND])), PURCHASES | RETURNS),
    ),
    sign=sign,
)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BODY = dump(product())


def headers(**changed: str) -> Mapping[str, str]:
    found = dict(sign("product.updated", BODY, SAMPLES.secret, NOW, "abc"))
    return {**found, **{f"X-WC-Webhook-{key}": value for key, value in changed.items()}}


def verify(given: Mapping[str, str], body: bytes = BODY, secrets: tuple[str, ...] = ()) -> object:
    reader = WooCommerceWebhooks()
    return reader.verify(headers=given, body=body, secrets=secrets or (SAMPLES.secret,), now=NOW)


def test_it_fits_the_seams() -> None:
    assert isinstance(WooCommerceCsv(), FileFormat)
    assert isinstance(WooCommerceWebhooks(), WebhookReader)


@pytest.mark.proof("S12")
def test_it_answers_the_ping_that_nobody_signs_and_reads_nothing_of_it() -> None:
    delivery = WooCommerceWebhooks().verify(
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"webhook_id=7",
        secrets=(SAMPLES.secret,),
        now=NOW,
    )
    assert delivery.is_greeting
    read = WooCommerceWebhooks().read(delivery=delivery, body=b"webhook_id=7", source="shop")
    assert read == HostChange()


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    "body", [b"webhook_id=7&more=1", b"webhook_id=", b"webhook_id=7\n", b" webhook_id=7"]
)
def test_it_takes_nothing_else_unsigned(body: bytes) -> None:
    with pytest.raises(RefusedDelivery) as refused:
        verify({}, body)
    assert refused.value.code == "unsigned"


@pytest.mark.proof("S12")
def test_it_refuses_a_ping_with_a_signature_that_is_wrong() -> None:
    with pytest.raises(RefusedDelivery) as refused:
        verify(headers(), b"webhook_id=7")
    assert refused.value.code == "wrong_signature"


@pytest.mark.parametrize("name", ["Topic", "Delivery-ID"])
def test_it_refuses_what_lacks_a_header(name: str) -> None:
    with pytest.raises(RefusedDelivery) as refused:
        verify(headers(**{name: ""}))
    assert refused.value.code == "incomplete"


@pytest.mark.parametrize("topic", ["product", "product/updated", "a.b.c", "x" * 80 + ".y"])
def test_it_refuses_a_topic_that_is_none(topic: str) -> None:
    with pytest.raises(RefusedDelivery) as refused:
        verify(headers(Topic=topic))
    assert refused.value.code == "incomplete"


def test_it_tells_two_deliveries_of_one_second_apart_though_their_ids_are_the_same() -> None:
    reader = WooCommerceWebhooks()
    ids = set()
    for number in (311, 312):
        body = dump(product(id=number))
        found = reader.verify(
            headers=sign("product.updated", body, SAMPLES.secret, NOW, "same"),
            body=body,
            secrets=(SAMPLES.secret,),
            now=NOW,
        )
        assert found.id.startswith("same-")
        ids.add(found.id)
    assert len(ids) == 2


def test_it_passes_over_topics_of_no_interest() -> None:
    for topic in ("coupon.created", "customer.deleted", "action.woocommerce_add_to_cart"):
        body = dump({"id": 5})
        reader = WooCommerceWebhooks()
        delivery = reader.verify(
            headers=sign(topic, body, SAMPLES.secret, NOW, "id"),
            body=body,
            secrets=(SAMPLES.secret,),
            now=NOW,
        )
        assert reader.read(delivery=delivery, body=body, source="shop") == HostChange()
