"""A request that is sent again with its Idempotency-Key is done once ..."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from shop_plugin.models import AuditEntry, Contact, IdempotencyRecord, Listing, Purchase
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.people.retention import keep_house
from tests.api.test_pushing import LINE

ROWS = {"source": "north", "rows": [{"id": "M-1", "title": "Marlow Walker"}]}
ORDERS = {"source": "north", "rows": [LINE]}
PEOPLE = {"people": [{"email": "ada@example.org"}]}
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(make_key) -> str:
    return make_key(*Scope)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("listings/", ROWS),
        ("orders/", ORDERS),
        ("contacts/erase/", PEOPLE),
        ("listings/withdraw/", {"source": "north", "ids": ["M-1"]}),
        ("facts/", {"facts": [{"listing": 1, "attribute": "arch_support", "value": "3"}]}),
    ],
)
def test_gives_the_first_answer_again_word_for_word(send, key, path, body) -> None:
    first = send("POST", path, body, key=key, once=KEY)
    assert first.status_code == 200, first.content
    assert "Idempotency-Replayed" not in first
    entries = AuditEntry.objects.count()
    again = send("POST", path, body, key=key, once=KEY)
    assert again["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again["Content-Type"], again["Cache-Control"]) == ("application/json", "no-store")
    assert AuditEntry.objects.count() == entries


def test_says_created_again_and_does_nothing_where_the_row_is_gone_meanwhile(send, key) -> None:
    send("POST", "orders/", ORDERS, key=key, once=KEY)
    Purchase.objects.all().delete()
    again = send("POST", "orders/", ORDERS, key=key, once=KEY).json()
    assert again["created"] == 1
    assert not Purchase.objects.exists()


def test_keeps_the_key_quoted_as_structured_fields_are(send, key) -> None:
    send("POST", "listings/", ROWS, key=key, once=f'"{KEY}"')
    again = send("POST", "listings/", ROWS, key=key, once=KEY)
    assert again["Idempotency-Replayed"] == "true"


def test_refuses_a_key_that_was_given_to_another_request(send, key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    for path, body in (("listings/", {**ROWS, "source": "south"}), ("orders/", ORDERS)):
        answer = send("POST", path, body, key=key, once=KEY)
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert "another request" in answer.json()["detail"]
    assert Listing.objects.count() == 1
    assert not Purchase.objects.exists()


def test_tells_programs_apart(send, key, make_key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    other = send("POST", "listings/", ROWS, key=make_key(*Scope), once=KEY)
    assert "Idempotency-Replayed" not in other
    assert other.json()["unchanged"] == 1


def test_leaves_the_key_free_where_the_request_was_refused(send, key) -> None:
    assert send("POST", "listings/", {"source": "north"}, key=key, once=KEY).status_code == 400
    assert not IdempotencyRecord.objects.exists()
    mended = send("POST", "listings/", ROWS, key=key, once=KEY)
    assert mended.json()["created"] == 1


def test_gives_nothing_to_who_lost_the_right_meanwhile(send, key, make_key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    make_key(Scope.FACTS, permissions=())
    assert send("POST", "listings/", ROWS, key=key, once=KEY).status_code == 403


def test_does_it_anew_after_a_day(send, key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    IdempotencyRecord.objects.update(at=timezone.now() - timedelta(hours=24))
    again = send("POST", "listings/", {**ROWS, "source": "south"}, key=key, once=KEY)
    assert "Idempotency-Replayed" not in again
    assert again.json()["created"] == 1
    replayed = send("POST", "listings/", {**ROWS, "source": "south"}, key=key, once=KEY)
    assert replayed["Idempotency-Replayed"] == "true"


def test_takes_up_what_a_process_that_died_left(send, key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    Listing.objects.all().delete()
    IdempotencyRecord.objects.update(status=None, body="")
    again = send("POST", "listings/", ROWS, key=key, once=KEY)
    assert (again.status_code, again.json()["created"]) == (200, 1)


@pytest.mark.parametrize("once", ["a b", "x" * 256, '"', "schl\u00fcssel", '"a"b', "a\tb"])
def test_refuses_a_key_that_is_none(send, key, once) -> None:
    answer = send("POST", "listings/", ROWS, key=key, once=once)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert not Listing.objects.exists()


def test_asks_who_it_is_before_it_looks_at_the_key(send) -> None:
    assert send("POST", "listings/", ROWS, once=KEY).status_code == 401
    assert not IdempotencyRecord.objects.exists()


def test_keeps_nothing_of_a_person(send, key) -> None:
    for number, (path, body) in enumerate((("orders/", ORDERS), ("contacts/erase/", PEOPLE))):
        send("POST", path, body, key=key, once=f"{KEY}-{number}")
    kept: Any = str(list(IdempotencyRecord.objects.values()))
    for secret in ("ada@example.org", "C-7", "1001", "L-1"):
        assert secret not in kept
    assert Contact.objects.filter(email="ada@example.org").count() == 0


def test_is_forgotten_by_retention_after_a_day(send, key) -> None:
    send("POST", "listings/", ROWS, key=key, once=KEY)
    now = timezone.now()
    assert keep_house(now=now, apply=True).idempotency_records == 0
    assert keep_house(now=now + timedelta(hours=25)).idempotency_records == 1
    keep_house(now=now + timedelta(hours=25), apply=True)
    assert not IdempotencyRecord.objects.exists()
