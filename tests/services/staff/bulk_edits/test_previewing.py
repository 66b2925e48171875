"""A preview ..."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import Listing, Observation
from shop_plugin.services.staff.bulk_edits import previewing
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits
from shop_plugin.services.staff.review import tag_listing
from tests.services.staff.bulk_edits.conftest import arch, in_force

pytestmark = pytest.mark.django_db

HEEL = AttributeEdit("heel_height_mm", Operation.ADD_WHERE_UNKNOWN, Span.exactly(20_000), "2 cm")


@pytest.fixture
def preview(author, now):
    def make(listings, *edits):
        edit_id = ask_for_edit(
            listing_ids=[listing.pk for listing in listings],
            edits=edits,
            author=author,
            now=now,
            reason="",
        )
        work_on_bulk_edits(now=now)
        return find_edit(edit_id=edit_id)

    return make


@pytest.mark.parametrize(
    "operation", [item for item in Operation if item is not Operation.NO_CHANGE]
)
def test_counts_exactly_what_then_happens(shoes, preview, author, now, operation):
    listings = shoes(7)
    tag_listing(
        listing_id=listings[0].pk,
        attribute="arch_support",
        value=Options.of("3"),
        original="3",
        author=author,
        now=now,
    )
    report = preview(listings, arch(operation), HEEL)
    confirm_edit(edit_id=report.edit_id, author=author, now=now)
    work_on_bulk_edits(now=now)
    done = find_edit(edit_id=report.edit_id)
    assert done.counts == {key: value for key, value in report.preview.items() if key != "samples"}
    assert not report.is_sample


def test_writes_nothing(shoes, preview):
    listings = shoes(3)
    evidence = in_force(listings)
    preview(listings, arch(Operation.CLEAR_ALL_SOURCES))
    assert in_force(listings) == evidence


def test_shows_rows_with_before_and_after(shoes, preview):
    _silent, stated = shoes(2)
    report = preview([stated], arch())
    (row,) = report.preview["samples"]
    assert (row["listing"], row["outcome"]) == (stated.pk, "changed")
    assert (row["before"]["believed"], row["after"]["believed"]) == (["1", "2", "3"], ["3"])
    assert row["after"]["match"] != row["before"]["match"]


def test_says_how_grades_would_move(shoes, preview):
    silent = shoes(1)
    report = preview(silent, arch(), HEEL)
    ((move, count),) = report.preview["grades"].items()
    assert (move.partition(">")[0], count) == ("not_enough", 1)


def test_warns_where_a_better_source_would_be_believed(shoes, preview, now):
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
    report = preview([shoe], arch())
    assert report.preview["attributes"]["arch_support"] == {"outranked": 1}


def test_looks_at_an_even_sample_of_very_many_and_says_so(shoes, preview, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_PREVIEWED", 4)
    listings = shoes(12)
    report = preview(listings, arch())
    assert report.is_sample
    assert (report.total, report.preview_total) == (12, 4)
    looked_at = [row["listing"] for row in report.preview["samples"]]
    assert looked_at == [listing.pk for listing in listings[::3]]


def test_goes_on_chunk_by_chunk_with_bounded_samples(shoes, preview, settings):
    settings.FOOTBACK = {**settings.FOOTBACK, "CHUNK_SIZE": 3}
    report = preview(shoes(40), arch())
    assert report.preview["listings"]["changed"] == 40
    assert len(report.preview["samples"]) == previewing.MOST_PER_OUTCOME


def test_does_not_stumble_over_a_listing_that_is_gone(shoes, preview):
    first, second = shoes(2)
    keys = [first.pk, second.pk]
    first.delete()
    report = preview([Listing(pk=key) for key in keys], arch())
    assert report.preview["listings"] == {"changed": 1, "gone": 1}
