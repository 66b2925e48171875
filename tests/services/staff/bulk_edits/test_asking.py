"""Asking for an edit of many listings ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import AuditEntry, BulkEdit, Listing, Observation
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.staff.bulk_edits.asking import (
    ListingEdits,
    NotNow,
    add_values,
    ask_for_edit,
    ask_for_preview,
    cancel_edit,
    confirm_edit,
    draft_values,
    reopen_edit,
    resume_edit,
    set_operations,
    undo_edit,
)
from shop_plugin.services.staff.bulk_edits.operations import (
    AttributeEdit,
    Operation,
    read_edits,
    write_edits,
)
from shop_plugin.services.staff.bulk_edits.reporting import NoSuchEdit, find_edit, list_edits
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits
from shop_plugin.services.staff.review import fingerprint_evidence, tag_listing
from tests.services.staff.bulk_edits.conftest import arch, in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(author, now):
    def make(listings, *edits) -> int:
        return ask_for_edit(
            listing_ids=[listing.pk for listing in listings],
            edits=edits or [arch()],
            author=author,
            now=now,
            reason="spring list",
        )

    return make


def replace_arch(level: str) -> tuple[AttributeEdit, ...]:
    return (arch(Operation.REPLACE, level),)


def test_changes_nothing_before_it_is_confirmed(shoes, ask, now):
    listings = shoes(3)
    evidence = in_force(listings)
    edit_id = ask(listings)
    work_on_bulk_edits(now=now)
    assert in_force(listings) == evidence
    assert find_edit(edit_id=edit_id).state == "previewed"


def test_freezes_the_listings_it_was_asked_for(shoes, ask, author, now):
    edit_id = ask(Listing.objects.filter(pk__in=[item.pk for item in shoes(3)]))
    shoes(2)
    confirm_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    assert Observation.objects.filter(source_kind="staff").count() == 3


@pytest.mark.parametrize("edits", [[], [AttributeEdit("drop_mm", Operation.NO_CHANGE)]])
def test_refuses_an_edit_that_would_do_nothing(shoes, author, now, edits):
    with pytest.raises(ValueError, match="an edit needs"):
        ask_for_edit(listing_ids=[shoes(1)[0].pk], edits=edits, author=author, now=now, reason="")


def test_refuses_two_operations_on_one_attribute():
    with pytest.raises(ValueError, match="two operations on arch_support"):
        write_edits([arch(), arch(Operation.REMOVE_STAFF_VALUE)])


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        (Operation.REPLACE, None),
        (Operation.ADD_WHERE_UNKNOWN, None),
        (Operation.REMOVE_STAFF_VALUE, Options.of("1")),
        (Operation.CLEAR_ALL_SOURCES, Options.of("1")),
        (Operation.NO_CHANGE, Options.of("1")),
    ],
)
def test_refuses_an_operation_whose_value_lacks_or_is_too_much(operation, value):
    with pytest.raises(ValueError, match="arch_support with the value"):
        AttributeEdit("arch_support", operation, value)


def test_writes_operations_down_and_reads_them_back():
    edits = (
        AttributeEdit("heel_height_mm", Operation.REPLACE, Span.exactly(69_850), "2 3/4 in"),
        AttributeEdit("arch_support", Operation.CLEAR_ALL_SOURCES),
    )
    assert read_edits(write_edits(edits)) == edits


def test_is_confirmed_once(shoes, ask, author, now):
    edit_id = ask(shoes(1))
    confirm_edit(edit_id=edit_id, author=author, now=now)
    with pytest.raises(NotNow):
        confirm_edit(edit_id=edit_id, author=author, now=now)


def test_is_cancelled_once_and_not_confirmed_after(shoes, ask, author, now):
    edit_id = ask(shoes(1))
    cancel_edit(edit_id=edit_id, author=author, now=now)
    with pytest.raises(NotNow):
        cancel_edit(edit_id=edit_id, author=author, now=now)
    with pytest.raises(NotNow):
        confirm_edit(edit_id=edit_id, author=author, now=now)


def test_logs_who_confirmed_and_who_cancelled(shoes, ask, author, now):
    edit_id = ask(shoes(1))
    confirm_edit(edit_id=edit_id, author=author, now=now)
    cancel_edit(edit_id=edit_id, author=author, now=now)
    entries = AuditEntry.objects.filter(subject=f"bulk_edit:{edit_id}").order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("bulk_edit_confirmed", author),
        ("bulk_edit_cancelled", author),
    ]


def test_is_undone_by_one_undo_at_a_time_and_only_after_its_end(shoes, run_edit, ask, author, now):
    listings = shoes(1)
    with pytest.raises(NotNow):
        undo_edit(edit_id=ask(listings), author=author, now=now)
    edit_id = run_edit(listings, arch()).edit_id
    undo_id = undo_edit(edit_id=edit_id, author=author, now=now)
    with pytest.raises(NotNow):
        undo_edit(edit_id=edit_id, author=author, now=now)
    report = find_edit(edit_id=edit_id)
    assert (report.undone_by, report.can_undo) == (undo_id, False)


def test_resumes_only_what_failed(shoes, ask, author, now):
    with pytest.raises(NotNow):
        resume_edit(edit_id=ask(shoes(1)), author=author, now=now)


def test_finds_no_edit_that_is_not_there(db):
    with pytest.raises(NoSuchEdit):
        find_edit(edit_id=4711)


def test_lists_edits_newest_first_in_two_queries(shoes, ask, django_assert_num_queries):
    listings = shoes(1)
    asked = [ask(listings) for _ in range(4)]
    with django_assert_num_queries(2):
        found = list_edits(limit=3)
    assert [report.edit_id for report in found] == asked[:0:-1]


def test_gives_each_listing_values_of_its_own(shoes, author, now):
    listings = shoes(3)
    edit_id = draft_values(author=author, now=now, reason="", criteria="spring.xlsx")
    levels = ("1", "2", "3")
    for listing, level in zip(listings, levels, strict=True):
        row = ListingEdits(listing.pk, replace_arch(level))
        total = add_values(edit_id=edit_id, rows=[row])
    assert total == 3
    ask_for_preview(edit_id=edit_id)
    work_on_bulk_edits(now=now)
    report = find_edit(edit_id=edit_id)
    assert (report.state, report.preview["listings"]["changed"]) == ("previewed", 3)
    confirm_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    values = Observation.objects.filter(source_kind="staff", state="accepted")
    assert dict(values.values_list("listing_id", "options")) == dict(
        zip([listing.pk for listing in listings], levels, strict=True)
    )


def test_keeps_the_later_row_of_a_listing_that_is_handed_in_twice(shoes, author, now):
    (shoe,) = shoes(1)
    edit_id = draft_values(author=author, now=now, reason="")
    add_values(edit_id=edit_id, rows=[ListingEdits(shoe.pk, replace_arch("1"))])
    assert add_values(edit_id=edit_id, rows=[ListingEdits(shoe.pk, replace_arch("2"))]) == 1
    confirm_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    assert Observation.objects.get(source_kind="staff").options == "2"


def test_leaves_and_names_a_listing_that_is_not_what_was_looked_at(shoes, author, now):
    looked_at, changed = shoes(2)
    rows = [
        ListingEdits(shoe.pk, replace_arch("2"), seen=fingerprint_evidence(shoe.pk))
        for shoe in (looked_at, changed)
    ]
    edit_id = draft_values(author=author, now=now, reason="")
    add_values(edit_id=edit_id, rows=rows)
    tag_listing(
        listing_id=changed.pk,
        attribute="arch_support",
        value=Options.of("0"),
        original="0",
        author=author,
        now=now,
    )
    confirm_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    report = find_edit(edit_id=edit_id, left=10)
    assert [(item.listing_id, item.code) for item in report.left] == [
        (changed.pk, "changed_meanwhile")
    ]
    assert report.counts["attributes"]["arch_support"] == {"changed": 1, "refused": 1}


def test_takes_no_more_values_once_it_was_handed_over(shoes, author, now):
    (shoe,) = shoes(1)
    edit_id = draft_values(author=author, now=now, reason="")
    with pytest.raises(NotNow):  # an empty one
        ask_for_preview(edit_id=edit_id)
    add_values(edit_id=edit_id, rows=[ListingEdits(shoe.pk, replace_arch("1"))])
    ask_for_preview(edit_id=edit_id)
    with pytest.raises(NotNow):
        add_values(edit_id=edit_id, rows=[ListingEdits(shoe.pk, replace_arch("2"))])


def test_keeps_a_hundred_thousand_ids_in_a_few_kilobytes(author, now):
    edit_id = ask_for_edit(
        listing_ids=range(1, 100_001), edits=[arch()], author=author, now=now, reason=""
    )
    edit = BulkEdit.objects.get(pk=edit_id)
    assert edit.total == 100_000
    assert len(edit.listing_ids) < 4_000


@pytest.fixture
def two_persons(settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "TWO_PERSON_RULE": True}
    return get_user_model().objects.create_user("kim")


def test_waits_for_somebody_else_under_the_two_person_rule(shoes, ask, author, now, two_persons):
    edit_id = ask(shoes(1))
    assert confirm_edit(edit_id=edit_id, author=author, now=now) is False
    work_on_bulk_edits(now=now)
    assert find_edit(edit_id=edit_id).state == "previewed"
    assert confirm_edit(edit_id=edit_id, author=two_persons, now=now) is True
    work_on_bulk_edits(now=now)
    assert find_edit(edit_id=edit_id).state == "done"


def test_lets_nobody_confirm_the_operations_they_changed(shoes, ask, author, now, two_persons):
    edit_id = ask(shoes(1))
    reopen_edit(edit_id=edit_id)
    set_operations(edit_id=edit_id, edits=[arch()], author=two_persons, reason="mine now")
    assert confirm_edit(edit_id=edit_id, author=two_persons, now=now) is False
    assert confirm_edit(edit_id=edit_id, author=author, now=now) is True


def test_previews_an_undo_and_waits_for_somebody_else(shoes, ask, author, now, two_persons):
    listings = shoes(3)
    evidence = in_force(listings)
    edit_id = ask(listings, arch(Operation.CLEAR_ALL_SOURCES))
    confirm_edit(edit_id=edit_id, author=two_persons, now=now)
    work_on_bulk_edits(now=now)
    undo_id = undo_edit(edit_id=edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    report = find_edit(edit_id=undo_id)
    assert (report.state, report.preview["listings"]["changed"]) == ("previewed", 1)
    assert confirm_edit(edit_id=undo_id, author=author, now=now) is False
    assert confirm_edit(edit_id=undo_id, author=two_persons, now=now) is True
    work_on_bulk_edits(now=now)
    assert in_force(listings) == evidence


def test_can_be_undone_until_what_it_changed_is_no_longer_kept(run_edit, run_undo, shoes, now):
    made = shoes(3)
    report = run_edit(made, arch())
    edited = in_force(made)
    assert (report.can_undo, report.is_past_undo) == (True, False)
    edge = now + timedelta(days=400)
    assert keep_house(now=edge, apply=True).bulk_edit_rows == 0
    kept = keep_house(now=edge + timedelta(days=1), apply=True)
    assert kept.bulk_edit_rows == 3
    after = find_edit(edit_id=report.edit_id)
    assert (after.can_undo, after.is_past_undo, after.changed) == (False, True, 3)
    with pytest.raises(NotNow):
        run_undo(report.edit_id)
    assert in_force(made) == edited


def test_keeps_what_an_undo_under_way_still_needs(run_edit, shoes, author, now):
    made = shoes(3)
    before = in_force(made)
    report = run_edit(made, arch())
    later = now + timedelta(days=500)
    undo_id = undo_edit(edit_id=report.edit_id, author=author, now=later)
    assert keep_house(now=later, apply=True).bulk_edit_rows == 0
    work_on_bulk_edits(now=later)
    assert in_force(made) == before
    assert find_edit(edit_id=undo_id).state == "done"
    assert keep_house(now=later, apply=True).bulk_edit_rows == 3
