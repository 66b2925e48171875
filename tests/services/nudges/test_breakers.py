"""The breakers in a round: the mailer ..."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Contact,
    Message,
    NudgeControl,
    Suppression,
    WebhookEvent,
)
from shop_plugin.services.doctor.nudge_report import report_nudges
from shop_plugin.services.nudges import breakers
from shop_plugin.services.nudges.breakers import count_figures, watch_mailer
from shop_plugin.services.nudges.pulse import take_pulse
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.consent import suppress_address
from shop_plugin.services.shop.modes import (
    BreakerOpenError,
    get_mode,
    mails_left_today,
    set_mode,
)
from tests.factories import ContactFactory
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def sent(count, at, **changes):
    """Mails that left a minute after each other, the last one at that time."""
    contact = Contact.objects.first() or ContactFactory()
    Message.objects.bulk_create(
        Message(
            contact=contact,
            state="sent",
            not_before=at,
            handed_at=at - timedelta(minutes=number),
            created_at=at,
            **changes,
        )
        for number in range(count)
    )


def told(count, reason, at):
    for number in range(count):
        suppress_address(email_hash=f"{reason}{number}{at}", reason=reason, now=at)


def test_falls_silent_at_three_complaints_in_a_thousand_mails(now, caplog):
    sent(1200, now - timedelta(hours=1))
    told(3, "complaint", now - timedelta(hours=2))
    add_pair(due_on=now.date())
    with caplog.at_level(logging.ERROR, logger="footback.nudges"):
        result = run_tick(now=now)
    assert (result.delivery.mode, result.delivery.sent) == ("off", 0)
    assert (get_mode().why, get_mode().breaker) == ("stopped", "complaints")
    assert "breaker complaints opened (3 of 1000)" in caplog.text
    entry = AuditEntry.objects.get(action="breaker")
    assert (entry.reason, entry.actor) == ("complaints: 3 of 1000", None)
    assert "breaker" in take_pulse(now=now).troubles
    finding = next(item for item in report_nudges(now=now) if item.code == "nudges.breaker")
    assert "3 people, of 1000 mails" in finding.text
    # What was planned stays planned.
    assert Message.objects.filter(state="ready").count() == 1


def test_counts_a_complaint_of_somebody_who_had_unsubscribed(now):
    sent(5, now)
    for message in Message.objects.all()[:3]:
        WebhookEvent.objects.create(
            provider="esp",
            event_id=str(message.pk),
            fate="complained",
            outcome="applied",
            message=message,
            occurred_at=now,
            received_at=now,
        )
    assert watch_mailer(now=now).breaker == "complaints"


def test_counts_no_complaint_from_before_the_last_thousand_mails(now):
    told(3, "complaint", now - timedelta(days=3))
    sent(1000, now - timedelta(minutes=5))
    assert watch_mailer(now=now) is None
    assert count_figures(now=now).complaints == 0


def test_warns_and_starts_the_ramp_anew_before_it_stops(now, caplog):
    sent(30, now - timedelta(days=1))
    told(1, "complaint", now - timedelta(hours=3))
    assert watch_mailer(now=now) is None
    assert any(item.code == "nudges.complaints" for item in report_nudges(now=now))
    assert mails_left_today(get_mode(), now=now) == 20_000
    told(1, "complaint", now - timedelta(hours=2))
    with caplog.at_level(logging.WARNING, logger="footback.nudges"):
        assert watch_mailer(now=now) is None
    assert mails_left_today(get_mode(), now=now) == 200
    assert mails_left_today(get_mode(), now=now + timedelta(days=2)) == 800
    assert caplog.text.count("the ramp begins anew") == 1
    watch_mailer(now=now + timedelta(days=1))  # the same complaints do not reset it again
    assert mails_left_today(get_mode(), now=now + timedelta(days=2)) == 800
    assert AuditEntry.objects.filter(action="restart_ramp").count() == 1


def test_falls_silent_at_five_dead_addresses_in_a_hundred(now):
    sent(500, now - timedelta(minutes=1))
    told(24, "hard_bounce", now - timedelta(hours=1))
    assert watch_mailer(now=now) is None
    told(1, "hard_bounce", now)
    assert watch_mailer(now=now).breaker == "bounces"


def test_falls_silent_where_the_server_refuses_what_is_sent(now):
    sent(5, now, reason="refused")
    Message.objects.update(state="failed")
    for message in Message.objects.all():
        Attempt.objects.create(message=message, at=now, phase="data", code="554")
    assert watch_mailer(now=now + timedelta(minutes=16)) is None
    assert watch_mailer(now=now).breaker == "refusals"


def test_sends_no_more_than_three_times_what_the_day_should_bring(now, monkeypatch):
    monkeypatch.setattr("shop_plugin.domain.breakers.VOLUME_ALWAYS", 2)
    add_pair(due_on=now.date())
    first = run_tick(now=now)
    assert first.delivery.sent == 1
    assert NudgeControl.objects.get().forecast_mails == 1
    for _ in range(4):  # came in by surprise
        add_pair(due_on=now.date())
    second = run_tick(now=now + timedelta(minutes=1))
    assert second.delivery.sent == 2
    third = run_tick(now=now + timedelta(minutes=2))
    assert (third.delivery.sent, get_mode().breaker) == (0, "volume")
    assert Message.objects.filter(state="sent").count() == 3


def test_reckons_the_forecast_of_a_day_once(now, monkeypatch):
    asked = []
    real = breakers.forecast_nudges
    monkeypatch.setattr(breakers, "forecast_nudges", lambda **kw: asked.append(1) or real(**kw))
    for minute in range(3):
        run_tick(now=now + timedelta(minutes=minute))
    run_tick(now=now + timedelta(days=1))
    assert len(asked) == 2


def test_goes_on_only_where_the_breaker_is_named_and_counts_anew_then(now):
    sent(10, now - timedelta(hours=1))
    told(3, "complaint", now)
    watch_mailer(now=now)
    for name in ("", "bounces"):
        with pytest.raises(BreakerOpenError, match="complaints"):
            set_mode(mode="live", now=now, confirmed_breaker=name)
    later = now + timedelta(hours=1)
    set_mode(mode="dry_run", now=later)  # silence needs no confirmation, and settles nothing
    with pytest.raises(BreakerOpenError):
        set_mode(mode="live", now=later)
    assert set_mode(mode="live", now=later, confirmed_breaker="complaints").sends
    assert watch_mailer(now=later) is None
    assert NudgeControl.objects.get().stopped_figures is None


def test_watches_nothing_but_the_live_mode(now, settings):
    open_shop(settings, now=now, mode="dry_run")
    told(9, "complaint", now)
    assert watch_mailer(now=now) is None
    assert Suppression.objects.count() == 9


def test_leaves_a_mode_alone_that_a_person_stopped(now):
    told(3, "complaint", now)
    NudgeControl.objects.update(is_stopped=True)
    assert watch_mailer(now=now) is None
    assert get_mode().breaker == ""


def test_asks_as_many_queries_for_many_mails_as_for_few(now, django_assert_num_queries):
    sent(3, now)
    with django_assert_num_queries(12):
        count_figures(now=now)
    sent(700, now)
    with django_assert_num_queries(12):
        count_figures(now=now)
