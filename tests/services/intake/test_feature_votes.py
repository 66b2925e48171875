"""What buyers say of arch and width comes in with the catalogue, and never outranks staff."""

from __future__ import annotations

import pytest

from shop_plugin.adapters.csv_rows import CsvRows
from shop_plugin.domain.attributes import Options
from shop_plugin.domain.fit_votes import FitCounts
from shop_plugin.domain.host_rows import read_listing_row
from shop_plugin.models import FitVote, FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.intake.catalogue import import_listings
from shop_plugin.services.shopping.buyers_word import find_buyers_word
from shop_plugin.services.staff.review import tag_listing

pytestmark = pytest.mark.django_db

NONE_AT_ALL = {"none": 18, "moderate": 2}


def take(now, **fields) -> Listing:
    row = read_listing_row({"id": "1", "title": "Marlow", **fields}, source="test", line=1, raw="")
    import_listings(rows=[row], source="test", now=now)
    annotate_stale(now=now)
    return Listing.objects.get()


def flags() -> str:
    return FootwearProfile.objects.get().flags


def test_are_kept_and_shown_with_number_and_interval(now) -> None:
    listing = take(now, arch_votes=NONE_AT_ALL, width_votes={"narrow": 1, "true": 2})
    said = find_buyers_word(listing.pk)
    assert (said.arch, said.width) == (FitCounts(18, 2, 0), FitCounts(1, 2, 0))
    assert said.texts == (
        "No arch support, say 18 of 20 buyers (interval 70 to 97%).",
        "Width: too few votes to tell (3).",
    )


def test_flag_a_tag_they_contradict_and_change_nothing_of_it(now) -> None:
    listing = take(now)
    tag_listing(
        listing_id=listing.pk,
        attribute="arch_support",
        value=Options.of("3"),
        original="3",
        author=None,
        now=now,
    )
    assert flags() == ""
    take(now, arch_votes=NONE_AT_ALL)
    assert flags() == "buyers.arch_apart"
    assert FootwearProfile.objects.get().arch_support == "3"
    take(now, arch_votes={"none": 1, "moderate": 19})
    assert flags() == ""
    take(now, arch_votes=NONE_AT_ALL)
    take(now)
    assert flags() == "", "votes that are gone speak against nothing"
    assert FitVote.objects.count() == 0


def test_come_from_csv_and_are_refused_whole_when_they_make_no_sense(tmp_path) -> None:
    path = tmp_path / "shoes.csv"
    path.write_text(
        "id,title,arch_votes\n1,Marlow,none:3|excellent:4\n2,Brisk,lots:3\n",
        "utf-8",
    )
    first, second = CsvRows().read_listings(path, source="test")
    assert first.record is not None
    assert first.record.arch_votes == FitCounts(3, 0, 4)
    assert second.record is not None
    assert second.record.arch_votes is None
    assert [warning.code for warning in second.warnings] == ["unknown_count"]
