"""footback_export_facts and footback_import_facts ..."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from shop_plugin.models import AuditEntry, Observation, SheetImport
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.sheets import imports
from shop_plugin.tasks import sheets
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shoes(now):
    made = [
        ListingFactory(external_id="W-1", description="High arch support.", source="spring"),
        ListingFactory(external_id="W-2", use_category="heel"),
        ListingFactory(external_id="W-3", is_withdrawn=True),
    ]
    ids = [shoe.pk for shoe in made]
    annotate_listings(listing_ids=ids, now=now)
    assess_listings(listing_ids=ids, now=now)
    return made


@pytest.fixture
def run(capsys):
    """Run a command; return its exit status, what it said, and its errors."""

    def run(name, *arguments):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command(name, *map(str, arguments), stdout=out, stderr=err)
        except CommandError as error:
            return error.returncode, out.getvalue(), err.getvalue() + str(error)
        return 0, out.getvalue(), err.getvalue()

    return run


def ids_in(path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["Id in the shop"] for row in csv.DictReader(file)]


def staff_values():
    said = Observation.objects.filter(source_kind="staff", state="accepted")
    return set(said.values_list("listing__external_id", "attribute", "low_milli"))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["W-2", "W-1"]),
        (["--source", "spring"], ["W-1"]),
        (["--category", "heel"], ["W-2"]),
        (["--unknown", "arch_support"], ["W-2"]),
        (["--unknown", "arch_support", "--unknown", "heel_height_mm"], ["W-2"]),
    ],
)
def test_writes_the_listings_on_offer_that_are_asked_for(shoes, run, tmp_path, options, found):
    path = tmp_path / "facts.csv"
    assert run("footback_export_facts", path, *options)[0] == 0
    assert ids_in(path) == found
    assert not list(tmp_path.glob("*.part"))


def test_writes_a_workbook_in_a_language(shoes, run, tmp_path):
    path = tmp_path / "facts.xlsx"
    assert run("footback_export_facts", path, "--language", "de")[0] == 0
    heads = [cell.value for cell in openpyxl.load_workbook(path).worksheets[0][1]]
    assert "Absatzhöhe" in heads


def test_says_which_endings_it_can_write(shoes, run, tmp_path):
    status, _out, err = run("footback_export_facts", tmp_path / "facts.ods")
    assert (status, ".csv, .xlsx" in err) == (2, True)
    assert run("footback_export_facts", tmp_path / "no" / "facts.csv")[0] == 1


def test_tells_what_would_change_and_changes_nothing(shoes, run, tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("id,Heel height\r\nW-1,7 cm\r\nW-2,70\r\n")
    status, out, err = run("footback_import_facts", path)
    assert status == 3
    assert "line 2, Heel height: - -> 7 cm" in out
    assert "dry run" in out
    assert "line 3, Heel height [70]:" in err
    assert staff_values() == set()
    assert SheetImport.objects.get().state == SheetImport.State.DISCARDED


def test_imports_what_can_be_used_and_writes_the_rest_down(shoes, run, tmp_path):
    get_user_model().objects.create_user("alex")
    path, refused = tmp_path / "facts.csv", tmp_path / "refused.csv"
    path.write_text("id,Heel height\r\nW-1,7 cm\r\nW-2,70\r\n")
    arguments = (path, "--apply", "--user", "alex", "--refused", refused)
    assert run("footback_import_facts", *arguments)[0] == 3
    assert staff_values() == {("W-1", "heel_height_mm", 70_000)}
    assert (
        AuditEntry.objects.filter(subject=f"listing:{shoes[0].pk}").get().actor.username == "alex"
    )
    refused.write_text(refused.read_text("utf-8-sig").replace(",70,", ",70 mm,"))
    status, out, _err = run("footback_import_facts", refused, "--apply")
    assert (status, "Imported 1 rows" in out) == (0, True)
    assert ("W-2", "heel_height_mm", 70_000) in staff_values()
    status, out, _err = run("footback_import_facts", refused, "--apply")
    assert (status, "1 change nothing" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["facts.csv", "--due"], 2, "Name a file, or --due"),
        ([], 2, "Name a file, or --due"),
        (["nowhere.csv"], 1, "cannot be read"),
        (["empty.csv"], 1, "The file is empty"),
        (["empty.csv", "--user", "nobody"], 2, 'no user "nobody"'),
    ],
)
def test_says_what_is_wrong_with_what_it_was_given(
    shoes, run, tmp_path, monkeypatch, arguments, status, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").touch()
    found = run("footback_import_facts", *arguments)
    assert (found[0], words in found[2]) == (status, True)


@pytest.fixture
def unfinished(shoes, monkeypatch):
    monkeypatch.setattr(imports, "INLINE_ROWS", 1)
    monkeypatch.setattr(imports, "_ROWS_AT_ONCE", 1)
    data = io.BytesIO(b"id,Heel height\r\nW-1,7 cm\r\nW-2,8 cm\r\n")
    pk = imports.take_in_sheet(file=data, file_name="facts.csv", author=None, now=timezone.now())
    return SheetImport.objects.get(pk=pk)


def test_checks_what_was_handed_in_in_the_admin_without_celery(unfinished, run):
    status, out, _err = run("footback_import_facts", "--due")
    assert (status, out) == (0, "1 rows checked\n")
    unfinished.refresh_from_db()
    assert unfinished.state == SheetImport.State.CHECKED


def test_is_checked_by_the_task_too(unfinished):
    assert sheets() == {"rows": 1, "is_due": False}
    assert sheets() == {"rows": 0, "is_due": False}
