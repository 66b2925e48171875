"""Forecasting: forecast_nudges ..."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from django.apps import apps
from django.core import mail

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Contact, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.playing import Assumptions
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.modes import set_mode
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def forecast(now, days=60, **options):
    first = now.date()
    return forecast_nudges(
        first_day=first, last_day=first + timedelta(days=days - 1), now=now, **options
    )


def dump() -> dict[str, list[dict]]:
    """Everything in the plugin's tables."""
    models = apps.get_app_config("footback").get_models()
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def scatter(now, *, people: int, seed: int) -> None:
    """People with one to four pairs each, due around now, some of them not to be mailed."""
    dice = random.Random(seed)
    for number in range(people):
        person = add_person(
            timezone=dice.choice(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
            is_mailable=dice.random() > 0.1,
            email=f"p{number if dice.random() > 0.1 else 0}@example.org",
        )
        if dice.random() < 0.1:
            person.consents.all().delete()
        for _ in range(dice.randint(1, 4)):
            add_pair(
                contact=person,
                due_on=now.date() + timedelta(days=dice.randint(-40, 70)),
                stage=dice.choice([Stage.INSPECT, Stage.INSPECT, Stage.REPLACE]),
                is_gift=dice.random() < 0.1,
                status=dice.choice(["active"] * 8 + ["returned", "replaced"]),
            )


def test_changes_nothing_and_sends_nothing(now):
    scatter(now, people=8, seed=1)
    before = dump()
    result = forecast(now)
    assert result.mails > 0
    assert dump() == before
    assert mail.outbox == []


@pytest.mark.parametrize("seed", [2, 3])
def test_tells_exactly_what_the_ticks_then_send(now, settings, seed):
    open_shop(
        settings,
        now=now,
        SEND_FROM_HOUR=9,
        SEND_UNTIL_HOUR=19,
        SEND_WEEKDAYS=(0, 1, 2, 3, 4),
        RAMP_START_PER_DAY=2,
        MIN_DAYS_BETWEEN_MAILS=20,
    )
    scatter(now, people=14, seed=seed)
    first = now.date()
    live_at = datetime.combine(first, time(0), tzinfo=UTC)
    NudgeControl.objects.update(live_since=live_at)
    told = forecast(now, days=40)
    for day in range(40):
        for hour in (4, 8, 10, 14):  # each zone's window opened not long before one of these
            run_tick(now=live_at + timedelta(days=day, hours=hour))
    sent = Nudge.objects.filter(state="sent").values_list("stage", flat=True)
    assert told.by_stage == dict(Counter(sent))
    assert told.mails == len(mail.outbox) == Message.objects.filter(state="sent").count()
    by_day = Counter(message.handed_at.date() for message in Message.objects.filter(state="sent"))
    assert sum(by_day.values()) == told.mails
    assert {item.day for item in told.days} == set(by_day)
    reasons = Counter(
        Nudge.objects.filter(state__in=["skipped", "cancelled"]).values_list("reason", flat=True)
    )
    never = {
        key: count for key, count in told.not_sent.items() if key not in ("returned", "replaced")
    }
    assert never == dict(reasons)


def test_accounts_for_every_stage(now):
    scatter(now, people=20, seed=5)
    result = forecast(now)
    assert result.considered == result.pairs + sum(result.not_sent.values()) + sum(
        result.still_waiting.values()
    )
    assert result.pairs == sum(day.pairs for day in result.days)
    assert {"backfill", "gift", "no_basis", "no_address"} & set(result.not_sent)


def test_counts_old_stages_as_backfill_unless_it_was_live_already(now):
    add_pair(due_on=now.date() - timedelta(days=20))
    assert forecast(now).not_sent == {"backfill": 1}
    long_live = forecast(now, live_since=now.date() - timedelta(days=300))
    assert (long_live.mails, long_live.not_sent) == (1, {})


def test_keeps_a_persons_mails_apart_and_says_what_still_waits(now):
    person = add_person()
    for offset in (0, 10, 20, 45):
        add_pair(due_on=now.date() + timedelta(days=offset), contact=person)
    result = forecast(now, days=35)
    assert [item.day for item in result.days] == [now.date(), now.date() + timedelta(days=30)]
    assert result.by_stage == {1: 3}
    result = forecast(now, days=25)
    assert result.still_waiting == {"min_gap": 2}


def test_puts_pairs_due_within_a_week_into_one_mail(now):
    person = add_person()
    for offset in (0, 7):
        add_pair(due_on=now.date() + timedelta(days=offset), contact=person)
    result = forecast(now)
    assert (result.mails, result.pairs, result.people) == (1, 2, 1)


def test_doubles_the_ramp_each_day(now, settings):
    open_shop(settings, now=now, RAMP_START_PER_DAY=1)
    for _ in range(6):
        add_pair(due_on=now.date())
    assert [item.mails for item in forecast(now).days] == [1, 2, 3]


def test_skips_the_days_on_which_the_shop_does_not_write(now, settings):
    open_shop(settings, now=now, SEND_WEEKDAYS=(3,))  # it is a Tuesday
    add_pair(due_on=now.date())
    assert [item.day for item in forecast(now).days] == [now.date() + timedelta(days=2)]


def test_shows_what_missing_addresses_keep_back(now):
    person = add_person(is_mailable=False)
    person.consents.all().delete()
    add_pair(due_on=now.date(), contact=person)
    assert forecast(now).not_sent == {"no_address": 1}
    assert forecast(now, assume=Assumptions(addresses=True)).not_sent == {"no_basis": 1}
    assert forecast(now, assume=Assumptions(addresses=True, consent=True)).mails == 1


def test_takes_over_what_is_planned_already(now):
    add_pair(due_on=now.date())
    set_mode(mode="dry_run", now=now)
    run_tick(now=now)
    assert Message.objects.get().state == "ready"
    assert forecast(now).mails == 1


def test_refuses_a_span_that_runs_backwards(now):
    with pytest.raises(ValueError, match="lies before"):
        forecast(now, days=0)


def test_takes_no_more_queries_for_more_pairs(now, django_assert_num_queries):
    for count in (3, 30):
        for _ in range(count):
            add_pair(due_on=now.date())
        with django_assert_num_queries(7):
            forecast(now)
    assert Contact.objects.count() == Purchase.objects.count() == 33


def test_counts_a_mail_that_may_leave_in_the_course_of_a_day(now, settings):
    open_shop(settings, now=now, SEND_FROM_HOUR=9, SEND_UNTIL_HOUR=19)
    person = add_person()
    add_pair(due_on=now.date(), contact=person)
    run_tick(now=now)  # at 10:00, so that the gap of 30 days ends an hour after the window opens
    add_pair(due_on=now.date() + timedelta(days=10), contact=person)
    freed = now + timedelta(days=30)
    foreseen = forecast(now)
    assert [(day.day, day.mails) for day in foreseen.days] == [(freed.date(), 1)]
    for hours in range(0, 31 * 24, 3):
        run_tick(now=now + timedelta(hours=hours, minutes=1))
    assert [message.handed_at.date() for message in Message.objects.order_by("handed_at")] == [
        now.date(),
        freed.date(),
    ]
