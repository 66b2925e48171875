"""What a person decides while a mail is about to leave: a decision ..."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Contact, Message, Purchase
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence
from shop_plugin.services.nudges.mail_settings import set_pace, stop_mails
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.my_pairs import change_pair
from shop_plugin.services.pairs.pair_changes import Answer, Wish
from shop_plugin.services.people.erasure import erase_person
from shop_plugin.services.people.personal_access import find_person_by_token
from shop_plugin.services.transport.smtp import FenceClosed
from tests.nudging import RACE_TRIALS, add_pair, add_person, open_shop
from tests.services.pairs.test_answers import in_threads, needs_row_locks
from tests.storefront.test_preferences import everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def decide_for(pair: Purchase, now, wish: Wish):
    person = find_person_by_token(pair.contact.unsubscribe_token)
    return change_pair(person=person, key=pair.pk, wish=wish, seen=0, now=now, where="test")


def rarely(pair: Purchase, now):
    person = find_person_by_token(pair.contact.unsubscribe_token)
    set_pace(person=person, days_between=180, mails_per_year=None, now=now, where="test")


def not_at_all(pair: Purchase, now):
    person = find_person_by_token(pair.contact.unsubscribe_token)
    stop_mails(person=person, now=now, where="test")


DECISIONS = {
    "stop this pair": lambda pair, now: decide_for(pair, now, Wish(Answer.STOP)),
    "snooze": lambda pair, now: decide_for(pair, now, Wish(Answer.SNOOZE, 60)),
    "still fine": lambda pair, now: decide_for(pair, now, Wish(Answer.STILL_FINE)),
    "replaced": lambda pair, now: decide_for(pair, now, Wish(Answer.REPLACED)),
    "given away": lambda pair, now: decide_for(pair, now, Wish(Answer.GIVEN)),
    "fewer": rarely,
    "none": not_at_all,
    "erased": lambda pair, now: erase_person(contact_id=pair.contact_id, now=now),
}


def a_claimed_mail(now):
    """A mail that a worker holds, to a person who had another sixty days ago."""
    person = add_person()
    add_pair(due_on=now.date() - timedelta(days=60), contact=person)
    plan_nudges(now=now - timedelta(days=60))
    deliver_messages(now=now - timedelta(days=60), budget_seconds=5)
    pair = add_pair(due_on=now.date(), contact=person, use_category="heel")
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    return pair, claim


@pytest.mark.proof("T26")
@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
def test_that_is_made_before_the_fence_closes_it(now, decide):
    pair, claim = a_claimed_mail(now)
    mail.outbox.clear()
    decide(pair, now)
    with pytest.raises(FenceClosed):
        pass_fence(claim, now=now)
    Message.objects.filter(state="claimed").update(lease_until=now - timedelta(days=9))
    deliver_messages(now=now, budget_seconds=5)
    assert mail.outbox == []


@pytest.mark.proof("T25", "T26")
@needs_row_locks
@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
def test_either_stops_a_mail_or_comes_after_its_hand_over_began(now, decide):
    for _ in range(RACE_TRIALS):
        pair, claim = a_claimed_mail(now)
        seen = []

        def say(pair=pair, claim=claim, seen=seen):
            decide(pair, now)
            seen.append(Message.objects.get(pk=claim.message.pk).state)

        def hand_over(claim=claim):
            try:
                pass_fence(claim, now=now)
            except FenceClosed:
                return "closed"
            return "handed"

        _, handed = in_threads(say, hand_over)
        # Once the decision stands, the mail does not begin to leave.
        if handed == "handed":
            assert seen == ["handing"]
        else:
            assert seen[0] in ("claimed", "cancelled")
        Contact.objects.all().delete()


@needs_row_locks
def test_does_not_deadlock_with_another_about_a_pair_worn_in_turn(now):
    person = add_person()
    pairs = [
        add_pair(due_on=now.date() + timedelta(days=90 + n), contact=person, days_per_week=None)
        for n in range(2)
    ]
    Purchase.objects.filter(pk=pairs[0].pk).update(status="replaced")
    decide_for(pairs[0], now, Wish(Answer.KEPT))
    wishes = [Wish(Answer.STILL_FINE), Wish(Answer.SNOOZE, 30), Wish(Answer.STOP)]
    jobs = [lambda p=p, w=w: decide_for(p, now, w) for p in pairs for w in wishes]
    assert len(in_threads(*jobs)) == 6


LINK = re.compile(r"https://marlow\.example(/[^\s\"'<>]*)")


@pytest.mark.proof("S01")
def test_is_never_made_by_a_scanner_that_opens_every_link_of_a_mail(client):
    now = timezone.now()
    add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    letter = mail.outbox[0]
    text = letter.body + letter.alternatives[0][0] + letter.extra_headers["List-Unsubscribe"]
    paths = {path.replace("&amp;", "&") for path in LINK.findall(text)}
    kinds = {path.split("/")[2] for path in paths if path.startswith("/f/")}
    assert kinds == {"a", "p", "u"}
    before = everything()
    for path in paths:
        for method in ("get", "head", "options"):
            response = getattr(client, method)(path)
            assert response.status_code < 500, path
            if path.startswith("/f/"):
                assert not response.cookies
    assert everything() == before
