"""One round of nudge work: run_tick ..."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from shop_plugin.domain.records import PurchaseRecord, ReadRow
from shop_plugin.models import NudgeControl, Purchase
from shop_plugin.services.nudges.ticking import run_tick
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


class Orders:
    name = "shop"

    def iter_purchases(self, *, since=None):
        record = PurchaseRecord(
            source="shop",
            external_id="1",
            order_id="1",
            ordered_at=datetime(2026, 1, 1, tzinfo=UTC),
            title="Running shoe",
            category="running",
            email="ada@example.org",
            optout_offered=True,
        )
        yield ReadRow(line=1, record=replace(record))


class NoOrders:
    name = "shop"

    def iter_purchases(self, *, since=None):
        raise ConnectionError("the shop is away")
        yield


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def test_goes_from_an_order_to_a_mail_in_one_round(now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "PURCHASE_SOURCE": f"{__name__}.Orders"}
    assert run_tick(now=now).purchases.created == 1
    assert mail.outbox == []
    pair = Purchase.objects.get()
    moment = datetime.combine(pair.next_due_on, now.timetz())
    assert run_tick(now=moment).delivery.sent == 1
    assert mail.outbox[0].to == ["ada@example.org"]


def test_still_mails_when_the_shops_orders_cannot_be_read(now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "PURCHASE_SOURCE": f"{__name__}.NoOrders"}
    add_pair(due_on=now.date())
    result = run_tick(now=now)
    assert result.sync_error == "ConnectionError: the shop is away"
    assert result.delivery.sent == 1


@pytest.mark.proof("T08")
def test_sends_each_mail_once_after_days_of_silence(now):
    for days in range(4):
        add_pair(due_on=now.date() + timedelta(days=days))
    later = now + timedelta(days=5)
    assert run_tick(now=later).delivery.sent == 4
    assert run_tick(now=later + timedelta(minutes=1)).delivery.sent == 0


def test_leaves_a_heartbeat(now):
    run_tick(now=now)
    assert NudgeControl.objects.get().last_tick_at == now
