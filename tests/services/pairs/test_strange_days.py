"""Days that lie at the edge of the calendar: recording and planning ..."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shop_plugin.domain.nudge_policy import Stage, stage_dates
from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.purchases import record_purchases
from shop_plugin.services.wear.life import life_of
from tests.factories import ListingFactory
from tests.nudging import open_shop
from tests.services.pairs.test_purchases import line

pytestmark = [pytest.mark.django_db, pytest.mark.proof("T23")]


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    ListingFactory(source="shop", external_id="shoe-a", use_category="hiking")


@pytest.mark.parametrize(
    "ordered_at",
    [
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 30, tzinfo=UTC),
    ],
    ids=str,
)
def test_takes_any_day_of_an_order_and_leaves_the_others_of_its_file_alone(now, ordered_at):
    rows = [line("odd", ordered_at=ordered_at), line("plain")]
    assert record_purchases(rows=rows, now=now).rows == 2
    plan_nudges(now=now)
    plan_nudges(now=now + timedelta(days=800))
    assert Purchase.objects.filter(external_id="plain").exists()
    for nudge in Nudge.objects.all():
        assert nudge.due_on <= now.date() + timedelta(days=807)


def test_reckons_every_stage_of_a_pair_bought_on_a_leap_day(now):
    record_purchases(rows=[line(ordered_at=datetime(2024, 2, 29, 12, tzinfo=UTC))], now=now)
    pair = Purchase.objects.get()
    assert pair.wear_start_on == date(2024, 3, 21)
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    assert dates
    assert pair.next_due_on == dates[Stage.INSPECT]
    assert (dates[Stage.INSPECT] - pair.wear_start_on).days == pair.life_mid_days * 800 // 1000
