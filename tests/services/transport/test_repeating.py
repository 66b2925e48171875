"""Mails whose fate is unknown, where the mail server knows a repeat by its key: delivery ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from shop_plugin.models import Contact, Message, Purchase
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import pass_fence, record_outcome
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.transport.smtp import FenceClosed, Outcome, Phase, Result
from tests.moves import check_moves, watched_moves
from tests.nudging import add_pair, nudge_states, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
KEY = {"IDEMPOTENCY_HEADER": "Resend-Idempotency-Key", "IDEMPOTENCY_TTL_SECONDS": 2 * 3600}


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, **KEY)


@pytest.fixture(autouse=True)
def only_lawful_moves():
    with watched_moves() as moves:
        yield
    check_moves(moves)


@pytest.fixture
def cut(now) -> Message:
    """A message whose connection was cut after DATA."""
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    hand_over_and_cut(now)
    return Message.objects.get()


def hand_over_and_cut(at):
    (claim,) = claim_messages(limit=1, now=at)
    pass_fence(claim, now=at)
    record_outcome(claim, Outcome(Result.UNCERTAIN, Phase.DATA, "cut"), now=at, milliseconds=1)


def deliver(at):
    return deliver_messages(now=at, budget_seconds=20)


def test_repeats_it_with_the_same_key_and_message_id(cut, now):
    result = deliver(now + HOUR)
    assert (result.repeated, result.sent) == (1, 1)
    (sent,) = mail.outbox
    assert sent.extra_headers["Resend-Idempotency-Key"] == str(cut.uuid)
    assert sent.extra_headers["Message-ID"] == cut.message_id_header
    cut.refresh_from_db()
    assert cut.state == "sent"
    assert cut.handed_at == now  # the key is as old as the first hand-over
    assert list(nudge_states().values()) == ["sent"]


def test_repeats_what_a_dead_worker_left(now):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    pass_fence(claim, now=now)
    Message.objects.update(lease_until=now - HOUR)
    result = deliver(now + HOUR)
    assert (result.uncertain, result.repeated, result.sent) == (1, 1, 1)


def test_repeats_nothing_where_the_server_knows_no_key(cut, now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "IDEMPOTENCY_HEADER": ""}
    assert deliver(now + HOUR).repeated == 0
    cut.refresh_from_db()
    assert (cut.state, mail.outbox) == ("uncertain", [])


def test_carries_no_key_where_none_is_set(now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "IDEMPOTENCY_HEADER": ""}
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    deliver(now)
    assert "Resend-Idempotency-Key" not in mail.outbox[0].extra_headers


def test_repeats_nothing_when_the_key_is_over(cut, now):
    assert deliver(now + 2 * HOUR).repeated == 0
    cut.refresh_from_db()
    assert (cut.state, mail.outbox) == ("uncertain", [])


def test_counts_the_age_of_the_key_from_the_first_hand_over(cut, now):
    deliver_until_claimable(now + HOUR)
    hand_over_and_cut(now + HOUR)
    assert deliver(now + 2 * HOUR).repeated == 0
    cut.refresh_from_db()
    assert cut.state == "uncertain"


def deliver_until_claimable(at):
    Message.objects.update(not_before=at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shop_plugin.services.nudges.delivery.claim_messages", lambda **_: [])
        deliver(at)


def test_lets_no_repeat_through_the_fence_once_its_key_is_over(cut, now):
    deliver_until_claimable(now + HOUR)
    (claim,) = claim_messages(limit=1, now=now + HOUR)
    with pytest.raises(FenceClosed, match="key_over"):
        pass_fence(claim, now=now + 2 * HOUR)


def test_parks_a_repeat_that_waited_until_its_key_was_over(cut, now):
    deliver_until_claimable(now + HOUR)
    deliver(now + 3 * HOUR)
    cut.refresh_from_db()
    assert (cut.state, cut.reason, mail.outbox) == ("uncertain", "not_repeated:key_over", [])
    assert list(nudge_states().values()) == ["uncertain:not_repeated:key_over"]


def forbid_by_unsubscribing(cut, now):
    unsubscribe(token=Contact.objects.get().unsubscribe_token, now=now)
    return "unsubscribed"


def forbid_by_putting_the_pair_away(cut, now):
    Purchase.objects.update(status="retired")
    return "retired"


@pytest.mark.parametrize("forbid", [forbid_by_unsubscribing, forbid_by_putting_the_pair_away])
def test_keeps_it_uncertain_when_a_gate_closes_before_the_repeat(cut, now, forbid):
    deliver_until_claimable(now + HOUR)
    reason = forbid(cut, now + HOUR)
    deliver(now + HOUR)
    deliver(now + HOUR)
    cut.refresh_from_db()
    assert (cut.state, cut.reason, mail.outbox) == ("uncertain", f"not_repeated:{reason}", [])


def test_never_calls_a_mail_refused_that_may_have_arrived_before(cut, now):
    deliver_until_claimable(now + HOUR)
    (claim,) = claim_messages(limit=1, now=now + HOUR)
    outcome = Outcome(Result.FAILED, Phase.RCPT, "550 5.1.1")
    state = record_outcome(claim, outcome, now=now + HOUR, milliseconds=1)
    assert state == "uncertain"
    cut.refresh_from_db()
    assert cut.reason == "not_repeated:refused"


def test_repeats_it_no_more_often_than_it_may_be_tried(cut, now):
    Message.objects.update(attempts_made=8)
    assert deliver(now + HOUR).repeated == 0
    assert mail.outbox == []


def test_gives_it_up_after_three_days_as_without_a_key(cut, now):
    deliver(now + timedelta(hours=73))
    cut.refresh_from_db()
    assert cut.state == "abandoned"
