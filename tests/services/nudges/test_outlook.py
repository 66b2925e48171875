"""The outlook: reckon_outlook ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import JobRun
from shop_plugin.services.nudges import outlook as outlook_module
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.outlook import is_outlook_due, read_outlook, reckon_outlook
from shop_plugin.tasks import outlook as outlook_task
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    add_pair(due_on=now.date() + timedelta(days=9))


def test_keeps_what_the_forecast_says(now):
    reckon_outlook(now=now)
    kept = read_outlook()
    first = now.date()
    told = forecast_nudges(
        first_day=first,
        last_day=first + timedelta(days=89),
        now=now,
        live_since=first - timedelta(days=400),
    )
    assert kept is not None
    assert kept.forecast["mails"] == told.mails == 1
    assert [item["day"] for item in kept.forecast["days"]] == [str(first + timedelta(days=9))]
    assert kept.effect["uplift"]["says"] == "too_few"


def test_is_due_once_a_day_and_keeps_a_week_of_runs(now):
    for day in range(10):
        at = now + timedelta(days=day)
        assert is_outlook_due(now=at)
        reckon_outlook(now=at)
        assert not is_outlook_due(now=at + timedelta(hours=19))
    assert JobRun.objects.filter(kind="nudge_outlook").count() == 7


def test_leaves_the_last_good_run_where_a_later_one_fails(now, monkeypatch):
    reckon_outlook(now=now)

    def fail(**_):
        raise RuntimeError("no")

    monkeypatch.setattr(outlook_module, "forecast_nudges", fail)
    with pytest.raises(RuntimeError):
        reckon_outlook(now=now + timedelta(days=1))
    assert read_outlook().at == now
    assert JobRun.objects.filter(state="failed").get().error == "RuntimeError: no"


def test_is_reckoned_by_its_task_where_a_day_is_over():
    assert outlook_task() is True
    assert outlook_task() is False
