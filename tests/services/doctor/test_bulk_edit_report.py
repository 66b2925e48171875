"""What the doctor says of edits of many listings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.domain.attributes import Options
from shop_plugin.models import BulkEdit
from shop_plugin.services.doctor.bulk_edit_report import report_bulk_edits
from shop_plugin.services.doctor.findings import Finding, Level
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(now) -> int:
    return ask_for_edit(
        listing_ids=[1, 2],
        edits=[AttributeEdit("arch_support", Operation.REPLACE, Options.of("3"), "3")],
        author=None,
        now=now,
        reason="",
    )


def find(now) -> dict[str, Finding]:
    return {item.code: item for item in report_bulk_edits(now=now)}


def test_says_nothing_where_there_never_was_an_edit(now):
    assert find(now) == {}


def test_is_content_while_edits_move_and_once_they_are_done(asked, now):
    assert set(find(now + timedelta(minutes=1))) == {"bulk_edits.fine"}
    work_on_bulk_edits(now=now)
    confirm_edit(edit_id=asked, author=None, now=now)
    work_on_bulk_edits(now=now)
    assert set(find(now + timedelta(days=30))) == {"bulk_edits.fine"}


def test_tells_of_an_edit_that_nobody_works_on(asked, now):
    confirm_edit(edit_id=asked, author=None, now=now)
    found = find(now + timedelta(minutes=11))["bulk_edits.hangs"]
    assert found.level is Level.PROBLEM
    assert found.numbers == {"edit": asked, "minutes": 11}
    assert "footback_bulk_edits" in found.remedy


def test_waits_patiently_behind_an_edit_that_moves(asked, now):
    confirm_edit(edit_id=asked, author=None, now=now)
    later = now + timedelta(hours=1)
    BulkEdit.objects.create(kind="operations", state="running", created_at=now, moved_at=later)
    assert "bulk_edits.hangs" not in find(later)


def test_tells_why_an_edit_failed(asked, now):
    BulkEdit.objects.filter(pk=asked).update(state="failed", error="Boom: no space\nmore")
    found = find(now)["bulk_edits.failed"]
    assert found.text.endswith("0 of 2 listings: Boom: no space")
    assert f"--resume {asked}" in found.remedy


def test_reminds_of_edits_that_were_never_confirmed(asked, now):
    work_on_bulk_edits(now=now)
    assert "bulk_edits.unconfirmed" not in find(now)
    assert find(now + timedelta(days=8))["bulk_edits.unconfirmed"].numbers == {"edits": 1}
