"""The doorbell: footback.tick ..."""

from __future__ import annotations

import json
import socket

import pytest
from celery import current_app
from django.core import mail
from kombu.exceptions import OperationalError

from shop_plugin.domain.attributes import Options
from shop_plugin.models import HostEvent, Message, NudgeControl, Observation
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.tasks import bulk_edits, host_events, news, tick
from tests.factories import ListingFactory
from tests.hosts import WEBHOOKS, push
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


def test_works_through_bulk_edits_however_often_beat_rings():
    now = read_database_clock()
    edit_id = ask_for_edit(
        listing_ids=[ListingFactory().pk],
        edits=[AttributeEdit("arch_support", Operation.REPLACE, Options.of("3"), "3")],
        author=None,
        now=now,
        reason="",
    )
    confirm_edit(edit_id=edit_id, author=None, now=now)
    assert bulk_edits() == {"previewed": 0, "done": 1, "failed": 0, "is_more": False}
    assert bulk_edits()["done"] == 0
    assert Observation.objects.filter(source_kind="staff").count() == 1


def test_carries_out_what_hosts_pushed_and_tells_targets(settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "WEBHOOKS": WEBHOOKS}
    now = read_database_clock()
    push("listing.changed", {"id": "M-1", "title": "Marlow Walker"}, now=now)
    assert json.loads(json.dumps(host_events()))["applied"] == 1
    assert HostEvent.objects.get().state == "applied"
    assert json.loads(json.dumps(news())) == {
        "sent": 0,
        "retried": 0,
        "given_up": 0,
        "is_more": False,
    }
