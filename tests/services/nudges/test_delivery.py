"""Emptying the outbox: deliver_messages ..."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.models import (
    Attempt,
    Consent,
    Contact,
    Message,
    Nudge,
    NudgeControl,
    Purchase,
    Suppression,
)
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import ClaimLostError, pass_fence
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.people.consent import unsubscribe
from shop_plugin.services.transport.smtp import FenceClosed
from tests.moves import check_moves, watched_moves
from tests.nudging import add_pair, add_person, nudge_states, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture(autouse=True)
def only_lawful_moves():
    with watched_moves() as moves:
        yield
    check_moves(moves)


@pytest.fixture
def waiting(now) -> Message:
    """One message about one pair, ready to go."""
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    return Message.objects.get()


def deliver(now, budget_seconds=20):
    return deliver_messages(now=now, budget_seconds=budget_seconds)


def test_sends_a_due_message_once(waiting, now):
    assert deliver(now).sent == 1
    assert deliver(now + timedelta(minutes=1)).sent == 0
    (sent,) = mail.outbox
    assert sent.to == [waiting.contact.email]
    waiting.refresh_from_db()
    assert waiting.state == "sent"
    assert waiting.sent_at >= now
    assert list(nudge_states().values()) == ["sent"]
    assert Attempt.objects.get().phase == "accepted"


def test_tells_in_dry_run_what_it_would_send_and_changes_nothing(waiting, now, settings):
    open_shop(settings, now=now, mode="dry_run")
    before = list(Message.objects.values()), list(Nudge.objects.values())
    result = deliver(now)
    assert (result.mode, result.would_send, result.sent) == ("dry_run", 1, 0)
    assert mail.outbox == []
    assert (list(Message.objects.values()), list(Nudge.objects.values())) == before


def test_sends_nothing_while_the_mode_is_off_or_the_kill_switch_is_pulled(waiting, now, settings):
    NudgeControl.objects.update(is_stopped=True)
    assert (deliver(now).why, deliver(now).sent) == ("stopped", 0)
    NudgeControl.objects.update(is_stopped=False, mode="off")
    assert deliver(now).mode == "off"
    assert mail.outbox == []
    waiting.refresh_from_db()
    assert waiting.state == "ready"


def test_redirects_every_mail_and_none_to_the_customer(waiting, now, settings):
    open_shop(settings, now=now, mode="redirect", REDIRECT_TO="trial@marlow.example")
    assert deliver(now).sent == 1
    (sent,) = mail.outbox
    assert sent.recipients() == ["trial@marlow.example"]
    assert waiting.contact.email not in str(sent.message())
    waiting.refresh_from_db()
    assert waiting.is_redirected


@pytest.mark.proof("T31")
def test_falls_to_dry_run_in_a_copy_of_the_database_or_site(waiting, now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "PUBLIC_BASE_URL": "https://staging.example"}
    result = deliver(now)
    assert (result.mode, result.why, result.would_send) == ("dry_run", "environment_changed", 1)
    assert mail.outbox == []


def forbid_by_unsubscribing(pair, now):
    unsubscribe(token=pair.contact.unsubscribe_token, now=now)


def forbid_by_suppression(pair, now):
    Suppression.objects.create(email_hash=pair.contact.email_hash, reason="complaint", at=now)


def forbid_by_withdrawn_consent(pair, now):
    Consent.objects.create(contact=pair.contact, basis="none", at=now)


def forbid_by_erasure(pair, now):
    Contact.objects.filter(pk=pair.contact_id).update(email="", email_hash="", erased_at=now)


def forbid_by_return(pair, now):
    Purchase.objects.filter(pk=pair.pk).update(quantity_returned=1)


def forbid_by_replacement(pair, now):
    Purchase.objects.filter(pk=pair.pk).update(status="replaced")


@pytest.mark.parametrize(
    ("forbid", "reason"),
    [
        (forbid_by_unsubscribing, "unsubscribed"),
        (forbid_by_suppression, "suppressed"),
        (forbid_by_withdrawn_consent, "no_basis"),
        (forbid_by_erasure, "erased"),
        (forbid_by_return, "returned"),
        (forbid_by_replacement, "replaced"),
    ],
)
def test_cancels_a_planned_message_when_its_ground_is_gone(waiting, now, forbid, reason):
    forbid(Purchase.objects.select_related("contact").get(), now)
    deliver(now)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, mail.outbox) == ("cancelled", reason, [])
    assert Nudge.objects.get().reason == reason


def test_sends_the_rest_of_a_digest_when_one_pair_went_back(now):
    person = add_person()
    kept = add_pair(due_on=now.date(), contact=person)
    gone = add_pair(due_on=now.date(), contact=person)
    assert plan_nudges(now=now).messages == 1
    Purchase.objects.filter(pk=gone.pk).update(status="returned")
    assert deliver(now).sent == 1
    assert nudge_states() == {
        (kept.external_id, 1): "sent",
        (gone.external_id, 1): "cancelled:returned",
    }
    assert gone.title not in mail.outbox[0].body


def test_waits_for_the_caps_and_drops_nothing(now):
    person = add_person()
    add_pair(due_on=now.date(), contact=person)
    plan_nudges(now=now)
    deliver(now)
    second = add_pair(due_on=now.date() + timedelta(days=10), contact=person)
    later = now + timedelta(days=10)
    assert plan_nudges(now=later).people_deferred == 1
    assert deliver(later).sent == 0
    freed = now + timedelta(days=31)
    plan_nudges(now=freed)
    assert deliver(freed).sent == 1
    assert nudge_states(purchase=second) == {(second.external_id, 1): "sent"}


def test_counts_the_caps_by_address_not_by_account(now):
    add_pair(due_on=now.date(), contact=add_person(email="one@example.org"))
    add_pair(due_on=now.date(), contact=add_person(email="One@Example.org"))
    plan_nudges(now=now)
    result = deliver(now)
    assert (result.sent, result.deferred) == (1, 1)


def test_counts_an_uncertain_mail_against_the_caps(now):
    person = add_person()
    Message.objects.create(
        contact=person, state="uncertain", handed_at=now, not_before=now, created_at=now
    )
    add_pair(due_on=now.date(), contact=person)
    assert plan_nudges(now=now).people_deferred == 1


def test_writes_at_most_six_times_a_year(now):
    person = add_person()
    for number in range(6):
        at = now - timedelta(days=40 * (number + 1))
        Message.objects.create(
            contact=person, state="sent", handed_at=at, not_before=at, created_at=at
        )
    add_pair(due_on=now.date(), contact=person)
    assert plan_nudges(now=now).people_deferred == 1
    assert Nudge.objects.get().not_before >= now + timedelta(days=365 - 240)


def test_waits_for_the_persons_own_morning(now, settings):
    open_shop(settings, now=now, SEND_FROM_HOUR=9, SEND_UNTIL_HOUR=19)
    add_pair(due_on=now.date() - timedelta(days=1), contact=add_person(timezone="America/New_York"))
    plan_nudges(now=now)  # 06:00 there
    assert deliver(now).sent == 0
    assert Message.objects.get().not_before == now + timedelta(hours=3)
    assert deliver(now + timedelta(hours=3)).sent == 1


def test_lets_a_message_expire_that_nobody_delivered_for_a_month(waiting, now):
    result = deliver(now + timedelta(days=31))
    assert (result.expired, result.sent) == (1, 0)
    assert nudge_states(state="skipped") != {}
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("expired", "too_late")


def test_keeps_to_the_ramp_of_the_first_days(now, settings):
    open_shop(settings, now=now, RAMP_START_PER_DAY=2)
    NudgeControl.objects.update(live_since=now)
    for _ in range(5):
        add_pair(due_on=now.date())
    plan_nudges(now=now)
    assert deliver(now).sent == 2
    assert deliver(now + timedelta(hours=1)).sent == 0
    assert deliver(now + timedelta(days=1)).sent == 3


def test_gives_one_message_to_one_worker_only(waiting, now):
    (claim,) = claim_messages(limit=20, now=now)
    assert claim_messages(limit=20, now=now) == []
    assert claim.message.attempts_made == 1


def test_takes_a_message_back_from_a_worker_that_died_before_handing_over(waiting, now):
    claim_messages(limit=20, now=now)
    assert deliver(now).sent == 0
    Message.objects.update(lease_until=now - timedelta(days=365))
    assert deliver(now).sent == 1


def test_calls_a_message_uncertain_when_its_worker_died_in_the_hand_over(waiting, now):
    (claim,) = claim_messages(limit=20, now=now)
    pass_fence(claim, now=now)
    Message.objects.update(lease_until=now - timedelta(days=365))
    assert deliver(now).uncertain == 1
    assert deliver(now + timedelta(hours=71)).sent == 0
    assert Message.objects.get().state == "uncertain"
    assert deliver(now + timedelta(hours=73)).abandoned == 1
    assert list(nudge_states().values()) == ["abandoned:no_evidence"]
    assert mail.outbox == []


def test_refuses_the_fence_to_anybody_but_the_holder_of_a_running_lease(waiting, now):
    (claim,) = claim_messages(limit=20, now=now)
    stranger = Message.objects.select_related("contact").get(pk=waiting.pk)
    stranger.token = "x" * 32
    with pytest.raises(ClaimLostError):
        pass_fence(replace(claim, message=stranger), now=now)
    Message.objects.update(lease_until=now - timedelta(days=365))
    with pytest.raises(ClaimLostError):
        pass_fence(claim, now=now)


@pytest.mark.proof("T25")
def test_closes_the_fence_when_the_person_unsubscribes_after_the_claim(waiting, now):
    (claim,) = claim_messages(limit=20, now=now)
    assert unsubscribe(token=waiting.contact.unsubscribe_token, now=now).messages_cancelled == 1
    with pytest.raises(FenceClosed):
        pass_fence(claim, now=now)


class WatchingBackend:
    """A mail backend that tells whether a transaction is open while it talks to the network."""

    in_transaction: list[bool] = []

    def __init__(self, **_):
        pass

    def open(self):
        self.in_transaction.append(connection.in_atomic_block)

    def close(self):
        self.in_transaction.append(connection.in_atomic_block)

    def send_messages(self, messages):
        self.in_transaction.append(connection.in_atomic_block)
        return len(messages)


def test_holds_no_transaction_open_while_it_talks_to_the_mail_server(waiting, now, settings):
    settings.EMAIL_BACKEND = f"{__name__}.WatchingBackend"
    WatchingBackend.in_transaction.clear()
    assert deliver(now).sent == 1
    assert WatchingBackend.in_transaction == [False, False, False]


class BreakingBackend(WatchingBackend):
    def send_messages(self, messages):
        raise OSError("cut")


def test_calls_a_failure_of_an_unknown_backend_uncertain(waiting, now, settings):
    settings.EMAIL_BACKEND = f"{__name__}.BreakingBackend"
    assert deliver(now).uncertain == 1


@pytest.mark.proof("T19")
def test_goes_on_when_one_mail_cannot_be_written(now, monkeypatch):
    bad, good = add_pair(due_on=now.date()), add_pair(due_on=now.date())
    plan_nudges(now=now)
    from shop_plugin.services.nudges import delivery

    compose = delivery.compose_mail

    def stumble(message, **rest):
        if message.contact_id == bad.contact_id:
            raise ValueError("a template is broken")
        return compose(message, **rest)

    monkeypatch.setattr(delivery, "compose_mail", stumble)
    result = deliver(now)
    assert (result.sent, result.retried) == (1, 1)
    for hours in range(1, 60):
        result = deliver(now + timedelta(hours=8 * hours))
        if result.failed:
            break
    message = Message.objects.get(contact=bad.contact_id)
    assert (message.state, message.reason) == ("failed", "too_many_attempts")
    assert message.attempts_made == 8
    assert Message.objects.get(contact=good.contact_id).state == "sent"


def test_stops_at_its_budget_and_gives_the_rest_back(now):
    for _ in range(3):
        add_pair(due_on=now.date())
    plan_nudges(now=now)
    assert deliver(now, budget_seconds=0).sent == 0
    assert set(Message.objects.values_list("state", flat=True)) == {"ready"}


@pytest.mark.proof("T33")
def test_commits_twice_for_a_mail_and_once_for_a_claimed_batch(now):
    def count_commits(mails: int, days: int) -> int:
        for _ in range(mails):
            add_pair(due_on=now.date())
        plan_nudges(now=now + timedelta(days=days))
        with CaptureQueriesContext(connection) as asked:
            assert deliver(now + timedelta(days=days)).sent == mails
        return _count_commits([query["sql"] for query in asked])

    empty, few, more = count_commits(0, 0), count_commits(1, 1), count_commits(6, 2)
    assert few - empty == 2 + 1
    assert more - few == 2 * 5


def _count_commits(statements: list[str]) -> int:
    """Count transactions, and statements that write outside of one: each is one of its own."""
    commits, is_open = 0, False
    for statement in statements:
        verb = statement.split(maxsplit=1)[0].upper()
        is_open = verb == "BEGIN" or (is_open and verb not in ("COMMIT", "ROLLBACK"))
        commits += verb == "COMMIT" or (verb in ("INSERT", "UPDATE", "DELETE") and not is_open)
    return commits
