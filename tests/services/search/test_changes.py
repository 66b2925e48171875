"""It tells every process, exactly, whether a result may have changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from pyroaring import BitMap64
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.attributes import Options
from shop_plugin.domain.records import ListingRecord, ReadRow, SizeRecord
from shop_plugin.models import Listing, SearchChange
from shop_plugin.services.evidence.annotation import annotate_listings, resolve_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.intake.catalogue import import_listings, sync_catalogue
from shop_plugin.services.search.changes import (
    has_uncommitted_changes,
    latest_change,
    note_changes,
)
from shop_plugin.services.staff.review import tag_listing
from tests.factories import FIXED_NOW, ListingFactory

pytestmark = pytest.mark.django_db


def noted(work: Callable[[], object]) -> list[set[int]]:
    """Return the listings of each note that some work leaves, and hold the number to them."""
    before, last = latest_change(), SearchChange.objects.order_by("pk").last()
    work()
    rows = SearchChange.objects.filter(pk__gt=last.pk if last else 0).order_by("pk")
    notes = [set(BitMap64.deserialize(bytes(row.listing_ids))) for row in rows]
    assert latest_change() == before + len(notes)
    return notes


def imported(*, title: str = "Walker", stock: int = 3, **columns: object) -> None:
    record = ListingRecord(
        source="shop",
        external_id="1",
        title=title,
        sizes=(SizeRecord(label="38", system="eu", stock=stock),),
        **columns,  # type: ignore[arg-type]
    )
    import_listings(rows=[ReadRow(1, record)], source="shop", now=FIXED_NOW)


def test_writes_one_row_for_any_number_of_listings(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        note_changes(range(1, 5001))
    with django_assert_num_queries(1):
        assert latest_change() == 1
    with django_assert_num_queries(0):
        note_changes([])


def test_keeps_a_thousand_neighbours_in_a_few_bytes() -> None:
    note_changes(range(1_000_000, 1_001_000))
    assert len(bytes(SearchChange.objects.get().listing_ids)) < 100


def test_takes_keys_of_sixty_four_bits() -> None:
    assert noted(lambda: note_changes([2**40, 1])) == [{1, 2**40}]


def test_hears_of_an_import_but_not_of_one_without_change() -> None:
    (created,) = noted(imported)
    assert created == set(Listing.objects.values_list("pk", flat=True))
    assert noted(imported) == []
    assert noted(lambda: imported(title="Runner")) == [created]
    assert noted(lambda: imported(title="Runner", stock=0)) == [created]


def test_hears_of_reading_resolving_and_assessing() -> None:
    listing = ListingFactory(description="Arch support and laces.")
    ids = [listing.pk]
    notes = noted(lambda: annotate_listings(listing_ids=ids, now=FIXED_NOW))
    assert set().union(*notes) == set(ids)
    assert noted(lambda: resolve_listings(listing_ids=ids, now=FIXED_NOW)) == []
    assert noted(lambda: assess_listings(listing_ids=ids, now=FIXED_NOW)) == [set(ids)]


def test_hears_of_what_staff_say() -> None:
    listing = ListingFactory()
    notes = noted(
        lambda: tag_listing(
            listing_id=listing.pk,
            attribute="arch_support",
            value=Options.of("3"),
            original="high",
            author=None,
            now=FIXED_NOW,
        )
    )
    assert set().union(*notes) == {listing.pk}


def test_hears_of_listings_that_left_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    class Catalogue:
        name = "shop"
        ids: tuple[str, ...] = ("1", "2")

        def iter_listings(self, *, since: object = None) -> list[ReadRow[ListingRecord]]:
            return [
                ReadRow(line, ListingRecord(source="shop", external_id=key, title=key))
                for line, key in enumerate(self.ids, 1)
            ]

    source = Catalogue()
    monkeypatch.setattr(
        "shop_plugin.services.intake.catalogue.load_catalogue_source", lambda: source
    )
    sync_catalogue(now=FIXED_NOW, full=True)
    source.ids = ("1",)
    gone = Listing.objects.get(external_id="2").pk
    assert noted(lambda: sync_catalogue(now=FIXED_NOW, full=True)) == [{gone}]


@pytest.mark.django_db(transaction=True)
def test_knows_of_its_own_notes_until_they_are_settled() -> None:
    assert not has_uncommitted_changes()
    with transaction.atomic():
        with transaction.atomic():
            note_changes([1])
            assert has_uncommitted_changes()
            transaction.set_rollback(True)
        assert not has_uncommitted_changes()
        note_changes([2])
        assert has_uncommitted_changes()
    assert not has_uncommitted_changes()
    assert latest_change() == 1


@pytest.mark.django_db(transaction=True)
def test_rises_too_when_a_lower_id_is_committed_after_a_higher_one() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL lets two transactions write at once")
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO footback_searchchange (listing_ids) VALUES (%s) RETURNING id",
                [BitMap64([1]).serialize()],
            )
            lower = cursor.fetchone()[0]
        note_changes([2])
        assert SearchChange.objects.get().pk > lower
        assert latest_change() == 1
        slow.commit()
        assert latest_change() == 2
    finally:
        slow.close()
