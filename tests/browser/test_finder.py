"""Find my shoe and Right fit in a real browser: phone and desk, with and without JavaScript."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, Request, ViewportSize, expect

from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_storefront import violations, width_of
from tests.factories import ListingFactory, SizeFactory

FIND, FIT = "/shoes/find/", "/shoes/fit/"
CANARY = re.compile("bunion|neuroma|plantar", re.IGNORECASE)


@pytest.fixture
def shoes(catalogue: dict[str, Listing], now: datetime) -> dict[str, Listing]:
    """The small catalogue with thirty walkers more, so that the list has two pages."""
    for _ in range(30):
        ListingFactory(
            use_category="walking",
            description="Moderate arch support, plush cushioning, round toe, laces, heel 1 in.",
        )
    catalogue["walker"].sizes.filter(label="38").update(internal_length_um=252_000)
    catalogue["walker"].sizes.filter(label="39").update(internal_length_um=260_000)
    SizeFactory(listing=catalogue["pump"], label="38", internal_length_um=262_000)
    annotate_stale(now=now)
    assess_stale(now=now)
    return catalogue


def titles(page: Page) -> list[str]:
    return page.locator(".fb-card h2").all_inner_texts()


def answer(page: Page, *, has_script: bool = True) -> None:
    """Choose bunions and neuroma, women, and ask for the list."""
    page.get_by_label("Bunions").check()
    page.get_by_label("Morton").check()
    if has_script:
        page.get_by_role("button", name="Next").click()
    page.get_by_label("Women").check()
    page.get_by_role("button", name="Show my shoes").click()
    expect(page.locator(".fb-told")).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_leads_from_questions_to_a_list_and_a_shoe(
    open_page: OpenPage, shoes: dict[str, Listing], viewport: ViewportSize, has_script: bool
) -> None:
    page = open_page(FIND, viewport=viewport, has_script=has_script)
    answer(page, has_script=has_script)
    assert page.url.endswith(FIND), "the address says nothing"
    expect(page.locator("#fb-finder-title")).to_have_text("34 shoes for you")
    assert titles(page)[0] == "Corrin walking shoe"
    assert width_of(page) <= viewport["width"]
    page.get_by_role("button", name=re.compile("Take off: Morton")).click()
    expect(page.get_by_role("button", name=re.compile("Take off: Morton"))).to_have_count(0)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.locator(".fb-card h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Find my shoe")
    assert re.search(r"/shoes/\d+/$", page.url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("at", ["questions", "list", "refer", "child", "empty", "fit", "shoe"])
def test_has_no_barrier_and_fits_the_screen(
    open_page: OpenPage, shoes: dict[str, Listing], at: str, viewport: ViewportSize, scheme: str
) -> None:
    page = open_page(FIT if at in ("fit", "shoe") else FIND, viewport=viewport, scheme=scheme)
    # Every question at once, as without a script; axe itself needs one.
    for step in page.locator("[data-fb-step]").all():
        step.evaluate("step => { step.hidden = false; }")
    if at == "refer":
        page.get_by_label("Diabetes").check()
    elif at == "child":
        page.get_by_label("A child").check()
    elif at == "empty":
        page.get_by_label("At home", exact=True).check()
        page.locator("#fb-finder-size").select_option("eu:38")
    elif at == "list":
        page.get_by_label("Bunions").check()
        page.get_by_label("Low back pain").check()
        page.get_by_label("Up to 2 in").check()
    if at in ("fit", "shoe"):
        page.get_by_label("cm", exact=True).check()
        page.locator("[name=left_length]").fill("24,2")
        page.locator("[name=right_length]").fill("24,7")
        page.get_by_role("button", name="Find my size").click()
        expect(page.locator("#fb-your-size")).to_be_visible()
    elif at != "questions":
        page.get_by_role("button", name="Show my shoes").click()
        expect(page.locator(".fb-told")).to_be_visible()
    if at == "shoe":
        page.goto(page.url.replace(FIT, f"/shoes/{shoes['walker'].pk}/").split("#")[0])
        expect(page.locator(".fb-fit-sizes").first).to_be_visible()
        page.locator(".fb-fit-others > summary").click()
    assert width_of(page) <= viewport["width"]
    assert violations(page) == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("address", [FIND, FIT])
def test_fits_with_text_twice_as_large(
    open_page: OpenPage, shoes: dict[str, Listing], address: str, viewport: ViewportSize
) -> None:
    page = open_page(address, viewport=viewport)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= viewport["width"]
    if address == FIND:
        answer(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert width_of(page) <= viewport["width"]


def test_asks_one_question_at_a_time_by_keyboard_alone(
    open_page: OpenPage, shoes: dict[str, Listing]
) -> None:
    page = open_page(FIND)
    expect(page.get_by_text("Question 1 of 5")).to_be_visible()
    expect(page.get_by_label("Women")).to_be_hidden()
    page.get_by_label("Nothing hurts").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Question 2 of 5")).to_be_visible()
    expect(page.get_by_label("Women")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Men", exact=True)).to_be_checked()
    for number in (3, 4, 5):
        page.get_by_role("button", name="Next").press("Enter")
        expect(page.get_by_text(f"Question {number} of 5")).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_be_hidden()
    page.get_by_role("button", name="Back").press("Enter")
    expect(page.get_by_text("Question 4 of 5")).to_be_visible()
    page.get_by_role("button", name="Show my shoes").press("Enter")
    expect(page.locator(".fb-told")).to_contain_text("Men")
    expect(page.locator("#fb-finder-title")).to_be_focused()


def test_takes_nothing_hurts_and_a_need_for_contraries(
    open_page: OpenPage, shoes: dict[str, Listing]
) -> None:
    page = open_page(FIND)
    page.get_by_label("Bunions").check()
    page.get_by_label("Nothing hurts").check()
    expect(page.get_by_label("Bunions")).not_to_be_checked()
    page.get_by_label("Bunions").check()
    expect(page.get_by_label("Nothing hurts")).not_to_be_checked()


def test_goes_back_forward_and_reloads_without_a_question_of_the_browser(
    open_page: OpenPage, shoes: dict[str, Listing]
) -> None:
    page = open_page(FIND)
    answer(page)
    first = titles(page)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    assert titles(page) == first
    page.locator(".fb-card h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corrin walking shoe")
    page.go_back()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Question 1 of 5")).to_be_visible()
    expect(page.get_by_label("Bunions")).to_be_checked()
    page.go_forward()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()


def test_changes_the_answers_where_they_are(open_page: OpenPage, shoes: dict[str, Listing]) -> None:
    page = open_page(FIND)
    answer(page)
    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("Bunions")).to_be_checked()
    page.get_by_label("Bunions").uncheck()
    page.get_by_role("button", name="Show my shoes").click()
    expect(page.locator(".fb-told")).not_to_contain_text("Bunions")
    expect(page.locator(".fb-told")).to_contain_text("Morton")


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_forgets_on_request(
    open_page: OpenPage, shoes: dict[str, Listing], has_script: bool
) -> None:
    page = open_page(FIND, has_script=has_script)
    answer(page, has_script=has_script)
    page.get_by_role("link", name="Forget my answers").click()
    expect(page.get_by_label("Bunions")).not_to_be_checked()
    if has_script:
        assert page.evaluate("sessionStorage.length") == 0
        page.go_back()
        page.wait_for_load_state()
        assert page.locator(".fb-told").count() == 0


def test_answers_by_the_plain_form_where_the_line_fails(
    open_page: OpenPage, shoes: dict[str, Listing]
) -> None:
    page = open_page(FIND)
    failed = []

    def fail_once(route: object, request: Request) -> None:
        if request.method == "POST" and not failed:
            failed.append(True)
            route.fulfill(status=200, body="something else")  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/shoes/find/", fail_once)
    answer(page)
    assert failed
    assert titles(page)[0] == "Corrin walking shoe"


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_sends_nothing_of_the_answers_but_in_the_body_of_the_one_form(
    open_page: OpenPage, shoes: dict[str, Listing], has_script: bool
) -> None:
    page = open_page(FIND, has_script=has_script)
    requests: list[Request] = []
    # A function of its own: playwright cannot wrap a list's method.
    page.on("request", lambda request: requests.append(request))
    answer(page, has_script=has_script)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.locator(".fb-card h2 a").first.click()
    expect(page.locator("#fb-match")).to_be_visible()
    page.get_by_role("link", name="All shoes").first.click()
    expect(page.locator("#fb-count")).to_be_visible()

    posted = [request for request in requests if request.method == "POST"]
    assert len(posted) == 2
    assert all(CANARY.search(request.post_data or "") for request in posted)
    for request in requests:
        headers = request.all_headers()
        assert not CANARY.search(request.url)
        assert not CANARY.search(str(headers))
        if request not in posted:
            assert request.post_data is None
    (to_shoe,) = (item for item in requests if re.search(r"/shoes/\d+/$", item.url))
    assert "referer" not in to_shoe.all_headers(), "not even that somebody came from the finder"
    kept = [f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies()]
    assert not CANARY.search(str(kept))
    if has_script:
        assert page.evaluate("localStorage.length") == 0
        assert not CANARY.search(page.evaluate("JSON.stringify(history.state)") or "")
        assert CANARY.search(page.evaluate("JSON.stringify({...sessionStorage})"))


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_measures_feet_for_one_shoe_and_comes_back_to_it(
    open_page: OpenPage, shoes: dict[str, Listing], has_script: bool
) -> None:
    page = open_page(f"/shoes/{shoes['walker'].pk}/", viewport=PHONE, has_script=has_script)
    page.get_by_role("link", name="Which size fits me?").click()
    page.get_by_label("cm", exact=True).check()
    page.locator("[name=left_length]").fill("2447")
    page.get_by_role("button", name="Find my size").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("[name=left_length]").fill("24.7")
    page.locator("[name=right_length]").fill("24.6")
    page.get_by_role("button", name="Find my size").click()
    expect(page.locator(".fb-fit-advice")).to_have_text(
        "Your size here is EU 39; it is not in stock now."
    )
    page.get_by_text("1 size is too tight or too loose").click()
    expect(page.get_by_role("row", name=re.compile("EU 38"))).to_contain_text("Too tight")
    assert width_of(page) <= PHONE["width"]
    page.get_by_role("link", name="Change or forget them").click()
    page.get_by_role("button", name="Forget my feet").click()
    expect(page.locator("[name=left_length]")).to_have_value("")
    assert not [item for item in page.context.cookies() if item["name"] == "footback_foot"]
