"""The doctor tells of spreadsheets that wait: for a worker, or for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import SheetImport
from shop_plugin.services.doctor.findings import Level
from shop_plugin.services.doctor.sheet_report import report_sheets

pytestmark = pytest.mark.django_db


def sheet(state, moved_at):
    SheetImport.objects.create(
        file_name="facts.csv", state=state, created_at=moved_at, moved_at=moved_at
    )


def test_says_nothing_where_no_sheet_waits(now):
    sheet("confirmed", now)
    sheet("checking", now)
    assert list(report_sheets(now=now)) == []


def test_names_a_sheet_that_nobody_checks_as_a_problem(now):
    sheet("checking", now - timedelta(hours=1))
    (found,) = report_sheets(now=now)
    assert (found.code, found.level) == ("sheets.not_checked", Level.PROBLEM)
    assert "footback_import_facts --due" in found.remedy


def test_counts_sheets_that_wait_for_a_decision(now):
    sheet("checked", now)
    sheet("checked", now)
    (found,) = report_sheets(now=now)
    assert (found.level, found.numbers["sheets"]) == (Level.NOTICE, 2)
    assert "2 spreadsheets wait" in found.text
