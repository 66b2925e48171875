"""One shoe, several side by side, and a host's own page, in a real browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from shop_plugin.models import Listing
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_storefront import address_of, violations, width_of
from tests.factories import ListingFactory, SizeFactory

COMPARE = "/shoes/compare/"


def compared(catalogue: dict[str, Listing], *keys: str) -> str:
    return COMPARE + "?" + "&".join(f"shoe={catalogue[key].pk}" for key in keys)


def names(page: Page) -> Locator:
    return page.locator(".fb-compare thead th")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("keys", [(), ("walker", "pump"), ("walker", "pump", "child", "gone")])
def test_compares_without_a_barrier_and_fits_the_screen(
    open_page: OpenPage,
    catalogue: dict[str, Listing],
    keys: tuple[str, ...],
    viewport: ViewportSize,
    scheme: str,
) -> None:
    page = open_page(compared(catalogue, *keys), viewport=viewport, scheme=scheme)
    assert width_of(page) <= viewport["width"]
    assert violations(page) == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_compares_with_text_twice_as_large(
    open_page: OpenPage, catalogue: dict[str, Listing], viewport: ViewportSize
) -> None:
    page = open_page(compared(catalogue, "walker", "pump"), viewport=viewport)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= viewport["width"]


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
def test_breaks_no_words_into_letters_with_text_twice_as_large(
    open_page: OpenPage, catalogue: dict[str, Listing], locale: str
) -> None:
    page = open_page(address_of(catalogue["pump"]), viewport=PHONE, locale=locale)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for text in page.locator(".fb-plain dd, .fb-open-facts li > span:first-child").all():
        box = text.bounding_box()
        assert box is not None
        assert box["width"] > 5 * 28, text.inner_text()


def test_says_that_a_comparison_goes_on_below(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(compared(catalogue, "walker", "pump", "mystery"), viewport=PHONE)
    third = names(page).nth(2).bounding_box()
    assert third is not None
    assert third["x"] < PHONE["width"] - 24, "the third shoe looks in from the side"
    region = page.get_by_role("region", name="Fact by fact")
    fade = "element => Number(getComputedStyle(element, '::after').opacity)"
    assert region.evaluate(fade) == 1
    region.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    page.wait_for_timeout(200)
    assert region.evaluate(fade) == 0, "the last row is not covered"


def test_keeps_the_names_in_sight_while_one_scrolls(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(compared(catalogue, "walker", "pump", "mystery", "child"), viewport=PHONE)
    region = page.get_by_role("region", name="Fact by fact")
    region.focus()
    region.evaluate("element => element.scrollTo(120, 150)")
    box = region.bounding_box()
    name = page.locator(".fb-compare tbody th").nth(3).bounding_box()
    head = page.locator(".fb-compare thead th").first.bounding_box()
    assert box is not None
    assert name is not None
    assert head is not None
    assert abs(name["x"] - box["x"]) <= 2, "the names of the facts stay at the left"
    assert abs(head["y"] - box["y"]) <= 2, "the names of the shoes stay on top"


def test_draws_the_bars_of_all_shoes_on_one_scale(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(compared(catalogue, "walker", "pump", "mystery"))
    boxes = [bar.bounding_box() for bar in page.locator(".fb-bars .fb-bar").all()]
    assert len(boxes) == 3
    assert {(box["x"], box["width"]) for box in boxes if box} == {
        (boxes[0]["x"], boxes[0]["width"]) if boxes[0] else ()
    }


def test_compares_what_was_ticked_without_a_script(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page("/shoes/", has_script=False)
    button = page.get_by_role("button", name="Compare the chosen")
    expect(button).to_be_hidden()
    page.get_by_label("Compare: Corrin walking shoe").check()
    page.get_by_label("Compare: Vessel pump").check()
    button.click()
    expect(names(page)).to_have_text(["Corrin walking shoe", "Vessel pump"])
    page.get_by_role("link", name="Only what differs").click()
    expect(page).to_have_url(re.compile("&only=differences$"))
    page.get_by_role("link", name="Take off Vessel pump").click()
    page.get_by_label("Words in name or brand").fill("sneaker")
    page.get_by_role("button", name="Look").click()
    page.get_by_role("link", name="Add Plain sneaker").click()
    expect(names(page)).to_have_text(["Corrin walking shoe", "Plain sneaker"])


def test_remembers_what_was_ticked_on_other_pages(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page("/shoes/?category=heel")
    page.get_by_label("Compare: Vessel pump").check()
    expect(page.locator("[data-fb-tray-count]")).to_have_text("1/4")
    page.locator("#fb-filters").get_by_label(re.compile("^Walking")).check()
    expect(page.locator("#fb-count")).to_have_text("2 shoes")
    expect(page.get_by_label("Compare: Vessel pump")).to_be_checked()
    page.goto(page.url.split("?")[0] + "?category=walking")
    page.get_by_label("Compare: Corrin walking shoe").focus()
    page.keyboard.press("Space")
    page.get_by_role("link", name="Corrin walking shoe", exact=True).click()
    page.get_by_role("link", name="Compare with other shoes").click()
    expect(names(page)).to_have_count(2)
    assert sorted(names(page).all_inner_texts()) == ["Corrin walking shoe", "Vessel pump"]
    page.go_back()
    page.get_by_role("button", name="Choose none").click()
    expect(page.get_by_role("button", name="Compare the chosen")).to_be_hidden()
    assert page.evaluate("sessionStorage.getItem('footback-compare')") == "[]"


def test_lets_nobody_tick_a_fifth(open_page: OpenPage, catalogue: dict[str, Listing]) -> None:
    ListingFactory.create_batch(2)
    page = open_page("/shoes/")
    boxes = page.locator("[data-fb-pick]")
    for number in range(4):
        boxes.nth(number).check()
    expect(boxes.nth(4)).to_be_disabled()
    boxes.nth(0).uncheck()
    expect(boxes.nth(4)).to_be_enabled()


@pytest.mark.parametrize("kept", ["nonsense", '{"a": 1}', '["1", "x", "<b>", null]'])
def test_is_not_led_astray_by_what_a_tab_kept(
    open_page: OpenPage, catalogue: dict[str, Listing], kept: str
) -> None:
    page = open_page("/shoes/")
    page.evaluate("value => sessionStorage.setItem('footback-compare', value)", kept)
    page.reload()
    page.get_by_label("Compare: Vessel pump").check()
    expect(page.get_by_label("Compare: Vessel pump")).to_be_checked()


def test_reads_the_match_out(open_page: OpenPage, catalogue: dict[str, Listing]) -> None:
    """What a screen reader gets of the match, from the browser's own accessibility tree."""
    page = open_page(address_of(catalogue["mystery"]))
    tree = page.locator("section:has(> div > #fb-match)").aria_snapshot()
    assert '- heading "Guide match" [level=2]' in tree
    bar = re.search(r"""- 'img "Guide match between \d+ and \d+ of 100: No grade yet"'""", tree)
    assert bar is not None, "one image with its words"
    assert tree.index("No grade yet") < bar.start(), "the grade is read before the bar"
    assert "- term: Nobody states" in tree
    assert re.search(r"- definition: The heel height, arch support", tree)


def test_opens_the_tree_of_reasons_by_keyboard(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    page = open_page(address_of(catalogue["walker"]), has_script=False)
    page.get_by_role("link", name="Why? Point by point").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#fb-why$"))
    page.keyboard.press("Tab")
    expect(page.locator(".fb-guideline summary").first).to_be_focused()


def test_prints_a_shoe_on_two_pages(open_page: OpenPage, catalogue: dict[str, Listing]) -> None:
    walker = catalogue["walker"]
    for label in range(40, 52):
        SizeFactory(listing=walker, label=str(label))
    page = open_page(address_of(walker))
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    page.emulate_media(media="print")
    for shown in ("#fb-match", ".fb-bar", "#fb-point-C blockquote", "#fb-facts", ".fb-foot p"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".fb-alternatives", ".fb-sizes-panel", ".fb-tray", ".fb-switch"):
        expect(page.locator(hidden).first).to_be_hidden()


def test_describes_a_product_to_machines_under_the_shops_content_policy(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    """No error may reach the console: the fixture fails the test where one does."""
    from footback_shop.store.models import Product

    Product.objects.create(sku="FL-1", slug="boot", name="Boot", brand="Corrin", price=90)
    ListingFactory(source="store", external_id="FL-1", title="Boot")
    page = open_page("/product/boot/")
    answer = page.request.get(page.url)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    said = page.locator('script[type="application/ld+json"]').text_content()
    assert json.loads(said or "")["name"] == "Boot"
    assert violations(page) == []


def test_names_a_shoe_and_its_price_before_what_is_said_of_it(
    open_page: OpenPage, catalogue: dict[str, Listing]
) -> None:
    from footback_shop.store.models import Product

    Product.objects.create(sku="walker", slug="boot", name="Boot", brand="Corrin", price=90)
    Listing.objects.filter(pk=catalogue["walker"].pk).update(source="store")
    phone, desk = (open_page("/product/boot/", viewport=viewport) for viewport in (PHONE, DESK))
    for page, is_beside in ((phone, False), (desk, True)):
        tops = [
            (page.locator(part).first.bounding_box() or {})["y"]
            for part in (".st-picture-large", "h1", ".st-price", ".st-product-match")
        ]
        assert tops[1:] == sorted(tops[1:])
        assert (tops[1] < tops[0] + 100) is is_beside
        assert width_of(page) <= (page.viewport_size or PHONE)["width"]
