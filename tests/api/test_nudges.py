"""A host reads what became of its nudges: nudges/ ..."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from shop_plugin.models import Message, Nudge, Purchase
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.nudges.outcomes import SETTLED_AFTER
from shop_plugin.services.nudges.planning import plan_nudges
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db
SETTLED = timezone.now() - timedelta(minutes=10)


@pytest.fixture
def key(make_key) -> str:
    return make_key(Scope.NUDGES)


@pytest.fixture
def pairs(settings: Any, now: datetime) -> list[Purchase]:
    """Two pairs of two shops whose first stage is due and planned."""
    open_shop(settings, now=now)
    made = []
    for source in ("north", "south"):
        person = add_person(source=source, email=f"ada@{source}.example", first_name="Adacanary")
        made.append(
            add_pair(
                due_on=now.date(),
                contact=person,
                source=source,
                order_id=f"order-{source}",
                external_id=f"line-{source}",
            )
        )
    plan_nudges(now=now)
    Nudge.objects.update(changed_at=SETTLED)
    return made


def read(send, key: str, path: str = "nudges/") -> Any:
    answer = send("GET", path, key=key)
    assert answer.status_code == 200, answer.content
    assert (answer["Cache-Control"], "ETag" in answer) == ("private, no-store", False)
    assert "Authorization" in answer["Vary"]
    assert "canary" not in answer.content.decode().lower()
    assert "@" not in answer.content.decode()
    return answer.json()


def test_tells_what_is_planned_and_names_the_hosts_own_order_line(send, key, pairs) -> None:
    first = read(send, key)["results"][0]
    nudge = Nudge.objects.get(uuid=first["id"])
    assert first == {
        "id": str(nudge.uuid),
        "source": nudge.purchase.source,
        "order_id": nudge.purchase.order_id,
        "order_line": nudge.purchase.external_id,
        "stage": "inspect",
        "cycle": 1,
        "state": "queued",
        "reason": "",
        "due_on": nudge.due_on.isoformat(),
        "planned_at": _as_text(nudge.created_at),
        "changed_at": _as_text(SETTLED),
        "waits_until": _as_text(nudge.message.not_before),
        "message": str(nudge.message.uuid),
        "handed_at": None,
        "sent_at": None,
        "is_redirected": False,
    }
    assert read(send, key, f"nudges/{nudge.uuid}/") == first


def _as_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_tells_why_something_is_not_sent_and_when_it_was(send, key, pairs, now) -> None:
    sent, skipped = Nudge.objects.order_by("pk")
    Message.objects.filter(pk=sent.message_id).update(state="sent", sent_at=now, handed_at=now)
    Nudge.objects.filter(pk=sent.pk).update(state="sent")
    Nudge.objects.filter(pk=skipped.pk).update(state="skipped", reason="no_basis")
    Nudge.objects.update(changed_at=SETTLED)
    told = {item["id"]: item for item in read(send, key)["results"]}
    one, other = told[str(sent.uuid)], told[str(skipped.uuid)]
    assert (one["state"], one["sent_at"], one["waits_until"]) == ("sent", _as_text(now), None)
    assert (other["state"], other["reason"], other["sent_at"]) == ("skipped", "no_basis", None)


def test_walks_by_cursor_past_every_nudge_once_and_sees_what_changes_again(
    send, key, pairs
) -> None:
    original = Nudge.objects.first()
    for number in range(2, 9):
        copy = Nudge.objects.get(pk=original.pk)
        copy.pk, copy.uuid, copy.cycle = None, uuid4(), number
        copy.changed_at = SETTLED + timedelta(seconds=number // 3)
        copy.save()
    seen, path = [], "nudges/?limit=2"
    while path:
        page = read(send, key, path)
        seen += [item["id"] for item in page["results"]]
        path = page["next"] and page["next"].removeprefix("/api/footback/v1/")
    assert len(seen) == len(set(seen)) == 9
    assert page["cursor"]
    assert read(send, key, f"nudges/?cursor={page['cursor']}") == {
        "results": [],
        "next": None,
        "cursor": page["cursor"],
    }
    Nudge.objects.filter(pk=original.pk).update(
        state="cancelled", changed_at=SETTLED + timedelta(minutes=5)
    )
    (again,) = read(send, key, f"nudges/?cursor={page['cursor']}")["results"]
    assert (again["id"], again["state"]) == (str(original.uuid), "cancelled")


def test_holds_back_what_may_not_be_settled(send, key, pairs) -> None:
    assert read(send, key, "nudges/?limit=500")["results"]
    Nudge.objects.update(state=F("state"))  # dated by the database's own clock
    assert read(send, key)["results"] == []
    Nudge.objects.update(changed_at=timezone.now() - SETTLED_AFTER)
    assert len(read(send, key)["results"]) == 2


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("2020-01-01", 2),
        ("2020-01-01T00:00:00Z", 2),
        ("2020-01-01T00:00:00+02:00", 2),
        ("0001-01-01T00:00:00+14:00", 2),
        ("9999-12-31T23:59:59-14:00", 0),
    ],
)
def test_begins_where_it_is_told_to(client, key, pairs, since, count) -> None:
    for data in ({"since": since}, None):
        query = "" if data else f"?since={since}"  # a plus sign that nobody escaped
        answer = client.get(
            f"/api/footback/v1/nudges/{query}", data, headers={"Authorization": key}
        )
        assert len(answer.json()["results"]) == count


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("since=yesterday", "since", "unknown_value"),
        ("limit=0", "limit", "unknown_value"),
        ("limit=501", "limit", "unknown_value"),
        ("limit=\u0663", "limit", "unknown_value"),
        ("limit=1&limit=2", "limit", "given_twice"),
        ("cursor=x", "cursor", "cursor_unusable"),
        ("cursor=", "cursor", "cursor_unusable"),
        ("cursor=x&since=2020-01-01", "since", "unknown_value"),
        ("source=south", "source", "unknown_parameter"),
        ("email=ada@example.org", "email", "unknown_parameter"),
    ],
)
def test_refuses_a_query_that_means_nothing(send, key, query, parameter, code) -> None:
    answer = send("GET", f"nudges/?{query}", key=key)
    assert answer.status_code == 400
    assert [(e["parameter"], e["code"]) for e in answer.json()["errors"]] == [(parameter, code)]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.proof("S04")
def test_tells_a_key_of_one_source_of_that_source_alone(send, make_key, pairs) -> None:
    own = make_key(Scope.NUDGES, source="north")
    foreign = Nudge.objects.get(purchase__source="south")
    page = read(send, own)
    assert [item["source"] for item in page["results"]] == ["north"]
    there = send("GET", f"nudges/{foreign.uuid}/", key=own)
    nowhere = send("GET", f"nudges/{uuid4()}/", key=own)
    assert {there.status_code, nowhere.status_code} == {404}
    assert there.content == nowhere.content
    # Nor does a cursor of one source lead into another.
    other = make_key(Scope.NUDGES, source="south")
    for key in (other, make_key(Scope.NUDGES)):
        answer = send("GET", f"nudges/?cursor={page['cursor']}", key=key)
        assert answer.json()["errors"][0]["code"] == "cursor_unusable"


def test_knows_no_nudge_by_a_number(send, key, pairs) -> None:
    for name in (Nudge.objects.first().pk, "x", "0" * 40, "%00"):
        assert send("GET", f"nudges/{name}/", key=key).status_code == 404


def test_costs_one_query_for_any_number(send, key, pairs, django_assert_max_num_queries) -> None:
    read(send, key)
    with django_assert_max_num_queries(4):  # the key, its user's rights (2), the nudges
        read(send, key)


def test_counts_reading_by_a_limit_of_its_own(send, key, settings) -> None:
    settings.FOOTBACK = {**settings.FOOTBACK, "API_RATE_KEYED": "2/hour"}
    for wanted in (200, 200, 429):
        answer = send("GET", "nudges/", key=key)
        assert answer.status_code == wanted
    assert answer["RateLimit-Policy"] == '"keyed";q=2;w=3600'
    assert send("GET", "listings/").status_code == 200
    assert send("GET", "nudges/", key="Bearer fbk_0_0").status_code == 429


def test_says_nothing_to_a_body_of_a_head_request(client, key, pairs) -> None:
    answer = client.head("/api/footback/v1/nudges/", headers={"Authorization": key})
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/api/footback/v1/nudges/").status_code == 401
