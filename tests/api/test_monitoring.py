"""Probes: the health and metrics addresses ..."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from shop_plugin.api import monitoring
from shop_plugin.models import Contact, HostEvent, Listing
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.transport.spool import SpooledMail, spool_mail
from tests.documents import DOCS
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = {"HTTP_AUTHORIZATION": "Bearer a-long-secret"}


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path), METRICS_TOKEN="a-long-secret")
    add_pair(due_on=now.date())
    run_tick(now=now)


def test_say_only_that_all_is_well_to_anybody(client):
    answer = client.get(reverse("footback:health"))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_say_503_and_the_reasons_to_who_carries_the_token(client):
    spool_mail(SpooledMail(uuid4(), "token", read_database_clock()))
    answer = client.get(reverse("footback:health"))
    assert (answer.status_code, answer.json()) == (503, {"status": "trouble"})
    answer = client.get(reverse("footback:health"), **TOKEN)
    assert answer.json() == {"status": "trouble", "troubles": ["spool"]}


def test_say_503_where_the_database_is_away(client, monkeypatch):
    def refuse():
        raise DatabaseError("gone")

    monkeypatch.setattr(monitoring, "read_database_clock", refuse)
    answer = client.get(reverse("footback:health"), **TOKEN)
    assert (answer.status_code, answer.json()["troubles"]) == (503, ["database"])


def test_give_numbers_that_prometheus_reads(client):
    answer = client.get(reverse("footback:metrics"), **TOKEN)
    assert answer.status_code == 200
    families = {item.name: item for item in text_string_to_metric_families(answer.content.decode())}
    sent = {
        sample.labels["state"]: sample.value for sample in families["footback_messages"].samples
    }
    assert (sent["sent"], sent["uncertain"]) == (1, 0)
    assert families["footback_is_well"].samples[0].value == 1
    (tried,) = families["footback_attempts_15m"].samples
    assert (tried.labels, tried.value) == ({"phase": "accepted", "reply": "2"}, 1)


@pytest.mark.parametrize(
    "header",
    [{}, {"HTTP_AUTHORIZATION": "Bearer wrong"}, {"HTTP_AUTHORIZATION": "Basic a-long-secret"}],
)
def test_give_numbers_to_nobody_else(client, header):
    assert client.get(reverse("footback:metrics"), **header).status_code == 404


def test_give_numbers_to_nobody_where_no_token_is_set(client, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "METRICS_TOKEN": ""}
    for header in ({}, {"HTTP_AUTHORIZATION": "Bearer "}):
        assert client.get(reverse("footback:metrics"), **header).status_code == 404


def test_name_nobody_and_nothing(client):
    said = client.get(reverse("footback:metrics"), **TOKEN).content.decode()
    person = Contact.objects.get()
    for private in (person.email, person.email_hash, Listing.objects.get().title):
        assert private not in said


def test_give_the_numbers_of_webhooks(client, now):
    for number, state in enumerate(("waiting", "failed", "applied", "applied")):
        HostEvent.objects.create(
            connection="till",
            delivery_id=str(number),
            state=state,
            received_at=now,
            not_before=now,
            body_digest="d",
        )
    text = client.get(reverse("footback:metrics"), **TOKEN).content.decode()
    assert 'footback_host_events{state="applied"} 2.0' in text
    assert 'footback_host_events{state="held"} 0.0' in text
    assert 'footback_host_news{state="waiting"} 0.0' in text
    assert "footback_host_events_oldest_due_seconds" in text


#: Left out where nothing waits.
NOT_ALWAYS = {"footback_oldest_due_seconds"}


def test_give_the_numbers_that_the_page_names_and_no_others(client):
    text = client.get(reverse("footback:metrics"), **TOKEN).content.decode()
    page = (DOCS / "how-to" / "go-live-with-nudges.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`footback_.+?) \|", page, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"footback_\w+", row)}
    given = {item.name for item in text_string_to_metric_families(text)}
    assert told - NOT_ALWAYS == given - NOT_ALWAYS
