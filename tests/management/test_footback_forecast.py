"""manage.py footback_forecast ..."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from shop_plugin.models import Message, Nudge, NudgeControl, Purchase
from tests.nudging import SHOP, add_pair, add_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.FOOTBACK = dict(SHOP)
    add_pair(due_on=now.date())
    add_pair(due_on=now.date(), is_gift=True)
    add_pair(due_on=now.date(), contact=add_person(is_mailable=False))


def forecast(capsys, *arguments: str) -> str:
    call_command("footback_forecast", "--from", "2026-06-16", "--to", "2026-06-30", *arguments)
    return capsys.readouterr().out


def test_tells_people_what_would_be_sent_and_what_would_not(capsys):
    told = forecast(capsys)
    assert "1 mail to 1 person about 1 pair, 1 at stage 1." in told
    assert "Tue 2026-06-16       1 mail   (stage 1: 1)" in told
    assert "1 gift" in told
    assert "1 no_address" in told


def test_tells_programs_the_same(capsys):
    told = json.loads(forecast(capsys, "--json"))
    assert (told["mails"], told["people"], told["considered"]) == (1, 1, 3)
    assert told["not_sent"] == {"gift": 1, "no_address": 1}
    assert told["days"] == [{"day": "2026-06-16", "mails": 1, "pairs": 1, "by_stage": {"1": 1}}]


def test_shows_what_addresses_and_consent_keep_back(capsys):
    told = json.loads(forecast(capsys, "--json", "--assume-addresses", "--assume-consent"))
    assert told["mails"] == 2
    assert told["assumed"] == ["addresses", "consent"]


def test_sends_and_writes_nothing(capsys):
    forecast(capsys)
    assert mail.outbox == []
    assert not Message.objects.exists()
    assert not Nudge.objects.exists()
    assert not NudgeControl.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("soon", "2026-06-30", "is no date"),
        ("2026-06-31", "2026-07-30", "is no date"),
        ("2026-06-30", "2026-06-16", "lies before"),
    ],
)
def test_says_what_is_wrong_with_a_span(first, last, words):
    with pytest.raises(CommandError, match=words):
        call_command("footback_forecast", "--from", first, "--to", last)


def test_says_where_orders_come_from_while_none_is_known(capsys):
    assert "footback_run --once" not in forecast(capsys)
    Purchase.objects.all().delete()
    assert "Orders are taken in by 'manage.py footback_run --once'" in forecast(capsys)
