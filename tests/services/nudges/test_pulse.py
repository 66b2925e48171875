"""How the mailer stands: take_pulse ..."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Message, NudgeControl, WebhookEvent
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.pulse import take_pulse
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.modes import stop_sending
from shop_plugin.services.transport.spool import SpooledMail, spool_mail
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path))


def test_is_well_after_a_round(now):
    run_tick(now=now)
    pulse = take_pulse(now=now + timedelta(seconds=30))
    assert pulse.is_well
    assert (pulse.mode, pulse.seconds_since_round, pulse.oldest_due_seconds) == ("live", 30, None)


def test_counts_mails_notes_and_tries(now):
    for _ in range(3):
        add_pair(due_on=now.date())
    run_tick(now=now)
    pulse = take_pulse(now=now + timedelta(minutes=1))
    assert pulse.messages["sent"] == 3
    assert pulse.nudges["sent"] == 3
    assert pulse.nudges["due"] == 0
    assert pulse.attempts == {("accepted", "2"): 3}
    assert take_pulse(now=now + timedelta(minutes=20)).attempts == {}


def test_says_how_long_the_oldest_mail_waits(now):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    Message.objects.update(not_before=now)
    pulse = take_pulse(now=now + timedelta(minutes=61))
    assert pulse.oldest_due_seconds == 61 * 60
    assert "overdue" in pulse.troubles


def test_is_silent_where_nobody_rings(now):
    assert take_pulse(now=now).troubles == ("silent",)
    run_tick(now=now)
    assert take_pulse(now=now + timedelta(minutes=9)).is_well
    assert take_pulse(now=now + timedelta(minutes=11)).troubles == ("silent",)


def test_expects_no_round_while_nothing_is_to_be_sent(now, settings):
    open_shop(settings, now=now, mode="dry_run")
    assert take_pulse(now=now + timedelta(days=1)).is_well


def trouble_pause(now):
    NudgeControl.objects.update(transport_paused_until=now + timedelta(minutes=4))


def trouble_stop(now):
    stop_sending(now=now)


def trouble_spool(now):
    spool_mail(SpooledMail(uuid4(), "token", now))


def trouble_copy(now):
    NudgeControl.objects.update(fingerprint="another machine's")


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (trouble_pause, "paused"),
        (trouble_stop, "stopped"),
        (trouble_spool, "spool"),
        (trouble_copy, "environment"),
    ],
)
def test_names_what_needs_a_person(now, trouble, code):
    deliver_messages(now=now, budget_seconds=1)
    NudgeControl.objects.update(last_tick_at=now)
    trouble(now)
    pulse = take_pulse(now=now)
    assert pulse.troubles == (code,)
    assert not pulse.is_well


def test_asks_as_much_of_a_full_outbox_as_of_an_empty_one(
    now, django_assert_max_num_queries: DjangoAssertNumQueries
):
    for _ in range(5):
        add_pair(due_on=now.date())
    run_tick(now=now)
    with django_assert_max_num_queries(7):
        take_pulse(now=now)


def test_counts_what_the_mail_provider_told_and_calls_for_help_where_the_sender_is_refused(now):
    def add(number, fate, outcome="applied"):
        WebhookEvent.objects.create(
            provider="Test",
            event_id=str(number),
            fate=fate,
            outcome=outcome,
            occurred_at=now,
            received_at=now,
        )

    run_tick(now=now)
    add(1, "delivered")
    add(2, "bounced", "unknown")
    pulse = take_pulse(now=now + timedelta(seconds=30))
    assert pulse.is_well
    assert (pulse.reports["delivered"], pulse.reports["bounced"]) == (1, 0)
    assert pulse.reports["unknown"] == 1
    add(3, "sender_refused")
    assert take_pulse(now=now + timedelta(seconds=30)).troubles == ("sender_refused",)
    assert take_pulse(now=now + timedelta(days=2)).reports["sender_refused"] == 0
