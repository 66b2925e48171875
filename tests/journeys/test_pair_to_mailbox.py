"""A pair is bought, worn, written about twice at most; or returned, or its owner says stop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from footback_shop.store.models import Order
from shop_plugin.models import Contact, Nudge, Purchase
from shop_plugin.services.nudges.ticking import run_tick
from tests.journeys.conftest import take_in_catalogue

pytestmark = pytest.mark.usefixtures("live_shop")
ADDRESS = "robin@example.org"


def buy(client, now: datetime) -> Order:
    """Buy a pair through the shop's own page."""
    with time_machine.travel(now, tick=False):
        size = client.get("/product/marlow-walker/").context["form"].fields["variant"]
        answer = client.post(
            "/product/marlow-walker/",
            {"variant": size.queryset[0].pk, "name": "Robin Quay", "email": ADDRESS},
        )
    assert answer.status_code == 302, answer.content
    return Order.objects.get()


def tick_daily(first: datetime, days: int) -> None:
    for day in range(days):
        run_tick(now=first + timedelta(days=day))


def due(stage: int, purchase: Purchase, now: datetime) -> datetime:
    """Return the noon of the day on which a stage of the pair is due."""
    mid = purchase.life_mid_days
    share = 80 if stage == 1 else 100
    start = datetime.combine(purchase.wear_start_on, now.timetz())
    return start + timedelta(days=-(-mid * share // 100))


@pytest.fixture
def pair(client, now):
    take_in_catalogue(now)
    buy(client, now)
    run_tick(now=now + timedelta(minutes=1))
    return Purchase.objects.get()


def test_a_new_pair_is_written_about_when_it_is_due_and_not_before(pair, mailbox, now):
    first_due = due(1, pair, now)

    run_tick(now=first_due - timedelta(days=2))
    assert mailbox.recipients == []

    tick_daily(first_due, 3)
    assert mailbox.recipients == [ADDRESS]
    assert set(mailbox.taken.values()) == {1}


def test_a_pair_is_written_about_twice_at_most(pair, mailbox, now):
    tick_daily(due(1, pair, now), 5)
    tick_daily(due(2, pair, now), 5)
    for months in range(1, 24):
        run_tick(now=due(2, pair, now) + timedelta(days=30 * months))

    stages = list(Nudge.objects.filter(state="sent").values_list("stage", flat=True))
    assert len(mailbox.recipients) == len(stages) == len(set(stages)) <= 2
    assert set(mailbox.taken.values()) == {1}


def test_a_returned_pair_is_never_written_about(client, pair, mailbox, now):
    order = Order.objects.get()
    with time_machine.travel(now + timedelta(days=3), tick=False):
        client.post(f"/orders/{order.number}/return/{order.lines.get().pk}/")

    run_tick(now=now + timedelta(days=3, minutes=1))
    tick_daily(due(1, pair, now), 3)

    assert mailbox.recipients == []
    assert Purchase.objects.get().status == "returned"


def test_who_said_stop_is_never_written_to_again(client, pair, mailbox, now):
    tick_daily(due(1, pair, now), 2)
    assert mailbox.recipients == [ADDRESS]
    token = Contact.objects.get().unsubscribe_token

    answer = client.post(f"/f/u/{token}/", {"List-Unsubscribe": "One-Click"})
    tick_daily(due(2, pair, now), 3)

    assert answer.status_code == 200
    assert mailbox.recipients == [ADDRESS], "only the one from before"
