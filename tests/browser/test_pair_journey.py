"""One pair from the shelf to the end of all mails, in a real browser: a person ..."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from footback_shop import settings as shop_settings
from footback_shop.store.models import Order
from shop_plugin.models import Contact, NudgeControl, Purchase, Suppression
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.consent import hash_email
from shop_plugin.services.people.erasure import erase_person
from shop_plugin.services.shop.modes import set_mode
from tests.abuse.test_erased_everywhere import whole_database
from tests.browser.conftest import PHONE, OpenPage
from tests.journeys.conftest import shop as shop
from tests.journeys.conftest import take_in_catalogue
from tests.shop_settings import SHOP

EMAIL, NAME = "ada.canary@example.org", "Adacanary Quay"
HOURS = ("SEND_WEEKDAYS", "SEND_FROM_HOUR", "SEND_UNTIL_HOUR", "HOLD_OUT_PERCENT")


@pytest.fixture
def now() -> datetime:
    """The pages take the time from the clock, so this lives in the present."""
    return timezone.now()


@pytest.fixture
def open_shop(shop: None, settings: Any, now: datetime, live_server: Any, tmp_path: Path) -> Path:
    """The demo shop, live for long, mailing at any hour into the mailbox that its page shows."""
    at_any_hour = {key: SHOP[key] for key in HOURS}
    settings.FOOTBACK = {
        **shop_settings.FOOTBACK,
        "SPOOL_DIR": "",
        **at_any_hour,
        "NUDGE_MODE": "live",
        "PUBLIC_BASE_URL": str(live_server),
    }
    settings.EMAIL_TIMEOUT = 5
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.MAILBOX_DIR.mkdir()
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(live_since=now - timedelta(days=400))
    take_in_catalogue(now)
    return settings.MAILBOX_DIR


def wear_it_until_it_is_due(now: datetime) -> Purchase:
    """Let the order lie so far back that the pair is due for a look today."""
    run_tick(now=now)
    due_on = Purchase.objects.get().next_due_on
    assert due_on is not None
    order = Order.objects.get()
    order.placed_at -= due_on - now.date()
    order.updated_at = now
    order.save()
    run_tick(now=now + timedelta(minutes=1))
    return Purchase.objects.get()


def deliver_to(folder: Path, *, count: int = 1) -> str:
    """Put the latest of so many mails that left into the mailbox; return its number there."""
    assert [letter.to for letter in mail.outbox] == [[EMAIL]] * count
    letter = mail.outbox[-1]
    number = f"20260301T101500.00000{count}Z-0a1b2c3d"
    (folder / f"{number}.eml").write_bytes(letter.message().as_bytes())
    return number


def follow(inbox: Page, link: str) -> Page:
    """Press a link of the mail that lies open in the mailbox; return the page that it opens."""
    with inbox.context.expect_page() as opened:
        inbox.frame_locator("iframe").get_by_role("link", name=link).click()
    opened.value.wait_for_load_state()
    return opened.value


def press(page: Page, button: Locator) -> None:
    with page.expect_navigation():
        button.click()


def test_buys_wears_hears_puts_off_replaces_stops_and_is_forgotten(
    open_page: OpenPage, open_shop: Path, now: datetime
) -> None:
    page = open_page("/product/marlow-walker/", viewport=PHONE)
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("Your e-mail address").fill(EMAIL)
    press(page, page.get_by_role("button", name="Buy for"))
    assert Order.objects.get().customer_email == EMAIL

    pair = wear_it_until_it_is_due(now)
    inbox = open_page(f"/demo/mailbox/{deliver_to(open_shop)}/", viewport=PHONE)
    mine = follow(inbox, "Your pairs, why and how often we write")

    card = mine.get_by_role("article", name="Marlow Walker")
    card.locator("summary", has_text="Tell us about it").click()
    card.get_by_label("Shall we remind you later?").select_option("90")
    press(mine, card.get_by_role("button", name="Remind me"))
    pair.refresh_from_db()
    assert pair.snoozed_until == now.date() + timedelta(days=90)
    for days in (1, 60, 89):
        run_tick(now=now + timedelta(days=days))
    assert len(mail.outbox) == 1, "it waits as long as it was asked to"
    run_tick(now=now + timedelta(days=90))
    inbox = open_page(f"/demo/mailbox/{deliver_to(open_shop, count=2)}/", viewport=PHONE)
    expect(inbox.frame_locator("iframe").locator("body")).to_contain_text("Why now: it waited")

    card.locator("summary", has_text="Tell us about it").click()
    press(mine, card.get_by_role("button", name="I replaced it"))
    expect(card).to_contain_text("Not worn any more.")
    pair.refresh_from_db()
    assert pair.status == "retired"

    # Stopping is final: nothing of the shop brings the mails back.
    contact = Contact.objects.get()
    stop = follow(inbox, "Stop these notes with one click")
    assert not Suppression.objects.exists(), "opening a link stops nothing"
    press(stop, stop.get_by_role("button"))
    assert Suppression.objects.get().reason == "unsubscribed"
    Purchase.objects.update(status="active", snoozed_until=None)
    for days in (91, 180, 400):
        run_tick(now=now + timedelta(days=days))
    assert len(mail.outbox) == 2

    # What the shop itself keeps of its orders is the shop's to delete.
    Order.objects.update(customer_email="", customer_name="")
    erase_person(email=EMAIL, now=timezone.now())
    left, token = whole_database(), contact.unsubscribe_token.casefold()
    assert [word for word in (EMAIL, "adacanary", token) if word in left] == []
    assert hash_email(EMAIL) in left
    gone = open_page(f"/f/p/{contact.unsubscribe_token}/", viewport=PHONE)
    expect(gone.get_by_role("article", name="Marlow Walker")).to_have_count(0)


def test_buys_the_next_pair_and_hears_no_more_of_the_old_one(
    open_page: OpenPage, open_shop: Path, now: datetime
) -> None:
    def buy() -> None:
        page = open_page("/product/marlow-walker/", viewport=PHONE)
        page.get_by_label("Your name").fill(NAME)
        page.get_by_label("Your e-mail address").fill(EMAIL)
        press(page, page.get_by_role("button", name="Buy for"))

    buy()
    old = wear_it_until_it_is_due(now)
    inbox = open_page(f"/demo/mailbox/{deliver_to(open_shop)}/", viewport=PHONE)
    buy()
    run_tick(now=now + timedelta(minutes=2))
    old.refresh_from_db()
    assert old.status == "replaced"
    mine = follow(inbox, "Your pairs, why and how often we write")
    mine.locator("summary", has_text="Put away").click()
    expect(mine.get_by_text("By your orders Marlow Walker took its place.")).to_be_visible()
    for days in (30, 60, 120):
        run_tick(now=now + timedelta(days=days))
    assert not [note for note in old.nudges.filter(state="sent") if note.stage > 1]
    assert len(mail.outbox) == 1
