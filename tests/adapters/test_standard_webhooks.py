from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shop_plugin.adapters.standard_webhooks import MOST_ITEMS, TOPICS, StandardWebhooks
from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.host_changes import (
    Delivery,
    HostChange,
    PersonReference,
    RefusedDelivery,
    ReturnRecord,
)
from shop_plugin.domain.standard_webhooks import sign_delivery
from tests.adapters.contract import Samples, WebhookSample

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test's own").decode()
NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)


def body_of(topic: str, data: Any, **more: Any) -> bytes:
    told = {"type": topic, "timestamp": "2026-06-16T09:59:00Z", "data": data, **more}
    return json.dumps(told).encode()


def sign(topic: str, body: bytes, secret: str, at: datetime, delivery_id: str) -> dict[str, str]:
    return {
        "Webhook-Id": delivery_id,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": signature(body, secret, at, delivery_id),
    }


def signature(body: bytes, secret: str, at: datetime, delivery_id: str) -> str:
    try:
        return sign_delivery(delivery_id=delivery_id, at=at, body=body, secrets=[secret])
    except ValueError:
        return "v1,AAAA"


SHOE = {"id": "M-1", "title": "Marlow Walker", "alias": "4711", "price": "89 EUR"}
LINE = {"id": "L-1", "order_id": "O-1", "ordered_on": "2026-06-01", "email": "ada@example.org"}
SAMPLES = Samples(
    webhooks=(
        WebhookSample(
            "listing.changed",
            body_of("listing.changed", SHOE),
            frozenset({Capability.LISTINGS_BY_WEBHOOK}),
        ),
        WebhookSample(
            "listing.withdrawn",
            body_of("listing.withdrawn", [{"id": "M-1"}]),
            frozenset({Capability.LISTINGS_BY_WEBHOOK}),
        ),
        WebhookSample(
            "purchase.changed",
            body_of("purchase.changed", [LINE]),
            frozenset({Capability.PURCHASES_BY_WEBHOOK}),
        ),
        WebhookSample(
            "purchase.returned",
            body_of("purchase.returned", {"id": "R-1", "purchase_id": "L-1", "quantity": 1}),
            frozenset({Capability.RETURNS_BY_WEBHOOK}),
        ),
        WebhookSample(
            "person.erased",
            body_of("person.erased", {"customer_id": "C-1"}),
            frozenset({Capability.ERASURE_BY_WEBHOOK}),
        ),
    ),
    sign=sign,
    secret=SECRET,
)


def read(body: bytes) -> HostChange:
    return StandardWebhooks().read(delivery=Delivery("1", "", NOW), body=body, source="till")


def verify(body: bytes, *, at: datetime = NOW, **headers: str) -> Delivery:
    given = {**sign("", body, SECRET, at, "msg_1"), **headers}
    return StandardWebhooks().verify(headers=given, body=body, secrets=[SECRET], now=NOW)


def refusal(body: bytes, **options: Any) -> str:
    with pytest.raises(RefusedDelivery) as caught:
        verify(body, **options)
    return caught.value.code


BODY = body_of("listing.changed", SHOE)


def test_it_says_what_was_delivered() -> None:
    assert verify(BODY) == Delivery("msg_1", "listing.changed", NOW)


@pytest.mark.proof("S12")
@pytest.mark.parametrize("minutes", [-5, 5])
def test_it_takes_what_is_five_minutes_off_and_no_more(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    assert verify(BODY, at=at).sent_at == at
    past = timedelta(seconds=1 if minutes > 0 else -1)
    assert refusal(BODY, at=at + past) == "stale"


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Webhook-Signature": ""}, "unsigned"),
        ({"Webhook-Signature": "v1,AAAA"}, "wrong_signature"),
        ({"Webhook-Id": ""}, "incomplete"),
        ({"Webhook-Id": "msg_2"}, "wrong_signature"),
        ({"Webhook-Timestamp": ""}, "incomplete"),
        ({"Webhook-Timestamp": "soon"}, "incomplete"),
        ({"Webhook-Timestamp": "-5"}, "incomplete"),
        ({"Webhook-Timestamp": "1" * 200}, "incomplete"),
        ({"Webhook-Timestamp": "²"}, "incomplete"),
    ],
)
def test_it_refuses_what_is_not_signed_as_it_must_be(headers: dict[str, str], code: str) -> None:
    assert refusal(BODY, **headers) == code


def test_it_takes_a_signed_body_that_is_no_json_for_later_eyes() -> None:
    assert verify(b"\x00{") == Delivery("msg_1", "", NOW)


def test_it_reads_rows_and_refuses_those_that_are_none_by_themselves() -> None:
    change = read(body_of("listing.changed", [SHOE, {"id": "M-2"}, "M-3"]))
    first, second, third = change.listings
    assert first.record is not None
    assert (first.record.alias, first.record.price_minor) == ("4711", 8900)
    assert [second.problems[0].code, third.problems[0].code] == ["missing", "not_an_object"]
    assert change.changed_at == datetime(2026, 6, 16, 9, 59, tzinfo=UTC)


def test_it_speaks_as_of_when_it_was_sent_where_the_body_does_not_say() -> None:
    assert read(body_of("listing.changed", SHOE, timestamp="soon")).changed_at == NOW


def test_it_reads_returns_withdrawals_and_wishes() -> None:
    returned = body_of("purchase.returned", [{"id": 7, "purchase_id": "L-1"}])
    assert read(returned).returns == (ReturnRecord("7", "L-1", 1),)
    assert read(body_of("listing.withdrawn", {"id": "M-1"})).withdrawn == ("M-1",)
    ada = {"customer_id": "C-1", "email": "ada@example.org"}
    person = (PersonReference("C-1", "ada@example.org"),)
    assert read(body_of("person.erased", ada)).erase == person
    assert read(body_of("person.export_requested", ada)).export == person
    assert read(body_of("person.objected", ada)).objections == person


def test_it_says_nothing_of_a_type_that_it_does_not_know() -> None:
    assert read(body_of("cart.changed", {"id": 1})) == HostChange()


@pytest.mark.parametrize(
    "body",
    [
        body_of("listing.changed", None),
        body_of("listing.changed", "M-1"),
        body_of("listing.changed", [SHOE] * (MOST_ITEMS + 1)),
        body_of("listing.withdrawn", [{"id": ""}]),
        body_of("listing.withdrawn", [{"id": True}]),
        body_of("purchase.returned", [{"id": "R", "purchase_id": "L", "quantity": 0}]),
        body_of("purchase.returned", [{"id": "R", "purchase_id": "L", "quantity": "2"}]),
        body_of("person.erased", {}),
        b'{"data": {}}',
    ],
)
def test_it_refuses_a_body_that_is_not_what_its_type_promises(body: bytes) -> None:
    with pytest.raises(RefusedDelivery) as caught:
        read(body)
    assert caught.value.code == "unreadable"


def test_it_knows_seven_types() -> None:
    assert len(TOPICS) == 7


def test_it_says_what_is_wrong_with_a_secret() -> None:
    reader = StandardWebhooks()
    assert reader.find_secret_problem(SECRET) == ""
    assert "base64" in reader.find_secret_problem("not a secret of the specification!")
