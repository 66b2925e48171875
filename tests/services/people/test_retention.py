"""How long things are kept: keep_house ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Consent,
    HostEvent,
    HostNews,
    JobRun,
    Message,
    Nudge,
    Purchase,
    RefusedRow,
    Suppression,
    WebhookEvent,
)
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.people.retention import keep_house
from shop_plugin.tasks import retention
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def add_message(now, *, days: int, state: str = "sent") -> Message:
    at = now - timedelta(days=days)
    message = Message.objects.create(
        contact=add_person(), state=state, not_before=at, created_at=at, handed_at=at
    )
    Attempt.objects.create(message=message, at=at, phase="data")
    return message


def test_counts_and_deletes_nothing_until_it_is_told(now):
    add_message(now, days=500)
    before = keep_house(now=now)
    assert (before.is_applied, before.attempts, before.messages) == (False, 1, 1)
    assert (Message.objects.count(), Attempt.objects.count()) == (1, 1)
    assert not AuditEntry.objects.filter(action="retention").exists()


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_keeps_what_mail_providers_reported_thirty_days(now, days, left):
    at = now - timedelta(days=days)
    WebhookEvent.objects.create(
        provider="Test",
        event_id="1",
        fate="bounced",
        outcome="unknown",
        occurred_at=at,
        received_at=at,
    )
    assert keep_house(now=now, apply=True).webhook_events == 1 - left
    assert WebhookEvent.objects.count() == left


@pytest.mark.parametrize(
    ("days", "messages", "attempts"), [(89, 1, 1), (91, 1, 0), (399, 1, 0), (401, 0, 0)]
)
def test_keeps_attempts_ninety_days_and_mails_four_hundred(now, days, messages, attempts):
    add_message(now, days=days)
    keep_house(now=now, apply=True)
    assert (Message.objects.count(), Attempt.objects.count()) == (messages, attempts)


@pytest.mark.parametrize("state", ["ready", "claimed", "handing", "retry_wait", "uncertain"])
def test_never_touches_a_mail_that_may_still_move(now, state):
    add_message(now, days=5000, state=state)
    keep_house(now=now, apply=True)
    assert Message.objects.count() == 1


def test_keeps_that_a_stage_was_said_so_that_it_is_never_said_again(now):
    pair = add_pair(due_on=now.date())
    plan_nudges(now=now)
    Message.objects.update(state="sent", handed_at=now - timedelta(days=500))
    Nudge.objects.update(state="sent")
    keep_house(now=now, apply=True)
    assert not Message.objects.exists()
    assert Nudge.objects.get().purchase == pair
    assert plan_nudges(now=now).due == 0


def test_forgets_consent_three_years_after_the_relation_ended_and_no_no(now):
    ended, worn, recent = add_person(), add_person(), add_person()
    add_pair(due_on=now.date(), contact=ended)
    Purchase.objects.update(status="retired", ordered_at=now - timedelta(days=1500))
    add_pair(due_on=now.date(), contact=worn)
    Purchase.objects.filter(contact=worn).update(ordered_at=now - timedelta(days=1500))
    add_pair(due_on=now.date(), contact=recent)
    Purchase.objects.filter(contact=recent).update(status="retired")
    Consent.objects.update(at=now - timedelta(days=1400))
    assert keep_house(now=now, apply=True).consents == 1
    assert set(Consent.objects.values_list("contact_id", flat=True)) == {worn.pk, recent.pk}
    unsubscribe(token=ended.unsubscribe_token, now=now - timedelta(days=1400))
    keep_house(now=now, apply=True)
    assert Suppression.objects.get().email_hash == ended.email_hash
    assert not Consent.objects.filter(contact=ended).exists()


def test_forgets_refused_rows(now):
    for days in (10, 100):
        run = JobRun.objects.create(kind="import_orders", started_at=now - timedelta(days=days))
        RefusedRow.objects.create(run=run, line=1, code="x", reason="x", raw="ada@example.org")
    assert keep_house(now=now, apply=True).refused_rows == 1
    assert RefusedRow.objects.count() == 1
    assert AuditEntry.objects.get(action="retention").after["refused_rows"] == 1


def test_finds_nothing_when_it_runs_again(now):
    add_message(now, days=500)
    assert keep_house(now=now, apply=True).total == 2
    assert keep_house(now=now, apply=True).total == 0


def test_follows_the_setting_when_beat_rings(now, settings):
    add_message(now, days=5000)
    assert retention()["messages"] == 1
    assert Message.objects.exists()
    settings.FOOTBACK = {**settings.FOOTBACK, "RETENTION_MODE": "apply"}
    assert retention()["messages"] == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("state", "days", "is_left", "has_body"),
    [
        ("applied", 29, True, False),
        ("applied", 31, False, False),
        ("ignored", 31, False, False),
        ("failed", 13, True, True),
        ("failed", 15, True, False),
        ("refused", 15, True, False),
        ("failed", 31, False, False),
        ("waiting", 31, True, True),
        ("held", 31, True, True),
    ],
)
def test_keeps_webhooks_and_their_bodies_no_longer_than_it_must(
    now, state, days, is_left, has_body
):
    at = now - timedelta(days=days)
    HostEvent.objects.create(
        connection="till",
        delivery_id="1",
        state=state,
        received_at=at,
        not_before=at,
        finished_at=None if state == "waiting" else at,
        body=None if state in ("applied", "ignored") else b"ada@example.org",
        body_digest="d",
    )
    seen = keep_house(now=now)
    assert seen == keep_house(now=now)
    keep_house(now=now, apply=True)
    left = HostEvent.objects.first()
    assert (left is not None) == is_left
    assert bool(left and left.body) == has_body
    assert keep_house(now=now, apply=True).total == 0


def test_keeps_what_targets_were_told_as_long_as_reports(now):
    for days, state in ((29, "sent"), (31, "sent"), (31, "given_up"), (31, "waiting")):
        at = now - timedelta(days=days)
        HostNews.objects.create(
            target="erp",
            kind="nudge.sent",
            subject=f"{days}{state}",
            state=state,
            not_before=at,
            created_at=at,
            finished_at=None if state == "waiting" else at,
        )
    assert keep_house(now=now, apply=True).host_news == 2
    assert HostNews.objects.count() == 2
