from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError

from shop_plugin.domain.host_changes import Delivery, HostChange
from shop_plugin.models import AuditEntry, Contact, HostEvent, Listing, Purchase, Suppression
from shop_plugin.services.intake import host_events
from shop_plugin.services.intake.host_events import (
    FIRST_WAIT,
    HostEventWork,
    confirm_held,
    try_again,
    work_on_host_events,
)
from shop_plugin.services.people.consent import hash_email
from tests.factories import ContactFactory, ListingFactory, PurchaseFactory
from tests.hosts import SECRET, WEBHOOKS, push

pytestmark = pytest.mark.django_db

SHOE = {"id": "M-1", "title": "Marlow Walker", "description": "With arch support.", "alias": "11"}
LINE = {
    "id": "L-1",
    "order_id": "O-1",
    "ordered_on": "2026-06-01",
    "listing_id": "11",
    "email": "ada@example.org",
    "customer_id": "C-1",
}


@pytest.fixture(autouse=True)
def _connected(settings: Any) -> None:
    settings.FOOTBACK = {"WEBHOOKS": WEBHOOKS, "MOST_HOST_EVENT_TRIES": 3}


@pytest.fixture
def clerk() -> Any:
    return get_user_model().objects.create_user("clerk", is_staff=True)


class Broken:
    """A reader that finds things nobody thought of."""

    fails = True

    def verify(self, **_: object) -> Delivery:
        raise AssertionError

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        if Broken.fails and b"poison" in body:
            raise ZeroDivisionError("ada@example.org")
        return HostChange(withdrawn=("M-1",))


class Closing(Broken):
    """A reader whose host closes the shop."""

    def read(self, **_: object) -> HostChange:
        return HostChange(erases_shop=True)


def use(settings: Any, reader: type) -> None:
    connection = {"reader": f"{__name__}.{reader.__name__}", "secrets": [SECRET], "source": "shop"}
    settings.FOOTBACK = {"WEBHOOKS": {"till": connection}, "MOST_HOST_EVENT_TRIES": 3}


def states() -> list[str]:
    return list(HostEvent.objects.order_by("pk").values_list("state", flat=True))


def test_it_carries_out_what_waits_and_drops_the_bodies(now: datetime) -> None:
    push("listing.changed", SHOE, now=now)
    push("purchase.changed", LINE, now=now)
    push("cart.changed", {"id": "1"}, now=now)
    assert work_on_host_events(now=now) == HostEventWork(applied=2, ignored=1)
    listing, pair = Listing.objects.get(), Purchase.objects.get()
    assert (listing.source, listing.alias, pair.listing) == ("shop", "11", listing)
    assert listing.profile.match_low is not None
    assert states() == ["applied", "applied", "ignored"]
    assert not HostEvent.objects.filter(body__isnull=False).exists()
    first = HostEvent.objects.order_by("pk")[0]
    assert (first.counts, first.finished_at) == ({"listings_created": 1}, first.finished_at)
    assert first.finished_at is not None
    assert work_on_host_events(now=now) == HostEventWork()


def test_it_stops_when_the_time_is_used_up_and_goes_on_later(now: datetime) -> None:
    for number in range(3):
        push("listing.changed", {**SHOE, "id": f"M-{number}", "alias": ""}, now=now)
    done = work_on_host_events(now=now, budget_seconds=0)
    assert (done.applied, done.is_more) == (1, True)
    assert work_on_host_events(now=now).applied == 2


def test_it_tries_a_poison_event_again_and_keeps_nobody_back(
    now: datetime, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    push("poison", {}, now=now)
    push("good", {}, now=now)
    use(settings, Broken)
    done = work_on_host_events(now=now)
    assert (done.retried, done.ignored + done.applied) == (1, 1)
    event = HostEvent.objects.order_by("pk")[0]
    assert (event.state, event.attempts) == ("waiting", 1)
    assert FIRST_WAIT <= event.not_before - now < 2 * FIRST_WAIT
    assert event.error.startswith("ZeroDivisionError in read, line ")
    assert "ada@" not in event.error + caplog.text
    assert work_on_host_events(now=now + FIRST_WAIT / 2) == HostEventWork()
    at = now
    for _ in range(2):
        at += timedelta(hours=6)
        last = work_on_host_events(now=at)
    assert last.failed == 1
    event.refresh_from_db()
    assert (event.state, event.attempts, event.body is None) == ("failed", 3, False)


def test_it_carries_a_failed_event_out_once_staff_say_so(
    now: datetime, settings: Any, clerk: Any
) -> None:
    ListingFactory(source="shop", external_id="M-1")
    push("poison", {}, now=now)
    use(settings, Broken)
    for hours in range(0, 24, 6):
        work_on_host_events(now=now + timedelta(hours=hours))
    event = HostEvent.objects.get()
    Broken.fails = False
    try:
        assert try_again(event_ids=[event.pk], actor=clerk, now=now) == 1
        assert work_on_host_events(now=now).applied == 1
    finally:
        Broken.fails = True
    assert Listing.objects.get().is_withdrawn
    assert AuditEntry.objects.filter(action="retry_webhooks", actor=clerk).count() == 1
    assert try_again(event_ids=[event.pk], actor=clerk, now=now) == 0


@pytest.mark.parametrize("body", [b"\x00", b"{", b'{"type": "listing.changed", "data": "\x00"}'])
def test_it_keeps_a_signed_body_that_cannot_be_read_and_says_why(
    now: datetime, body: bytes
) -> None:
    HostEvent.objects.create(
        connection="till",
        delivery_id="1",
        received_at=now,
        not_before=now,
        body=body,
        body_digest="x",
    )
    assert work_on_host_events(now=now).refused == 1
    event = HostEvent.objects.get()
    assert (event.state, bytes(event.body)) == ("refused", body)
    assert event.error.startswith("unreadable: ")


def test_it_takes_the_good_rows_and_says_what_was_wrong_with_the_others(now: datetime) -> None:
    rows = [SHOE, {"id": "M-2"}, {"id": "M-3", "title": "Quay", "source": "elsewhere"}]
    push("listing.changed", rows, now=now)
    assert work_on_host_events(now=now).applied == 1
    assert Listing.objects.count() == 1
    counts = HostEvent.objects.get().counts
    assert (counts["listings_created"], counts["listings_refused"]) == (1, 2)
    assert [text.split(":")[0] for text in counts["problems"]] == ["listings, 2", "listings, 3"]


def test_it_gives_an_event_up_that_kills_every_worker(now: datetime) -> None:
    push("listing.changed", SHOE, now=now)
    at = now
    for _ in range(3):  # a try is written down before it is made; then the worker is gone
        assert host_events._claim(at) is not None
        at += timedelta(hours=6)
    assert work_on_host_events(now=at) == HostEventWork()
    event = HostEvent.objects.get()
    assert (event.state, event.error) == ("failed", "its worker died each time")


def test_it_leaves_an_event_to_the_worker_that_tried_it_last(now: datetime) -> None:
    push("listing.changed", SHOE, now=now)
    slow = host_events._claim(now)
    assert slow is not None
    assert work_on_host_events(now=now) == HostEventWork()  # it is leased
    later = now + 2 * FIRST_WAIT
    assert work_on_host_events(now=later).applied == 1
    assert host_events._carry_out(slow, later) == ""
    assert Listing.objects.count() == 1


def test_it_waits_for_a_connection_that_was_taken_out_of_the_settings(
    now: datetime, settings: Any
) -> None:
    push("listing.changed", SHOE, now=now)
    settings.FOOTBACK = {"WEBHOOKS": {}}
    assert work_on_host_events(now=now).retried == 1
    assert HostEvent.objects.get().error == "the connection is not in WEBHOOKS any more"
    settings.FOOTBACK = {"WEBHOOKS": WEBHOOKS}
    assert work_on_host_events(now=now + 2 * FIRST_WAIT).applied == 1


def test_it_takes_nothing_back_of_an_event_when_the_database_goes_away_in_it(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    push("listing.changed", SHOE, now=now)

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(host_events, "_finish", gone)
        assert work_on_host_events(now=now).retried == 1
    assert Listing.objects.count() == 0
    assert work_on_host_events(now=now + 2 * FIRST_WAIT).applied == 1
    assert Listing.objects.count() == 1


# ---- what waits for a person -----------------------------------------------------------


def test_it_holds_a_question_what_is_held_about_somebody_for_staff(
    now: datetime, clerk: Any
) -> None:
    ada = ContactFactory(source="shop", external_id="C-1", email="ada@example.org")
    push("person.export_requested", {"customer_id": "C-1"}, now=now)
    push("person.export_requested", {"customer_id": "C-9"}, now=now)
    assert work_on_host_events(now=now) == HostEventWork(held=1, applied=1)
    held, unknown = HostEvent.objects.order_by("pk")
    assert (held.state, held.counts["export_of"], held.body) == ("held", [ada.pk], None)
    assert unknown.counts == {"people_asking": 1}
    assert confirm_held(event_id=held.pk, actor=clerk, now=now)
    assert not confirm_held(event_id=held.pk, actor=clerk, now=now)
    held.refresh_from_db()
    assert (held.state, held.confirmed_by) == ("applied", clerk)


def test_it_erases_a_whole_shop_only_once_staff_say_so(
    now: datetime, settings: Any, clerk: Any
) -> None:
    shoe = ListingFactory(source="shop")
    ada = ContactFactory(source="shop", email="ada@example.org")
    elsewhere = ContactFactory(source="elsewhere", email="ada@example.org")
    PurchaseFactory(contact=ada, source="shop")
    push("shop.redacted", {}, now=now)
    use(settings, Closing)
    assert work_on_host_events(now=now).held == 1
    assert Contact.objects.filter(erased_at=None).count() == 2
    assert confirm_held(event_id=HostEvent.objects.get().pk, actor=clerk, now=now)
    done = work_on_host_events(now=now)
    assert done.applied == 1
    assert list(Contact.objects.filter(erased_at=None)) == [elsewhere]
    assert Purchase.objects.count() == 0
    assert not Suppression.objects.filter(email_hash=hash_email("ada@example.org")).exists()
    shoe.refresh_from_db()
    assert shoe.is_withdrawn
    event = HostEvent.objects.get()
    assert (event.state, event.counts["people_erased"]) == ("applied", 1)
