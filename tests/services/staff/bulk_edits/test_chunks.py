"""One chunk of an edit ..."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import AuditEntry, BulkEditOutcome, Listing, Observation, SearchChange
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.review import tag_listing
from tests.services.staff.bulk_edits.conftest import arch, believed, in_force

pytestmark = pytest.mark.django_db


def staff_values(listing, attribute="arch_support"):
    return list(
        Observation.objects.filter(
            listing=listing, attribute=attribute, source_kind="staff", state="accepted"
        ).values_list("options", "low_milli")
    )


def tag(listing, author, now, level="1"):
    tag_listing(
        listing_id=listing.pk,
        attribute="arch_support",
        value=Options.of(level),
        original=level,
        author=author,
        now=now,
    )


def test_replaces_whatever_stood_there(shoes, run_edit, author, now):
    silent, stated, tagged = shoes()
    tag(tagged, author, now)
    report = run_edit([silent, stated, tagged], arch())
    assert [staff_values(shoe) for shoe in (silent, stated, tagged)] == [[("3", None)]] * 3
    assert report.counts["attributes"] == {"arch_support": {"changed": 3}}
    assert report.counts["listings"]["changed"] == 3
    earlier = Observation.objects.get(listing=tagged, options="1", source_kind="staff")
    assert earlier.state == "superseded"


def test_writes_nothing_where_the_value_stands_already(shoes, run_edit, author, now):
    (shoe,) = shoes(1)
    tag(shoe, author, now, "3")
    report = run_edit([shoe], arch())
    assert report.counts["attributes"] == {"arch_support": {"unchanged": 1}}
    assert Observation.objects.filter(listing=shoe, source_kind="staff").count() == 1
    assert not BulkEditOutcome.objects.exists()


def test_adds_only_where_nothing_is_believed(shoes, run_edit):
    silent, stated = shoes(2)
    report = run_edit([silent, stated], arch(Operation.ADD_WHERE_UNKNOWN))
    assert staff_values(silent) == [("3", None)]
    assert staff_values(stated) == []
    assert report.counts["attributes"]["arch_support"] == {"changed": 1, "unchanged": 1}


def test_judges_by_the_text_as_it_stands_now(shoes, run_edit):
    (shoe,) = shoes(1)
    Listing.objects.filter(pk=shoe.pk).update(
        description="Now with arch support.", content_hash="changed"
    )
    run_edit([shoe], arch(Operation.ADD_WHERE_UNKNOWN))
    assert staff_values(shoe) == []
    assert Observation.objects.filter(listing=shoe, attribute="arch_support").exists()


def test_takes_staff_values_back_and_lets_the_text_speak(shoes, run_edit, author, now):
    _silent, stated = shoes(2)
    tag(stated, author, now, "0")
    run_edit([stated], arch(Operation.REMOVE_STAFF_VALUE))
    assert staff_values(stated) == []
    assert Listing.objects.get(pk=stated.pk).profile.arch_support == "1,2,3"


def test_clears_every_source_and_keeps_it_clear_when_the_text_is_read_again(
    shoes, run_edit, author, now
):
    _silent, stated = shoes(2)
    tag(stated, author, now, "0")
    run_edit([stated], arch(Operation.CLEAR_ALL_SOURCES))
    assert Listing.objects.get(pk=stated.pk).profile.arch_support is None
    annotate_listings(listing_ids=[stated.pk], now=now + timedelta(days=1))
    assert Listing.objects.get(pk=stated.pk).profile.arch_support is None


def test_brings_profile_and_match_up_to_date_at_once(shoes, run_edit):
    (shoe,) = shoes(1)
    edits = (
        arch(),
        AttributeEdit("heel_height_mm", Operation.REPLACE, Span.exactly(20_000), "2 cm"),
    )
    report = run_edit([shoe], *edits)
    profile = Listing.objects.get(pk=shoe.pk).profile
    assert (profile.arch_support, profile.heel_height_low_um) == ("3", 20_000)
    assert profile.assessed_hash == profile.attribute_hash
    ((move, count),) = report.counts["grades"].items()
    assert (move, count) == (f"not_enough>{profile.grade_band}", 1)


def test_says_where_a_better_source_is_believed(shoes, run_edit, now):
    (shoe,) = shoes(1)
    Observation.objects.create(
        listing=shoe,
        attribute="arch_support",
        options="0",
        source_kind="lab",
        rule="lab",
        confidence=1000,
        observed_at=now,
    )
    report = run_edit([shoe], arch())
    assert report.counts["attributes"]["arch_support"] == {"outranked": 1}


def test_logs_who_when_why_before_and_after_of_every_change(shoes, run_edit, author, now):
    (shoe,) = shoes(1)
    tag(shoe, author, now)
    report = run_edit([shoe], arch(), reason="measured in the store")
    entry = AuditEntry.objects.get(action="bulk_tag", subject=f"listing:{shoe.pk}")
    assert (entry.actor, entry.reason) == (author, "measured in the store")
    assert (entry.at - now).total_seconds() < 60
    assert (entry.before["evidence"], entry.after["evidence"]) == (["1"], ["3"])
    assert (entry.before["believed"], entry.after["believed"]) == (["1"], ["3"])
    assert entry.after["bulk_edit"] == report.edit_id
    assert set(entry.after["states"].values()) == {"accepted", "superseded"}


def test_notes_the_change_for_the_search_index(shoes, run_edit):
    (shoe,) = shoes(1)
    before = SearchChange.objects.count()
    run_edit([shoe], arch())
    assert SearchChange.objects.count() > before


def test_counts_listings_that_are_gone(shoes, run_edit):
    first, second = shoes(2)
    keys = [first.pk, second.pk]
    second.delete()
    report = run_edit([Listing(pk=key) for key in keys], arch())
    assert report.counts["listings"] == {"changed": 1, "gone": 1}
    assert report.state == "done"


def test_asks_the_database_as_often_for_many_listings_as_for_few(shoes, run_edit):
    def count(listings) -> int:
        with CaptureQueriesContext(connection) as queries:
            run_edit(listings, arch())
        return len(queries)

    run_edit(shoes(3), arch())  # the matches of the facts that they come to are stored now
    assert count(shoes(60)) == count(shoes(6))


def test_undo_puts_back_exactly_what_was(shoes, run_edit, run_undo, author, now):
    listings = shoes(6)
    tag(listings[2], author, now)
    evidence, profiles = in_force(listings), believed(listings)
    report = run_edit(
        listings,
        arch(Operation.CLEAR_ALL_SOURCES),
        AttributeEdit("cushioning", Operation.REPLACE, Options.of("2"), "2"),
    )
    assert in_force(listings) != evidence
    undo = run_undo(report.edit_id)
    assert (in_force(listings), believed(listings)) == (evidence, profiles)
    assert (undo.state, undo.left) == ("done", ())
    assert AuditEntry.objects.filter(action="bulk_undo").count() > 0


def test_undo_leaves_and_names_what_somebody_changed_since(shoes, run_edit, run_undo, author, now):
    listings = shoes(3)
    report = run_edit(listings, arch())
    tag(listings[1], author, now, "2")
    undo = run_undo(report.edit_id)
    assert [(item.listing_id, item.attribute, item.code) for item in undo.left] == [
        (listings[1].pk, "arch_support", "changed_since")
    ]
    assert [staff_values(shoe) for shoe in listings] == [[], [("2", None)], []]


def test_undo_can_be_undone(shoes, run_edit, run_undo):
    listings = shoes(3)
    report = run_edit(listings, arch(Operation.CLEAR_ALL_SOURCES))
    evidence, profiles = in_force(listings), believed(listings)
    again = run_undo(run_undo(report.edit_id).edit_id)
    assert again.left == ()
    assert (in_force(listings), believed(listings)) == (evidence, profiles)


def test_undo_finds_a_cleared_reading_again_that_now_stands_elsewhere(
    shoes, run_edit, run_undo, now
):
    _silent, stated = shoes(2)
    report = run_edit([stated], arch(Operation.CLEAR_ALL_SOURCES))
    Listing.objects.filter(pk=stated.pk).update(description="New here. " + stated.description)
    annotate_listings(listing_ids=[stated.pk], now=now)
    assert run_undo(report.edit_id).left == ()
    assert Listing.objects.get(pk=stated.pk).profile.arch_support == "1,2,3"
