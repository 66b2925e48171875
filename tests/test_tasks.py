"""The doorbell: footback.tick ..."""

from __future__ import annotations

import json
import socket

import pytest
from celery import current_app
from django.core import mail
from kombu.exceptions import OperationalError

from shop_plugin.models import Message, NudgeControl
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.tasks import tick
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(settings):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now)
    return add_pair(due_on=now.date())


def test_is_registered_under_its_name():
    assert current_app.tasks["footback.tick"].name == "footback.tick"


def test_does_a_whole_round_and_returns_plain_counts(due):
    result = tick()
    assert json.loads(json.dumps(result))["delivery"]["sent"] == 1
    assert [message.to for message in mail.outbox] == [[due.contact.email]]
    assert NudgeControl.objects.get().last_tick_at is not None


def test_is_harmless_when_beat_rings_twice(due):
    tick()
    tick()
    assert len(mail.outbox) == 1
    assert Message.objects.count() == 1


def test_needs_no_broker_to_do_the_work(due, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        with (
            current_app.connection_for_write(url, connect_timeout=1) as connection,
            pytest.raises(OperationalError),
        ):
            tick.apply_async(connection=connection, retry=False)
        result = run_tick(now=read_database_clock())
    assert result.delivery.sent == 1
