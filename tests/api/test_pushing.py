"""A host pushes order lines, withdrawals and erasures: each item answered by itself ..."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from shop_plugin.api.pushing import OrdersView
from shop_plugin.models import AuditEntry, Consent, Contact, Listing, Purchase, Suppression
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.intake.order_uploads import MOST_LINES
from tests.api.conftest import Catalogue
from tests.factories import ContactFactory, ListingFactory, PurchaseFactory

LINE = {
    "id": "L-1",
    "order_id": "1001",
    "ordered_at": "2026-03-31T10:15:00Z",
    "listing_id": "M-1",
    "title": "Marlow Walker",
    "size": "38",
    "customer_id": "C-7",
    "email": "ada@example.org",
    "country": "DE",
}


@pytest.fixture
def orders_key(make_key) -> str:
    return make_key(Scope.ORDERS)


def push(send, key: str, *rows: object, source: str = "north", **more: Any) -> dict[str, Any]:
    answer = send("POST", "orders/", {"source": source, "rows": list(rows)}, key=key, **more)
    assert answer.status_code == 200, answer.content
    assert "ada@example.org" not in answer.content.decode()
    return answer.json()


def states(answer: dict[str, Any]) -> list[str]:
    return [result["state"] for result in answer["results"]]


def codes(answer: dict[str, Any]) -> list[list[str]]:
    return [[item["code"] for item in result["problems"]] for result in answer["results"]]


# ---- orders ----------------------------------------------------------------------------


def test_records_an_order_line_and_says_nothing_new_the_second_time(send, orders_key) -> None:
    ListingFactory(source="north", external_id="M-1", title="Marlow Walker")
    first = push(send, orders_key, LINE)
    assert first == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "results": [
            {"pointer": "/rows/0", "state": "created", "has_listing": True, "problems": []}
        ],
    }
    pair = Purchase.objects.get(source="north", external_id="L-1")
    assert (pair.order_id, pair.contact.email) == ("1001", "ada@example.org")
    assert states(push(send, orders_key, LINE)) == ["unchanged"]
    returned = push(send, orders_key, {**LINE, "quantity_returned": 1})
    assert states(returned) == ["updated"]
    pair.refresh_from_db()
    assert pair.status == Purchase.Status.RETURNED


def test_refuses_each_bad_row_by_itself_with_its_place(send, orders_key) -> None:
    answer = push(
        send,
        orders_key,
        {"order_id": "1"},
        LINE,
        "not an object",
        {**LINE, "id": "L-2", "quantity": 1, "quantity_returned": 2},
        {**LINE, "id": "L-3", "email": "nobody", "country": "Germany"},
    )
    assert states(answer) == ["refused", "created", "refused", "refused", "created"]
    assert codes(answer) == [
        ["missing"],
        [],
        ["not_an_object"],
        ["too_many"],
        ["not_an_address", "not_a_country_code"],
    ]
    assert [item["pointer"] for item in answer["results"]] == [f"/rows/{n}" for n in range(5)]
    assert (answer["created"], answer["refused"]) == (2, 3)
    assert Purchase.objects.count() == 2


def test_lets_the_last_row_about_a_line_count(send, orders_key) -> None:
    answer = push(send, orders_key, LINE, {**LINE, "size": "39"})
    assert (states(answer), codes(answer)) == (["refused", "created"], [["repeated"], []])
    assert Purchase.objects.get().size == "39"


def test_lets_what_the_host_updated_last_count_whatever_comes_last(send, orders_key) -> None:
    early, late = "2026-04-01T08:00:00Z", "2026-04-02T08:00:00+02:00"
    cancelled = {**LINE, "is_cancelled": True, "updated_at": late}
    assert states(push(send, orders_key, cancelled)) == ["created"]
    answer = push(send, orders_key, {**LINE, "updated_at": early})
    assert (states(answer), codes(answer)) == (["refused"], [["outdated"]])
    assert states(push(send, orders_key, cancelled)) == ["unchanged"]
    assert Purchase.objects.get().status == Purchase.Status.CANCELLED
    newest = {**LINE, "size": "40", "updated_at": "2026-04-03"}
    answer = push(send, orders_key, newest, {**LINE, "size": "39", "updated_at": early})
    assert (states(answer), codes(answer)) == (["updated", "refused"], [[], ["repeated"]])
    assert Purchase.objects.get().size == "40"


def test_takes_a_row_without_a_time_of_change_as_it_comes(send, orders_key) -> None:
    push(send, orders_key, {**LINE, "updated_at": "2026-04-02"})
    assert states(push(send, orders_key, {**LINE, "size": "39"})) == ["updated"]


def test_lets_no_clock_that_is_ahead_hold_a_line_for_ever(send, orders_key) -> None:
    push(send, orders_key, {**LINE, "updated_at": "2999-01-01"})
    today = f"{timezone.now() + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    assert states(push(send, orders_key, {**LINE, "size": "39", "updated_at": today})) == [
        "updated"
    ]


def test_refuses_a_time_of_change_that_is_none(send, orders_key) -> None:
    answer = push(send, orders_key, {**LINE, "updated_at": "yesterday"})
    assert (states(answer), codes(answer)) == (["refused"], [["not_a_time"]])


def test_updates_a_line_whose_shoe_comes_into_the_catalogue_later(send, orders_key) -> None:
    assert push(send, orders_key, LINE)["results"][0]["has_listing"] is False
    assert states(push(send, orders_key, LINE)) == ["unchanged"]
    ListingFactory(source="north", external_id="M-1")
    again = push(send, orders_key, LINE)
    assert (states(again), again["results"][0]["has_listing"]) == (["updated"], True)


def test_keeps_nothing_of_somebody_who_was_erased(send, make_key, orders_key) -> None:
    push(send, orders_key, LINE)
    erase(send, make_key(Scope.CONTACTS), {"customer_id": "C-7"}, source="north")
    answer = push(send, orders_key, {**LINE, "id": "L-9"})
    assert (states(answer), codes(answer)) == (["refused"], [["person_erased"]])
    assert not Purchase.objects.exists()
    assert not Contact.objects.filter(email="ada@example.org").exists()


@pytest.mark.parametrize(
    "more",
    [
        {"status": "retired"},
        {"cycle": 9},
        {"next_due_on": "2020-01-01"},
        {"personal_factor": 5},
        {"days_per_week": 7},
        {"unsubscribe_token": "x"},
        {"is_mailable": True},
        {"contact": 1},
        {"source_kind": "lab"},
    ],
)
def test_sets_nothing_that_is_not_a_hosts_to_say(send, orders_key, more) -> None:
    ListingFactory(source="north", external_id="M-1")
    push(send, orders_key, LINE)
    before = Purchase.objects.values().get(), Contact.objects.values().get()
    assert states(push(send, orders_key, {**LINE, **more})) == ["unchanged"]
    assert (Purchase.objects.values().get(), Contact.objects.values().get()) == before


def test_names_nobody_in_the_audit_log(send, orders_key) -> None:
    push(send, orders_key, LINE)
    entry = AuditEntry.objects.get(action="upload_orders")
    assert (entry.subject, entry.after) == ("source:north", {"lines": 1})
    assert entry.actor == get_user_model().objects.get(username="till")
    push(send, orders_key, LINE)
    assert AuditEntry.objects.filter(action="upload_orders").count() == 1


def test_asks_the_database_no_more_for_many_lines_than_for_few(
    send, orders_key, django_assert_max_num_queries
) -> None:
    def lines(count: int, name: str) -> list[dict[str, object]]:
        return [
            {
                **LINE,
                "id": f"{name}-{n}",
                "order_id": f"{name}{n}",
                "customer_id": f"{name}{n}",
                "updated_at": f"2026-04-01T08:{n % 60:02}:00Z",
            }
            for n in range(count)
        ]

    push(send, orders_key, LINE)
    with django_assert_max_num_queries(25):
        push(send, orders_key, *lines(5, "few"))
    # SQLite takes so many values at once and no more; 40 times the lines are a few parts more.
    with django_assert_max_num_queries(40):
        push(send, orders_key, *lines(200, "many"))


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"source": "north"},
        {"source": "north", "rows": []},
        {"source": " ", "rows": [LINE]},
        {"source": "x" * 65, "rows": [LINE]},
        {"source": "north", "rows": [LINE] * (MOST_LINES + 1)},
        {"source": "north", "rows": [LINE], "mode": "live"},
    ],
)
def test_refuses_a_body_that_is_none(send, orders_key, body) -> None:
    answer = send("POST", "orders/", body, key=orders_key)
    assert answer.status_code == 400
    assert answer["Cache-Control"] == "no-store"
    assert not Purchase.objects.exists()


def test_refuses_a_body_that_is_too_large(send, orders_key) -> None:
    body = {"source": "north", "rows": [{**LINE, "title": "x" * OrdersView.most_body_bytes}]}
    assert send("POST", "orders/", body, key=orders_key).status_code == 413


# ---- withdrawals -----------------------------------------------------------------------


def test_withdraws_listings_and_a_row_brings_them_back(send, make_key, catalogue: Catalogue):
    key = make_key(Scope.CATALOG)
    walker = catalogue.walker
    ids = [walker.external_id, "nowhere", catalogue.withdrawn.external_id, walker.external_id]
    body = {"source": walker.source, "ids": ids, "reason": "sold off"}
    answer = send("POST", "listings/withdraw/", body, key=key).json()
    assert states(answer) == ["withdrawn", "failed", "unchanged", "unchanged"]
    assert answer["results"][0]["id"] == walker.pk
    assert answer["results"][1]["code"] == "no_listing"
    assert (answer["withdrawn"], answer["unchanged"], answer["failed"]) == (1, 2, 1)
    found = send("GET", "listings/").json()["results"]
    assert walker.pk not in [item["id"] for item in found]
    entry = AuditEntry.objects.get(action="withdraw_listings")
    assert entry.after == {"listings": [walker.pk]}
    assert entry.reason.startswith("sold off (API key")
    row = {"id": walker.external_id, "title": walker.title}
    send("POST", "listings/", {"source": walker.source, "rows": [row]}, key=key)
    walker.refresh_from_db()
    assert not walker.is_withdrawn


def test_refuses_a_withdrawal_of_nothing(send, make_key, db) -> None:
    key = make_key(Scope.CATALOG)
    for body in ({"source": "north", "ids": []}, {"source": "", "ids": ["a"]}, {"ids": ["a"]}):
        assert send("POST", "listings/withdraw/", body, key=key).status_code == 400


# ---- erasures --------------------------------------------------------------------------


def erase(send, key: str, *people: dict[str, str], source: str = "", **more: Any) -> Any:
    body = {"people": list(people), **({"source": source} if source else {}), **more}
    answer = send("POST", "contacts/erase/", body, key=key)
    assert answer.status_code == 200, answer.content
    return answer


def test_erases_by_customer_id_and_by_address(send, make_key, orders_key) -> None:
    push(send, orders_key, LINE)
    push(send, orders_key, {**LINE, "id": "L-2", "customer_id": "C-8", "email": "eve@example.org"})
    answer = erase(
        send,
        make_key(Scope.CONTACTS),
        {"customer_id": "C-7"},
        {"email": " EVE@example.org"},
        source="north",
    ).json()
    assert (answer["erased"], answer["refused"], states(answer)) == (2, 0, ["erased", "erased"])
    assert not Purchase.objects.exists()
    assert Contact.objects.filter(erased_at=None).count() == 0
    assert Suppression.objects.exclude(erased_at=None).count() == 2
    assert AuditEntry.objects.filter(action="erase").count() == 2


def test_answers_the_same_for_somebody_unknown_and_does_nothing_twice(send, make_key, orders_key):
    push(send, orders_key, LINE)
    key = make_key(Scope.CONTACTS)
    person = {"customer_id": "C-7", "email": "ada@example.org"}
    known = erase(send, key, person, source="north")
    again = erase(send, key, person, source="north")
    unknown = erase(send, key, {"customer_id": "C-X", "email": "no@example.org"}, source="north")
    assert known.content == again.content == unknown.content
    assert AuditEntry.objects.filter(action="erase").count() == 1


@pytest.mark.parametrize(
    ("person", "source", "code"),
    [
        ({}, "north", "nobody_named"),
        ({"customer_id": "", "email": ""}, "north", "nobody_named"),
        ({"email": "nobody"}, "north", "not_an_address"),
        ({"customer_id": "C-7"}, "", "source_missing"),
    ],
)
def test_refuses_who_cannot_be_told_and_erases_the_others(
    send, make_key, orders_key, person, source, code
) -> None:
    push(send, orders_key, LINE)
    key = make_key(Scope.CONTACTS)
    answer = erase(send, key, person, {"email": "ada@example.org"}, source=source).json()
    assert states(answer) == ["refused", "erased"]
    assert answer["results"][0]["code"] == code
    assert not Purchase.objects.exists()


def test_erases_nobody_where_the_list_of_erasures_cannot_be_written(
    send, make_key, orders_key, settings, tmp_path
) -> None:
    push(send, orders_key, LINE)
    settings.FOOTBACK = {"ERASURE_LOG": str(tmp_path / "nowhere" / "erased.log")}
    body = {"people": [{"email": "ada@example.org"}]}
    answer = send("POST", "contacts/erase/", body, key=make_key(Scope.CONTACTS), once="k")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "Nobody was erased" in answer.json()["detail"]
    assert Contact.objects.get().email == "ada@example.org"
    settings.FOOTBACK = {}
    mended = send("POST", "contacts/erase/", body, key=make_key(Scope.CONTACTS), once="k")
    assert mended.status_code == 200
    assert not Purchase.objects.exists()


# ---- keys of one source ----------------------------------------------------------------


@pytest.mark.proof("S04")
def test_writes_no_order_of_another_source(send, make_key) -> None:
    key = make_key(Scope.ORDERS, source="north")
    answer = push(send, key, LINE, {**LINE, "id": "L-2", "source": "south"})
    assert (states(answer), codes(answer)) == (["created", "refused"], [[], ["foreign_source"]])
    foreign = push(send, key, LINE, source="south")
    assert codes(foreign) == [["foreign_source"]]
    assert set(Purchase.objects.values_list("source", flat=True)) == {"north"}


@pytest.mark.proof("S04")
def test_touches_no_listing_of_another_source(send, make_key, catalogue: Catalogue) -> None:
    key = make_key(*Scope, source="north")
    foreign = catalogue.silent
    own = ListingFactory(source="north", external_id="M-1")
    before = list(Listing.objects.filter(source=foreign.source).order_by("pk").values())
    path = f"listings/{foreign.pk}/facts/"
    missing = f"listings/{10**9}/facts/"
    fact = {"value": "3"}
    for place in ("arch_support/", ""):
        method, body = ("PUT", fact) if place else ("PATCH", {"facts": {"arch_support": fact}})
        answers = [send(method, p + place, body, key=key, match="*") for p in (path, missing)]
        assert {answer.status_code for answer in answers} == {404}
        assert answers[0].content == answers[1].content
    assert send("DELETE", f"{path}arch_support/", key=key, match="*").status_code == 404
    facts = [
        {"listing": foreign.pk, "attribute": "arch_support", "value": "3"},
        {
            "source": foreign.source,
            "external_id": foreign.external_id,
            "attribute": "arch_support",
            "value": "3",
        },
        {"listing": own.pk, "attribute": "arch_support", "value": "3"},
    ]
    batch = send("POST", "facts/", {"facts": facts}, key=key).json()
    assert [item["code"] for item in batch["results"]] == ["no_listing", "no_listing", ""]
    row = {"id": foreign.external_id, "title": "Taken over"}
    for rows, source in (([row], foreign.source), ([{**row, "source": foreign.source}], "north")):
        body = {"source": source, "rows": rows}
        answer = send("POST", "listings/", body, key=key).json()
        assert codes(answer) == [["foreign_source"]]
    body = {"source": foreign.source, "ids": [foreign.external_id]}
    answer = send("POST", "listings/withdraw/", body, key=key).json()
    assert (states(answer), answer["results"][0]["id"]) == (["failed"], None)
    assert list(Listing.objects.filter(source=foreign.source).order_by("pk").values()) == before


@pytest.mark.proof("S04")
def test_erases_nobody_of_another_source(send, make_key, db) -> None:
    ada = {"email": "ada@example.org"}
    for source in ("north", "south"):
        push(send, make_key(Scope.ORDERS), LINE, source=source)
    Consent.objects.filter(contact__source="south").delete()
    south = list(Contact.objects.filter(source="south").values())
    key = make_key(Scope.CONTACTS, source="north")
    refused = erase(send, key, {"customer_id": "C-7"}, source="south").json()
    assert refused["results"][0]["code"] == "foreign_source"
    assert Purchase.objects.count() == 2
    erase(send, key, {"customer_id": "C-7"}, ada)
    assert list(Contact.objects.filter(source="south").values()) == south
    assert list(Purchase.objects.values_list("source", flat=True)) == ["south"]
    # The other shop's customer may still be written to.
    assert not Suppression.objects.exists()
    erase(send, make_key(Scope.CONTACTS), ada)
    assert not Purchase.objects.exists()
    assert Suppression.objects.exclude(erased_at=None).count() == 1


def test_erases_many_people_in_one_order_of_locks(send, make_key, db) -> None:
    people = [ContactFactory(email=f"p{n}@example.org", external_id=f"P-{n}") for n in range(3)]
    for person in people:
        PurchaseFactory(contact=person)
    source = people[0].source
    named = [{"customer_id": person.external_id} for person in reversed(people)]
    erase(send, make_key(Scope.CONTACTS), *named, source=source)
    assert not Purchase.objects.exists()
