"""Staff edit many listings in a real browser: preview, stop, undo."""

from __future__ import annotations

from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.domain.attributes import Options
from shop_plugin.models import BulkEdit, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.bulk_edits import working
from shop_plugin.services.staff.bulk_edits.working import do_next_step, work_on_bulk_edits
from shop_plugin.services.staff.review import tag_listing
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db(transaction=True)

LISTINGS = "/admin/footback/listing/"


@pytest.fixture
def shoes(now: datetime) -> list[Listing]:
    texts = ("A walking shoe.", "Cushioned, with arch support. Heel 45 mm.", "Heel 6 cm.")
    made = [ListingFactory(description=texts[number % 3]) for number in range(6)]
    ids = [listing.pk for listing in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    return made


@pytest.fixture
def open_admin(open_page: OpenPage):
    """Open a page as a person who may do everything."""

    def open_admin(address: str, **kwargs) -> Page:
        user, _created = get_user_model().objects.get_or_create(
            username="alex", defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page = open_page("/admin/login/", **kwargs)
        origin = page.url.partition("/admin/")[0]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
        page.goto(f"{origin}{address}")
        return page

    return open_admin


def choose_all(page: Page) -> None:
    """Tick the whole list and choose the action."""
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option("edit_many")
    page.get_by_role("button", name="Go", exact=True).click()


def fill_in(page: Page) -> None:
    page.get_by_label("Arch support: what to do").select_option("replace")
    page.get_by_label("Arch support: value").select_option("3")
    page.get_by_label("Heel height: what to do").select_option("add_where_unknown")
    page.get_by_label("Heel height: value").fill("2 3/4 in")
    page.get_by_label("Reason").fill("spring list of the maker")
    page.get_by_role("button", name="Show what would happen").click()


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found]


@pytest.fixture
def slow(monkeypatch, settings) -> None:
    """Let nothing be done within a request, and two listings at a time by the worker."""
    monkeypatch.setattr(working, "SMALL", 0)
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": 2}


def test_shows_a_preview_does_the_edit_and_puts_it_back(open_admin, shoes) -> None:
    page = open_admin(LISTINGS)
    choose_all(page)
    expect(page.locator("h2", has_text="What to do with 6 listings")).to_be_visible()
    fill_in(page)
    expect(page.get_by_text("6 of 6 listings would change.")).to_be_visible()
    expect(page.get_by_role("row", name="Heel height Add where unknown: 2¾ in")).to_contain_text(
        "4"
    )
    assert not Observation.objects.filter(source_kind="staff").exists()
    page.get_by_role("button", name="Do it for 6 listings").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert Observation.objects.filter(source_kind="staff", state="accepted").count() == 8
    page.get_by_label("Reason (may be empty)").fill("wrong season")
    page.get_by_role("button", name="Undo this edit").click()
    expect(page.get_by_text("Puts back")).to_be_visible()
    assert not Observation.objects.filter(source_kind="staff", state="accepted").exists()


def test_follows_the_worker_and_stops_between_chunks(open_admin, shoes, slow, now) -> None:
    page = open_admin(LISTINGS)
    choose_all(page)
    fill_in(page)
    expect(page.get_by_role("heading", name="Working out what would happen")).to_be_visible()
    do_next_step(now=now)
    expect(page.get_by_role("status")).to_have_text("2 of 6 listings (33 %)")
    work_on_bulk_edits(now=now)
    page.get_by_role("button", name="Do it for 6 listings").click()
    expect(page.get_by_role("status")).to_contain_text("Waits for its turn.")
    do_next_step(now=now)
    expect(page.get_by_role("status")).to_have_text("2 of 6 listings (33 %)")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopping after the listings")
    work_on_bulk_edits(now=now)
    expect(page.get_by_role("heading", name="Called off")).to_be_visible()
    expect(page.get_by_text("2 of 6 listings were looked at, 2 of them changed.")).to_be_visible()
    page.get_by_role("button", name="Undo this edit").click()
    work_on_bulk_edits(now=now)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert not Observation.objects.filter(source_kind="staff", state="accepted").exists()


def test_works_without_script(open_admin, shoes, slow, now) -> None:
    page = open_admin(LISTINGS, has_script=False)
    for box in page.locator(".action-select").all():
        box.check()
    page.get_by_label("Action:").select_option("edit_many")
    page.get_by_role("button", name="Go", exact=True).click()
    fill_in(page)
    work_on_bulk_edits(now=now)
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("button", name="Do it for 6 listings").click()
    work_on_bulk_edits(now=now)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_leaves_axe_nothing_to_find_and_nothing_cut_off(
    open_admin, shoes, slow, now, viewport: ViewportSize, scheme: str
) -> None:
    page = open_admin(LISTINGS, viewport=viewport, scheme=scheme)

    def look(name: str) -> None:
        assert violations(page) == [], name
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], name

    for box in page.locator(".action-select").all():
        box.check()
    page.get_by_label("Action:").select_option("edit_many")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_role("button", name="Show what would happen").click()
    look("form with errors")
    fill_in(page)
    look("progress")
    work_on_bulk_edits(now=now)
    expect(page.get_by_role("button", name="Do it for 6 listings")).to_be_visible()
    look("preview")
    page.get_by_role("button", name="Do it for 6 listings").click()
    work_on_bulk_edits(now=now)
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    tag_listing(
        listing_id=shoes[0].pk,
        attribute="arch_support",
        value=Options.of("1"),
        original="1",
        author=None,
        now=now,
    )
    page.get_by_role("button", name="Undo this edit").click()
    work_on_bulk_edits(now=now)
    expect(page.get_by_role("heading", name="Left as they were")).to_be_visible()
    look("result")
    page.goto(page.url.replace(f"{BulkEdit.objects.latest('pk').pk}/change/", ""))
    look("list")
