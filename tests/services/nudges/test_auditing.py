"""The laws of the mailer on the live database: the audit ..."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Attempt, Message, Nudge, Purchase, Suppression
from shop_plugin.services.nudges.addresses import answer_link
from shop_plugin.services.nudges.auditing import LAWS, audit_nudges
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.pairs.answers import record_answer, undo_answer
from shop_plugin.services.pairs.pair_changes import Answer, Wish
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = Path(__file__).resolve().parents[3] / "docs/reference/nudge-states.md"


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture
def sent(now) -> Message:
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=20)
    return Message.objects.get()


@pytest.fixture
def waiting(now) -> Message:
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    return Message.objects.get()


def broken(at) -> dict[str, int]:
    return {item.law: item.count for item in audit_nudges(now=at).violations}


def test_finds_nothing_where_nothing_was_done(now):
    audit = audit_nudges(now=now)
    assert audit.is_clean
    assert audit.checked == tuple(LAWS)


def test_finds_nothing_after_mails_were_sent_planned_and_held(sent, now):
    add_pair(due_on=now.date())
    add_pair(due_on=now.date() + timedelta(days=40), contact=sent.contact)
    plan_nudges(now=now)
    claim_messages(limit=1, now=now)
    assert broken(now) == {}


def test_changes_nothing(sent, now):
    before = list(Message.objects.values()), list(Nudge.objects.values())
    audit_nudges(now=now + timedelta(days=2))
    assert (list(Message.objects.values()), list(Nudge.objects.values())) == before


def test_finds_a_note_in_somebody_elses_mail(sent, now):
    Message.objects.update(contact=add_person())
    assert broken(now)["I2"] == 1


def test_finds_a_note_that_joined_a_mail_after_it_left(sent, now):
    Nudge.objects.update(created_at=sent.handed_at + timedelta(minutes=1))
    assert broken(now) == {"I2": 1}


def test_finds_a_mail_that_is_held_without_a_lease(waiting, now):
    Message.objects.update(state="claimed", token="x", lease_until=None)
    assert broken(now) == {"I3": 1}


def test_finds_a_mail_that_was_accepted_twice(sent, now, settings):
    Attempt.objects.create(message=sent, at=now, phase="accepted", code="250")
    assert broken(now) == {"I4": 1}
    settings.FOOTBACK = {**settings.FOOTBACK, "IDEMPOTENCY_HEADER": "X-Key"}
    assert broken(now) == {}


def test_finds_a_mail_that_left_after_an_unsubscribe(sent, now):
    no = Suppression.objects.create(
        email_hash=sent.contact.email_hash,
        reason="unsubscribed",
        at=sent.handed_at + timedelta(seconds=1),
    )
    assert broken(now) == {}
    Suppression.objects.filter(pk=no.pk).update(at=sent.handed_at - timedelta(seconds=1))
    assert broken(now) == {"I5": 1}
    assert audit_nudges(now=now).violations[0].examples == (str(sent.uuid),)


def test_finds_a_mail_that_nobody_takes_back(waiting, now):
    Message.objects.update(state="handing", token="x", lease_until=now - timedelta(minutes=50))
    assert "I6" not in broken(now)
    assert broken(now + timedelta(hours=1))["I6"] == 1


@pytest.mark.parametrize("state", ["queued", "uncertain", "failed"])
def test_finds_a_note_whose_fate_is_not_that_of_its_mail(sent, now, state):
    Nudge.objects.update(state=state)
    assert broken(now) == {"I7a": 1}


def test_finds_a_note_that_waits_in_no_mail(waiting, now):
    Nudge.objects.update(message=None)
    assert broken(now)["I7a"] == 1


def test_finds_a_pair_that_was_forgotten(now):
    pair = add_pair(due_on=now.date() - timedelta(days=3))
    assert broken(now) == {"I7b": 1}
    Purchase.objects.filter(pk=pair.pk).update(snoozed_until=now.date() + timedelta(days=9))
    assert broken(now) == {}
    Purchase.objects.filter(pk=pair.pk).update(snoozed_until=None)
    plan_nudges(now=now)
    assert broken(now) == {}


def test_gives_the_next_round_time_to_plan_what_an_owner_has_just_said(now):
    pair = add_pair(due_on=now.date() - timedelta(days=20))
    run_tick(now=now)
    answer = answer_link(Nudge.objects.select_related("message").get(purchase=pair))
    signed = answer.partition("/f/a/")[2].partition("/")[0]
    said_at = now + timedelta(days=4)
    with time_machine.travel(said_at, tick=False):
        record_answer(signed=signed, wish=Wish(Answer.STILL_FINE), now=said_at)
        undo_answer(signed=signed, now=said_at)
    assert Purchase.objects.get().next_due_on < now.date()
    assert broken(said_at + timedelta(minutes=1)) == {}
    assert broken(said_at + timedelta(hours=2)) == {"I7b": 1}
    run_tick(now=said_at + timedelta(hours=2))
    assert broken(said_at + timedelta(hours=2)) == {}


def copy_of(message, *, handed_at):
    message.pk = None
    message.uuid = message._meta.get_field("uuid").default()
    message.message_id_header = ""
    message.handed_at = handed_at
    message.save()


def test_finds_two_mails_closer_than_the_gap(sent, now):
    copy_of(sent, handed_at=sent.handed_at - timedelta(days=29))
    assert broken(now) == {"I8": 1}


def test_finds_more_mails_in_a_year_than_the_cap(sent, now):
    for number in range(1, 6):
        copy_of(sent, handed_at=now - timedelta(days=31 * number))
    assert broken(now) == {}
    copy_of(sent, handed_at=now - timedelta(days=31 * 6))
    assert broken(now) == {"I8": 1}


def test_finds_a_second_note_that_left_too_early(now):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=20)
    second = Nudge.objects.get(purchase=pair, stage=Stage.REPLACE, state="sent")
    first = Message.objects.get()
    copy_of(first, handed_at=second.message.handed_at - timedelta(days=20))
    Nudge.objects.filter(purchase=pair, stage=Stage.INSPECT).update(
        state="sent", message=first, created_at=now - timedelta(days=25)
    )
    assert "I9" in broken(now)
    Message.objects.filter(pk=first.pk).update(
        handed_at=second.message.handed_at - timedelta(days=22)
    )
    assert "I9" not in broken(now)


def test_finds_a_mail_with_the_message_id_of_another(sent, now):
    Message.objects.update(message_id_header="<fb.other@marlow.example>")
    assert broken(now + timedelta(hours=1)) == {"I12": 1}


@contextmanager
def without_constraint(name, monkeypatch):
    """Take a unique constraint away, as a careless restore would."""
    (unique,) = (item for item in Nudge._meta.constraints if item.name == name)
    others = [item for item in Nudge._meta.constraints if item is not unique]
    with monkeypatch.context() as patch:
        patch.setattr(Nudge._meta, "constraints", others)
        with connection.schema_editor() as editor:
            editor.remove_constraint(Nudge, unique)
        yield
    Nudge.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Nudge, unique)


def test_finds_a_stage_written_down_twice_where_the_constraint_is_gone(sent, now, monkeypatch):
    with without_constraint("footback_nudge_once", monkeypatch):
        nudge = Nudge.objects.get()
        nudge.pk, nudge.uuid = None, uuid4()
        nudge.save()
        assert broken(now) == {"I1": 1}


def test_names_every_law_in_the_reference():
    told = re.findall(r"^\| `(I\w+)` \|", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert told == list(LAWS)
