"""What the doctor says of webhooks: report_webhooks ..."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shop_plugin.models import HostEvent, HostNews, NewsTarget
from shop_plugin.services.doctor.webhook_report import report_webhooks
from shop_plugin.services.people.host_hooks import keep_failure
from tests.hosts import SECRET, WEBHOOKS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connected(settings: Any) -> None:
    target = {"url": "https://erp.example/in", "secrets": [SECRET], "events": ["nudge.sent"]}
    settings.FOOTBACK = {"WEBHOOKS": WEBHOOKS, "WEBHOOK_TARGETS": {"erp": target}}


def add(now: datetime, state: str, *, minutes: int = 0, days: int = 0) -> None:
    HostEvent.objects.create(
        connection="till",
        delivery_id=str(HostEvent.objects.count()),
        state=state,
        received_at=now - timedelta(days=days),
        not_before=now - timedelta(minutes=minutes),
        body=b"canary@example.org",
        body_digest="d",
    )


def findings(now: datetime) -> dict[str, tuple[str, str]]:
    return {item.code: (item.level.value, item.text) for item in report_webhooks(now=now)}


def test_it_is_content_with_what_has_just_come_in(now: datetime) -> None:
    add(now, "waiting", minutes=1)
    add(now, "applied")
    found = findings(now)
    assert {level for level, _text in found.values()} == {"ok"}
    assert found["webhooks.connections"][1] == "Webhooks are taken from till."


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "Nothing has come from till yet, or not for as long as it is kept."),
        (9, "Nothing has come from till for 9 days."),
        (6, ""),
    ],
)
def test_it_says_which_host_has_fallen_silent(now: datetime, days: int | None, said: str) -> None:
    if days is not None:
        add(now, "applied", days=days)
        add(now, "applied", days=days + 2)
    level, text = findings(now).get("webhooks.silent", ("", ""))
    assert (level, text) == ("notice" if said else "", said)


def test_it_says_that_nobody_rings(now: datetime) -> None:
    add(now, "waiting", minutes=40)
    add(now, "waiting", minutes=-40)  # tried, and not due again yet
    level, text = findings(now)["webhooks.waiting"]
    assert (level, text) == (
        "problem",
        "1 webhook is due and not carried out, the oldest for 40 minutes.",
    )


def test_it_says_what_failed_and_what_waits_for_a_person(now: datetime) -> None:
    for state in ("failed", "refused", "refused", "held"):
        add(now, state)
    found = findings(now)
    assert found["webhooks.failed"] == (
        "problem",
        "1 webhook failed for good, and 2 could not be read.",
    )
    assert found["webhooks.held"][0] == "notice"
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    ("state", "level"),
    [({"failures": 2, "last_code": "500"}, "notice"), ({"off_since": True}, "problem"), ({}, "ok")],
)
def test_it_says_how_a_target_is_doing(now: datetime, state: dict[str, Any], level: str) -> None:
    if "off_since" in state:
        state = {"off_since": now}
    NewsTarget.objects.create(name="erp", **state)
    HostNews.objects.create(
        target="erp", kind="nudge.sent", subject="x", not_before=now, created_at=now
    )
    assert findings(now)["webhooks.target"][0] == level


def test_it_says_what_was_refused_and_what_to_do(now: datetime) -> None:
    keep_failure(name="webhook:till:wrong_signature", what="wrong_signature", now=now)
    keep_failure(name="webhook:gone:stale", what="stale", now=now)  # no connection any more
    (found,) = [item for item in report_webhooks(now=now) if item.code == "webhooks.unsigned"]
    assert found.level.value == "notice"
    assert found.text.startswith("Webhooks of till were refused as wrong_signature, last at ")
    assert found.remedy.startswith("Compare the secret in WEBHOOKS with the host's.")
    later = report_webhooks(now=now + timedelta(days=2))
    assert "webhooks.unsigned" not in {item.code for item in later}
