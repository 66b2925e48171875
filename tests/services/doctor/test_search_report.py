"""It finds what was written past the services, and says how search is doing."""

from __future__ import annotations

import pytest

from shop_plugin.models import Listing, ListingTerms, SearchChange
from shop_plugin.services.doctor.search_report import check_index, report_search, rewrite_words
from shop_plugin.services.search.changes import note_changes
from shop_plugin.services.search.snapshots import refresh_snapshot
from tests.factories import FIXED_NOW, ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _engine(settings: object) -> None:
    settings.FOOTBACK = {"SEARCH_ENGINE": "bitmap"}  # type: ignore[attr-defined]


def test_is_exact_where_every_write_was_noted() -> None:
    listings = ListingFactory.create_batch(3)
    refresh_snapshot(now=FIXED_NOW)
    Listing.objects.filter(pk=listings[0].pk).update(price_minor=1)
    note_changes([listings[0].pk])
    found = check_index()
    assert found.is_exact
    assert found.listings == 3


def test_names_what_was_written_past_the_services() -> None:
    changed, sold_out, gone = ListingFactory.create_batch(3)
    SizeFactory(listing=sold_out)
    refresh_snapshot(now=FIXED_NOW)
    Listing.objects.filter(pk=changed.pk).update(price_minor=1)
    sold_out.sizes.update(stock=0)
    Listing.objects.filter(pk=gone.pk).update(is_withdrawn=True)
    new = ListingFactory()
    found = check_index()
    assert not found.is_exact
    assert found.differing == (changed.pk, sold_out.pk)
    assert (found.surplus, found.missing) == ((gone.pk,), (new.pk,))
    assert SearchChange.objects.count() == 0


def test_finds_words_that_are_not_those_of_the_texts_and_writes_them_anew() -> None:
    listing, without = ListingFactory(), ListingFactory()
    Listing.objects.filter(pk=listing.pk).update(title="Renamed")
    ListingTerms.objects.filter(pk=without.pk).delete()
    assert check_index().unworded == (listing.pk, without.pk)
    assert rewrite_words() == 2
    assert check_index().unworded == ()
    assert rewrite_words() == 0


def test_reports_the_engine_with_its_snapshot_and_lag() -> None:
    listing = ListingFactory()
    (missing,) = report_search(now=FIXED_NOW)
    assert missing.code == "search.snapshot"
    refresh_snapshot(now=FIXED_NOW)
    note_changes([listing.pk])
    (finding,) = report_search(now=FIXED_NOW)
    assert finding.code == "search.engine"
    assert (finding.numbers["listings"], finding.numbers["lag"]) == (1, 1)
    ListingTerms.objects.all().delete()
    assert next(iter(report_search(now=FIXED_NOW))).code == "search.words"
