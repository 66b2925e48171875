"""Somebody else's address, given with very many orders: the mailer ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from shop_plugin.models import Contact, Message
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence, record_outcome
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.transport.smtp import FenceClosed, Outcome, Phase, Result
from tests.nudging import RACE_TRIALS, add_pair, add_person, open_shop
from tests.services.pairs.test_answers import in_threads, needs_row_locks

pytestmark = pytest.mark.django_db(transaction=True)

VICTIM = "victim@example.org"


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def accounts_of_the_victim(now, count: int, pairs: int = 1) -> None:
    """Accounts of many shops, all with one mailbox however it is written."""
    for number in range(count):
        spelling = VICTIM.upper() if number % 2 else VICTIM
        person = add_person(email=spelling, source=f"shop-{number % 50}")
        for _ in range(pairs):
            add_pair(due_on=now.date(), contact=person)


@pytest.mark.proof("S17")
def test_writes_once_and_waits_for_its_gap_whatever_comes_in(now):
    accounts_of_the_victim(now, 60, pairs=2)
    for hours in (0, 1, 24, 24 * 10):
        run_tick(now=now + timedelta(hours=hours))
        accounts_of_the_victim(now, 5)
    assert [letter.to[0].lower() for letter in mail.outbox] == [VICTIM]
    run_tick(now=now + timedelta(days=29))
    assert len(mail.outbox) == 1
    assert audit_nudges(now=now + timedelta(days=29)).is_clean


def hand_over(claim, now) -> str:
    try:
        pass_fence(claim, now=now)
    except FenceClosed:
        return "closed"
    record_outcome(claim, Outcome(Result.SENT, Phase.ACCEPTED, code="250"), now=now, milliseconds=1)
    return "handed"


@pytest.mark.proof("T27")
def test_lets_one_of_ten_claimed_mails_through_the_fence(now):
    accounts_of_the_victim(now, 10)
    plan_nudges(now=now)
    claims = claim_messages(limit=20, now=now)
    assert len(claims) == 10
    assert sorted(hand_over(claim, now) for claim in claims) == ["closed"] * 9 + ["handed"]


@needs_row_locks
@pytest.mark.proof("T27")
def test_lets_one_through_where_ten_workers_try_at_once(now):
    for _ in range(RACE_TRIALS):
        accounts_of_the_victim(now, 10)
        plan_nudges(now=now)
        claims = claim_messages(limit=20, now=now)
        jobs = [lambda claim=claim: hand_over(claim, now) for claim in claims]
        assert sorted(in_threads(*jobs)) == ["closed"] * 9 + ["handed"]
        assert Message.objects.filter(state="sent").count() == 1
        deliver_messages(now=now + timedelta(minutes=5), budget_seconds=5)
        assert mail.outbox == []
        Contact.objects.all().delete()
