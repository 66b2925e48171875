"""Sheets are taken in, checked in chunks that survive an interruption, or refused with a reason."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import transaction

from shop_plugin.models import SheetImport
from shop_plugin.services.staff.sheets import imports
from shop_plugin.services.staff.sheets.handing import confirm_sheet
from shop_plugin.services.staff.sheets.imports import check_sheets, forget_sheets
from shop_plugin.services.staff.sheets.reporting import (
    NoSuchSheet,
    find_sheet,
    list_rows,
    write_refused_rows,
)
from tests.adapters.sheets.files import cell, workbook
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(monkeypatch):
    """Six shoes and a sheet about them, of which two rows are checked at a time and at once."""
    monkeypatch.setattr(imports, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(imports, "INLINE_ROWS", 2)
    for number in range(6):
        ListingFactory(external_id=f"W-{number}")
    return ["id,Cushioning", *(f"W-{number},high" for number in range(5)), "W-0,light"]


def test_checks_what_is_small_at_once(shoe, hand_in):
    sheet = hand_in(["id,Cushioning", "W-1,high"])
    assert sheet.state == SheetImport.State.CHECKED
    assert bytes(sheet.content) == b""
    assert (sheet.counts["rows"], sheet.counts["change"]) == (1, 1)


def test_leaves_the_rest_of_a_large_one_to_the_worker(many, hand_in, now):
    sheet = hand_in(many)
    assert (sheet.state, sheet.counts["rows"]) == (SheetImport.State.CHECKING, 2)
    work = check_sheets(now=now)
    assert (work.rows, work.is_due) == (4, False)
    sheet.refresh_from_db()
    assert sheet.state == SheetImport.State.CHECKED
    assert {kind: sheet.counts[kind] for kind in ("rows", "change", "refused")} == {
        "rows": 6,
        "change": 5,
        "refused": 1,
    }
    # The row about a shoe that an earlier chunk was about is found, also after the interruption.
    assert "line 2" in list_rows(sheet_id=sheet.pk, kind="refused")[0].facts[0].reason


def test_goes_on_in_steps_when_time_is_short(many, hand_in, now):
    sheet = hand_in(many)
    steps = 0
    while check_sheets(now=now, budget_seconds=0).is_due:
        steps += 1
    sheet.refresh_from_db()
    assert steps == 2
    assert (sheet.state, sheet.counts["rows"]) == (SheetImport.State.CHECKED, 6)


def test_keeps_nothing_of_a_chunk_that_another_process_checked(many, hand_in, now, monkeypatch):
    sheet = hand_in(many)
    store = imports._store

    def be_slower(*args):
        monkeypatch.setattr(imports, "_store", store)
        check_sheets(now=now)
        return store(*args)

    monkeypatch.setattr(imports, "_store", be_slower)
    check_sheets(now=now)
    sheet.refresh_from_db()
    assert sheet.counts["rows"] == 6
    assert sheet.rows.count() == 6


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"title,cushioning\r\na,high", "no column with the shop's ids"),
        (b"id,title\r\nW-1,a", "no column with a fact"),
        (b"id,cushioning,Cushioning\r\nW-1,high,high", "Two columns are named"),
        ("id;Höhe\r\n".encode("cp1252"), "looks like Windows-1252"),
        (b"id,cushioning\r\nW-1,\x00", "Line 2: The file holds NUL"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"PK\x03\x04rubbish", "damaged"),
    ],
)
def test_refuses_a_file_as_a_whole_and_says_what_to_do(shoe, hand_in, data, words):
    sheet = hand_in(data)
    report = find_sheet(sheet_id=sheet.pk)
    assert words in report.problem
    assert sheet.state == SheetImport.State.UNUSABLE
    assert not sheet.rows.exists()
    assert bytes(sheet.content) == b""


def test_reads_an_encoding_that_is_named(shoe, hand_in):
    sheet = hand_in("id;Dämpfung\r\nW-1;stark\r\n".encode("cp1252"), encoding="cp1252")
    assert sheet.counts["change"] == 1


def test_reads_what_excel_saves_as_unicode_text(shoe, hand_in):
    sheet = hand_in("id\tDämpfung\r\nW-1\tstark\r\n".encode("utf-16"))
    assert sheet.counts["change"] == 1


def test_leaves_out_characters_that_no_database_stores(shoe, hand_in):
    sheet = hand_in("id\tcushioning\r\nW-\x001\thi\x00gh\r\nW-9\x00\tx\x00y\r\n".encode("utf-16"))
    assert (sheet.counts["change"], sheet.counts["refused"]) == (1, 1)


def test_refuses_a_file_that_turns_out_too_long_on_the_way(many, hand_in, now, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "SHEET_MOST_ROWS": 4}
    sheet = hand_in(many)
    check_sheets(now=now)
    report = find_sheet(sheet_id=sheet.pk)
    assert "more than 4 rows" in report.problem
    assert list_rows(sheet_id=sheet.pk, kind="change") == []


def test_names_formulas_dates_and_errors_in_a_workbook_by_line_and_column(shoe, hand_in):
    rows = (
        f"<row>{cell('id')}{cell('Heel height')}{cell('Weight')}{cell('Cushioning')}</row>"
        f"<row>{cell('W-1')}<c><f>1+1</f><v>2</v></c><c t='e'><v>#REF!</v></c>"
        '<c t="d"><v>2026-03-04</v></c></row>'
    )
    sheet = hand_in(workbook(rows), name="facts.xlsx")
    (row,) = list_rows(sheet_id=sheet.pk, kind="refused")
    assert row.line == 2
    assert [(fact.column, fact.text) for fact in row.facts] == [
        ("Heel height", "=1+1"),
        ("Weight", "#REF!"),
        ("Cushioning", "2026-03-04"),
    ]
    assert "formulas are never run" in row.facts[0].reason


def test_gives_out_the_refused_rows_to_correct_and_hand_in_again(shoe, hand_in, now):
    sheet = hand_in(["id,Title,Heel height", "W-1,+Marlow,70"])
    data = b"".join(write_refused_rows(sheet_id=sheet.pk)).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(data)))
    assert lines[0] == ["id", "Title", "Heel height", "Line", "Why it was refused"]
    assert lines[1][:4] == ["W-1", "'+Marlow", "70", "2"]
    assert "Title: The shoe" in lines[1][4]
    assert "Heel height: " in lines[1][4]
    corrected = data.replace("'+Marlow,70", "Marlow Walker,7 cm")
    again = hand_in(corrected.encode())
    assert again.counts["unknown_columns"] == ["Line", "Why it was refused"]
    assert again.counts["change"] == 1


def test_forgets_sheets_after_a_while_and_keeps_what_they_did(shoe, hand_in, now):
    sheet = hand_in(["id,Cushioning", "W-1,high"])
    edit_id = confirm_sheet(sheet_id=sheet.pk, author=None, now=now).edit_id
    assert forget_sheets(before=now) == 0
    with transaction.atomic():
        SheetImport.objects.update(moved_at=now.replace(year=2025))
    assert forget_sheets(before=now) == 1
    assert edit_id
    assert shoe.observations.filter(source_kind="staff").exists()
    with pytest.raises(NoSuchSheet):
        find_sheet(sheet_id=sheet.pk)


def test_knows_no_encoding_but_the_named_ones(shoe, hand_in):
    with pytest.raises(ValueError, match="cp1252"):
        hand_in(["id,Cushioning"], encoding="utf-7")
