from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.host_changes import Delivery, RefusedDelivery
from shop_plugin.models import HostEvent, NudgeControl
from shop_plugin.services.intake import host_deliveries
from shop_plugin.services.intake.host_deliveries import (
    Reception,
    UnknownConnection,
    list_refusals,
    receive_delivery,
)
from tests.hosts import NEXT_SECRET, SECRET, WEBHOOKS, body_of, headers_of, push

pytestmark = pytest.mark.django_db

BODY = body_of("listing.changed", {"id": "M-1", "title": "Marlow Walker"})


@pytest.fixture(autouse=True)
def _connected(settings: Any) -> None:
    settings.FOOTBACK = {"WEBHOOKS": WEBHOOKS}
    host_deliveries._told.clear()


class Greeter:
    """A reader whose host says hello first."""

    def verify(self, **_: object) -> Delivery:
        return Delivery("1", "", is_greeting=True)

    def read(self, **_: object) -> None:
        raise AssertionError("a greeting is never read")


class LongWinded(Greeter):
    def verify(self, **_: object) -> Delivery:
        return Delivery("i" * 400 + "\x00", "t" * 200)


def receive(body: bytes = BODY, *, now: datetime, **options: Any) -> Reception:
    headers = headers_of(body, at=options.pop("at", now), **options)
    return receive_delivery(name="till", headers=headers, body=body, now=now)


def test_it_stores_what_is_signed_as_it_came(now: datetime) -> None:
    assert receive(now=now, delivery_id="msg_1") is Reception.STORED
    event = HostEvent.objects.get()
    assert (event.connection, event.delivery_id, event.topic) == (
        "till",
        "msg_1",
        "listing.changed",
    )
    assert (bytes(event.body), event.body_digest) == (BODY, hashlib.sha256(BODY).hexdigest())
    assert (event.state, event.attempts, event.sent_at, event.received_at) == (
        "waiting",
        0,
        now,
        now,
    )


@pytest.mark.proof("S12")
def test_it_takes_either_secret_while_one_replaces_the_other(now: datetime, settings: Any) -> None:
    both = {"till": {**WEBHOOKS["till"], "secrets": ["", SECRET, NEXT_SECRET]}}
    settings.FOOTBACK = {"WEBHOOKS": both}
    receive(now=now, secret=SECRET)
    receive(now=now, secret=NEXT_SECRET)
    assert HostEvent.objects.count() == 2


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    "attack", ["unsigned", "wrong", "swapped", "stale", "future", "secretless"]
)
def test_it_writes_nothing_of_what_is_not_signed_as_it_must_be(
    now: datetime, settings: Any, attack: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body, headers = BODY, headers_of(BODY, at=now)
    if attack == "unsigned":
        headers = {}
    elif attack == "wrong":
        headers = headers_of(BODY, at=now, secret=NEXT_SECRET)
    elif attack == "swapped":
        body = BODY.replace(b"M-1", b"M-2")
    elif attack == "stale":
        headers = headers_of(BODY, at=now - timedelta(minutes=6))
    elif attack == "future":
        headers = headers_of(BODY, at=now + timedelta(minutes=6))
    elif attack == "secretless":
        settings.FOOTBACK = {"WEBHOOKS": {"till": {**WEBHOOKS["till"], "secrets": ["", ""]}}}
    # The first of a kind is kept for the doctor by name, code and hour; a flood asks nothing.
    with pytest.raises(RefusedDelivery):
        receive_delivery(name="till", headers=headers, body=body, now=now)
    with django_assert_num_queries(0), pytest.raises(RefusedDelivery):
        receive_delivery(name="till", headers=headers, body=body, now=now)
    assert HostEvent.objects.count() == 0


@pytest.mark.proof("S12")
def test_it_stores_a_delivery_once_however_often_it_comes(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    assert receive(now=now, delivery_id="msg_1") is Reception.STORED
    assert receive(now=now, delivery_id="msg_1") is Reception.REPEATED
    assert caplog.text == ""
    other = BODY.replace(b"Walker", b"Runner")
    assert receive(other, now=now, delivery_id="msg_1") is Reception.REPEATED
    assert bytes(HostEvent.objects.get().body) == BODY
    assert "with another body" in caplog.text
    assert receive(other, now=now, delivery_id="msg_2") is Reception.STORED


def test_it_keeps_the_deliveries_of_two_hosts_apart(now: datetime, settings: Any) -> None:
    settings.FOOTBACK = {"WEBHOOKS": {**WEBHOOKS, "web": WEBHOOKS["till"]}}
    headers = headers_of(BODY, at=now, delivery_id="msg_1")
    for name in ("till", "web"):
        assert receive_delivery(name=name, headers=headers, body=BODY, now=now) == "stored"


def test_it_knows_no_host_that_is_not_configured(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0), pytest.raises(UnknownConnection):
        receive_delivery(name="nobody", headers={}, body=BODY, now=now)


def test_it_answers_a_greeting_and_writes_nothing(
    now: datetime, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    greeter = {"reader": f"{__name__}.Greeter", "secrets": [SECRET]}
    settings.FOOTBACK = {"WEBHOOKS": {"till": greeter}}
    with django_assert_num_queries(0):
        assert receive(now=now) is Reception.GREETING


def test_it_keeps_ids_and_topics_that_fit_no_column(now: datetime, settings: Any) -> None:
    reader = {"reader": f"{__name__}.LongWinded", "secrets": [SECRET]}
    settings.FOOTBACK = {"WEBHOOKS": {"till": reader}}
    assert receive(now=now) is Reception.STORED
    event = HostEvent.objects.get()
    assert (len(event.delivery_id), len(event.topic)) == (64, 64)


def test_it_tells_the_log_why_and_no_more_than_once_a_minute(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "footback.webhooks")
    for _ in range(50):
        with pytest.raises(RefusedDelivery):
            receive_delivery(name="till", headers={}, body=b"ada@example.org", now=now)
    assert len(caplog.records) == 1
    assert "webhook of till refused: incomplete" in caplog.text
    assert "ada@" not in caplog.text
    assert [(item.connection, item.code) for item in list_refusals(now=now)] == [
        ("till", "incomplete")
    ]
    assert "ada@" not in str(NudgeControl.objects.get().hook_failures)
    assert list_refusals(now=now + timedelta(days=2)) == []


def test_it_keeps_no_name_that_a_stranger_made_up(now: datetime) -> None:
    with pytest.raises(UnknownConnection):
        receive_delivery(name="made-up", headers={}, body=b"", now=now)
    assert not NudgeControl.objects.exists()


def test_it_takes_little_work_of_the_database(
    now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):  # a look, the row, and savepoints
        push("listing.changed", {"id": "M-1", "title": "Walker"}, now=now)
