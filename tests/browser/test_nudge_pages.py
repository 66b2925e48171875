"""Staff's pages about nudges in a real browser: why sent, why not; and the outlook."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.services.nudges.outlook import reckon_outlook
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.modes import open_breaker
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_admin import violations
from tests.factories import ListingFactory
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

LEDGER, OUTLOOK = "/admin/footback/nudge/ledger/", "/admin/footback/nudgecontrol/outlook/"
CONTROL = "/admin/footback/nudgecontrol/"


@pytest.fixture(autouse=True)
def shop(settings: Any) -> None:
    """A person with four pairs: one told about, one that waits, one to come, one of no mail."""
    now = timezone.now()
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    ada = add_person(email="ada@example.org")
    titles = (
        "Quay Derby",
        "Marlow Heel Boot with a Rather Long Name",
        "Corrin Loafer",
        "Pier Pump",
    )
    shoes = [ListingFactory(title=title, use_category="dress_leather") for title in titles]
    add_pair(due_on=now.date(), contact=ada, listing=shoes[0])
    run_tick(now=now)
    add_pair(due_on=now.date() - timedelta(days=1), contact=ada, listing=shoes[1])
    add_pair(due_on=now.date() + timedelta(days=50), contact=ada, listing=shoes[2])
    add_pair(due_on=now.date(), contact=ada, listing=shoes[3], is_gift=True)
    for days in range(1, 80, 3):
        add_pair(due_on=now.date() + timedelta(days=days))
    reckon_outlook(now=now)


@pytest.fixture
def staff(open_page: OpenPage) -> Any:
    """Open a page of the admin as somebody who may do everything."""

    def go(address: str, viewport: ViewportSize = DESK, scheme: str = "light") -> Page:
        page = open_page("/admin/login/", viewport=viewport, scheme=scheme)
        user, _ = get_user_model().objects.get_or_create(
            username="alex", defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client()
        client.force_login(user)
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        origin = page.evaluate("location.origin")
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
        page.goto(f"{origin}{address}")
        return page

    return go


def look_up(page: Page, identifier: str = "ada@example.org") -> None:
    page.get_by_label("E-mail address or customer number").fill(identifier)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_it_tells_by_keyboard_why_a_pair_waits_and_keeps_the_address_out_of_the_bar(
    staff: Any,
) -> None:
    page = staff(LEDGER)
    look_up(page)
    waits = page.get_by_role("article", name="Marlow Heel Boot")
    expect(waits).to_contain_text("Not sent: the last mail was too recent. It waits until")
    waits.get_by_text("Every gate on that day").click()
    expect(waits.get_by_role("row", name="Days between mails")).to_contain_text("until")
    expect(page.get_by_role("article", name="Pier Pump")).to_contain_text("bought as a gift")
    assert "ada" not in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_it_finds_no_barrier(staff: Any, viewport: ViewportSize, scheme: str) -> None:
    for address in (LEDGER, OUTLOOK, CONTROL):
        page = staff(address, viewport, scheme)
        if address == LEDGER:
            look_up(page)
            for summary in page.locator("#content summary").all():
                summary.click()
        if address == OUTLOOK:
            page.locator("#content summary").click()
        if address == CONTROL:
            open_breaker(breaker="complaints", count=3, of=1000, now=timezone.now())
            page.reload()
        if folder := os.environ.get("FOOTBACK_SHOTS"):
            name = f"{address.strip('/').replace('/', '-')}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
        page.wait_for_load_state("networkidle")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_keeps_the_last_columns_of_the_list_in_sight(staff: Any) -> None:
    page = staff("/admin/footback/nudge/")
    expect(page.get_by_role("columnheader", name="Due on")).to_be_in_viewport(ratio=1)
    assert page.locator(".results").evaluate("node => node.scrollWidth <= node.clientWidth")
