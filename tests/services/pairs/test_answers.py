"""What people say of their pairs: record_answer ..."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, connections

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import AuditEntry, Contact, Message, Nudge, Purchase
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.handing import pass_fence
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.answer_links import AnswerLink, sign_link
from shop_plugin.services.pairs.answers import MAIL_ANSWERS, record_answer, undo_answer
from shop_plugin.services.pairs.pair_changes import Answer, Result, Wish
from shop_plugin.services.pairs.purchases import mark_replaced
from shop_plugin.services.transport.smtp import FenceClosed
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, add_person, nudge_states, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

FINE = Wish(Answer.STILL_FINE)
SNOOZE = Wish(Answer.SNOOZE)
STOP = Wish(Answer.STOP)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.fixture
def pair(now) -> Purchase:
    """An EVA running shoe of which nothing was told: its range is too wide for a second stage."""
    listing = ListingFactory(use_category="running")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    return add_pair(due_on=now.date(), listing=listing, days_per_week=None)


def send(now) -> None:
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=5)


def say(pair, wish, now, message=None):
    message = message or Message.objects.order_by("-pk").first()
    link = sign_link(AnswerLink(pair.pk, message.pk))
    outcome = record_answer(signed=link, wish=wish, now=now)
    pair.refresh_from_db()
    return outcome


def take_back(pair, now, message=None):
    message = message or Message.objects.order_by("-pk").first()
    outcome = undo_answer(signed=sign_link(AnswerLink(pair.pk, message.pk)), now=now)
    pair.refresh_from_db()
    return outcome


def test_reckons_with_a_longer_life_for_a_pair_that_is_still_fine(pair, now):
    send(now)
    middle = pair.life_mid_days
    assert say(pair, FINE, now).result is Result.DONE
    assert pair.personal_factor == 1150
    assert pair.life_mid_days == pytest.approx(middle * 1.15, abs=1)


def test_acts_once_on_the_same_answer_from_the_same_mail(pair, now):
    send(now)
    outcomes = {say(pair, FINE, now).result for _ in range(5)}
    assert outcomes == {Result.DONE}
    assert pair.personal_factor == 1150
    assert AuditEntry.objects.filter(action="answer").count() == 1


def test_puts_another_answer_from_the_same_mail_in_the_place_of_the_first(pair, now):
    send(now)
    for wish in (FINE, SNOOZE, FINE, STOP, FINE):
        say(pair, wish, now)
    assert (pair.personal_factor, pair.status, pair.cycle) == (1150, "active", 1)


def test_never_lets_the_factor_grow_beyond_its_limit(pair, now):
    Purchase.objects.filter(pk=pair.pk).update(personal_factor=1700)
    send(now)
    say(pair, FINE, now)
    assert pair.personal_factor == 1750


def test_moves_the_second_stage_of_a_pair_that_is_still_fine(now):
    pair = add_pair(due_on=now.date() + timedelta(days=30), stage=Stage.REPLACE)
    send(now)
    assert nudge_states() == {(pair.external_id, 1): "sent"}
    middle = pair.life_mid_days
    outcome = say(pair, FINE, now)
    moved = now.date() + timedelta(days=30 + pair.life_mid_days - middle)
    assert outcome.next_on == moved > now.date() + timedelta(days=30)
    send(now + timedelta(days=31))
    assert nudge_states() == {(pair.external_id, 1): "sent"}
    send(now + (moved - now.date()))
    assert nudge_states() == {(pair.external_id, 1): "sent", (pair.external_id, 2): "sent"}


def test_makes_the_second_stage_possible_once_the_use_is_told(pair, now):
    send(now)
    assert pair.life_high_days > 4 * pair.life_low_days
    outcome = say(pair, Wish(Answer.DAYS, 3), now)
    assert pair.days_per_week == 3
    assert pair.life_high_days <= 4 * pair.life_low_days
    assert outcome.next_on is not None
    send(now + (outcome.next_on - now.date()))
    assert nudge_states() == {(pair.external_id, 1): "sent", (pair.external_id, 2): "sent"}
    assert mail.outbox[-1].subject.startswith("Repair or replace: ")


def test_lets_a_second_stage_that_is_past_wait_three_weeks_and_not_lapse(pair, now):
    send(now)
    outcome = say(pair, Wish(Answer.DAYS, 7), now)
    assert pair.wear_start_on + timedelta(days=pair.life_mid_days) < now.date()
    assert outcome.next_on == now.date() + timedelta(days=21)
    send(now + timedelta(days=20))
    assert len(mail.outbox) == 1
    send(now + timedelta(days=31))  # the gap between two mails to a person is 30 days
    assert nudge_states()[pair.external_id, 2] == "sent"


@pytest.mark.parametrize(
    ("answer", "status"),
    [(Answer.WORN_OUT, "retired"), (Answer.NOT_WORN, "retired"), (Answer.STOP, "stopped")],
)
def test_ends_the_notes_about_a_pair(now, answer, status):
    pair = add_pair(due_on=now.date() + timedelta(days=30), stage=Stage.REPLACE)
    send(now)
    assert say(pair, Wish(answer), now).next_on is None
    assert pair.status == status
    mark_replaced(contact_ids=[pair.contact_id], now=now)
    pair.refresh_from_db()
    assert pair.status == status
    send(now + timedelta(days=60))
    assert len(mail.outbox) == 1


def test_reminds_again_after_a_month_even_where_all_was_said(pair, now):
    send(now)
    outcome = say(pair, SNOOZE, now)
    assert outcome.next_on == pair.snoozed_until == now.date() + timedelta(days=30)
    send(now + timedelta(days=29))
    assert len(mail.outbox) == 1
    send(now + timedelta(days=31))
    assert len(mail.outbox) == 2
    say(pair, SNOOZE, now + timedelta(days=31))
    send(now + timedelta(days=62))
    assert len(mail.outbox) == 3


def queue_second_stage(pair, now) -> Message:
    """Send the first stage, then let the second wait in a message."""
    send(now - timedelta(days=60))
    plan_nudges(now=now)
    return Message.objects.get(state="ready")


@pytest.mark.parametrize("wish", [*(Wish(answer) for answer in MAIL_ANSWERS if answer != "days")])
def test_stops_a_waiting_mail_that_would_contradict_the_answer(now, wish):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    waiting = queue_second_stage(pair, now)
    first = Message.objects.exclude(pk=waiting.pk).first()
    sent = len(mail.outbox)
    say(pair, wish, now, first or waiting)
    assert deliver_messages(now=now, budget_seconds=5).cancelled == 1
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=5)
    assert len(mail.outbox) == sent
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"


@pytest.mark.parametrize("wish", [STOP, FINE, SNOOZE])
def test_closes_the_fence_to_a_mail_that_is_just_being_handed_over(now, wish):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now)
    (claim,) = claim_messages(limit=1, now=now)
    say(pair, wish, now)
    with pytest.raises(FenceClosed):
        pass_fence(claim, now=now)


def test_lets_the_other_pairs_of_a_digest_go(now):
    person = add_person()
    first, second = (add_pair(due_on=now.date(), contact=person) for _ in range(2))
    plan_nudges(now=now)
    say(first, SNOOZE, now)
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    assert nudge_states() == {(second.external_id, 1): "sent"}


def test_brings_everything_back_that_an_answer_changed(pair, now):
    send(now)
    pair.refresh_from_db()
    kept = ("status", "personal_factor", "days_per_week", "snoozed_until", "cycle", "life_mid_days")
    before = [getattr(pair, name) for name in kept]
    for wish in (FINE, STOP, SNOOZE, Wish(Answer.DAYS, 2), Wish(Answer.NOT_WORN)):
        say(pair, wish, now)
        assert [getattr(pair, name) for name in kept] != before
        assert take_back(pair, now).result is Result.UNDONE
        assert [getattr(pair, name) for name in kept] == before
    assert take_back(pair, now).result is Result.UNDONE
    assert AuditEntry.objects.filter(action="answer_undone").count() == 5


def two_mails(pair, now):
    send(now)
    first = Message.objects.get()
    say(pair, SNOOZE, now, first)
    later = now + timedelta(days=31)
    send(later)
    return first, Message.objects.exclude(pk=first.pk).get(), later


def test_lets_an_older_mail_change_nothing_that_a_newer_one_was_answered_with(pair, now):
    first, second, later = two_mails(pair, now)
    say(pair, FINE, later, second)
    assert say(pair, FINE, later, first).result is Result.SUPERSEDED
    assert take_back(pair, later, first).result is Result.SUPERSEDED
    assert pair.personal_factor == 1150


def test_takes_a_no_from_any_mail(pair, now):
    first, second, later = two_mails(pair, now)
    say(pair, FINE, later, second)
    assert say(pair, STOP, later, first).result is Result.DONE
    assert pair.status == "stopped"


def test_brings_nothing_back_that_the_shop_changed_meanwhile(pair, now):
    send(now)
    say(pair, STOP, now)
    Purchase.objects.filter(pk=pair.pk).update(status="returned")
    assert take_back(pair, now).result is Result.CLOSED
    assert pair.status == "returned"


@pytest.mark.parametrize("wish", [Wish(Answer.DAYS), Wish(Answer.DAYS, 8), Wish(Answer.STOP, 3)])
def test_refuses_days_that_cannot_be(pair, now, wish):
    send(now)
    with pytest.raises(ValueError, match="1 to 7"):
        say(pair, wish, now)


def test_has_no_effect_on_other_pairs(pair, now):
    other = add_pair(due_on=now.date() + timedelta(days=90), contact=pair.contact)
    send(now)
    before = Purchase.objects.filter(pk=other.pk).values().get()
    say(pair, STOP, now)
    assert Purchase.objects.filter(pk=other.pk).values().get() == before
    assert Nudge.objects.filter(purchase=other).count() == 0


def test_is_foreseen_by_the_forecast(pair, now):
    send(now)
    say(pair, SNOOZE, now)
    until = now.date() + timedelta(days=45)
    foreseen = forecast_nudges(first_day=now.date(), last_day=until, now=now)
    assert [(day.day, day.mails) for day in foreseen.days] == [(now.date() + timedelta(days=30), 1)]


def test_closes_the_notes_of_a_person_whose_data_was_erased(pair, now):
    send(now)
    Contact.objects.filter(pk=pair.contact_id).update(erased_at=now)
    assert say(pair, FINE, now).result is Result.CLOSED
    assert pair.personal_factor == 1000


needs_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="an SQLite in memory has one connection"
)


def in_threads(*jobs) -> list:
    def run(job):
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result(timeout=20) for done in [pool.submit(run, job) for job in jobs]]


@needs_row_locks
def test_acts_once_when_the_button_is_pressed_twice_at_once(pair, now):
    send(now)
    results = in_threads(*[lambda: say(pair, FINE, now).result] * 6)
    assert set(results) == {Result.DONE}
    pair.refresh_from_db()
    assert pair.personal_factor == 1150


@needs_row_locks
def test_either_stops_a_mail_or_comes_after_its_hand_over_began(now):
    for _ in range(8):
        pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
        plan_nudges(now=now)
        (claim,) = claim_messages(limit=1, now=now)
        seen = []

        def answer(pair=pair, claim=claim, seen=seen):
            say(pair, STOP, now, claim.message)
            seen.append(Message.objects.get(pk=claim.message.pk).state)

        def hand_over(claim=claim):
            try:
                pass_fence(claim, now=now)
            except FenceClosed:
                return "closed"
            return "handed"

        _, handed = in_threads(answer, hand_over)
        # Once the answer was given, the mail does not begin to leave.
        assert (handed, seen) in (("handed", ["handing"]), ("closed", ["claimed"]))
        Message.objects.filter(pk=claim.message.pk).delete()
