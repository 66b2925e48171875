"""From the mail to the answer, in a real browser without script: a person ..."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.models import Purchase
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory, ProfileFactory
from tests.nudging import EVA, add_pair, open_shop

MAIL_ID = "20260301T101500.000001Z-0a1b2c3d"


@pytest.fixture
def now() -> datetime:
    """The pages take the time from the clock, so these tests live in the present."""
    return timezone.now()


@pytest.fixture
def mailed(settings: Any, now: datetime, live_server: Any, tmp_path: Path) -> Purchase:
    """A pair whose mail lies in the demo's mailbox, its links leading to the test's own shop."""
    settings.EMAIL_TIMEOUT = 5
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.MAILBOX_DIR.mkdir()
    open_shop(settings, now=now, PUBLIC_BASE_URL=str(live_server))
    listing = ListingFactory(use_category="running", title="Harbour Runner")
    ProfileFactory(listing=listing, snapshot=EVA.as_snapshot())
    pair = add_pair(due_on=now.date(), listing=listing, days_per_week=None)
    plan_nudges(now=now)
    assert deliver_messages(now=now, budget_seconds=5).sent == 1
    letter = mail.outbox[0].message().as_bytes()
    (settings.MAILBOX_DIR / f"{MAIL_ID}.eml").write_bytes(letter)
    return pair


def check(page: Page) -> None:
    """No barrier, nothing wider than the screen, no cookie."""
    problems = Axe().run(page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"][:200]) for item in problems] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.context.cookies() == []


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_tells_how_often_a_pair_is_worn_and_takes_it_back(
    open_page: OpenPage, mailed: Purchase, viewport: ViewportSize, scheme: str
) -> None:
    inbox = open_page(f"/demo/mailbox/{MAIL_ID}/", viewport=viewport, scheme=scheme)
    with inbox.context.expect_page() as opened:
        inbox.frame_locator("iframe").get_by_role("link", name="Tell us how it is doing").click()
    page = opened.value
    page.wait_for_load_state()
    expect(page.locator("h1")).to_have_text("Harbour Runner: how is it doing?")
    check(page)
    page.get_by_label("I can tell how often I wear it").check()
    page.get_by_label("Days a week").select_option("3")
    press(page, "button")
    expect(page.locator("h1")).to_have_text("Noted: 3 days a week.")
    expect(page.locator("main")).to_contain_text("usually wear out between")
    check(page)
    mailed.refresh_from_db()
    assert mailed.days_per_week == 3
    press(page, "text=Undo")
    expect(page.locator("h1")).to_have_text("Taken back.")
    check(page)
    mailed.refresh_from_db()
    assert mailed.days_per_week is None
    press(page, "text=Answer again")
    expect(page.locator("input:checked")).to_have_count(0)


def test_answers_without_script(open_page: OpenPage, mailed: Purchase) -> None:
    link = next(word for word in mail.outbox[0].body.split() if "/f/a/" in word)
    page = open_page(link.partition("/f/")[1] + link.partition("/f/")[2], has_script=False)
    page.get_by_label("It is still fine").check()
    press(page, "button")
    expect(page.locator("h1")).to_have_text("Noted: it is still fine.")
    mailed.refresh_from_db()
    assert mailed.personal_factor == 1150


def test_asks_nobody_to_send_an_answer_again(open_page: OpenPage, mailed: Purchase) -> None:
    link = next(word for word in mail.outbox[0].body.split() if "/f/a/" in word)
    page = open_page("/f/" + link.partition("/f/")[2])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_label("Remind me in a month").check()
    press(page, "button")
    noted = "Noted. We ask again in a month."
    expect(page.locator("h1")).to_have_text(noted)
    page.reload()
    expect(page.locator("h1")).to_have_text(noted)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Harbour Runner: how is it doing?")
    page.go_forward()
    expect(page.locator("h1")).to_have_text(noted)
    assert sent.count("POST") == 1
    mailed.refresh_from_db()
    assert mailed.snoozed_until is not None
