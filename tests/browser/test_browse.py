"""The list answers in place: on a slow line, on a broken one, and with long lists of values."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Locator, Page, Route, expect

from shop_plugin.models import Listing
from tests.browser.conftest import PHONE, OpenPage
from tests.factories import ListingFactory

BROWSE = "/shoes/"
HEELS = "**/shoes/?category=heel"


def heels(page: Page) -> Locator:
    return page.locator("#fb-filters").get_by_label(re.compile("^Heels"))


def test_keeps_the_cards_in_place_while_a_slow_list_is_on_its_way(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE)
    waiting: list[Route] = []
    page.route(HEELS, lambda route: waiting.append(route))
    results = page.locator("[data-fb-results]")
    before = results.bounding_box()
    heels(page).check()
    expect(results).to_have_class(re.compile("fb-is-slow"))
    expect(results).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("status").first).to_have_text("Looking …")
    assert results.bounding_box() == before, "nothing jumps"
    waiting[0].continue_()
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    expect(results).not_to_have_class(re.compile("fb-is-slow"))


@pytest.mark.parametrize("failure", ["offline", "error"])
def test_keeps_the_list_and_asks_again_when_the_line_breaks(
    open_page: OpenPage, catalogue: dict[str, Listing], failure: str
) -> None:
    page = open_page(BROWSE, forgiven=r"ERR_FAILED|status of 500")
    broken = [True]

    def answer(route: Route) -> None:
        if not broken:
            route.continue_()
        elif failure == "offline":
            route.abort()
        else:
            route.fulfill(status=500, body="oh")

    page.route(HEELS, answer)
    heels(page).check()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The list could not be renewed")
    expect(page.locator(".fb-card")).to_have_count(4)
    expect(page.locator("[data-fb-results]")).to_have_attribute("aria-busy", "false")
    expect(heels(page)).to_be_checked()
    assert page.url.endswith(BROWSE), "the address is that of the list one sees"
    broken.clear()
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    expect(notice).to_have_count(0)
    assert page.url.endswith("?category=heel")


def test_follows_chips_order_and_number_of_shoes_without_a_reload(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    ListingFactory.create_batch(60, use_category="sandal")
    page = open_page(BROWSE + "?category=sandal")
    page.evaluate("window.isSamePage = true")
    page.get_by_role("link", name="48", exact=True).click()
    expect(page.locator(".fb-card")).to_have_count(48)
    assert page.url.endswith("?category=sandal&per_page=48")
    page.locator(".fb-menu > summary").click()
    page.get_by_role("link", name="Newest").click()
    expect(page.locator(".fb-menu > summary")).to_have_text("Sort: Newest")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    expect(page.locator("#fb-count")).to_be_focused()
    page.get_by_role("link", name=re.compile("Take off: Kind of shoe")).click()
    expect(page.locator("#fb-count")).to_have_text("64 shoes")
    assert page.url.endswith("?sort=newest&per_page=48")
    page.go_back()
    expect(page.locator("#fb-count")).to_have_text("60 shoes")
    assert page.evaluate("window.isSamePage") is True


def test_finds_a_brand_in_a_long_list_of_them(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    for number in range(20):
        ListingFactory(brand=f"Maker {number}")
    page = open_page(BROWSE)
    brands = page.locator('[data-fb-facet="brand"]')
    if not brands.get_attribute("open"):
        brands.locator("summary").click()
    box = brands.get_by_role("searchbox")
    box.fill("AKER 1")
    expect(brands.locator("li:visible")).to_have_count(11)
    box.press("Enter")
    assert page.url.endswith(BROWSE), "what is typed here is no filter of its own"
    brands.get_by_label(re.compile("^Maker 17")).check()
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    expect(brands.get_by_role("searchbox")).to_have_value("AKER 1")


def test_keeps_what_lies_under_the_sheet_out_of_reach(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE, viewport=PHONE)
    page.get_by_role("link", name="Filters").click()
    sheet = page.locator("#fb-filters")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.querySelector('#fb-filters').contains(document.activeElement)"
        )
    sheet.get_by_label(re.compile("^Heels")).check()
    expect(sheet.get_by_role("button", name="Show 1 shoe")).to_be_visible()
    sheet.get_by_role("link", name="Close").click()
    page.locator(".fb-card a").first.focus()
    expect(page.locator(".fb-card a").first).to_be_focused()


def test_is_light_enough_for_a_slow_line(
    client: Client, catalogue: dict[str, Listing], settings: object
) -> None:
    ListingFactory.create_batch(40, description="High arch support, cushioned. Heel height 1 in.")
    html = client.get(BROWSE).content
    sheets = re.findall(rb'(?:href|src)="/static/([^"]+\.(?:css|js))"', html)
    files = [Path(str(finders.find(name.decode()))).read_bytes() for name in sheets]
    assert len(files) >= 3
    without_pictures = re.sub(rb'<svg class="fb-shoe.*?</svg>', b"", html, flags=re.DOTALL)
    plain = len(without_pictures) + sum(map(len, files))
    packed = sum(len(gzip.compress(part, 6)) for part in (html, *files))
    assert plain < 150_000, f"{plain:,} bytes without pictures"
    assert packed < 50_000, f"{packed:,} bytes as they travel, pictures included"


def test_keeps_the_name_of_a_filter_whole_beside_what_was_chosen(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page("/shoes/?arch=3&cushioning=3", locale="de-DE")
    facets = {
        box["height"]
        for summary in page.locator(".fb-facet > summary").all()
        if (box := summary.bounding_box()) is not None
    }
    assert page.locator('[data-fb-facet="arch"] .fb-facet-chosen').inner_text() == "1 gewählt"
    assert len(facets) == 1, "every name stands on one line, Gewölbestütze too"
