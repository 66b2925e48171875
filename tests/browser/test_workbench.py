"""Staff who do this all day: a queue cleared by keys, and two people who never meet unawares."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from shop_plugin.models import FootwearProfile, Listing, Observation, WorkHold
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_admin import LISTINGS, log_in, violations
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["log_in"]


@pytest.fixture
def shoes(now: datetime) -> list[Listing]:
    """Three shoes that tell little, one suggestion on the first of the list."""
    made = [
        ListingFactory(title=f"Marlow {name}", description="A shoe for every day.")
        for name in ("Ash", "Birch", "Cedar")
    ]
    ids = [listing.pk for listing in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    suggest(made[2], now)
    return made


def suggest(listing: Listing, now: datetime) -> Observation:
    return Observation.objects.create(
        listing=listing,
        attribute="removable_insole",
        options="yes",
        source_kind="text",
        rule="test.rule",
        confidence=500,
        quote="for every day",
        field="description",
        start=7,
        end=20,
        state="suggested",
        content_hash=listing.content_hash,
        observed_at=now,
    )


def click(page: Page, name: str) -> None:
    """Press a button and wait for the page it leads to; keys would go to the old one."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=name == "Save").click()


def begin(page: Page) -> None:
    click(page, "Start with the first free shoe")


def title(page: Page) -> str:
    return page.locator("#content h1").inner_text()


def press(page: Page, keys: str) -> None:
    """Press keys; a key that loads another page is waited for."""
    for key in keys.split():
        if key in {"a", "r", "s", "n", "u", "c", "Enter"}:
            with page.expect_navigation():
                page.keyboard.press(key)
        else:
            page.keyboard.press(key)


def test_clears_a_queue_by_keys_alone(open_page: OpenPage, shoes: list[Listing], log_in) -> None:
    page = open_page("/admin/login/")
    log_in(page, LISTINGS)
    begin(page)
    assert title(page) == "Marlow Cedar"
    press(page, "a 2 3")
    expect(page.get_by_label("Heel height", exact=True)).to_be_focused()
    page.keyboard.type("35 mm")
    press(page, "Enter")
    assert title(page) == "Marlow Birch"
    press(page, "0 1 Escape s")
    assert title(page) == "Marlow Ash"
    press(page, "c")
    expect(page.locator(".messagelist")).to_contain_text("Nothing of this list is left for you")
    believed = {
        profile.listing.title: (profile.arch_support, profile.cushioning)
        for profile in FootwearProfile.objects.select_related("listing")
    }
    assert believed == {
        "Marlow Cedar": ("2", "3"),
        "Marlow Birch": ("0", "1"),
        "Marlow Ash": (None, None),
    }
    assert FootwearProfile.objects.get(listing__title="Marlow Cedar").removable_insole is True


def test_has_the_text_the_questions_and_the_buttons_on_one_screen(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    for part in (
        page.get_by_text("A shoe for every day."),
        page.get_by_label("Heel height", exact=True),
        page.get_by_role("button", name="Save and open the next"),
    ):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= DESK["height"], part


def test_keeps_the_parts_of_an_answer_apart_for_whoever_hears_them(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    arch = page.get_by_role("group", name="Arch support", exact=True)
    expect(arch.get_by_role("radio").nth(0)).to_have_accessible_name(
        re.compile(r"^Staff say nothing, no grade, \d+–\d+$")
    )
    expect(arch).to_have_accessible_description("Now: not known")


def test_undoes_by_one_key_and_tells_what_was_gained(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    press(page, "2 2 Escape s")
    expect(page.locator(".fba-tally")).to_contain_text("Today: 1 decision, 1 shoe")
    press(page, "u")
    assert title(page) == "Marlow Ash"
    expect(page.locator(".messagelist")).to_contain_text("Undone: Marlow Ash")
    assert FootwearProfile.objects.get(pk=shoes[0].pk).arch_support is None


def test_shows_its_keys_and_hides_them_again(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert not page.locator("#id_arch_support_4").is_checked()


def test_leaves_keys_alone_that_are_written_into_a_field(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    page.keyboard.press("h")
    page.keyboard.type("2 in as u c")
    expect(page.get_by_label("Heel height", exact=True)).to_have_value("2 in as u c")
    assert title(page) == "Marlow Ash"


def test_hands_two_people_two_shoes_and_shows_both_entries_where_they_meet(
    open_page: OpenPage, shoes: list[Listing], log_in
) -> None:
    first, second = open_page("/admin/login/"), open_page("/admin/login/")
    for page, name in ((first, "alex"), (second, "billie")):
        log_in(page, LISTINGS, name)
        begin(page)
    assert (title(first), title(second)) == ("Marlow Cedar", "Marlow Birch")
    second.goto(first.url)
    expect(second.locator(".fba-hold")).to_contain_text("alex has had this shoe open since")
    expect(second.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    click(second, "Take over")
    press(second, "3 Escape")
    click(second, "Save")
    press(first, "1 2 Escape s")
    expect(first.get_by_role("alert")).to_contain_text("billie has had this listing open")
    click(first, "Take over and save")
    row = first.get_by_role("row", name="Arch support")
    expect(row).to_contain_text("mild")
    expect(row).to_contain_text("high billie")
    click(first, "Save")
    assert (
        Observation.objects.get(
            attribute="arch_support", source_kind="staff", state="accepted"
        ).options
        == "1"
    )


def test_gives_an_entry_back_to_whoever_was_logged_out(
    open_page: OpenPage, shoes: list[Listing], log_in, django_user_model
) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}{shoes[0].pk}/change/")
    user = django_user_model.objects.get(username="alex")
    user.set_password("a word of old")
    user.save()  # which ends every session
    press(page, "3")
    page.get_by_text("More facts").click()
    page.get_by_label("Heel height", exact=True).fill("35 mm")
    page.get_by_label("Wide", exact=True).check()
    click(page, "Save")
    page.get_by_label("Username").fill("alex")
    page.get_by_label("Password").fill("a word of old")
    click(page, "Log in")
    expect(page.locator("[data-restored]")).to_contain_text("nothing was saved")
    expect(page.get_by_label("Heel height", exact=True)).to_have_value("35 mm")
    expect(page.get_by_label("Wide", exact=True)).to_be_checked()
    click(page, "Save")
    expect(page.locator(".messagelist")).to_contain_text("Saved: Arch support, Heel height, Widths")
    expect(page.locator("[data-restored]")).to_be_hidden()


def test_works_without_javascript(open_page: OpenPage, shoes: list[Listing], log_in) -> None:
    page = open_page("/admin/login/")
    log_in(page, f"{LISTINGS}")
    cookies = page.context.cookies()
    plain = open_page("/admin/login/", has_script=False)
    plain.context.add_cookies(cookies)
    plain.goto(page.url)
    begin(plain)
    expect(plain.locator("kbd.fba-key").first).to_be_hidden()
    click(plain, "Accept")
    plain.get_by_role("group", name="Arch support", exact=True).get_by_text("High").click()
    click(plain, "Save and open the next")
    assert title(plain) == "Marlow Birch"
    click(plain, "Undo Marlow Cedar")
    assert title(plain) == "Marlow Cedar"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("place", ["queue", "held", "list", "rules"])
def test_has_no_barrier_and_fits_the_screen(
    open_page: OpenPage, shoes: list[Listing], log_in, django_user_model, viewport, place
) -> None:
    if place == "held":
        holder = django_user_model.objects.create_user("holder")
        now = timezone.now()
        until = now + timedelta(minutes=5)
        WorkHold.objects.create(listing=shoes[2], holder=holder, since=now, until=until)
    addresses = {"list": LISTINGS, "rules": "/admin/footback/autoacceptrule/add/"}
    page = open_page("/admin/login/", viewport=viewport)
    log_in(page, addresses.get(place, f"{LISTINGS}{shoes[2].pk}/change/"))
    page.evaluate("document.querySelectorAll('#content details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page) == []
