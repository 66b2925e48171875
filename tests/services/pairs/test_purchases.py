"""Recording order lines: record_purchases ..."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from shop_plugin.domain.records import PurchaseRecord, ReadRow, RowProblem
from shop_plugin.models import Consent, Contact, JobRun, Purchase, RefusedRow
from shop_plugin.services.pairs.purchases import record_purchases, sync_purchases
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

ORDERED = datetime(2025, 3, 3, 12, tzinfo=UTC)


def line(external_id: str = "1", **changes: object) -> PurchaseRecord:
    record = PurchaseRecord(
        source="shop",
        external_id=external_id,
        order_id=f"order-{external_id}",
        ordered_at=ORDERED,
        listing_id="shoe-a",
        customer_id="ada",
        email="ada@example.org",
        first_name="Ada",
        optout_offered=True,
        size="38",
    )
    return replace(record, **changes)


def test_turns_a_line_into_a_pair_of_a_person(now):
    listing = ListingFactory(source="shop", external_id="shoe-a", use_category="walking")
    result = record_purchases(rows=[line()], now=now)
    assert (result.rows, result.created, result.people_created) == (1, 1, 1)
    pair = Purchase.objects.select_related("contact").get()
    assert pair.listing == listing
    assert pair.use_category == "walking"
    assert (pair.wear_start_on, pair.wear_start_basis) == (date(2025, 3, 24), "ordered")
    assert (pair.contact.email, pair.contact.is_mailable) == ("ada@example.org", True)
    assert len(pair.contact.unsubscribe_token) == 22
    consent = Consent.objects.get()
    assert (consent.basis, consent.at) == ("soft_opt_in", ORDERED)


def test_changes_nothing_when_the_same_lines_come_again(now):
    ListingFactory(source="shop", external_id="shoe-a")
    record_purchases(rows=[line()], now=now)
    before = list(Purchase.objects.values())
    result = record_purchases(rows=[line()], now=now + timedelta(days=1))
    assert (result.created, result.updated, result.unchanged) == (0, 0, 1)
    assert list(Purchase.objects.values()) == before
    assert (Contact.objects.count(), Consent.objects.count()) == (1, 1)


def test_links_a_shoe_that_is_imported_after_its_order(now):
    assert record_purchases(rows=[line()], now=now).without_listing == 1
    listing = ListingFactory(source="elsewhere", external_id="shoe-a")
    assert record_purchases(rows=[line()], now=now).updated == 1
    assert Purchase.objects.get().listing == listing


def test_does_not_guess_between_two_shoes_of_one_id(now):
    ListingFactory(source="x", external_id="shoe-a")
    ListingFactory(source="y", external_id="shoe-a")
    record_purchases(rows=[line(), line("2", listing_source="y")], now=now)
    sources = [row.listing and row.listing.source for row in Purchase.objects.order_by("pk")]
    assert sources == [None, "y"]


def test_makes_up_an_address_that_is_never_mailed(now):
    rows = [
        line(email="", customer_id="c 17/ä"),
        line("2", email="not an address", customer_id="b"),
    ]
    record_purchases(rows=rows, now=now)
    people = {person.external_id: person for person in Contact.objects.all()}
    assert people["c 17/ä"].email == "c-17@customers.invalid"
    assert people["b"].email == "b@customers.invalid"
    assert not any(person.is_mailable for person in people.values())


def test_takes_over_an_address_once_the_host_gives_one(now):
    record_purchases(rows=[line(email="")], now=now)
    record_purchases(rows=[line("2", ordered_at=ORDERED + timedelta(days=9))], now=now)
    person = Contact.objects.get()
    assert (person.email, person.is_mailable) == ("ada@example.org", True)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_reaches_a_person_at_the_address_of_the_newest_order(now, order):
    rows = [
        line(
            str(number), ordered_at=ORDERED + timedelta(days=number), email=f"a{number}@example.org"
        )
        for number in range(3)
    ]
    for position in order:
        record_purchases(rows=[rows[position]], now=now)
    assert Contact.objects.get().email == "a2@example.org"


def test_writes_nothing_back_to_a_person_who_was_erased(now):
    record_purchases(rows=[line()], now=now)
    Contact.objects.update(email="", email_hash="", first_name="", is_mailable=False, erased_at=now)
    record_purchases(rows=[line("2")], now=now)
    person = Contact.objects.get()
    assert (person.email, person.first_name, person.is_mailable) == ("", "", False)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"quantity": 2, "quantity_returned": 1}, "active"),
        ({"quantity": 2, "quantity_returned": 2}, "returned"),
        ({"is_cancelled": True}, "cancelled"),
    ],
)
def test_nets_returned_pairs_from_those_bought(now, changes, status):
    record_purchases(rows=[line()], now=now)
    record_purchases(rows=[line(**changes)], now=now)
    assert Purchase.objects.get().status == status


def test_takes_the_last_word_about_a_line_that_stands_twice_in_one_file(now):
    result = record_purchases(rows=[line(), line(quantity_returned=1)], now=now)
    assert (result.rows, result.created) == (2, 1)
    assert Purchase.objects.get().status == "returned"


def test_keeps_what_a_person_decided_when_the_host_speaks_again(now):
    record_purchases(rows=[line()], now=now)
    Purchase.objects.update(status="stopped", personal_factor=1150)
    record_purchases(rows=[line(first_name="Ada L")], now=now)
    pair = Purchase.objects.get()
    assert (pair.status, pair.personal_factor) == ("stopped", 1150)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_marks_a_pair_replaced_by_a_newer_one_of_its_kind_in_any_order_of_lines(now, order):
    ListingFactory(source="shop", external_id="shoe-a", use_category="running")
    ListingFactory(source="shop", external_id="shoe-b", use_category="heel")
    rows = [
        line("old"),
        line("new", ordered_at=ORDERED + timedelta(days=200)),
        line("other", listing_id="shoe-b", ordered_at=ORDERED + timedelta(days=300)),
    ]
    for position in order:
        record_purchases(rows=[rows[position]], now=now)
    assert dict(Purchase.objects.values_list("external_id", "status")) == {
        "old": "replaced",
        "new": "active",
        "other": "active",
    }


def test_brings_a_pair_back_when_its_successor_was_returned(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="running")
    newer = line("new", ordered_at=ORDERED + timedelta(days=200))
    record_purchases(rows=[line("old"), newer], now=now)
    record_purchases(rows=[replace(newer, quantity_returned=1)], now=now)
    assert Purchase.objects.get(external_id="old").status == "active"


def test_leaves_a_pair_in_use_when_the_newer_one_is_a_gift_or_for_somebody_else(now):
    ListingFactory(source="shop", external_id="shoe-a", use_category="running", gender="women")
    ListingFactory(source="shop", external_id="shoe-m", use_category="running", gender="men")
    later = ORDERED + timedelta(days=200)
    rows = [
        line("old"),
        line("gift", ordered_at=later, is_gift=True),
        line("his", listing_id="shoe-m", ordered_at=later),
        line("same-order", order_id="order-old", ordered_at=later),
    ]
    assert record_purchases(rows=rows, now=now).replaced == 0


def test_restarts_the_clock_of_an_exchanged_pair(now):
    record_purchases(rows=[line(delivered_at=ORDERED)], now=now)
    record_purchases(rows=[line(delivered_at=ORDERED + timedelta(days=60))], now=now)
    pair = Purchase.objects.get()
    assert (pair.cycle, pair.wear_start_on) == (2, date(2025, 5, 16))


def test_does_not_restart_the_clock_when_the_delivery_becomes_known(now):
    record_purchases(rows=[line()], now=now)
    record_purchases(rows=[line(delivered_at=ORDERED + timedelta(days=4))], now=now)
    assert Purchase.objects.get().cycle == 1


def test_lets_an_older_order_not_outweigh_a_withdrawal(now):
    record_purchases(rows=[line()], now=now)
    person = Contact.objects.get()
    Consent.objects.create(contact=person, basis="none", at=ORDERED + timedelta(days=5))
    record_purchases(rows=[line("late", ordered_at=ORDERED + timedelta(days=4))], now=now)
    assert Consent.objects.order_by("-at").first().basis == "none"
    again = line("again", ordered_at=ORDERED + timedelta(days=6), has_express_consent=True)
    record_purchases(rows=[again], now=now)
    assert Consent.objects.order_by("-at").first().basis == "express"


def test_takes_no_more_queries_for_more_lines(now, django_assert_max_num_queries):
    for number in range(40):
        ListingFactory(source="shop", external_id=f"shoe-{number}", use_category="running")
    rows = [
        line(str(number), customer_id=f"c{number % 20}", email="", listing_id=f"shoe-{number % 40}")
        for number in range(400)
    ]
    with django_assert_max_num_queries(28):  # 17 of them are batches of SQLite
        assert record_purchases(rows=rows, now=now).created == 400


class ThreeOrders:
    name = "shop"
    asked_since: list[datetime | None] = []

    def iter_purchases(self, *, since=None):
        self.asked_since.append(since)
        yield ReadRow(line=1, record=line())
        bad = RowProblem("ordered_at", "not_a_date", "'soon' is not a date")
        yield ReadRow(line=2, record=None, problems=(bad,), raw="soon")


class BrokenOrders:
    name = "shop"

    def iter_purchases(self, *, since=None):
        yield ReadRow(line=1, record=line())
        raise ConnectionError("the shop's database is gone")


def test_syncs_only_what_changed_since_the_last_good_run(now, settings):
    settings.FOOTBACK = {"PURCHASE_SOURCE": f"{__name__}.ThreeOrders"}
    ThreeOrders.asked_since.clear()
    result = sync_purchases(now=now)
    assert (result.created, result.refused) == (1, 1)
    assert RefusedRow.objects.get().reason == "'soon' is not a date"
    settings.FOOTBACK = {"PURCHASE_SOURCE": f"{__name__}.BrokenOrders"}
    with pytest.raises(ConnectionError):
        sync_purchases(now=now + timedelta(hours=1))
    assert JobRun.objects.get(state="failed").error.startswith("ConnectionError")
    settings.FOOTBACK = {"PURCHASE_SOURCE": f"{__name__}.ThreeOrders"}
    sync_purchases(now=now + timedelta(hours=2))
    assert ThreeOrders.asked_since == [None, now - timedelta(minutes=10)]


def test_syncs_nothing_where_no_source_is_configured(now):
    assert sync_purchases(now=now).rows == 0
    assert not JobRun.objects.exists()
