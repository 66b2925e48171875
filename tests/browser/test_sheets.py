"""A spreadsheet round trip in a real browser: out, filled in, in again, looked at, undone."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from shop_plugin.models import Listing, Observation, SheetImport
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db(transaction=True)

LISTINGS = "/admin/footback/listing/"
IMPORT = "/admin/footback/sheetimport/import/"


@pytest.fixture
def shoes(now: datetime) -> list[Listing]:
    made = [
        ListingFactory(external_id=f"W-{number}", title=f"Marlow Calm {number}")
        for number in (1, 2, 3)
    ]
    ids = [listing.pk for listing in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    return made


@pytest.fixture
def staff_page(open_page: OpenPage):
    """Open a page of the admin as somebody who may do everything."""

    def open_as_staff(address: str, viewport: ViewportSize = DESK, scheme: str = "light") -> Page:
        page = open_page("/admin/login/", viewport=viewport, scheme=scheme)
        user, _created = get_user_model().objects.get_or_create(
            username="alex", defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        origin = page.evaluate("location.origin")
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": origin}])
        page.goto(f"{origin}{address}")
        return page

    return open_as_staff


def staff_values() -> set[tuple[str, str, str, int | None]]:
    said = Observation.objects.filter(source_kind="staff", state="accepted")
    return set(said.values_list("listing__external_id", "attribute", "options", "low_milli"))


def hand_in(page: Page, path: Path) -> None:
    page.goto(f"{page.evaluate('location.origin')}{IMPORT}")
    page.get_by_label("Spreadsheet (XLSX or CSV)").set_input_files(path)
    page.get_by_role("button", name="Check the sheet").click()


def test_takes_a_workbook_out_and_in_again(
    staff_page, shoes: list[Listing], tmp_path: Path
) -> None:
    page = staff_page(LISTINGS)
    page.get_by_role("link", name="Export facts").click()
    expect(page.locator("#content-main")).to_contain_text("3 listings")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    exported = tmp_path / "facts.xlsx"
    started.value.save_as(exported)

    hand_in(page, exported)
    expect(page.locator("#content-main")).to_contain_text("There is nothing to import.")

    book = openpyxl.load_workbook(exported)
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[1]}
    rows = {sheet.cell(row, heads["Id in the shop"]).value: row for row in range(2, 5)}
    sheet.cell(rows["W-1"], heads["Heel height"]).value = "2 3/4 in"
    sheet.cell(rows["W-1"], heads["Arch support"]).value = "high"
    sheet.cell(rows["W-2"], heads["Arch support"]).value = "moderate"
    sheet.cell(rows["W-3"], heads["Heel height"]).value = 70
    filled = tmp_path / "filled.xlsx"
    book.save(filled)

    hand_in(page, filled)
    main = page.locator("#content-main")
    expect(main).to_contain_text("Would change something")
    expect(main.locator("tbody")).to_contain_text("2 3/4 in")
    page.get_by_role("link", name="Refused (1)").click()
    expect(main.locator("tbody")).to_contain_text("is not understood as one length")
    expect(main.locator("tbody")).to_contain_text("Heel height")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the rows that cannot be used").click()
    refused = tmp_path / "refused.csv"
    started.value.save_as(refused)

    page.get_by_role("link", name="Changes (2)").click()
    page.get_by_label(f"Import line {rows['W-2']}").uncheck()
    page.get_by_role("button", name="Import the chosen rows").click()
    expect(page.locator(".messagelist")).to_contain_text("1 row is imported")
    assert staff_values() == {
        ("W-1", "heel_height_mm", "", 69_850),
        ("W-1", "arch_support", "3", None),
    }

    lines = list(csv.reader(io.StringIO(refused.read_text("utf-8-sig"))))
    lines[1][lines[0].index("Heel height")] = "70 mm"
    with refused.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    hand_in(page, refused)
    page.get_by_role("button", name="Import the chosen rows").click()
    expect(page.locator(".messagelist")).to_contain_text("1 row is imported")
    assert ("W-3", "heel_height_mm", "", 70_000) in staff_values()

    hand_in(page, refused)
    expect(page.locator("#content-main")).to_contain_text("There is nothing to import.")


def test_works_by_keyboard_alone(staff_page, shoes: list[Listing], tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("id,Cushioning\r\nW-1,high\r\nW-2,light\r\n")
    page = staff_page(IMPORT)
    hand_in(page, path)
    page.get_by_label("Import line 2").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Import the chosen rows").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("1 row is imported")
    assert staff_values() == {("W-2", "cushioning", "1", None)}


@pytest.fixture
def sheets(shoes: list[Listing], now: datetime, client: Client) -> dict[str, str]:
    """The addresses of pages in every state a sheet may be in."""
    user, _created = get_user_model().objects.get_or_create(
        username="alex", defaults={"is_staff": True, "is_superuser": True}
    )
    client.force_login(user)

    def upload(text: str) -> str:
        file = io.BytesIO(text.encode())
        file.name = "spring list.csv"
        return str(client.post(IMPORT, {"file": file, "encoding": ""}).url)

    many = "".join(f"W-{number},{number} cm,70\r\n" for number in range(4, 40))
    text = f"id,Heel height,Weight\r\nW-1,7 cm,\r\nW-2,8 cm,300 g\r\n{many}"
    checked, unusable = upload(text), upload("title\r\nx\r\n")
    waiting = upload("id,Heel height\r\nW-1,7 cm\r\n")
    SheetImport.objects.filter(pk=waiting.split("/")[-3]).update(state="checking")
    done = upload("id,Heel height\r\nW-3,6 cm\r\n")
    client.post(done, {"confirm": "1"})
    nothing = upload("id,Heel height\r\nW-3,6 cm\r\n")
    return {
        "list": "/admin/footback/sheetimport/",
        "export": f"{LISTINGS}export/?format=pdf",
        "upload": IMPORT,
        "changes": checked,
        "refused": f"{checked}?show=refused",
        "unusable": unusable,
        "waiting": waiting,
        "done": done,
        "nothing": nothing,
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_has_no_barrier_and_nothing_wider_than_the_screen(
    staff_page, sheets: dict[str, str], viewport: ViewportSize, scheme: str
) -> None:
    page = staff_page(sheets["list"], viewport, scheme)
    found = {}
    for name, address in sheets.items():
        page.goto(f"{page.evaluate('location.origin')}{address}")
        result = Axe().run(page, options={"preload": False}).response["violations"]
        found[name] = [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in result]
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[name] += [f"{width} px too wide"] if width > 0 else []
    assert {name: problems for name, problems in found.items() if problems} == {}
