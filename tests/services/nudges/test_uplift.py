"""The effect of the mails: measure_effect ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.domain.hold_out import is_held_out
from shop_plugin.models import Nudge, NudgeControl
from shop_plugin.services.nudges.uplift import measure_effect
from tests.factories import PurchaseFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, HOLD_OUT_PERCENT=50)


@pytest.fixture
def noted(now):
    """Give people a first note some days ago; return those of one group."""

    def add(count, *, held_out, days_ago=100):
        people = []
        while len(people) < count:
            person = add_person()
            if is_held_out(person.email_hash, percent=50) is not held_out:
                continue
            pair = add_pair(due_on=now.date(), contact=person)
            Nudge.objects.create(
                purchase=pair,
                stage=1,
                state="skipped" if held_out else "sent",
                reason="hold_out" if held_out else "",
                due_on=now.date() - timedelta(days=days_ago),
                not_before=now,
                created_at=now - timedelta(days=days_ago),
            )
            people.append(person)
        return people

    return add


def buy(person, at, **changes):
    PurchaseFactory(contact=person, ordered_at=at, **changes)


def counts(now):
    uplift = measure_effect(now=now).uplift
    return [(arm.people, arm.bought) for arm in (uplift.mailed, uplift.held_out)]


def test_counts_who_bought_within_sixty_days_of_their_first_note(now, noted):
    mailed, held = noted(3, held_out=False), noted(2, held_out=True)
    noted_at = now - timedelta(days=100)
    buy(mailed[0], noted_at + timedelta(days=1))
    buy(mailed[0], noted_at + timedelta(days=2))  # counts once
    buy(mailed[1], noted_at + timedelta(days=61))  # too late
    buy(held[0], noted_at + timedelta(days=60))
    buy(held[1], noted_at - timedelta(days=1))  # before
    assert counts(now) == [(3, 1), (2, 1)]


def test_counts_no_pair_that_went_back(now, noted):
    (person,) = noted(1, held_out=False)
    buy(person, now - timedelta(days=90), status="returned")
    buy(person, now - timedelta(days=90), status="cancelled")
    assert counts(now)[0] == (1, 0)


def test_waits_until_the_sixty_days_of_a_person_are_over(now, noted):
    noted(2, held_out=False, days_ago=59)
    noted(1, held_out=True, days_ago=10)
    effect = measure_effect(now=now)
    assert (counts(now), effect.too_recent) == ([(0, 0), (0, 0)], 3)
    assert effect.uplift.says == "too_few"


def test_leaves_out_what_was_skipped_for_another_reason(now, noted):
    noted(2, held_out=False)
    Nudge.objects.update(state="skipped", reason="gift")
    assert counts(now) == [(0, 0), (0, 0)]


def test_takes_accounts_with_one_address_for_one_person(now, noted):
    (person,) = noted(1, held_out=False)
    twin = add_person(email=person.email)
    buy(twin, now - timedelta(days=80))
    assert counts(now)[0] == (1, 1)


def test_has_nothing_to_say_before_the_shop_went_live(now):
    NudgeControl.objects.update(live_since=None)
    assert measure_effect(now=now) is None
