"""Staff at work in a real browser: a tag is in the storefront on the next page view."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.models import CatalogueDay, JobRun, Listing, Observation, RefusedRow
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.evidence.completeness import count_today
from shop_plugin.services.evidence.guide_reports import ask_for_report, work_on_reports
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db(transaction=True)

LISTINGS = "/admin/footback/listing/"
PLACES = ("list", "listing", "control", "runs", "run", "known", "reports", "report")


@pytest.fixture
def shoes(now: datetime) -> list[Listing]:
    """Two walking shoes that tell little, and one suggestion that waits."""
    made = [
        ListingFactory(
            title="Marlow Calm", description="A walking shoe. It laces up, with a mild wedge."
        ),
        ListingFactory(
            title="Marlow Brisk", description="A cushioned footbed on a heel of 1 inch."
        ),
    ]
    ids = [listing.pk for listing in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    Observation.objects.create(
        listing=made[1],
        attribute="arch_support",
        options="2",
        source_kind="text",
        rule="test.rule",
        confidence=500,
        state="suggested",
        observed_at=now,
    )
    return made


@pytest.fixture
def log_in():
    """Give a page the session of a person who may do everything."""

    def log_in(page: Page, address: str, name: str = "alex") -> None:
        user, _created = get_user_model().objects.get_or_create(
            username=name, defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        origin = page.evaluate("location.origin")
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
        page.goto(f"{origin}{address}")

    return log_in


def violations(page: Page) -> list[str]:
    # Without preloading: axe would unfold the admin's @import into a style that the policy forbids.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found]


def test_shows_a_tag_in_the_storefront_on_the_next_page_view(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    shoe = shoes[0]
    shopper = open_page(f"/shoes/{shoe.pk}/")
    assert "No grade yet" in shopper.locator("main").inner_text()
    page = open_page("/admin/login/")
    log_in(page, LISTINGS)
    page.get_by_role("link", name="Marlow Calm").click()
    page.get_by_role("group", name="Arch support", exact=True).get_by_text("High").click()
    page.get_by_role("group", name="Cushioning", exact=True).get_by_text("Moderate").click()
    page.get_by_label("Heel height", exact=True).fill("1 3/4 in")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text(
        "Saved: Arch support, Cushioning, Heel height."
    )
    shopper.reload()
    text = shopper.locator("main").inner_text()
    assert "No grade yet" not in text
    assert "1¾ in" in text
    found = open_page("/shoes/?arch=3&cushioning=2&heel=1_to_2in")
    expect(found.locator(".fb-card h2")).to_have_text(["Marlow Calm"])


def test_works_by_keyboard_alone(open_page: OpenPage, shoes: list[Listing], log_in) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    page.locator("#id_arch_support_0").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.locator("#id_heel_height_mm").focus()
    page.keyboard.type("4 cm")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Saved: Arch support, Heel height.")
    said = Observation.objects.filter(source_kind="staff", state="accepted")
    assert set(said.values_list("attribute", "options", "low_milli")) == {
        ("arch_support", "1", None),
        ("heel_height_mm", "", 40_000),
    }


def test_says_what_to_write_and_keeps_what_was_written(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    page.get_by_label("Heel height", exact=True).fill("medium")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    expect(page.get_by_label("Heel height", exact=True)).to_have_value("medium")
    expect(page.locator("#id_heel_height_mm_error")).to_contain_text("2 3/4 in, 7 cm or 70 mm")


def test_settles_a_suggestion_with_one_click(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}?todo=suggested")
    page.get_by_role("link", name="Marlow Brisk").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".messagelist")).to_contain_text("Saved: Arch support.")
    expect(page.locator('[data-attribute="arch_support"]')).to_contain_text("believed")


def test_shows_each_row_of_a_list_as_a_card_on_a_phone(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/", viewport=PHONE)
    log_in(page, LISTINGS)
    row = page.get_by_role("row").filter(has_text="Marlow Brisk")
    for cell in row.get_by_role("cell").all():
        box = cell.bounding_box()
        if box is not None:  # a cell that says nothing is left out
            assert box["x"] + box["width"] <= PHONE["width"]
    match = row.get_by_role("cell").filter(has_text=re.compile("[A-E]|not enough"))
    expect(match.first).to_have_attribute("data-label", "Guide match")
    expect(row.get_by_role("link")).to_contain_text("Marlow Brisk")


def _make_reports(now: datetime) -> int:
    """Count two days of the catalogue and compute one guide report; return its id."""
    row = count_today(day=now.date(), now=now)
    CatalogueDay.objects.create(
        day=now.date() - timedelta(days=1), counts=row.counts, counted_at=now
    )
    report_id = ask_for_report(
        kind="sensitivity", subject="coverage_minimum", by=-400, author=None, now=now
    )
    work_on_reports(now=now)
    return report_id


@pytest.mark.parametrize(
    ("place", "viewport", "scheme"),
    [
        *((place, PHONE, "light") for place in PLACES),
        *((place, DESK, "light") for place in PLACES),
        ("listing", DESK, "dark"),
        ("control", PHONE, "dark"),
    ],
)
def test_has_no_barrier_and_fits_the_screen(
    open_page: OpenPage,
    shoes: list[Listing],
    now: datetime,
    log_in,
    place: str,
    viewport: ViewportSize,
    scheme: str,
) -> None:
    run = JobRun.objects.create(kind="import_listings", state="done", started_at=now)
    RefusedRow.objects.create(run=run, line=3, field="price", code="x", reason="no", raw="a;b")
    addresses = {
        "list": LISTINGS,
        "listing": f"{LISTINGS}{shoes[1].pk}/change/",
        "control": "/admin/footback/nudgecontrol/",
        "runs": "/admin/footback/jobrun/",
        "run": f"/admin/footback/jobrun/{run.pk}/change/",
        "known": "/admin/footback/catalogueday/",
        "reports": "/admin/footback/guidereport/",
        "report": f"/admin/footback/guidereport/{_make_reports(now)}/change/",
    }
    page = open_page("/admin/login/", viewport=viewport, scheme=scheme)
    log_in(page, addresses[place])
    page.evaluate("document.querySelectorAll('#content details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page) == []
