"""Rows that cannot be written and clocks that are wrong: a round ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from shop_plugin.models import Contact, Listing, Message, Purchase
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.tasks import tick
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


def change(pair: Purchase, **fields: object) -> None:
    Purchase.objects.filter(pk=pair.pk).update(**fields)


POISON = {
    "newlines": lambda pair: change(pair, title="Tern\r\nBcc: victim@example.org\n\n<b>"),
    "directions": lambda pair: change(pair, title="\u202e\u2066\u200b" * 60),
    "no title": lambda pair: change(pair, title="", listing=None),
    "four megabytes": lambda pair: Listing.objects.filter(pk=pair.listing_id).update(
        description="word " * 800_000
    ),
    "no listing": lambda pair: pair.listing.delete(),
    "no such zone": lambda pair: Contact.objects.filter(pk=pair.contact_id).update(
        timezone="Mars/Base"
    ),
    "no such language": lambda pair: Contact.objects.filter(pk=pair.contact_id).update(
        language="xx-YY", chosen_language="<b>"
    ),
    "no address any more": lambda pair: Contact.objects.filter(pk=pair.contact_id).update(email=""),
    "an address that is none": lambda pair: Contact.objects.filter(pk=pair.contact_id).update(
        email="not an address\r\nBcc: victim@example.org"
    ),
    "a size that is none": lambda pair: change(pair, size="¯\\_(ツ)_/¯"),
    "inputs of another version": lambda pair: change(pair, life_inputs={"x": [1]}),
    "a life of nothing": lambda pair: change(
        pair, life_low_days=0, life_mid_days=0, life_high_days=0
    ),
}


@pytest.fixture
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


@pytest.mark.proof("T19")
@pytest.mark.parametrize("is_planned", [False, True], ids=["before the sweep", "after it"])
def test_sends_all_others_whatever_some_rows_hold(shop, now, is_planned):
    bad = {name: add_pair(due_on=now.date(), contact=add_person()) for name in POISON}
    good = [add_pair(due_on=now.date()) for _ in range(3)]
    if is_planned:
        from shop_plugin.services.nudges.planning import plan_nudges

        plan_nudges(now=now)
    for name, pair in bad.items():
        POISON[name](pair)
    for hours in range(0, 80, 8):
        run_tick(now=now + timedelta(hours=hours))
    reached = {address for letter in mail.outbox for address in letter.recipients()}
    assert {pair.contact.email for pair in good} <= reached
    assert "victim@example.org" not in reached
    assert not Message.objects.filter(state__in=["ready", "claimed", "handing"]).exists()
    assert Message.objects.filter(attempts_made__gt=8).count() == 0
    assert audit_nudges(now=now + timedelta(hours=80)).is_clean


@pytest.mark.proof("T21")
@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_goes_by_the_clock_of_the_database_and_not_by_the_workers(settings, hours):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now)
    due = add_pair(due_on=now.date(), listing=ListingFactory(use_category="dress_leather"))
    add_pair(due_on=now.date() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        tick()
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):  # and jumps once more
            tick()
    assert [letter.to for letter in mail.outbox] == [[due.contact.email]]
    message = Message.objects.get(state="sent")
    assert abs((message.handed_at - now).total_seconds()) < 3000
    assert audit_nudges(now=now).is_clean
