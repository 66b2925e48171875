"""The shopper's pages in a real browser: phone and desk, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.models import Listing
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory

BROWSE = "/shoes/"


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found]


def titles(page: Page) -> list[str]:
    return page.locator(".fb-card h2").all_inner_texts()


def address_of(listing: Listing) -> str:
    return f"{BROWSE}{listing.pk}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("shoe", ["", "walker", "child"])
def test_has_no_barrier_and_fits_the_screen(
    open_page: OpenPage,
    catalogue: dict[str, Listing],
    shoe: str,
    viewport: ViewportSize,
    scheme: str,
) -> None:
    address = address_of(catalogue[shoe]) if shoe else BROWSE + "?brand=Corrin"
    page = open_page(address, viewport=viewport, scheme=scheme)
    for closed in page.locator("details:not([open]) > summary").all():
        if (
            closed.is_visible()
            and not closed.locator("xpath=ancestor::*[@class='fb-menu']").count()
        ):
            closed.click()
    assert width_of(page) <= viewport["width"]
    assert violations(page) == []


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_filters_on_a_phone_through_the_sheet(
    open_page: OpenPage, catalogue: dict[str, Listing], has_script: bool
) -> None:
    page = open_page(BROWSE, viewport=PHONE, has_script=has_script)
    sheet = page.locator("#fb-filters")
    expect(sheet).to_be_hidden()
    page.get_by_role("link", name="Filters").click()
    expect(sheet).to_be_visible()
    assert width_of(page) <= PHONE["width"]
    sheet.get_by_label(re.compile("^Heels")).check()
    button = sheet.get_by_role("button", name=re.compile("^Show"))
    if has_script:
        expect(button).to_have_text("Show 1 shoe")
    button.click()
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    expect(sheet).to_be_hidden()
    assert titles(page) == ["Vessel pump"]
    assert page.url.endswith("/shoes/?category=heel"), "no empty field in the address"


def test_filters_on_a_desk_without_a_script(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE, has_script=False)
    page.locator("#fb-q").fill("corrin")
    page.locator("#fb-q").press("Enter")
    expect(page.locator("#fb-count")).to_have_text("2 shoes")
    page.get_by_role("link", name=re.compile("Take off: Words")).click()
    expect(page.locator("#fb-count")).to_have_text("4 shoes")


def test_answers_at_once_with_history_and_focus(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE)
    page.evaluate("window.isSamePage = true")
    box = page.locator("#fb-filters").get_by_label(re.compile("^Heels"))
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    assert page.url.endswith("?category=heel")
    assert page.evaluate("document.activeElement.value") == "heel", "the focus stays"
    assert page.evaluate("window.isSamePage") is True, "no reload"
    expect(page.get_by_role("status").first).to_have_text("1 shoe")
    expect(page).to_have_title(re.compile("^Heels"))
    page.go_back()
    expect(page.locator("#fb-count")).to_have_text("4 shoes")
    expect(box).not_to_be_checked()


def test_reloads_the_page_when_the_answer_fails(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE)
    failed = []

    def fail_once(route: object) -> None:
        if failed:
            route.continue_()  # type: ignore[attr-defined]
        else:
            failed.append(True)
            route.fulfill(status=200, body="something else")  # type: ignore[attr-defined]

    page.route("**/shoes/?category=heel", fail_once)
    page.locator("#fb-filters").get_by_label(re.compile("^Heels")).check()
    expect(page.locator("#fb-count")).to_have_text("1 shoe")
    assert failed


def test_can_be_used_by_keyboard_only(open_page: OpenPage, catalogue: dict[str, Listing]) -> None:
    page = open_page(BROWSE + "?category=walking")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reached = []
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const e = document.activeElement;
              const shown = e.closest('.fb-card') ?? e;
              const style = getComputedStyle(e), around = getComputedStyle(shown);
              return {
                text: (e.innerText || e.name || e.tagName).trim(),
                seen: [style, around].some(
                  s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2),
              };
            }"""
        )
        assert focused["seen"], f"the focus on {focused['text']!r} cannot be seen"
        reached.append(focused["text"])
        if focused["text"] == "Corrin walking shoe":
            break
    assert "Corrin walking shoe" in reached
    assert any(text.startswith("Sort:") for text in reached)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Corrin walking shoe")


def test_opens_the_quote_behind_a_fact_by_keyboard(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(address_of(catalogue["walker"]), has_script=False)
    summary = page.locator("#fb-point-C summary").first
    quote = page.locator("#fb-point-C blockquote").first
    expect(quote).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(quote).to_be_visible()
    expect(quote.locator("mark")).to_contain_text("cushioning", ignore_case=True)


def test_closes_sheet_and_menu_with_escape(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE, viewport=PHONE)
    page.get_by_role("link", name="Filters").click()
    page.keyboard.press("Escape")
    expect(page.locator("#fb-filters")).to_be_hidden()
    expect(page.get_by_role("link", name="Filters")).to_be_focused()
    page.locator(".fb-menu > summary").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Newest")).to_be_hidden()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_switches_units_and_remembers(
    open_page: OpenPage, catalogue: dict[str, Listing], has_script: bool
) -> None:
    page = open_page(address_of(catalogue["pump"]), has_script=has_script)
    expect(page.get_by_role("img", name=re.compile("Heel 3½ in"))).to_be_visible()
    page.get_by_role("link", name="mm", exact=True).click()
    expect(page.get_by_role("img", name=re.compile("Heel 89 mm"))).to_be_visible()
    assert page.url.endswith(address_of(catalogue["pump"])), "the address says nothing of it"
    page.get_by_role("link", name="All shoes").first.click()
    expect(page.locator("#fb-filters")).to_contain_text("51 mm")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("shoe", ["", "walker"])
def test_fits_with_text_twice_as_large(
    open_page: OpenPage, catalogue: dict[str, Listing], shoe: str, viewport: ViewportSize
) -> None:
    page = open_page(address_of(catalogue[shoe]) if shoe else BROWSE, viewport=viewport)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= viewport["width"]


def test_pages_without_a_script(open_page: OpenPage, catalogue: dict[str, Listing]) -> None:
    ListingFactory.create_batch(30)
    page = open_page(BROWSE, has_script=False)
    first = titles(page)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    assert not set(first) & set(titles(page))


def test_prints_the_shoe_and_not_the_controls(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(BROWSE)
    page.emulate_media(media="print")
    expect(page.locator("#fb-filters")).to_be_hidden()
    expect(page.locator(".fb-card").first).to_be_visible()
