"""Who works on what: one listing, one person."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import override_settings

from shop_plugin.models import AuditEntry, Listing, WorkHold, WorkPass
from shop_plugin.services.staff.queue import (
    find_hold,
    hold_listing,
    left_open,
    pass_listing,
    take_next,
    worth_asking,
)
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=11)
ALL = Listing.objects.order_by("pk")


@pytest.fixture
def people():
    make = get_user_model().objects.create_user
    return make("alex"), make("billie")


@pytest.fixture
def shoes():
    return [ListingFactory().pk for _ in range(3)]


def test_it_hands_each_listing_to_one_person(shoes, people, now):
    alex, billie = people
    assert take_next(listings=ALL, person=alex, now=now) == shoes[0]
    assert take_next(listings=ALL, person=billie, now=now) == shoes[1]
    assert take_next(listings=ALL, person=alex, now=now) == shoes[0]


def test_it_keeps_a_listing_while_its_holder_works_and_gives_it_back_after(shoes, people, now):
    alex, billie = people
    hold_listing(listing_id=shoes[0], person=alex, now=now)
    soon = now + timedelta(minutes=8)
    kept = hold_listing(listing_id=shoes[0], person=alex, now=soon)
    assert (kept.since, kept.until) == (now, soon + timedelta(minutes=10))
    assert not hold_listing(listing_id=shoes[0], person=billie, now=soon + LATER / 2).is_mine
    assert hold_listing(listing_id=shoes[0], person=billie, now=soon + LATER).is_mine
    assert find_hold(listing_id=shoes[0], person=alex, now=soon + LATER).holder == "billie"


def test_it_holds_as_long_as_the_setting_says(shoes, people, now):
    with override_settings(FOOTBACK={"WORK_HOLD_MINUTES": 1}):
        hold_listing(listing_id=shoes[0], person=people[0], now=now)
    later = now + timedelta(minutes=1)
    assert find_hold(listing_id=shoes[0], person=people[0], now=later) is None


def test_it_lets_a_colleague_take_over_and_writes_it_down(shoes, people, now):
    alex, billie = people
    hold_listing(listing_id=shoes[0], person=alex, now=now)
    hold = hold_listing(listing_id=shoes[0], person=billie, now=now, take_over=True)
    assert (hold.holder, hold.is_mine) == ("billie", True)
    assert not hold_listing(listing_id=shoes[0], person=alex, now=now).is_mine
    entry = AuditEntry.objects.get(action="take_over")
    assert (entry.actor, entry.before) == (billie, {"holder": alex.pk})


def test_it_writes_no_taking_over_of_what_is_free_or_ones_own(shoes, people, now):
    for _ in range(2):
        hold_listing(listing_id=shoes[0], person=people[0], now=now, take_over=True)
    assert not AuditEntry.objects.exists()


def test_it_goes_on_from_what_was_skipped_for_that_person_alone(shoes, people, now):
    alex, billie = people
    pass_listing(listing_id=shoes[0], person=alex, kind=WorkPass.Kind.SKIPPED, now=now)
    assert take_next(listings=ALL, person=alex, now=now) == shoes[1]
    assert take_next(listings=ALL, person=billie, now=now) == shoes[0]
    tomorrow = now + timedelta(hours=13)
    assert take_next(listings=ALL, person=alex, now=tomorrow) == shoes[0]


@pytest.mark.parametrize("kind", [WorkPass.Kind.DONE, WorkPass.Kind.CANNOT_TELL])
def test_it_asks_nobody_again_until_the_text_changes(shoes, people, now, kind):
    alex, billie = people
    pass_listing(listing_id=shoes[0], person=alex, kind=kind, now=now)
    month = now + timedelta(days=30)
    assert take_next(listings=ALL, person=billie, now=month) == shoes[1]
    assert take_next(listings=ALL, person=billie, now=month, asks_again=True) == shoes[0]
    WorkHold.objects.all().delete()
    Listing.objects.filter(pk=shoes[0]).update(content_hash="f" * 32)
    assert take_next(listings=ALL, person=billie, now=month) == shoes[0]


def test_it_lets_go_of_what_one_went_on_from(shoes, people, now):
    alex, billie = people
    hold_listing(listing_id=shoes[0], person=alex, now=now)
    pass_listing(listing_id=shoes[0], person=alex, kind=WorkPass.Kind.SKIPPED, now=now)
    assert find_hold(listing_id=shoes[0], person=billie, now=now) is None


def test_it_finds_what_nobody_could_tell(shoes, people, now):
    for person in people:
        pass_listing(listing_id=shoes[1], person=person, kind=WorkPass.Kind.CANNOT_TELL, now=now)
    assert [item.pk for item in left_open(Listing.objects.all())] == [shoes[1]]


def test_it_says_so_when_nothing_is_left(shoes, people, now):
    for pk in shoes:
        hold_listing(listing_id=pk, person=people[0], now=now)
    assert take_next(listings=ALL, person=people[1], now=now) is None
    assert not worth_asking(Listing.objects.all()).exists()


@pytest.mark.django_db(transaction=True)
def test_it_never_hands_one_listing_to_two_who_ask_at_once(people, now):
    if connection.vendor == "sqlite":
        pytest.skip("only PostgreSQL lets two transactions write at once")
    shoes = [ListingFactory().pk for _ in range(12)]
    start, taken = threading.Barrier(2), []

    def work(person):
        try:
            for _ in range(6):
                start.wait(timeout=20)
                found = take_next(listings=ALL, person=person, now=now)
                taken.append(found)
                WorkPass.objects.create(
                    listing_id=found,
                    author_id=person.pk,
                    kind="skipped",
                    content_hash="",
                    at=now,
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(taken) == shoes
