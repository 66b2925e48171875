"""The shop in German, French and Spanish, and laid out from the right, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shop_plugin.models import Listing
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.test_every_page import GONE, PAGES, Scene
from tests.browser.test_every_page import scene as scene
from tests.browser.test_storefront import violations, width_of
from tests.host.conftest import product as product
from tests.messages.leftovers import find_leftovers

LANGUAGES = ("de", "fr", "es")
# A mail as it was written, in English; it is shown as it is.
AS_WRITTEN = ("mailbox:inbox", "mailbox:mail")
# Words that stick out of what should hold them.
CUT_OFF = """() => [...document.querySelectorAll("button, .fb-button, .fb-chip, summary")]
    .filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth + 1)
    .filter((box) => getComputedStyle(box).display !== "inline")
    .map((box) => box.textContent.trim())"""


def english_on(page: Page, language: str, own: list[str]) -> list[str]:
    """Return the English sentences that can be read on a page, less the listings' own words."""
    seen = " ".join(page.locator("body").inner_text().split())
    return [
        text
        for text in find_leftovers(page.content(), language)
        if text in seen and not any(text in words for words in own)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_a_phone_without_an_english_sentence(
    open_page: OpenPage, scene: Scene, language: str
) -> None:
    page = open_page("/", viewport=PHONE, locale=language, forgiven=GONE)
    base = page.url.rstrip("/")
    page.context.add_cookies([{"name": "sessionid", "value": scene.session, "url": base}])
    own = [f"{shoe.title} {shoe.description}" for shoe in Listing.objects.all()]
    own.append(f"{scene.product.shelf} {scene.product.description} {scene.product.specs}")
    problems: dict[str, list[str]] = {}
    for name, addresses in PAGES.items():
        for address in addresses(scene):
            page.goto(base + address)
            found = [f"cut off: {text}" for text in page.evaluate(CUT_OFF)]
            if width_of(page) > PHONE["width"]:
                found.append(f"{width_of(page)} px wide")
            if page.locator("html").get_attribute("lang") != language:
                found.append("not in the language asked for")
            if name not in AS_WRITTEN:
                found += english_on(page, language, own)
            if found:
                problems[address] = found
    assert problems == {}


def test_a_german_shopper_walks_through_the_shop_on_a_phone(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page("/shoes/", viewport=PHONE)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url.endswith("/shoes/")

    page.get_by_role("link", name="Filter", exact=True).click()
    sheet = page.locator("#fb-filters")
    sheet.get_by_label(re.compile("^Absatzschuhe")).check()
    button = sheet.get_by_role("button", name=re.compile("zeigen$"))
    expect(button).to_have_text("1 Schuh zeigen")
    button.click()
    expect(page.locator("#fb-count")).to_have_text("1 Schuh")

    page.get_by_role("link", name="Vessel pump").first.click()
    expect(page.get_by_role("heading", name="Leitfaden-Abgleich", exact=True)).to_be_visible()
    assert width_of(page) <= PHONE["width"]
    assert violations(page) == []

    page.get_by_role("link", name="Meinen Schuh finden").click()
    expect(page.get_by_text("Frage 1 von 5")).to_be_visible()
    page.get_by_label("Hallux valgus").check()
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("button", name="Meine Schuhe zeigen").click()
    expect(page.get_by_role("heading", name=re.compile(r"^\d+ Schuhe? für Sie$"))).to_be_visible()
    assert width_of(page) <= PHONE["width"]
    assert (
        english_on(page, "de", [f"{shoe.title} {shoe.description}" for shoe in catalogue.values()])
        == []
    )


@pytest.mark.parametrize("language", ["ar", "he"])
def test_it_is_laid_out_from_the_right_in_a_language_written_so(
    open_page: OpenPage, scene: Scene, settings: Any, language: str
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("he", "Hebrew")]
    page = open_page("/", viewport=PHONE, locale=language, forgiven=GONE)
    base = page.url.rstrip("/")
    problems = {}
    for addresses in PAGES.values():
        for address in addresses(scene)[:2]:
            page.goto(base + address)
            ends = page.evaluate("[document.documentElement.dir, document.documentElement.lang]")
            if ends != ["rtl", language] or width_of(page) > PHONE["width"]:
                problems[address] = (ends, width_of(page))
    assert problems == {}
