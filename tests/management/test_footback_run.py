"""manage.py footback_run ..."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from shop_plugin.services.shop.clock import read_database_clock
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


class NoOrders:
    name = "shop"

    def iter_purchases(self, *, since=None):
        raise ConnectionError("the shop is away")


@pytest.fixture(autouse=True)
def shop(settings):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now)
    add_pair(due_on=now.date())


def test_does_one_round_and_says_what_it_did(capsys):
    call_command("footback_run", "--once")
    assert "mode live, 1 stages due, 1 messages made, 1 sent" in capsys.readouterr().out
    assert len(mail.outbox) == 1
    call_command("footback_run", "--once")
    assert "mode live, nothing to do" in capsys.readouterr().out


def test_says_so_when_the_orders_cannot_be_read_and_mails_all_the_same(settings, capsys):
    settings.FOOTBACK = {**settings.FOOTBACK, "PURCHASE_SOURCE": f"{__name__}.NoOrders"}
    with pytest.raises(CommandError, match="the shop is away"):
        call_command("footback_run", "--once")
    assert len(mail.outbox) == 1


def test_goes_on_until_it_is_asked_to_stop(capsys):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask_to_stop() -> None:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=ask_to_stop, daemon=True).start()
    try:
        call_command("footback_run", "--every", "0.1", "--json")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    *rounds, last = capsys.readouterr().out.splitlines()
    assert last == "Stopped."
    assert sum(json.loads(line)["delivery"]["sent"] for line in rounds) == 1


def test_refuses_a_pause_of_nothing():
    with pytest.raises(CommandError, match="more than 0"):
        call_command("footback_run", "--every", "0")
