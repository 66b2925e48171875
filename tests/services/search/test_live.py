"""It answers from memory, and never with less than what was committed before the question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from pyroaring import BitMap64
from pytest_django import DjangoAssertNumQueries

from shop_plugin.models import Listing, SearchChange, SearchSnapshot, SearchSnapshotPart
from shop_plugin.services.search import live as search_live
from shop_plugin.services.search.changes import latest_change, note_changes, prune_changes
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.live import LiveIndex
from shop_plugin.services.search.snapshots import KEEP_CHANGES, refresh_snapshot
from shop_plugin.services.search.sql import SqlIndex
from shop_plugin.services.shopping.results import search
from tests.factories import FIXED_NOW, ListingFactory, ProfileFactory, SizeFactory

pytestmark = pytest.mark.django_db(transaction=True)
EVERYTHING = SearchCriteria()
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _engine(settings: object) -> Iterator[None]:
    settings.FOOTBACK = {"SEARCH_ENGINE": "bitmap"}  # type: ignore[attr-defined]
    search_live.forget_index()
    yield
    search_live.forget_index()


def change(listing: Listing, **columns: object) -> None:
    with transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(**columns)
        note_changes([listing.pk])


def brands(index: object) -> dict[str, int]:
    assert index is not None, "plain SQL would have to answer"
    return dict(index.find(EVERYTHING, page_size=1).counts["brand"])  # type: ignore[attr-defined]


def test_leaves_the_answer_to_sql_until_there_is_a_snapshot() -> None:
    ListingFactory()
    assert LiveIndex().current() is None
    assert isinstance(search_live.default_index(), SqlIndex)
    refresh_snapshot(now=FIXED_NOW)
    assert brands(LiveIndex().current()) == {"Marlow": 1}


def test_shows_every_committed_change_to_the_next_question() -> None:
    listing = ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    workers = [LiveIndex(), LiveIndex()]
    assert [brands(worker.current()) for worker in workers] == [{"Marlow": 1}] * 2
    change(listing, brand="Orla")
    assert [brands(worker.current()) for worker in workers] == [{"Orla": 1}] * 2
    change(listing, is_withdrawn=True)
    assert [brands(worker.current()) for worker in workers] == [{}] * 2
    change(listing, is_withdrawn=False)
    assert brands(LiveIndex().current()) == {"Orla": 1}, "a cold worker"


def test_asks_one_question_of_the_database_where_nothing_changed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    live = LiveIndex()
    live.current()
    with django_assert_num_queries(1):
        assert brands(live.current()) == {"Marlow": 1}


def test_takes_over_nothing_that_may_still_be_rolled_back() -> None:
    listing = ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    live = LiveIndex()
    live.current()
    with transaction.atomic():
        change(listing, brand="Orla")
        assert live.current() is None
        transaction.set_rollback(True)
    assert brands(live.current()) == {"Marlow": 1}


def test_sees_a_change_that_was_committed_late_under_a_lower_key() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL lets two transactions write at once")
    first, second = ListingFactory(), ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    live = LiveIndex()
    live.current()
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute("UPDATE footback_listing SET brand = 'Late' WHERE id = %s", [first.pk])
            cursor.execute(
                "INSERT INTO footback_searchchange (listing_ids) VALUES (%s)",
                [BitMap64([first.pk]).serialize()],
            )
        change(second, brand="Early")
        assert brands(live.current()) == {"Marlow": 1, "Early": 1}
        slow.commit()
        assert brands(live.current()) == {"Late": 1, "Early": 1}
        assert latest_change() == 2
    finally:
        slow.close()


def test_begins_again_with_the_snapshot_where_changes_were_pruned_while_it_slept() -> None:
    listing = ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    asleep = LiveIndex()
    asleep.current()
    change(listing, brand="Orla")
    SearchChange.objects.update(noted_at=FIXED_NOW)
    later = FIXED_NOW + KEEP_CHANGES + timedelta(minutes=1)
    assert refresh_snapshot(now=later, anyway=True).pruned == 1
    assert SearchChange.objects.count() == 0
    assert latest_change() == 1, "the number of the state stays"
    assert brands(asleep.current()) == {"Orla": 1}


def test_answers_by_sql_where_changes_are_missing_and_no_snapshot_has_them() -> None:
    listing = ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    live = LiveIndex()
    live.current()
    change(listing, brand="Orla")
    prune_changes(seen=BitMap64(SearchChange.objects.values_list("pk", flat=True)), before=FAR)
    assert live.current() is None
    assert LiveIndex().current() is None
    refresh_snapshot(now=FIXED_NOW, anyway=True)
    assert brands(live.current()) == {"Orla": 1}


def test_begins_anew_where_the_database_was_put_back_as_it_was() -> None:
    listing = ListingFactory(brand="Early")
    refresh_snapshot(now=FIXED_NOW)
    worker = LiveIndex()
    notes = list(SearchChange.objects.all())
    change(listing, brand="Later")
    assert brands(worker.current()) == {"Later": 1}

    SearchChange.objects.all().delete()
    SearchChange.objects.bulk_create(notes)
    Listing.objects.update(brand="Early")
    assert brands(worker.current()) == {"Early": 1}
    # As many notes as before, and others: the number alone would not tell.
    change(listing, brand="Another")
    assert brands(worker.current()) == {"Another": 1}


def test_takes_a_long_tail_over_in_slices_and_lets_sql_answer_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listings = ListingFactory.create_batch(5)
    refresh_snapshot(now=FIXED_NOW)
    monkeypatch.setattr(search_live, "APPLIED_AT_ONCE", 2)
    live = LiveIndex()
    live.current()
    with transaction.atomic():
        Listing.objects.update(brand="Orla")
        note_changes(item.pk for item in listings)
    assert [live.current() is None for _ in range(3)] == [True, True, False]
    assert brands(live.current()) == {"Orla": 5}


def test_refuses_a_damaged_snapshot_once_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    ListingFactory()
    refresh_snapshot(now=FIXED_NOW)
    part = SearchSnapshotPart.objects.get()
    body = bytearray(part.body)
    body[len(body) // 2] ^= 1
    SearchSnapshotPart.objects.filter(pk=part.pk).update(body=bytes(body))
    live = LiveIndex()
    assert live.current() is None
    assert live.current() is None
    assert len(caplog.records) == 1
    assert "digest differs" in caplog.text
    assert search(EVERYTHING).total == 1
    refresh_snapshot(now=FIXED_NOW, anyway=True)
    assert brands(live.current()) == {"Marlow": 1}, "a new one is taken"


def test_keeps_two_snapshots_and_their_parts_only() -> None:
    ListingFactory()
    for _ in range(4):
        refresh_snapshot(now=FIXED_NOW, anyway=True)
    assert SearchSnapshot.objects.count() == 2
    assert SearchSnapshotPart.objects.values("snapshot").distinct().count() == 2


def test_writes_a_snapshot_only_where_one_is_due() -> None:
    listing = ListingFactory()
    assert refresh_snapshot(now=FIXED_NOW).reason == ""
    assert refresh_snapshot(now=FIXED_NOW).reason == "nothing changed since the last one"
    change(listing, brand="Orla")
    assert "only 1 notes" in refresh_snapshot(now=FIXED_NOW).reason
    assert refresh_snapshot(now=FIXED_NOW + timedelta(days=1)).reason == ""


def test_builds_nothing_where_sql_answers(settings: object) -> None:
    settings.FOOTBACK = {"SEARCH_ENGINE": "auto"}  # type: ignore[attr-defined]
    ListingFactory()
    assert refresh_snapshot(now=FIXED_NOW).reason == "plain SQL answers in this shop"
    assert not SearchSnapshot.objects.exists()


def test_makes_a_whole_page_with_four_questions(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for size in (1, 30):
        for listing in ListingFactory.create_batch(size):
            SizeFactory(listing=listing)
            ProfileFactory(listing=listing, assessed_hash="a", formula_version="fb-1.0")
        refresh_snapshot(now=FIXED_NOW, anyway=True)
        search_live.forget_index()
        search(EVERYTHING)
        with django_assert_num_queries(4):
            page = search(SearchCriteria.from_query(QueryDict("brand=Marlow&size=eu:38")))
        assert page.total >= size


def test_shows_the_browse_page_with_as_few(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for size in (2, 30):
        for listing in ListingFactory.create_batch(size):
            SizeFactory(listing=listing)
            ProfileFactory(listing=listing, assessed_hash="a", formula_version="fb-1.0")
        refresh_snapshot(now=FIXED_NOW, anyway=True)
        search_live.forget_index()
        client.get("/shoes/")
        with django_assert_num_queries(4):
            assert client.get("/shoes/?brand=Marlow").status_code == 200
