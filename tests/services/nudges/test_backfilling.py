"""The backfill: start_backfill ..."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.models import AuditEntry, Message, Nudge, NudgeControl
from shop_plugin.services.nudges.backfilling import (
    BackfillChangedError,
    preview_backfill,
    start_backfill,
)
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

WANTED = {"category": UseCategory.DRESS_LEATHER, "max_late_days": 90, "per_day": 2}


@pytest.fixture(autouse=True)
def shop(settings, now):
    """A shop that goes live now, with pairs that fell due long before."""
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    NudgeControl.objects.update(live_since=now)


def add_old(now, count=5, days=40):
    return [add_pair(due_on=now.date() - timedelta(days=days)) for _ in range(count)]


def test_lets_nothing_through_that_was_not_asked_for(now):
    add_old(now)
    for hours in range(3):
        assert run_tick(now=now + timedelta(hours=hours)).delivery.sent == 0
    assert set(Nudge.objects.values_list("state", "reason")) == {("skipped", "backfill")}


def test_previews_what_it_would_do_and_changes_nothing(now):
    add_old(now)
    add_old(now, 1, days=100)  # too long ago
    add_pair(due_on=now.date() - timedelta(days=40), use_category="heel")
    plan_nudges(now=now)
    before = list(Nudge.objects.order_by("pk").values())
    preview = preview_backfill(**WANTED, now=now)
    assert (preview.stages, preview.people, preview.held_back) == (5, 5, {})
    assert preview.last_on == now.date() + timedelta(days=2)
    assert list(Nudge.objects.order_by("pk").values()) == before


def test_sends_so_many_a_day_and_each_once(now):
    add_old(now)
    plan_nudges(now=now)
    start_backfill(**WANTED, confirmed_people=5, now=now)
    told = forecast_nudges(
        first_day=now.date(),
        last_day=now.date() + timedelta(days=9),
        now=now,
        live_since=now.date(),
    )
    for day in range(6):
        for minutes in (0, 1):
            run_tick(now=now + timedelta(days=day, minutes=minutes))
    days = Counter(item.handed_at.date() for item in Message.objects.filter(state="sent"))
    assert sorted(days.values()) == [1, 2, 2]
    assert {item.day: item.mails for item in told.days} == days
    entry = AuditEntry.objects.get(action="backfill")
    assert (entry.subject, entry.after["people"]) == ("category:dress_leather", 5)
    assert preview_backfill(**WANTED, now=now).people == 0


def test_keeps_every_other_gate(now):
    pairs = add_old(now, 4)
    plan_nudges(now=now)
    pairs[0].contact.consents.all().delete()
    type(pairs[1]).objects.filter(pk=pairs[1].pk).update(is_gift=True)
    type(pairs[2]).objects.filter(pk=pairs[2].pk).update(status="replaced")
    preview = preview_backfill(**WANTED, now=now)
    assert (preview.people, preview.held_back) == (1, {"no_basis": 1, "gift": 1})


def test_counts_accounts_with_one_address_as_one_person(now):
    for _ in range(2):
        person = add_person(email="ada@example.org")
        add_pair(due_on=now.date() - timedelta(days=40), contact=person)
    plan_nudges(now=now)
    preview = preview_backfill(**WANTED, now=now)
    assert (preview.stages, preview.people) == (2, 1)


def test_refuses_a_number_that_is_not_the_previews(now):
    add_old(now, 2)
    plan_nudges(now=now)
    with pytest.raises(BackfillChangedError, match="2"):
        start_backfill(**WANTED, confirmed_people=3, now=now)
    assert not Nudge.objects.exclude(state="skipped").exists()


def test_is_a_command_that_asks_for_the_number(now, capsys, time_machine):
    time_machine.move_to(now)
    add_old(now, 2)
    plan_nudges(now=now)
    options = ["footback_backfill", "--category", "dress_leather", "--max-late", "900d"]
    call_command(*options)
    out = capsys.readouterr().out
    assert "2 stages of pairs of 2 people" in out
    assert "repeat this with --confirm 2" in out
    assert Nudge.objects.filter(state="skipped").count() == 2
    with pytest.raises(CommandError, match="it would be 2"):
        call_command(*options, "--confirm", "7")
    call_command(*options, "--confirm", "2", "--per-day", "1")
    assert "Planned: 2 stages" in capsys.readouterr().out
    assert Nudge.objects.filter(state="due", is_backfilled=True).count() == 2


@pytest.mark.parametrize("wrong", ["0d", "soon", "-3"])
def test_refuses_days_that_are_none(wrong):
    with pytest.raises(CommandError, match="max-late"):
        call_command("footback_backfill", "--category", "running", f"--max-late={wrong}")
