"""Spreadsheets in the admin: the list out, a sheet in, its dry run and the decision."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from shop_plugin.admin import sheets
from shop_plugin.models import Listing, Observation, SheetImport
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from tests.factories import FIXED_NOW as NOW
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

EXPORT = "admin:footback_listing_export"
UPLOAD = "admin:footback_sheetimport_upload"


@pytest.fixture
def shoes():
    made = [
        ListingFactory(external_id="W-1", title="Marlow Walker", brand="Marlow"),
        ListingFactory(external_id="W-2", title="=Quiet|Feet", brand="Quiet Feet"),
    ]
    ids = [shoe.pk for shoe in made]
    annotate_listings(listing_ids=ids, now=NOW)
    assess_listings(listing_ids=ids, now=NOW)
    return made


@pytest.fixture
def staff_client(client):
    """Log somebody in who has the permissions named, and no other."""

    def log_in(*codenames: str):
        user = get_user_model().objects.create_user("alex", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return log_in


def download(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def upload(client, text: str, name: str = "facts.csv"):
    file = SimpleUploadedFile(name, text.encode(), content_type="text/csv")
    return client.post(reverse(UPLOAD), {"file": file, "encoding": ""}, follow=True)


def page_of(sheet: SheetImport) -> str:
    return reverse("admin:footback_sheetimport_change", args=[sheet.pk])


def test_exports_what_the_list_shows_with_its_filters(admin_client, shoes):
    page = admin_client.get(reverse(EXPORT), {"brand": "Marlow"})
    assert "1 listing," in page.content.decode()
    found = download(
        admin_client.get(reverse(EXPORT), {"brand": "Marlow", "format": "csv", "delimiter": ";"})
    )
    assert b"Marlow Walker" in found
    assert b"Quiet" not in found
    assert found.splitlines()[0].startswith(b"Source;Id in the shop;Title;")


@pytest.mark.proof("S07")
def test_exports_a_workbook_that_offers_the_answers_and_runs_nothing_s07(admin_client, shoes):
    query = {"format": "xlsx", "delimiter": ",", "mark": "on"}
    book = openpyxl.load_workbook(io.BytesIO(download(admin_client.get(reverse(EXPORT), query))))
    table, legend = book.worksheets
    assert (table.title, legend.title, table.freeze_panes) == ("Facts", "Allowed values", "A2")
    heads = [cell.value for cell in table[1]]
    titles = {table.cell(row, heads.index("Title") + 1).value for row in (2, 3)}
    assert titles == {"Marlow Walker", "'=Quiet|Feet"}
    assert {cell.data_type for row in table.iter_rows() for cell in row if cell.value} == {"s"}
    arch = table.cell(2, heads.index("Arch support") + 1)
    (rule,) = [rule for rule in table.data_validations.dataValidation if arch.coordinate in rule]
    assert rule.type == "list"
    assert rule.formula1.startswith("'Allowed values'!")
    assert [cell.value for cell in legend["A"][:6]] == [
        "Arch support",
        "none",
        "mild",
        "moderate",
        "high",
        "Some, not known how much",
    ]


def test_exports_what_is_selected(admin_client, shoes):
    data = {"action": "export_csv", "_selected_action": [shoes[1].pk]}
    found = download(admin_client.post(reverse("admin:footback_listing_changelist"), data))
    assert b"W-2" in found
    assert b"W-1" not in found


def test_sends_more_listings_than_a_browser_waits_for_to_the_command(
    admin_client, shoes, monkeypatch
):
    monkeypatch.setitem(sheets.MOST_EXPORTED, "csv", 1)
    page = admin_client.get(reverse(EXPORT), {"format": "csv", "delimiter": ","})
    assert "footback_export_facts" in page.content.decode()
    data = {"action": "export_csv", "_selected_action": [shoe.pk for shoe in shoes]}
    page = admin_client.post(reverse("admin:footback_listing_changelist"), data, follow=True)
    assert "footback_export_facts" in page.content.decode()


def test_shows_what_each_row_would_change_and_why_rows_are_refused(admin_client, shoes):
    page = upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\nW-2,70\r\n")
    text = page.content.decode()
    assert "7 cm" in text
    assert "Marlow Walker" in text
    sheet = SheetImport.objects.get()
    assert sheet.author.username == "admin"
    refused = admin_client.get(page_of(sheet), {"show": "refused"}).content.decode()
    assert '<td rowspan="1">3</td>' in refused
    assert "is not understood as one length" in refused
    assert "2 3/4 in, 7 cm or 70 mm" in refused
    assert not Observation.objects.exists()


def test_imports_the_chosen_rows_when_that_is_confirmed(admin_client, shoes):
    upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\nW-2,8 cm\r\n")
    sheet = SheetImport.objects.get()
    data = {"shown": ["2", "3"], "chosen": ["3"], "confirm": "1"}
    admin_client.post(page_of(sheet), data)
    said = Observation.objects.filter(source_kind="staff").values_list("listing_id", "low_milli")
    assert list(said) == [(shoes[1].pk, 80_000)]
    text = admin_client.get(page_of(sheet)).content.decode()
    assert "Imported: 1 of 1 listings." in text
    again = admin_client.post(page_of(sheet), data, follow=True).content.decode()
    assert "Nothing was imported" in again


def test_keeps_a_choice_over_several_pages(admin_client, shoes, monkeypatch):
    monkeypatch.setattr(sheets, "SHOWN_ROWS", 1)
    upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\nW-2,8 cm\r\n")
    sheet = SheetImport.objects.get()
    moved = admin_client.post(page_of(sheet), {"shown": ["2"], "next": "2"})
    assert moved.url == f"{page_of(sheet)}?show=change&after=2"
    assert "W-2" not in admin_client.get(page_of(sheet)).content.decode()
    assert "8 cm" in admin_client.get(moved.url).content.decode()
    assert list(sheet.rows.filter(is_chosen=True).values_list("line", flat=True)) == [3]
    admin_client.post(page_of(sheet), {"all": "1"})
    assert sheet.rows.filter(is_chosen=True).count() == 2


def test_gives_a_sheet_up(admin_client, shoes):
    upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\n")
    page = admin_client.post(page_of(SheetImport.objects.get()), {"discard": "1"}, follow=True)
    assert "Nothing was changed" in page.content.decode()
    assert SheetImport.objects.get().state == "discarded"


def test_hands_out_the_refused_rows(admin_client, shoes):
    upload(admin_client, "id,Heel height\r\nW-1,70\r\n")
    sheet = SheetImport.objects.get()
    response = admin_client.get(reverse("admin:footback_sheetimport_refused", args=[sheet.pk]))
    assert response["Content-Disposition"].endswith('.csv"')
    assert b"W-1,70,2," in download(response)


def test_says_why_a_file_cannot_be_used(admin_client, shoes):
    text = upload(admin_client, "title\r\nx\r\n").content.decode()
    assert "no column with the shop&#x27;s ids" in text
    assert 'role="alert"' in text


def test_says_that_the_rest_is_checked_in_the_background(admin_client, shoes, monkeypatch):
    monkeypatch.setattr("shop_plugin.services.staff.sheets.imports.INLINE_ROWS", 1)
    monkeypatch.setattr("shop_plugin.services.staff.sheets.imports._ROWS_AT_ONCE", 1)
    text = upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\nW-2,8 cm\r\n").content.decode()
    assert "1 row is checked so far" in text
    assert "Import the chosen rows" not in text


def test_asks_for_a_file_where_none_is_sent(admin_client):
    text = admin_client.post(reverse(UPLOAD), {"encoding": ""}).content.decode()
    assert "Nothing was handed in" in text


def test_lets_nobody_in_who_may_not_change_listings(staff_client, shoes):
    client = staff_client("view_listing")
    assert download(client.get(reverse(EXPORT), {"format": "csv", "delimiter": ","}))
    assert client.get(reverse(UPLOAD)).status_code == 403
    sheet = SheetImport.objects.create(file_name="x", created_at=NOW, moved_at=NOW)
    assert client.get(page_of(sheet)).status_code == 403
    refused = reverse("admin:footback_sheetimport_refused", args=[sheet.pk])
    assert client.get(refused).status_code == 403


def test_lets_nobody_export_who_may_not_see_listings(staff_client):
    assert staff_client().get(reverse(EXPORT)).status_code == 403


def test_leaves_the_import_to_those_who_may_edit_many_listings(staff_client, shoes):
    client = staff_client("change_listing", "view_listing")
    text = upload(client, "id,Heel height\r\nW-1,7 cm\r\n").content.decode()
    assert "Somebody who may edit many listings" in text
    sheet = SheetImport.objects.get()
    assert client.post(page_of(sheet), {"confirm": "1"}).status_code == 403
    assert not Observation.objects.exists()


@pytest.mark.parametrize("number", ["987654", "x", "9" * 30])
def test_says_that_a_sheet_is_not_there(admin_client, number):
    address = f"/admin/footback/sheetimport/{number}/change/"
    assert admin_client.get(address).status_code == 404


def test_shows_the_sheets_that_were_handed_in(admin_client, shoes):
    upload(admin_client, "id,Heel height\r\nW-1,7 cm\r\n", name="spring.csv")
    page = admin_client.get(reverse("admin:footback_sheetimport_changelist"))
    assert "spring.csv" in page.content.decode()
    assert Listing.objects.count() == 2


def test_answers_an_export_of_nonsense_as_the_list_does(admin_client):
    response = admin_client.get(reverse("admin:footback_listing_export") + "?nonsense=1")
    assert response.url == reverse("admin:footback_listing_changelist") + "?e=1"
