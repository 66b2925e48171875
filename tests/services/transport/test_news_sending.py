"""News to programs of the shop, over real TLS: send_news ..."""

from __future__ import annotations

import json
import ssl
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from standardwebhooks import Webhook

from shop_plugin.models import HostNews, NewsTarget
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.shop.host_news import note_news
from shop_plugin.services.transport.news_sending import (
    FIRST_WAIT,
    NewsWork,
    send_news,
    switch_on,
)
from tests.factories import ListingFactory
from tests.hosts import NEXT_SECRET, SECRET
from tests.services.transport.conftest import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(settings: Any, server: Server, open_loopback: None) -> Server:
    """A target that is told of everything."""
    url = f"https://shop.test:{server.port}/in"
    events = ["listing.assessed", "nudge.sent"]
    settings.FOOTBACK = {
        "WEBHOOK_TARGETS": {"erp": {"url": url, "secrets": [SECRET, NEXT_SECRET], "events": events}}
    }
    return server


def answer(server: Server, status: int, *headers: str) -> None:
    lines = [f"HTTP/1.1 {status} X", "Content-Length: 0", *headers, "", ""]

    def reply(line: ssl.SSLSocket, _heard: bytes) -> None:
        line.sendall("\r\n".join(lines).encode())

    server.reply = reply


def assessed(now: datetime, **changes: Any) -> Any:
    listing = ListingFactory(description="With good arch support. Heel 2 cm.", **changes)
    annotate_listings(listing_ids=[listing.pk], now=now)
    assess_listings(listing_ids=[listing.pk], now=now)
    return listing


def split(heard: bytes) -> tuple[dict[str, str], bytes]:
    head, _blank, body = heard.partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, _colon, value in lines}, body


def test_it_writes_nothing_where_nobody_wants_to_know(now: datetime, settings: Any) -> None:
    settings.FOOTBACK = {}
    assessed(now)
    note_news(kind="nudge.sent", subjects=["x"], now=now)
    assert HostNews.objects.count() == 0
    assert send_news(now=now) == NewsWork()


def test_it_tells_of_a_match_signed_with_every_secret(now: datetime, target: Server) -> None:
    listing = assessed(now, alias="4711")
    assert send_news(now=now) == NewsWork(sent=1)
    headers, body = split(target.heard[0])
    news = HostNews.objects.get()
    assert headers["webhook-id"] == f"msg_{news.uuid.hex}"
    told = json.loads(body)
    assert (told["type"], told["data"]["listing"], told["data"]["alias"]) == (
        "listing.assessed",
        listing.pk,
        "4711",
    )
    listing.profile.refresh_from_db()
    assert told["data"]["match"]["low"] == listing.profile.match_low is not None
    for secret in (SECRET, NEXT_SECRET):
        at = int(headers["webhook-timestamp"])
        sent = datetime.fromtimestamp(at, tz=now.tzinfo)
        signed = Webhook(secret).sign(headers["webhook-id"], sent, body.decode())
        assert signed in headers["webhook-signature"].split(" ")
    assert (news.state, news.last_code, news.finished_at is None) == ("sent", "200", False)
    assert NewsTarget.objects.get().last_success_at is not None


def test_it_tells_of_many_changes_of_one_listing_once(now: datetime, target: Server) -> None:
    for _ in range(3):
        note_news(kind="listing.assessed", subjects=[1, 2], now=now)
    assert HostNews.objects.count() == 2


def test_it_tells_again_of_what_changed_after_the_first_try(now: datetime, target: Server) -> None:
    """The first try may have arrived; the same id again would be taken for a copy."""
    listing = assessed(now)
    answer(target, 500)
    assert send_news(now=now).retried == 1
    note_news(kind="listing.assessed", subjects=[listing.pk], now=now)
    assert HostNews.objects.count() == 2
    answer(target, 204)
    assert send_news(now=now + 2 * FIRST_WAIT).sent == 2
    ids = [split(heard)[0]["webhook-id"] for heard in target.heard]
    assert len(ids) == 3
    assert len(set(ids)) == 2


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_it_keeps_the_news_and_its_id_until_it_is_taken(
    now: datetime, target: Server, status: int
) -> None:
    assessed(now)
    answer(target, status)
    assert send_news(now=now) == NewsWork(retried=1)
    news = HostNews.objects.get()
    assert (news.state, news.attempts, news.last_code) == ("waiting", 1, str(status))
    assert send_news(now=now + FIRST_WAIT / 2) == NewsWork()
    answer(target, 200)
    assert send_news(now=now + 2 * FIRST_WAIT) == NewsWork(sent=1)
    first, second = (split(heard)[0]["webhook-id"] for heard in target.heard)
    assert first == second


def test_it_lets_a_failing_target_rest(now: datetime, target: Server) -> None:
    note_news(kind="listing.assessed", subjects=[assessed(now).pk for _ in range(10)], now=now)
    answer(target, 500)
    done = send_news(now=now)
    assert (done.retried, target.connections) == (3, 3)
    state = NewsTarget.objects.get()
    assert state.failures == 3
    assert state.paused_until > now
    assert send_news(now=now + timedelta(seconds=30)) == NewsWork()
    answer(target, 200)
    assert send_news(now=now + timedelta(minutes=20)).sent == 10
    assert NewsTarget.objects.get().failures == 0


def test_it_keeps_no_other_target_back(now: datetime, target: Server, settings: Any) -> None:
    good = settings.FOOTBACK["WEBHOOK_TARGETS"]["erp"]
    dead = {**good, "url": "https://shop.test:1/in"}
    settings.FOOTBACK = {"WEBHOOK_TARGETS": {"dead": dead, "erp": good}}
    assessed(now)
    assert send_news(now=now) == NewsWork(sent=1, retried=1)
    states = dict(HostNews.objects.values_list("target", "state"))
    assert states == {"dead": "waiting", "erp": "sent"}


def test_it_asks_a_target_no_sooner_than_it_wants(now: datetime, target: Server) -> None:
    assessed(now)
    answer(target, 429, "Retry-After: 3600")
    send_news(now=now)
    answer(target, 200)
    assert send_news(now=now + timedelta(minutes=50)) == NewsWork()
    assert send_news(now=now + timedelta(minutes=61)).sent == 1


def test_it_switches_a_target_off_that_wants_no_more(
    now: datetime, target: Server, caplog: pytest.LogCaptureFixture
) -> None:
    assessed(now)
    answer(target, 410)
    send_news(now=now)
    state = NewsTarget.objects.get()
    assert state.off_since is not None
    assert "erp is switched off" in caplog.text
    note_news(kind="nudge.sent", subjects=["x"], now=now)
    assert HostNews.objects.count() == 1  # nothing piles up
    answer(target, 200)
    assert send_news(now=now + timedelta(hours=1)) == NewsWork()
    clerk = get_user_model().objects.create_user("clerk")
    assert switch_on(target_ids=[state.pk], actor=clerk, now=now + timedelta(hours=1)) == 1
    assert send_news(now=now + timedelta(hours=1)).sent == 1


def test_it_switches_a_target_off_that_took_nothing_for_days(
    now: datetime, target: Server, settings: Any
) -> None:
    settings.FOOTBACK = {**settings.FOOTBACK, "TARGET_DAYS_UNTIL_OFF": 2}
    listing = assessed(now)
    answer(target, 500)
    at = now
    for _ in range(12):
        note_news(kind="listing.assessed", subjects=[listing.pk], now=at)
        send_news(now=at)
        at += timedelta(hours=6)
    assert NewsTarget.objects.get().off_since is not None
    first = HostNews.objects.order_by("pk")[0]
    assert first.state == "given_up"
    # Never more than one that was tried and one that was not, per try.
    assert target.connections <= 12


def test_it_gives_up_what_has_no_target_and_no_subject_any_more(
    now: datetime, target: Server, settings: Any
) -> None:
    listing = assessed(now)
    HostNews.objects.create(
        target="gone", kind="nudge.sent", subject="x", not_before=now, created_at=now
    )
    listing.delete()
    assert send_news(now=now).given_up == 2
    codes = set(HostNews.objects.values_list("last_code", flat=True))
    assert codes == {"target_gone", "subject_gone"}
    assert target.connections == 0


@pytest.mark.proof("S11")
def test_it_tells_no_machine_inside_the_network(
    now: datetime, target: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    settings.FOOTBACK = {
        "WEBHOOK_TARGETS": {
            "erp": {
                "url": f"https://127.0.0.1:{target.port}/in",
                "secrets": [SECRET],
                "events": ["listing.assessed"],
            }
        }
    }
    assessed(now)
    assert send_news(now=now).retried == 1
    assert HostNews.objects.get().last_code == "denied_address"
    assert target.connections == 0
