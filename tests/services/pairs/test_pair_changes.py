"""What a person may say of a pair, and what it does: a change ..."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.pair_changes import (
    Answer,
    ImpossibleWishError,
    Wish,
    accepts,
    check_wish,
    lock_wardrobe,
    make_change,
    read_histories,
    take_back,
)
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.wear.rotation import find_companions
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def say(pair: Purchase, answer: Answer, now: datetime, **more) -> Purchase:
    with transaction.atomic():
        wardrobe = lock_wardrobe(pair.contact_id)
        own = next(item for item in wardrobe if item.pk == pair.pk)
        make_change(own, wardrobe, Wish(answer, **more), now=now, where="test")
    pair.refresh_from_db()
    return pair


def undo(pair: Purchase, now: datetime) -> Purchase:
    with transaction.atomic():
        wardrobe = lock_wardrobe(pair.contact_id)
        own = next(item for item in wardrobe if item.pk == pair.pk)
        newest = read_histories([pair.pk])[pair.pk].newest
        assert newest is not None
        take_back(own, wardrobe, newest, now=now, where="test")
    pair.refresh_from_db()
    return pair


DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(Answer.DAYS),
        Wish(Answer.DAYS, 0),
        Wish(Answer.DAYS, 8),
        Wish(Answer.SNOOZE, 31),
        Wish(Answer.STOP, 3),
        Wish(Answer.STARTED),
        Wish(Answer.STILL_FINE, on=DAY),
        Wish(Answer.STARTED, on=DAY - timedelta(days=1)),
        Wish(Answer.STARTED, on=DAY + timedelta(days=11)),
    ],
)
def test_is_refused_where_it_cannot_be(wish):
    with pytest.raises(ImpossibleWishError):
        check_wish(wish, bought_on=DAY, today=DAY + timedelta(days=10))


@pytest.mark.parametrize("on", [DAY, DAY + timedelta(days=10)])
def test_takes_a_first_day_from_the_order_until_today(on):
    check_wish(Wish(Answer.STARTED, on=on), bought_on=DAY, today=DAY + timedelta(days=10))


def test_moves_the_range_with_the_first_day_that_was_told(now):
    pair = add_pair(due_on=now.date() + timedelta(days=60))
    due, first = pair.next_due_on, pair.wear_start_on
    say(pair, Answer.STARTED, now, on=first + timedelta(days=40))
    assert pair.next_due_on == due + timedelta(days=40)
    assert (pair.wear_start_on, pair.wear_start_basis) == (first + timedelta(days=40), "confirmed")
    undo(pair, now)
    assert (pair.wear_start_on, pair.wear_start_basis) == (first, "ordered")
    assert pair.next_due_on == due


def test_is_not_overwritten_when_the_host_says_its_line_again(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="walking")
    line = PurchaseRecord(
        source="shop",
        external_id="1",
        order_id="order-1",
        ordered_at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        listing_id="shoe-a",
        customer_id="ada",
    )
    record_purchases(rows=[line], now=now)
    pair = say(Purchase.objects.get(), Answer.STARTED, now, on=date(2026, 3, 10))
    delivered = datetime(2026, 3, 5, 12, tzinfo=UTC)
    record_purchases(rows=[replace(line, delivered_at=delivered)], now=now)
    pair.refresh_from_db()
    assert (pair.wear_start_on, pair.cycle) == (date(2026, 3, 10), 1)
    exchanged = replace(line, delivered_at=datetime(2026, 5, 20, 12, tzinfo=UTC))
    record_purchases(rows=[exchanged], now=now)
    pair.refresh_from_db()
    assert (pair.wear_start_on, pair.cycle) == (date(2026, 6, 3), 2)


@pytest.mark.parametrize(
    ("answer", "status"),
    [(Answer.REPLACED, "retired"), (Answer.GIVEN, "given_away"), (Answer.STOP, "stopped")],
)
def test_ends_the_notes_until_the_pair_is_worn_again(now, answer, status):
    pair = add_pair(due_on=now.date())
    plan_nudges(now=now)
    assert say(pair, answer, now).status == status
    plan_nudges(now=now)
    assert set(Nudge.objects.values_list("state", flat=True)) <= {"queued", "cancelled"}
    assert say(pair, Answer.AGAIN, now).status == "active"
    undo(pair, now)
    assert pair.status == status
    undo(pair, now)
    assert pair.status == "active"


@pytest.mark.parametrize("days", [None, 30, 60, 90])
def test_waits_as_long_as_was_asked(now, days):
    pair = add_pair(due_on=now.date())
    say(pair, Answer.SNOOZE, now, days=days)
    assert pair.snoozed_until == now.date() + timedelta(days=days or 30)


def two_pairs(now, **changes):
    """An older pair of a kind, replaced by a newer one of it."""
    person = add_person()
    older = add_pair(due_on=now.date() + timedelta(days=90), contact=person, **changes)
    newer = add_pair(due_on=now.date() + timedelta(days=200), contact=person, **changes)
    Purchase.objects.filter(pk=older.pk).update(status="replaced")
    older.refresh_from_db()
    return older, newer


def test_lets_both_pairs_last_longer_that_are_worn_in_turn(now):
    older, newer = two_pairs(now, days_per_week=None)
    alone = older.life_mid_days
    say(older, Answer.KEPT, now)
    newer.refresh_from_db()
    assert (older.status, older.pairs_in_rotation, newer.pairs_in_rotation) == ("active", 2, 2)
    assert older.life_mid_days == pytest.approx(2 * alone, abs=1)
    assert newer.life_mid_days == older.life_mid_days
    assert [pair.pk for pair in find_companions(older, [older, newer])] == [newer.pk]
    undo(older, now)
    newer.refresh_from_db()
    assert (older.status, older.is_kept, newer.pairs_in_rotation) == ("replaced", False, 1)
    assert older.life_mid_days == newer.life_mid_days == alone


def test_takes_told_days_of_a_pair_as_its_own_share(now):
    older, newer = two_pairs(now, days_per_week=3)
    alone = newer.life_mid_days
    say(older, Answer.KEPT, now)
    newer.refresh_from_db()
    assert newer.life_mid_days == older.life_mid_days == alone


def test_ends_the_turns_when_one_of_the_pairs_is_put_away(now):
    older, newer = two_pairs(now, days_per_week=None)
    alone = newer.life_mid_days
    say(older, Answer.KEPT, now)
    say(older, Answer.REPLACED, now)
    newer.refresh_from_db()
    assert (newer.pairs_in_rotation, newer.life_mid_days) == (1, alone)


def order(number: str, on: datetime) -> PurchaseRecord:
    return PurchaseRecord(
        source="shop",
        external_id=number,
        order_id=f"order-{number}",
        ordered_at=on,
        listing_id="shoe-a",
        customer_id="ada",
    )


def test_holds_when_a_third_pair_of_the_kind_is_bought(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="walking")
    first, second = (order(str(number), now - timedelta(days=400 - number)) for number in (1, 50))
    record_purchases(rows=[first, second], now=now)
    pair = Purchase.objects.get(external_id="1")
    assert pair.status == "replaced"
    say(pair, Answer.KEPT, now)
    record_purchases(rows=[order("3", now - timedelta(days=2))], now=now)
    states = dict(Purchase.objects.values_list("external_id", "status"))
    assert states == {"1": "active", "50": "replaced", "3": "active"}
    assert set(Purchase.objects.filter(status="active").values_list("pairs_in_rotation")) == {(2,)}


def test_does_not_bring_an_older_pair_back_when_the_newer_is_worn_out(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="walking")
    record_purchases(
        rows=[order("1", now - timedelta(days=900)), order("2", now - timedelta(days=300))],
        now=now,
    )
    say(Purchase.objects.get(external_id="2"), Answer.WORN_OUT, now)
    record_purchases(rows=[replace(order("2", now - timedelta(days=300)), size="39")], now=now)
    assert Purchase.objects.get(external_id="1").status == "replaced"


def test_brings_an_older_pair_back_when_the_newer_was_given_away(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="walking")
    record_purchases(
        rows=[order("1", now - timedelta(days=900)), order("2", now - timedelta(days=300))],
        now=now,
    )
    say(Purchase.objects.get(external_id="2"), Answer.GIVEN, now)
    record_purchases(rows=[replace(order("2", now - timedelta(days=300)), size="39")], now=now)
    assert Purchase.objects.get(external_id="1").status == "active"


KEPT = (
    "status",
    "personal_factor",
    "days_per_week",
    "snoozed_until",
    "cycle",
    "wear_start_on",
    "wear_start_basis",
    "is_kept",
    "pairs_in_rotation",
    "life_low_days",
    "life_high_days",
)
WISHES = [
    *(Wish(Answer.DAYS, days) for days in (1, 4, 7)),
    *(Wish(Answer.SNOOZE, days) for days in (30, 90)),
    *(Wish(answer) for answer in Answer if answer not in ("days", "snooze", "started")),
]


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.one_of(st.sampled_from(WISHES), st.just("tick"))),
        max_size=8,
    )
)
@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_can_be_taken_back_one_by_one_to_where_all_began(now, steps):
    person = add_person()
    pairs = [
        add_pair(
            due_on=now.date() + timedelta(days=30 * number),
            contact=person,
            days_per_week=None,
            use_category="walking",
        )
        for number in range(3)
    ]

    def states():
        rows = Purchase.objects.filter(contact=person).order_by("pk")
        return [tuple(getattr(row, name) for name in KEPT) for row in rows]

    began, said = states(), []
    for index, step in steps:
        if step == "tick":
            plan_nudges(now=now)
            continue
        pair = Purchase.objects.select_related("contact").get(pk=pairs[index].pk)
        if accepts(pair, step.answer):
            say(pair, step.answer, now, days=step.days)
            said.append(pair)
    assert audit_nudges(now=now).is_clean
    for pair in reversed(said):
        undo(pair, now)
    assert states() == began
    assert all(not h.standing for h in read_histories([pair.pk for pair in pairs]).values())
