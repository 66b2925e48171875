"""What is confirmed becomes an edit that is done, shown and undone as any other."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import AuditEntry, BulkEdit, Observation, SheetImport
from shop_plugin.services.staff.bulk_edits.asking import undo_edit
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.review import Tag, save_tags
from shop_plugin.services.staff.sheets import handing
from shop_plugin.services.staff.sheets.handing import NothingChosen, confirm_sheet, do_edit
from shop_plugin.services.staff.sheets.imports import choose_rows, discard_sheet
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

ROWS = ["id,Arch support,Heel height", "W-1,high,2 3/4 in", "W-2,mild,", "W-3,,7 cm"]


@pytest.fixture
def author():
    return get_user_model().objects.create_user("alex")


@pytest.fixture
def shoes():
    return [ListingFactory(external_id=f"W-{number}") for number in (1, 2, 3)]


def staff_values() -> set[tuple]:
    said = Observation.objects.filter(source_kind="staff", state="accepted")
    return set(
        said.values_list("listing__external_id", "attribute", "options", "low_milli", "original")
    )


def test_writes_what_was_chosen_with_the_words_of_the_sheet(shoes, hand_in, author, now):
    sheet = hand_in(ROWS)
    edit_id = confirm_sheet(sheet_id=sheet.pk, author=author, now=now).edit_id
    assert staff_values() == {
        ("W-1", "arch_support", "3", None, "high"),
        ("W-1", "heel_height_mm", "", 69_850, "2 3/4 in"),
        ("W-2", "arch_support", "1", None, "mild"),
        ("W-3", "heel_height_mm", "", 70_000, "7 cm"),
    }
    edit = find_edit(edit_id=edit_id)
    assert (edit.state, edit.total, edit.author, edit.criteria) == (
        BulkEdit.State.DONE,
        3,
        "alex",
        "facts.csv",
    )
    assert AuditEntry.objects.filter(subject=f"listing:{shoes[0].pk}").exists()


def test_changes_nothing_when_the_same_file_comes_again(shoes, hand_in, author, now):
    confirm_sheet(sheet_id=hand_in(ROWS).pk, author=author, now=now)
    again = hand_in(ROWS)
    assert (again.counts["change"], again.counts["unchanged"]) == (0, 3)
    with pytest.raises(NothingChosen):
        confirm_sheet(sheet_id=again.pk, author=author, now=now)


def test_imports_single_rows_where_single_rows_are_chosen(shoes, hand_in, author, now):
    sheet = hand_in(ROWS)
    assert choose_rows(sheet_id=sheet.pk, shown=[2, 3, 4], chosen=[3, 99]) == 1
    confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    assert {item[0] for item in staff_values()} == {"W-2"}


def test_keeps_the_choice_of_rows_that_are_not_shown(shoes, hand_in):
    sheet = hand_in(ROWS)
    assert choose_rows(sheet_id=sheet.pk, shown=[2], chosen=[]) == 2
    assert choose_rows(sheet_id=sheet.pk, shown=[3], chosen=[3]) == 2
    assert choose_rows(sheet_id=sheet.pk) == 3


def test_chooses_no_row_that_cannot_be_used(shoes, hand_in):
    sheet = hand_in(["id,Heel height", "W-1,70", "W-2,7 cm"])
    assert choose_rows(sheet_id=sheet.pk, shown=[2, 3], chosen=[2, 3]) == 1


def test_is_confirmed_once(shoes, hand_in, author, now):
    sheet = hand_in(ROWS)
    confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    with pytest.raises(NothingChosen):
        confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    assert BulkEdit.objects.count() == 1
    assert not discard_sheet(sheet_id=sheet.pk, now=now)


def test_leaves_a_listing_that_changed_between_check_and_confirmation(shoes, hand_in, author, now):
    sheet = hand_in(ROWS)
    tags = [Tag("cushioning", Options.of("3"))]
    save_tags(listing_id=shoes[0].pk, tags=tags, author=author, now=now)
    edit_id = confirm_sheet(sheet_id=sheet.pk, author=author, now=now).edit_id
    assert {item[:2] for item in staff_values()} == {
        ("W-1", "cushioning"),
        ("W-2", "arch_support"),
        ("W-3", "heel_height_mm"),
    }
    left = find_edit(edit_id=edit_id, left=10).left
    assert {(item.listing_id, item.code) for item in left} == {(shoes[0].pk, "changed_meanwhile")}


def test_takes_a_staff_value_back(shoes, hand_in, author, now):
    tags = [Tag("heel_height_mm", Span.exactly(70_000))]
    save_tags(listing_id=shoes[0].pk, tags=tags, author=author, now=now)
    sheet = hand_in(["id,Heel height", "W-1,remove"])
    confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    assert staff_values() == set()


def test_can_be_undone_as_a_whole(shoes, hand_in, author, now):
    edit_id = confirm_sheet(sheet_id=hand_in(ROWS).pk, author=author, now=now).edit_id
    do_edit(edit_id=undo_edit(edit_id=edit_id, author=author, now=now), now=now)
    assert staff_values() == set()


def test_leaves_more_than_a_thousand_rows_to_the_worker(shoes, hand_in, author, now, monkeypatch):
    monkeypatch.setattr(handing, "AT_ONCE", 2)
    sheet = hand_in(ROWS)
    edit_id = confirm_sheet(sheet_id=sheet.pk, author=author, now=now).edit_id
    assert find_edit(edit_id=edit_id).state == BulkEdit.State.WAITING
    assert staff_values() == set()
    do_edit(edit_id=edit_id, now=now)
    assert len(staff_values()) == 4


def test_gives_a_sheet_up_with_all_its_rows(shoes, hand_in, author, now):
    sheet = hand_in(ROWS)
    assert discard_sheet(sheet_id=sheet.pk, now=now)
    assert not sheet.rows.exists()
    with pytest.raises(NothingChosen):
        confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    assert SheetImport.objects.get(pk=sheet.pk).state == SheetImport.State.DISCARDED


def test_leaves_the_edit_to_somebody_else_where_two_persons_are_needed(
    shoes, hand_in, author, now, settings
):
    settings.FOOTBACK = {"TWO_PERSON_RULE": True}
    sheet = hand_in(ROWS)
    handed = confirm_sheet(sheet_id=sheet.pk, author=author, now=now)
    assert handed.needs_second_person
    edit = BulkEdit.objects.get(pk=handed.edit_id)
    assert (edit.state, edit.cursor) == (BulkEdit.State.PREVIEWING, 0)
