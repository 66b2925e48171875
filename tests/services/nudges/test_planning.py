"""Planning: plan_nudges ..."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Contact, Message, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges import grouping, planning
from shop_plugin.services.nudges.planning import plan_nudges
from tests.nudging import add_pair, add_person, nudge_states, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def add_mail(person: Contact, now: datetime) -> None:
    """Let a person have had a mail yesterday."""
    yesterday = now - timedelta(days=1)
    Message.objects.create(
        contact=person,
        state="sent",
        handed_at=yesterday,
        not_before=yesterday,
        created_at=yesterday,
    )


@pytest.mark.proof("T07")
def test_writes_a_stage_down_once_however_often_it_runs(now):
    pair = add_pair(due_on=now.date())
    assert plan_nudges(now=now).messages == 1
    for minute in range(5):
        again = plan_nudges(now=now + timedelta(minutes=minute))
        assert (again.due, again.messages) == (0, 0)
    assert nudge_states() == {(pair.external_id, 1): "queued"}
    assert Message.objects.count() == 1


def test_plans_nothing_before_its_day(now):
    add_pair(due_on=now.date() + timedelta(days=1))
    assert plan_nudges(now=now).due == 0
    assert not Nudge.objects.exists()
    assert plan_nudges(now=now + timedelta(days=1)).due == 1


def test_says_only_the_latest_of_two_stages_it_missed(now):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now + timedelta(days=3))
    assert nudge_states() == {
        (pair.external_id, 1): "skipped:superseded",
        (pair.external_id, 2): "queued",
    }


def test_lets_a_waiting_first_stage_give_way_to_the_second(now):
    pair = add_pair(due_on=now.date() + timedelta(days=30), stage=Stage.REPLACE)
    plan_nudges(now=now)
    assert nudge_states() == {(pair.external_id, 1): "queued"}
    Nudge.objects.update(state="due", message=None, not_before=now + timedelta(days=60))
    Message.objects.all().delete()
    plan_nudges(now=now + timedelta(days=30))
    assert nudge_states() == {
        (pair.external_id, 1): "skipped:superseded",
        (pair.external_id, 2): "queued",
    }


def test_falls_silent_after_the_second_stage(now):
    pair = add_pair(due_on=now.date(), stage=Stage.REPLACE)
    plan_nudges(now=now)
    pair.refresh_from_db()
    assert (pair.next_stage, pair.next_due_on) == (None, None)
    plan_nudges(now=now + timedelta(days=900))
    assert Nudge.objects.count() == 2


@pytest.mark.proof("T30")
@pytest.mark.parametrize("live", [True, False])
def test_never_mails_the_past_on_going_live(now, live):
    NudgeControl.objects.update(live_since=now if live else None)
    old = add_pair(due_on=now.date() - timedelta(days=15))
    recent = add_pair(due_on=now.date() - timedelta(days=14))
    assert plan_nudges(now=now).skipped == {"backfill": 1}
    assert nudge_states() == {
        (old.external_id, 1): "skipped:backfill",
        (recent.external_id, 1): "queued",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"is_gift": True}, "gift"), ({"optout_offered": False}, "no_basis")],
)
def test_skips_a_pair_for_a_reason_that_can_be_seen(now, changes, reason):
    add_pair(due_on=now.date(), **changes)
    assert plan_nudges(now=now).skipped == {reason: 1}
    assert not Message.objects.exists()


def test_skips_kinds_that_the_shop_calls_sensitive(now, settings):
    open_shop(settings, now=now, SENSITIVE_CATEGORIES=("orthopaedic",))
    pair = add_pair(due_on=now.date())
    pair.listing.category_text = "Shoes > Orthopaedic"
    pair.listing.save()
    assert plan_nudges(now=now).skipped == {"sensitive": 1}


def test_leaves_a_snoozed_pair_alone_until_its_day(now):
    pair = add_pair(due_on=now.date())
    Purchase.objects.update(snoozed_until=now.date() + timedelta(days=30))
    assert plan_nudges(now=now).due == 0
    plan_nudges(now=now + timedelta(days=30))
    assert nudge_states() == {(pair.external_id, 1): "queued"}


def test_cancels_a_waiting_stage_of_a_pair_that_went_back(now):
    person = add_person()
    Message.objects.create(
        contact=person, state="sent", handed_at=now, not_before=now, created_at=now
    )
    add_pair(due_on=now.date(), contact=person)
    assert plan_nudges(now=now).people_deferred == 1
    Purchase.objects.update(status="returned")
    assert plan_nudges(now=now).cancelled == 1
    assert list(nudge_states().values()) == ["cancelled:returned"]


def test_puts_at_most_five_pairs_into_one_mail_the_worst_first(now):
    person = add_person()
    for days in range(6):
        add_pair(due_on=now.date() - timedelta(days=days), contact=person)
    worn = add_pair(due_on=now.date(), contact=person, stage=Stage.REPLACE)
    result = plan_nudges(now=now)
    assert (result.messages, result.pairs_in_messages) == (1, 5)
    assert nudge_states()[worn.external_id, 2] == "queued"
    assert Nudge.objects.filter(state="due").count() == 2


def test_starts_again_for_an_exchanged_pair(now):
    pair = add_pair(due_on=now.date())
    plan_nudges(now=now)
    Message.objects.update(state="sent", handed_at=now)
    Nudge.objects.update(state="sent")
    later = now + timedelta(days=60)
    Purchase.objects.update(cycle=2, next_stage=1, next_due_on=later.date())
    Purchase.objects.update(wear_start_on=pair.wear_start_on + timedelta(days=60))
    plan_nudges(now=later)
    cycles = Nudge.objects.order_by("cycle").values_list("cycle", "state")
    assert list(cycles) == [(1, "sent"), (2, "queued")]


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("is_capped", [False, True])
def test_takes_no_more_queries_for_more_pairs(now, stage, is_capped):
    def count_queries(pairs: int) -> int:
        for _ in range(pairs):
            person = add_person()
            add_pair(due_on=now.date(), contact=person, stage=stage)
            if is_capped:
                add_mail(person, now)
        with CaptureQueriesContext(connection) as queries:
            result = plan_nudges(now=now)
        assert (result.messages, result.people_deferred)[is_capped] == pairs
        return len(queries)

    assert count_queries(3) == count_queries(40)


def test_mails_each_person_once_over_many_pages(now, monkeypatch):
    monkeypatch.setattr(grouping, "NUDGES_PER_PAGE", 3)
    people = [add_person() for _ in range(4)]
    for number in range(20):
        add_pair(due_on=now.date(), contact=people[number % 4])
    result = plan_nudges(now=now)
    assert (result.due, result.messages, result.pairs_in_messages) == (20, 4, 20)
    assert set(Message.objects.values_list("contact", flat=True)) == {item.pk for item in people}


def test_goes_past_people_who_wait_for_the_caps(now, monkeypatch):
    monkeypatch.setattr(grouping, "NUDGES_PER_PAGE", 2)
    capped = [add_person() for _ in range(5)]
    for person in capped:
        add_pair(due_on=now.date(), contact=person)
        add_mail(person, now)
    add_pair(due_on=now.date())
    result = plan_nudges(now=now)
    assert (result.messages, result.people_deferred) == (1, 5)
    waiting = Nudge.objects.filter(state="due")
    assert set(waiting.values_list("reason", flat=True)) == {"min_gap"}
    assert min(waiting.values_list("not_before", flat=True)) > now
    assert plan_nudges(now=now).people_deferred == 0, "they are asked again when their time comes"


@pytest.mark.parametrize(
    "answer", [{"status": "stopped"}, {"snoozed_until": date(2027, 1, 1)}, {"next_due_on": None}]
)
def test_sees_what_a_person_says_of_a_pair_while_the_sweep_runs(now, monkeypatch, answer):
    kept, answered = add_pair(due_on=now.date()), add_pair(due_on=now.date())
    pages = planning._pages

    def answer_after_listing(pairs):
        for page in pages(pairs):
            Purchase.objects.filter(pk=answered.pk).update(**answer)
            yield page

    monkeypatch.setattr(planning, "_pages", answer_after_listing)
    assert plan_nudges(now=now).due == 1
    assert nudge_states() == {(kept.external_id, 1): "queued"}
    assert Purchase.objects.filter(pk=answered.pk, **answer).exists()
