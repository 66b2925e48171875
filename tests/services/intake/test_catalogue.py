from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.host_rows import read_listing_row
from shop_plugin.domain.records import ListingRecord, ReadRow
from shop_plugin.models import FitVote, JobRun, Listing, ListingDemand, ListingSize, RefusedRow
from shop_plugin.services.bulk.import_results import ImportResult, RowReport
from shop_plugin.services.bulk.job_runs import RunTaken, start_run
from shop_plugin.services.evidence.annotation import annotate_stale, stale_listings
from shop_plugin.services.intake.catalogue import NoCatalogueSource, import_listings, sync_catalogue

pytestmark = pytest.mark.django_db


def rows(*shoes: dict[str, Any]) -> list[ReadRow[ListingRecord]]:
    return [
        read_listing_row({"title": "Marlow Walker", **shoe}, source="demo", line=line)
        for line, shoe in enumerate(shoes, start=1)
    ]


def take(*shoes: dict[str, Any], now: datetime, **options: Any) -> ImportResult:
    return import_listings(rows=rows(*shoes), source="demo", now=now, **options)


def numbers(result: ImportResult) -> tuple[int, int, int, int]:
    return result.created, result.updated, result.unchanged, result.refused


BOOT = {
    "id": "M-1",
    "title": "Marlow Women's Boot",
    "category": "Women > Boots",
    "brand": "Marlow",
    "price": "89,95 €",
    "description": "Soft.",
    "raw_attributes": {"Heel Height": "2 in", "rating": "4.1"},
    "sizes": [{"label": "38", "system": "eu", "stock": 2}, {"label": "39", "stock": 0}],
}


def test_it_stores_all_that_the_host_says(now: datetime) -> None:
    assert numbers(take(BOOT, now=now)) == (1, 0, 0, 0)
    listing = Listing.objects.get()
    assert (listing.source, listing.external_id) == ("demo", "M-1")
    assert (listing.use_category, listing.gender, listing.age_group) == ("boot", "women", "adult")
    assert (listing.price_minor, listing.currency, listing.availability) == (8995, "EUR", "unknown")
    assert listing.raw_attributes == {"Heel Height": "2 in", "rating": "4.1"}
    assert (listing.created_at, listing.annotated_hash) == (now, "")
    sizes = listing.sizes.order_by("label").values_list("label", "system", "stock")
    assert list(sizes) == [("38", "eu", 2), ("39", "", 0)]


def test_it_changes_nothing_the_second_time(now: datetime) -> None:
    take(BOOT, {"id": "M-2"}, now=now)
    before = list(Listing.objects.order_by("pk").values())
    assert numbers(take(BOOT, {"id": "M-2"}, now=now + timedelta(days=1))) == (0, 0, 2, 0)
    assert list(Listing.objects.order_by("pk").values()) == before


def test_it_updates_what_changed_and_keeps_the_rest(now: datetime) -> None:
    take(BOOT, now=now)
    Listing.objects.update(annotated_hash="read")
    later = now + timedelta(days=1)
    changed = {**BOOT, "price": 79, "sizes": [{"label": "39", "stock": 5}, {"label": "40"}]}
    assert numbers(take(changed, now=later)) == (0, 1, 0, 0)
    listing = Listing.objects.get()
    assert listing.price_minor == 7900
    assert (listing.created_at, listing.updated_at) == (now, later)
    assert listing.annotated_hash == "read"
    assert dict(listing.sizes.values_list("label", "stock")) == {"39": 5, "40": 0}


def test_it_tells_a_change_of_facts_from_a_change_of_price_and_stock(now: datetime) -> None:
    take(BOOT, now=now)
    first = Listing.objects.get()
    take({**BOOT, "price": 1, "sizes": [], "raw_attributes": {"Heel Height": "2 in"}}, now=now)
    second = Listing.objects.get()
    assert second.record_hash != first.record_hash
    assert second.content_hash == first.content_hash
    take({**BOOT, "raw_attributes": {"Heel Height": "3 in"}}, now=now)
    assert Listing.objects.get().content_hash != first.content_hash


def test_it_takes_a_change_of_the_inside_of_a_size_over(now: datetime) -> None:
    def insides() -> dict[str, tuple[int | None, int | None]]:
        rows = Listing.objects.get().sizes.values_list(
            "label", "internal_length_um", "ball_width_um"
        )
        return {label: (length, width) for label, length, width in rows}

    take(BOOT, now=now)
    assert insides() == {"38": (None, None), "39": (None, None)}
    measured = {"label": "38", "system": "eu", "stock": 2, "internal_length_mm": 252}
    assert numbers(take({**BOOT, "sizes": [measured]}, now=now)) == (0, 1, 0, 0)
    assert insides() == {"38": (252_000, None)}
    other = {**measured, "internal_length_mm": None, "ball_width_mm": 252 - 160}
    assert numbers(take({**BOOT, "sizes": [other]}, now=now)) == (0, 1, 0, 0)
    assert insides() == {"38": (None, 92_000)}
    assert numbers(take({**BOOT, "sizes": [other]}, now=now)) == (0, 0, 1, 0)


def test_it_keeps_equal_ids_of_two_sources_apart(now: datetime) -> None:
    take({"id": "M-1"}, {"id": "M-1", "source": "north"}, now=now)
    assert set(Listing.objects.values_list("source", "external_id")) == {
        ("demo", "M-1"),
        ("north", "M-1"),
    }


def test_it_takes_the_same_text_under_four_products_as_four_listings(now: datetime) -> None:
    same = {"title": "Marlow Walker", "description": "Soft. Light."}
    assert numbers(take(*({"id": str(n), **same} for n in range(4)), now=now)) == (4, 0, 0, 0)
    assert Listing.objects.values("content_hash").distinct().count() == 1


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_takes_the_first_of_rows_with_one_identity_wherever_they_stand(now: datetime) -> None:
    shoes = [
        {"id": "a", "title": "first"},
        {"id": "a", "title": "same chunk"},
        {"id": "b"},
        {"id": "c"},
        {"id": "a", "title": "chunks later"},
    ]
    for expected in ((3, 0, 0, 2), (0, 0, 3, 2)):
        assert numbers(take(*shoes, now=now)) == expected
    assert Listing.objects.get(external_id="a").title == "first"
    assert numbers(take(*shoes, now=now, dry_run=True)) == (0, 0, 3, 2)


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_tells_the_same_in_a_dry_run_and_writes_nothing(now: datetime) -> None:
    take(BOOT, {"id": "x"}, now=now)
    shoes = [{**BOOT, "price": 1}, {"id": "x"}, {"id": "new"}, {"id": "new"}, {"id": ""}]
    told = take(*shoes, now=now, dry_run=True)
    assert Listing.objects.count() == 2
    assert Listing.objects.get(external_id="M-1").price_minor == 8995
    assert take(*shoes, now=now) == told
    assert numbers(told) == (1, 1, 1, 2)


def test_it_keeps_refused_rows_with_line_field_and_reason(now: datetime) -> None:
    run = start_run(kind=JobRun.Kind.IMPORT_LISTINGS, now=now)
    result = take({"id": "a"}, {"id": "b", "title": ""}, {"id": "c"}, now=now, run=run)
    assert numbers(result) == (2, 0, 0, 1)
    refused = RefusedRow.objects.get()
    assert (refused.run, refused.line, refused.field, refused.code) == (run, 2, "title", "missing")
    run.refresh_from_db()
    assert run.lines_done == 3
    assert run.counts["refused"] == 1
    assert [(item.line, item.field) for item in result.examples] == [(2, "title")]


def test_it_warns_of_fields_it_cannot_believe_and_keeps_the_row(now: datetime) -> None:
    shifted = {"Width": "Lace-Up", "Heel Height": "0 inch"}
    result = take({"id": "a", "category": "Boots", "raw_attributes": shifted}, now=now)
    assert result.warnings == {"heel_zero": 1, "shifted_column": 1}
    assert {item.line for item in result.examples} == {1}
    assert result.refused == 0
    assert Listing.objects.get().raw_attributes == shifted


@override_settings(FOOTBACK={"DEFAULT_HEEL_UNIT": {"demo": "mm"}})
def test_it_does_not_warn_of_a_height_whose_unit_the_shop_named(now: datetime) -> None:
    assert take({"id": "a", "raw_attributes": {"Heel Height": "45"}}, now=now).warnings == {}


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_moves_the_run_on_with_each_chunk_so_that_a_crash_loses_nothing(now: datetime) -> None:
    run = start_run(kind=JobRun.Kind.IMPORT_LISTINGS, now=now)

    def dying() -> Iterator[ReadRow[ListingRecord]]:
        yield from rows({"id": "a"}, {"id": "b"}, {"id": "c"})
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        import_listings(rows=dying(), source="demo", now=now, run=run)
    run.refresh_from_db()
    assert run.lines_done == Listing.objects.count() == 2
    rest = rows({"id": "a"}, {"id": "b"}, {"id": "c"})[2:]
    result = import_listings(rows=rest, source="demo", now=now, run=run)
    assert (result.rows, result.created) == (3, 3)
    assert Listing.objects.count() == 3


def test_it_notices_another_process_doing_the_same_run(now: datetime) -> None:
    run = start_run(kind=JobRun.Kind.IMPORT_LISTINGS, now=now)
    JobRun.objects.update(lines_done=5)
    with pytest.raises(RunTaken):
        take({"id": "a"}, now=now, run=run)
    assert not Listing.objects.exists()


def test_it_writes_a_chunk_with_few_queries(
    now: datetime, django_assert_max_num_queries: Any
) -> None:
    shoes = [{**BOOT, "id": str(number)} for number in range(300)]
    with django_assert_max_num_queries(8):
        take(*shoes, now=now)
    assert ListingSize.objects.count() == 600


class Host:
    """A catalogue whose products a test sets."""

    name = "host"
    products: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[datetime | None]] = []

    def iter_listings(self, *, since: datetime | None = None) -> Iterator[ReadRow[ListingRecord]]:
        self.asked.append(since)
        for line, (key, title) in enumerate(self.products.items(), start=1):
            yield read_listing_row({"id": key, "title": title}, source=self.name, line=line)


@pytest.fixture
def host() -> Iterator[type[Host]]:
    Host.products, Host.asked = {"a": "Walker", "b": "Runner"}, []
    with override_settings(FOOTBACK={"CATALOGUE_SOURCE": f"{__name__}.Host"}):
        yield Host


def test_it_says_so_where_no_catalogue_is_configured(now: datetime) -> None:
    with pytest.raises(NoCatalogueSource, match="CATALOGUE_SOURCE"):
        sync_catalogue(now=now)


def test_it_asks_for_what_changed_since_the_last_sync(host: type[Host], now: datetime) -> None:
    sync_catalogue(now=now)
    sync_catalogue(now=now + timedelta(hours=1))
    sync_catalogue(now=now + timedelta(hours=2), full=True)
    assert host.asked == [None, now - timedelta(minutes=10), None]


def test_it_withdraws_what_a_full_sync_does_not_see_and_takes_it_back(
    host: type[Host], now: datetime
) -> None:
    take({"id": "other"}, now=now)
    sync_catalogue(now=now, full=True)
    del host.products["b"]
    assert sync_catalogue(now=now).withdrawn == 0
    assert sync_catalogue(now=now, full=True).withdrawn == 1
    gone = Listing.objects.filter(is_withdrawn=True)
    assert list(gone.values_list("source", "external_id")) == [("host", "b")]
    assert sync_catalogue(now=now, full=True).changed == 0
    host.products["b"] = "Runner"
    result = sync_catalogue(now=now)
    assert (result.updated, result.returned) == (1, 1)
    assert not Listing.objects.filter(is_withdrawn=True).exists()


def test_it_withdraws_nothing_when_the_host_hands_over_nothing(
    host: type[Host], now: datetime
) -> None:
    sync_catalogue(now=now, full=True)
    host.products = {}
    assert sync_catalogue(now=now, full=True).withdrawn == 0
    assert not Listing.objects.filter(is_withdrawn=True).exists()


def test_it_withdraws_nothing_when_most_rows_are_refused(host: type[Host], now: datetime) -> None:
    host.products = {"a": "Walker", "b": "Runner", "c": "Pump"}
    sync_catalogue(now=now, full=True)
    host.products = {"a": "Walker", "b": " ", "c": ""}
    result = sync_catalogue(now=now, full=True)
    assert (result.refused, result.withdrawn) == (2, 0)
    host.products = {"a": "Walker", "b": "Runner", "c": ""}
    assert sync_catalogue(now=now, full=True).withdrawn == 1


def test_it_marks_a_sync_that_failed_and_starts_from_the_last_good_one(
    host: type[Host], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_catalogue(now=now)

    def broken(self: Host, *, since: datetime | None = None) -> Iterator[Any]:
        raise ConnectionError("the host is down")

    with monkeypatch.context() as patch:
        patch.setattr(Host, "iter_listings", broken)
        with pytest.raises(ConnectionError):
            sync_catalogue(now=now + timedelta(hours=1))
    failed = JobRun.objects.get(state="failed")
    assert failed.error == "ConnectionError: the host is down"
    sync_catalogue(now=now + timedelta(hours=2))
    assert host.asked[-1] == now - timedelta(minutes=10)


VOTED = {
    **BOOT,
    "fit_votes": {"small": 7, "true": 20, "large": 1},
    "return_reasons": {"too_small": 3, "too_big": 1, "other": 5},
}


def said() -> list[tuple[Any, ...]]:
    return sorted(FitVote.objects.values_list("kind", "small", "neither", "large", "updated_at"))


def test_it_stores_what_buyers_said_of_the_sizes(now: datetime) -> None:
    take(VOTED, {"id": "M-2"}, now=now)
    assert said() == [("returns", 3, 5, 1, now), ("votes", 7, 20, 1, now)]
    assert take(VOTED, {"id": "M-2"}, now=now).unchanged == 2


def test_it_takes_new_votes_over_and_reads_no_text_again(now: datetime) -> None:
    take(VOTED, now=now)
    annotate_stale(now=now)
    later = now + timedelta(days=1)
    changed = {**VOTED, "fit_votes": {"small": 8, "true": "20"}}
    assert numbers(take(changed, now=later)) == (0, 1, 0, 0)
    assert ("votes", 8, 20, 0, later) in said()
    assert not stale_listings().exists()


def test_it_forgets_what_the_host_says_no_more(now: datetime) -> None:
    take(VOTED, {**VOTED, "id": "M-2"}, now=now)
    take({**BOOT, "fit_votes": VOTED["fit_votes"]}, now=now)
    assert sorted(FitVote.objects.values_list("listing__external_id", "kind")) == [
        ("M-1", "votes"),
        ("M-2", "returns"),
        ("M-2", "votes"),
    ]


def test_it_changes_no_hash_of_a_row_without_votes(now: datetime) -> None:
    take(BOOT, {**BOOT, "id": "M-2", "fit_votes": {}, "return_reasons": None}, now=now)
    first, second = Listing.objects.order_by("pk").values_list("record_hash", flat=True)
    assert first == second


@pytest.mark.parametrize(
    ("votes", "field", "code"),
    [
        ({"small": -1, "true": 2}, "fit_votes.small", "not_a_count"),
        ({"small": 1, "true": "many"}, "fit_votes.true", "not_a_count"),
        ({"small": 1.5}, "fit_votes.small", "not_a_count"),
        ({"small": True}, "fit_votes.small", "not_a_count"),
        ({"large": 10**40}, "fit_votes.large", "not_a_count"),
        ({"large": "9" * 5000}, "fit_votes.large", "not_a_count"),
        ({"large": float("inf")}, "fit_votes.large", "not_a_count"),
        ({"large": [3]}, "fit_votes.large", "not_a_count"),
        ({"too_narrow": 3}, "fit_votes.too_narrow", "unknown_count"),
        ([7, 20, 1], "fit_votes", "not_an_object"),
        ("lots", "fit_votes", "not_an_object"),
    ],
)
def test_it_leaves_out_votes_that_cannot_be_used_and_keeps_the_row(
    now: datetime, votes: object, field: str, code: str
) -> None:
    reports: list[RowReport] = []
    take({**VOTED, "fit_votes": votes}, now=now, on_report=reports.append)
    assert [(item.field, item.code, item.is_refusal) for item in reports] == [(field, code, False)]
    assert said() == [("returns", 3, 5, 1, now)]


def test_it_writes_all_votes_of_a_chunk_in_one_statement(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as without:
        take(*({**BOOT, "id": f"A-{number}"} for number in range(20)), now=now)
    with django_assert_num_queries(len(without) + 1):
        take(*({**VOTED, "id": f"B-{number}"} for number in range(20)), now=now)


def test_it_stores_how_much_a_listing_is_asked_for(now: datetime) -> None:
    take({**BOOT, "sales": "12", "views": 340}, {"id": "M-2"}, now=now)
    assert list(ListingDemand.objects.values_list("listing__external_id", "sales", "views")) == [
        ("M-1", 12, 340)
    ]


def test_it_takes_new_demand_over_though_nothing_else_changed(now: datetime) -> None:
    take({**BOOT, "views": 1}, now=now)
    assert numbers(take({**BOOT, "views": 2}, now=now)) == (0, 0, 1, 0)
    assert ListingDemand.objects.get().views == 2
    take(BOOT, now=now)
    assert not ListingDemand.objects.exists()


@pytest.mark.parametrize("views", [-1, "many", 1.5, True, float("inf"), [3]])
def test_it_counts_demand_that_is_no_count_as_none_and_says_so(now: datetime, views: Any) -> None:
    reports: list[RowReport] = []
    take({**BOOT, "views": views}, now=now, on_report=reports.append)
    assert [(item.field, item.code) for item in reports] == [("views", "not_a_count")]
    assert not ListingDemand.objects.exists()


def keeping(shoe: dict[str, Any], now: datetime) -> ImportResult:
    """Import a row that does not know how many pairs there are of each size."""
    told = [
        replace(row, record=replace(row.record, keeps_sizes=True))
        for row in rows(shoe)
        if row.record is not None
    ]
    return import_listings(rows=told, source="demo", now=now)


def test_it_keeps_the_sizes_that_it_has_where_a_row_does_not_know_how_many(now: datetime) -> None:
    take(BOOT, now=now)
    told = {**BOOT, "title": "Marlow Boot II", "sizes": ["38", "39", "40"]}
    assert numbers(keeping({**told, "availability": "in stock"}, now)) == (0, 1, 0, 0)
    listing = Listing.objects.get()
    assert (listing.title, listing.availability) == ("Marlow Boot II", "in_stock")
    sizes = listing.sizes.order_by("label").values_list("label", "system", "stock")
    assert list(sizes) == [("38", "eu", 2), ("39", "", 0)]
    take({**BOOT, "sizes": ["40"]}, now=now)
    assert list(listing.sizes.values_list("label", flat=True)) == ["40"]


def test_it_takes_the_sizes_of_such_a_row_where_it_has_none(now: datetime) -> None:
    keeping({**BOOT, "sizes": ["38"], "availability": "in stock"}, now)
    assert list(Listing.objects.get().sizes.values_list("label", "stock")) == [("38", 1)]


def test_it_keeps_a_second_id_that_a_file_does_not_know(now: datetime) -> None:
    take({"id": "marlow-walker", "alias": "4711"}, now=now)
    assert Listing.objects.get().alias == "4711"
    result = take({"id": "marlow-walker", "price": "89 EUR"}, now=now)
    assert numbers(result) == (0, 1, 0, 0)
    assert Listing.objects.get().alias == "4711"
    take({"id": "marlow-walker", "alias": "4712", "price": "89 EUR"}, now=now)
    assert Listing.objects.get().alias == "4712"
