"""From the mail to "My shoes" and back, in a real browser: a person ..."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize, expect

from shop_plugin.models import Consent, Message, Purchase, Suppression
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, add_person, open_shop

MAIL_ID = "20260301T101500.000001Z-0a1b2c3d"


def verified_address(user: Any) -> str:
    return str(user.email)


@pytest.fixture
def now() -> datetime:
    """The pages take the time from the clock, so these tests live in the present."""
    return timezone.now()


@pytest.fixture
def mailed(settings: Any, now: datetime, live_server: Any, tmp_path: Path) -> Purchase:
    """A bought pair whose mail lies in the demo's mailbox; its owner has two more pairs."""
    settings.EMAIL_TIMEOUT = 5
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.MAILBOX_DIR.mkdir()
    open_shop(
        settings,
        now=now,
        PUBLIC_BASE_URL=str(live_server),
        CONTACT_FOR_USER=f"{__name__}.verified_address",
    )
    person = add_person(first_name="Robin")
    listing = ListingFactory(use_category="running", title="Harbour Runner")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    pair = add_pair(due_on=now.date(), listing=listing, contact=person, days_per_week=None)
    derby = ListingFactory(use_category="dress_leather", title="Marlow Derby")
    add_pair(due_on=now.date() + timedelta(days=200), listing=derby, contact=person)
    child = add_pair(due_on=now.date() + timedelta(days=90), contact=person, use_category="heel")
    Purchase.objects.filter(pk=child.pk).update(use_category="kids", title="Conker first walker")
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    letter = mail.outbox[0].message().as_bytes()
    (settings.MAILBOX_DIR / f"{MAIL_ID}.eml").write_bytes(letter)
    return pair


def check(page: Page, *, has_cookies: bool = False) -> None:
    """No barrier, nothing wider than the screen, and no cookie where none is needed."""
    problems = Axe().run(page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"][:200]) for item in problems] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if not has_cookies:
        assert page.context.cookies() == []


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


def press(page: Page, button: Locator) -> None:
    with page.expect_navigation():
        button.click()


def open_controls(pair: Locator) -> None:
    pair.locator("summary", has_text="Tell us about it").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_opens_a_mail_puts_a_pair_off_replaces_it_and_takes_that_back(
    open_page: OpenPage, mailed: Purchase, viewport: ViewportSize, scheme: str
) -> None:
    inbox = open_page(f"/demo/mailbox/{MAIL_ID}/", viewport=viewport, scheme=scheme)
    with inbox.context.expect_page() as opened:
        inbox.frame_locator("iframe").get_by_role(
            "link", name="Your pairs, why and how often we write"
        ).click()
    page = opened.value
    page.wait_for_load_state()
    check(page)
    pair = card(page, "Harbour Runner")
    expect(pair).to_contain_text("may be worn out")
    expect(card(page, "Conker first walker")).to_contain_text("measure instead of waiting")

    open_controls(pair)
    check(page)
    pair.get_by_label("Shall we remind you later?").select_option("60")
    press(page, pair.get_by_role("button", name="Remind me"))
    expect(pair.get_by_role("status")).to_have_text("Noted. No note about this pair for 60 days.")
    expect(pair).to_be_in_viewport()
    mailed.refresh_from_db()
    assert mailed.snoozed_until == timezone.now().date() + timedelta(days=60)

    open_controls(pair)
    press(page, pair.get_by_role("button", name="I replaced it"))
    expect(pair).to_contain_text("Not worn any more.")
    check(page)
    mailed.refresh_from_db()
    assert mailed.status == "retired"

    press(page, pair.get_by_role("button", name="Undo"))
    expect(pair.get_by_role("status")).to_contain_text("Taken back.")
    mailed.refresh_from_db()
    assert mailed.status == "active"
    press(page, pair.get_by_role("button", name="Undo"))
    mailed.refresh_from_db()
    assert mailed.snoozed_until is None
    check(page)


def test_tells_days_and_the_first_day_without_script(open_page: OpenPage, mailed: Purchase) -> None:
    path = f"/f/p/{mailed.contact.unsubscribe_token}/"
    page = open_page(path, viewport=PHONE, has_script=False)
    pair = card(page, "Harbour Runner")
    open_controls(pair)
    pair.get_by_label("How often do you wear it?").select_option("4")
    press(page, pair.get_by_role("button", name="Save").first)
    open_controls(pair)
    day = mailed.ordered_at.date() + timedelta(days=10)
    pair.get_by_label("When did you begin to wear it?").fill(day.isoformat())
    press(page, pair.get_by_role("button", name="Save").nth(1))
    mailed.refresh_from_db()
    assert (mailed.days_per_week, mailed.wear_start_on) == (4, day)
    expect(pair).to_contain_text("usually wear out")


def test_stops_all_notes_and_asks_for_them_again(open_page: OpenPage, mailed: Purchase) -> None:
    page = open_page(f"/f/p/{mailed.contact.unsubscribe_token}/", viewport=PHONE)
    page.get_by_label("Notes a year, at most").select_option("2")
    press(page, page.get_by_role("region", name="What we write").get_by_role("button").first)
    expect(page.get_by_label("Notes a year, at most")).to_have_value("2")
    press(page, page.get_by_role("button", name="Stop all notes"))
    check(page)
    assert Suppression.objects.count() == 1
    page.get_by_label("may write to this address").check()
    press(page, page.get_by_role("button", name="Write to me again"))
    expect(page.locator("#mails").get_by_role("status")).to_contain_text("We write again")
    assert Suppression.objects.count() == 0
    assert Consent.objects.latest("pk").basis == "express"
    check(page)


@pytest.fixture
def sign_in(mailed: Purchase) -> Callable[[Page], None]:
    """Give a page the session of the pair's owner."""
    user = get_user_model().objects.create_user("robin", email=mailed.contact.email)

    def sign_in(page: Page) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.url}])
        page.reload()

    return sign_in


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_signs_in_and_changes_a_pair(
    open_page: OpenPage, mailed: Purchase, sign_in: Callable[[Page], None], viewport: ViewportSize
) -> None:
    page = open_page("/shoes/mine/", viewport=viewport)
    expect(page.locator("main")).to_contain_text("Each note we write about a pair has a link")
    check(page)
    sign_in(page)
    pair = card(page, "Marlow Derby")
    open_controls(pair)
    check(page, has_cookies=True)
    press(page, pair.get_by_role("button", name="Looked at it: still fine"))
    expect(pair.get_by_role("status")).to_contain_text("Noted: still fine")
    assert Purchase.objects.get(title="Marlow Derby").personal_factor == 1150
    assert Message.objects.filter(state="sent").count() == 1


def test_reads_everything_at_twice_the_text_size(open_page: OpenPage, mailed: Purchase) -> None:
    page = open_page(f"/f/p/{mailed.contact.unsubscribe_token}/", viewport=PHONE)
    open_controls(card(page, "Harbour Runner"))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("locale", ["de-DE", "fr-FR", "es-ES"])
def test_keeps_both_ends_of_the_wear_bar_on_one_line(
    open_page: OpenPage, mailed: Purchase, now: datetime, locale: str
) -> None:
    # The longest name of a month there is, beside a range without an end.
    start = date(now.year - 1, 9, 1)
    Purchase.objects.filter(pk=mailed.pk).update(wear_start_on=start)
    page = open_page(f"/f/p/{mailed.contact.unsubscribe_token}/", viewport=PHONE, locale=locale)
    for caption in page.locator(".fbp-wear figcaption").all():
        start, end = (caption.locator("span").nth(at).bounding_box() for at in (0, 1))
        assert start is not None
        assert end is not None
        assert start["y"] == end["y"], caption.inner_text()


def test_goes_back_and_reloads_without_being_asked_to_send_a_form_again(
    open_page: OpenPage, mailed: Purchase
) -> None:
    token = mailed.contact.unsubscribe_token
    page = open_page(f"/f/p/{token}/", viewport=PHONE)
    pair = card(page, "Harbour Runner")
    for days in ("30", "60"):
        open_controls(pair)
        pair.get_by_label("Shall we remind you later?").select_option(days)
        press(page, pair.get_by_role("button", name="Remind me"))
    expect(pair.get_by_role("status")).to_have_text("Noted. No note about this pair for 60 days.")
    page.reload()
    expect(pair.get_by_role("status")).to_have_text("Noted. No note about this pair for 60 days.")
    page.go_back()
    expect(pair).to_contain_text("remind me in 60 days")
    expect(pair.get_by_role("status")).to_have_count(0)  # 30 days is what was said before
    page.go_back()
    expect(pair).to_contain_text("remind me in 60 days")
