"""What hosts push, in any order: apply_change ..."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.domain.host_changes import HostChange, PersonReference, ReturnRecord
from shop_plugin.domain.host_rows import read_listing_row, read_purchase_row
from shop_plugin.models import Contact, HostVersion, Listing, Purchase, ReturnedPairs, Suppression
from shop_plugin.services.intake.host_changes import AppliedChange, apply_change

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("FOOTBACK_PROOF_EXAMPLES", "60"))


def listing(minute: int, **values: Any) -> tuple[int, HostChange]:
    row = {"id": "marlow-walker", "alias": "11", "title": "Marlow Walker", **values}
    return minute, HostChange(listings=(read_listing_row(row, source="shop", line=1),))


def deleted(minute: int, name: str) -> tuple[int, HostChange]:
    return minute, HostChange(withdrawn=(name,))


def purchase(minute: int, **values: Any) -> tuple[int, HostChange]:
    row = {
        "id": "L-1",
        "order_id": "O-1",
        "ordered_at": "2026-06-01T10:00:00Z",
        "listing_id": "11",
        "title": "As ordered",
        "quantity": 3,
        "customer_id": "C-1",
        "email": "ada@example.org",
        **values,
    }
    return minute, HostChange(purchases=(read_purchase_row(row, source="shop", line=1),))


def returned(minute: int, act: str, quantity: int, line: str = "L-1") -> tuple[int, HostChange]:
    return minute, HostChange(returns=(ReturnRecord(act, line, quantity),))


def erased(minute: int, **person: str) -> tuple[int, HostChange]:
    return minute, HostChange(erase=(PersonReference(**person),))


def carry_out(told: tuple[int, HostChange]) -> AppliedChange:
    minute, change = told
    at = NOW + timedelta(minutes=minute)
    return apply_change(change=change, source="shop", at=at, reason="test", now=NOW)


def rows() -> dict[str, Any]:
    """Return all that the host's words ended in, without what tells when they came in."""
    return {
        "listings": sorted(
            Listing.objects.values_list("external_id", "alias", "price_minor", "is_withdrawn")
        ),
        "purchases": sorted(
            Purchase.objects.values_list(
                "external_id",
                "listing__external_id",
                "title",
                "quantity",
                "quantity_returned",
                "status",
                "contact__external_id",
            )
        ),
        "returns": sorted(
            ReturnedPairs.objects.values_list("external_id", "purchase_external_id", "quantity")
        ),
        "people": sorted(Contact.objects.values_list("external_id", "email")),
        "never": sorted(Suppression.objects.values_list("email_hash", flat=True)),
        "versions": sorted(
            (kind, name, str(told_at), digest, str(gone_at))
            for kind, name, told_at, digest, gone_at in HostVersion.objects.values_list(
                "kind", "name", "told_at", "digest", "gone_at"
            )
            if told_at or gone_at
        ),
    }


def end_of(story: list[tuple[int, HostChange]]) -> dict[str, Any]:
    """Carry a story out and return where it ends; nothing of it stays."""
    with transaction.atomic():
        for told in story:
            carry_out(told)
        end = rows()
        transaction.set_rollback(True)
    return end


minutes = st.integers(min_value=-30, max_value=0)
events = st.one_of(
    st.builds(listing, minutes, price=st.sampled_from(["80 EUR", "90 EUR", "100 EUR"])),
    st.builds(deleted, minutes, st.sampled_from(["11", "marlow-walker", "never-seen"])),
    st.builds(
        purchase,
        minutes,
        quantity_returned=st.integers(min_value=0, max_value=3),
        is_cancelled=st.booleans(),
    ),
    st.builds(
        purchase, minutes, id=st.just("L-2"), customer_id=st.just(""), email=st.just("eve@x.org")
    ),
    st.builds(
        returned,
        minutes,
        st.sampled_from(["R-1", "R-2"]),
        st.integers(min_value=1, max_value=2),
        st.sampled_from(["L-1", "L-3"]),
    ).filter(lambda told: told[1].returns[0].id == "R-1" or told[1].returns[0].quantity == 1),
)


@pytest.mark.proof("S12")
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_it_ends_in_the_same_rows_whatever_comes_first_and_however_often(data: Any) -> None:
    """An act keeps the line that it names: R-1 is always of one line in a story."""
    story = data.draw(st.lists(events, min_size=2, max_size=6))
    line = data.draw(st.sampled_from(["L-1", "L-3"]))
    story = [
        returned(minute, change.returns[0].id, change.returns[0].quantity, line)
        if change.returns
        else (minute, change)
        for minute, change in story
    ]
    again = data.draw(st.lists(st.sampled_from(story), max_size=3))
    shuffled = data.draw(st.permutations([*story, *again]))
    assert end_of(shuffled) == end_of(story)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_it_tells_one_story_of_a_life_in_any_order(order: tuple[int, ...]) -> None:
    story = [
        listing(-20, price="80 EUR"),
        purchase(-15),
        returned(-10, "R-1", 3),
        deleted(-5, "11"),
    ]
    end = end_of([story[number] for number in order])
    assert end["listings"] == [("marlow-walker", "11", 8000, True)]
    pair = ("L-1", "marlow-walker", "Marlow Walker", 3, 3, "returned", "C-1")
    assert end["purchases"] == [pair]


def test_it_lets_the_later_word_hold_and_says_how_many_were_older() -> None:
    assert carry_out(listing(-5, price="90 EUR")).counts == {"listings_created": 1}
    assert carry_out(listing(-10, price="80 EUR")).counts == {"listings_older": 1}
    assert Listing.objects.get().price_minor == 9000
    assert carry_out(listing(-1, price="70 EUR")).counts == {"listings_updated": 1}
    assert Listing.objects.get().price_minor == 7000


def test_it_keeps_what_was_deleted_deleted_until_something_later_is_said() -> None:
    carry_out(listing(-10))
    assert carry_out(deleted(-5, "11")).counts == {"listings_withdrawn": 1}
    carry_out(listing(-7, price="1 EUR"))
    assert Listing.objects.get().is_withdrawn
    carry_out(listing(-1, price="2 EUR"))
    assert not Listing.objects.get().is_withdrawn


def test_it_keeps_the_listing_of_a_product_whose_id_changed() -> None:
    carry_out(listing(-10))
    first = Listing.objects.get()
    done = carry_out(listing(-5, id="marlow-walker-ii"))
    assert done.counts["listings_renamed"] == 1
    again = Listing.objects.get()
    assert (again.pk, again.external_id, again.alias) == (first.pk, "marlow-walker-ii", "11")
    carry_out(listing(-7))  # comes late, under the old id
    assert Listing.objects.get().external_id == "marlow-walker-ii"


def test_it_withdraws_the_old_id_where_a_file_told_the_new_one_before() -> None:
    carry_out(listing(-10))
    carry_out(listing(-8, id="marlow-walker-ii", alias=""))
    carry_out(listing(-5, id="marlow-walker-ii"))
    found = Listing.objects.order_by("pk").values_list("external_id", "is_withdrawn")
    assert list(found) == [("marlow-walker", True), ("marlow-walker-ii", False)]


def test_it_refuses_rows_of_another_source() -> None:
    done = carry_out(listing(-5, source="elsewhere"))
    assert (done.counts, Listing.objects.count()) == ({"listings_refused": 1}, 0)
    assert done.problems == ("listings, 1: source is not this connection's",)


def test_it_never_takes_back_more_than_was_bought() -> None:
    carry_out(purchase(-5, quantity=2))
    carry_out(returned(-4, "R-1", 2))
    carry_out(returned(-3, "R-2", 2))
    pair = Purchase.objects.get()
    assert (pair.quantity_returned, pair.status) == (2, "returned")


def test_it_lets_a_part_of_a_line_come_back() -> None:
    carry_out(returned(-9, "R-1", 1))
    carry_out(purchase(-5))
    carry_out(purchase(-3, quantity_returned=0, size="38"))
    pair = Purchase.objects.get()
    assert (pair.quantity_returned, pair.status, pair.size) == (1, "active", "38")
    carry_out(returned(-2, "R-1", 1))  # the same act
    carry_out(returned(-2, "R-2", 1))
    assert Purchase.objects.get().quantity_returned == 2


@pytest.mark.proof("S19")
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "person",
    [
        {"customer_id": "C-1"},
        {"customer_id": "C-1", "email": "ada@example.org"},
    ],
)
def test_it_keeps_nothing_of_the_erased_whichever_comes_first(
    is_first: bool, person: dict[str, str]
) -> None:
    story = [purchase(-5), erased(-1, **person)]
    for told in story if is_first else reversed(story):
        carry_out(told)
    assert Purchase.objects.count() == 0
    assert not Contact.objects.filter(erased_at=None).exists()
    for contact in Contact.objects.all():
        assert (contact.email, contact.first_name) == ("", "")
        assert contact.external_id.startswith("erased-")


def test_it_erases_guests_by_their_address_and_says_whom_nobody_knew() -> None:
    carry_out(purchase(-5, customer_id=""))
    assert carry_out(erased(-1, email="Ada@example.org")).counts == {"people_erased": 1}
    assert carry_out(erased(-1, email="eve@example.org")).counts == {"people_unknown": 1}
    assert carry_out(purchase(-3, id="L-9", customer_id="")).counts == {"purchases_of_erased": 1}
    assert Suppression.objects.count() == 2


def test_it_stops_the_mails_of_who_told_the_host_so() -> None:
    carry_out(purchase(-5, optout_offered=True))
    change = HostChange(objections=(PersonReference(customer_id="C-1"),))
    assert carry_out((-1, change)).counts == {"objections": 1}
    ada = Contact.objects.get()
    assert Suppression.objects.get().email_hash == ada.email_hash
    assert ada.consents.order_by("-pk")[0].basis == "none"
    unknown = HostChange(objections=(PersonReference(email="eve@example.org"),))
    carry_out((-1, unknown))
    assert Suppression.objects.count() == 2
