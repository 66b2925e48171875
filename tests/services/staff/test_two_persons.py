"""The two-person rule: a value counts when somebody else approves it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from shop_plugin.domain.attributes import Options
from shop_plugin.models import AuditEntry, FootwearProfile, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.fact_batches import FactToWrite, write_facts
from shop_plugin.services.staff.review import SecondPersonNeeded, Tag, save_tags
from shop_plugin.services.staff.two_persons import SamePerson, approve_value, refuse_value
from shop_plugin.services.staff.undoing import undo_last
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rule():
    with override_settings(FOOTBACK={"TWO_PERSON_RULE": True}):
        yield


@pytest.fixture
def people():
    make = get_user_model().objects.create_user
    return make("alex"), make("billie")


@pytest.fixture
def listing(now):
    made = ListingFactory()
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def say(listing, author, now, level):
    value = None if level is None else Options.of(level)
    return save_tags(
        listing_id=listing.pk, tags=[Tag("arch_support", value, "")], author=author, now=now
    )


def waiting(listing):
    return list(Observation.objects.filter(listing=listing, state="suggested").order_by("pk"))


def believed(listing):
    return FootwearProfile.objects.get(pk=listing.pk).arch_support


def test_it_lets_a_value_wait(listing, people, now):
    outcome = say(listing, people[0], now, "3")
    assert outcome.changed == ("arch_support",)
    assert believed(listing) is None
    assert [item.options for item in waiting(listing)] == ["3"]
    assert AuditEntry.objects.get().action == "propose_tag"


def test_it_believes_what_a_second_person_approves(listing, people, now):
    say(listing, people[0], now, "3")
    approve_value(observation_id=waiting(listing)[0].pk, approver=people[1], now=now)
    assert believed(listing) == "3"
    entry = AuditEntry.objects.get(action="approve_tag")
    assert (entry.actor, entry.after["believed"]) == (people[1], ["3"])


def test_it_lets_nobody_approve_their_own_value(listing, people, now):
    say(listing, people[0], now, "3")
    with pytest.raises(SamePerson):
        approve_value(observation_id=waiting(listing)[0].pk, approver=people[0], now=now)
    assert believed(listing) is None


def test_it_keeps_what_was_in_force_until_then(listing, people, now):
    with override_settings(FOOTBACK={}):
        say(listing, people[0], now, "1")
    say(listing, people[0], now, "3")
    assert believed(listing) == "1"
    approve_value(observation_id=waiting(listing)[0].pk, approver=people[1], now=now)
    assert believed(listing) == "3"
    undo_last(author=people[1], now=now)
    assert believed(listing) == "1"
    assert [item.options for item in waiting(listing)] == ["3"]


def test_it_replaces_ones_own_proposal_and_keeps_a_colleagues(listing, people, now):
    alex, billie = people
    say(listing, alex, now, "1")
    say(listing, alex, now, "2")
    say(listing, billie, now, "3")
    say(listing, billie, now, "3")
    assert [(item.options, item.author) for item in waiting(listing)] == [
        ("2", alex),
        ("3", billie),
    ]
    approve_value(observation_id=waiting(listing)[0].pk, approver=billie, now=now)
    assert waiting(listing) == []
    assert believed(listing) == "2"


def test_it_takes_ones_own_proposal_back(listing, people, now):
    say(listing, people[0], now, "1")
    say(listing, people[0], now, None)
    assert waiting(listing) == []


def test_it_takes_nothing_in_force_back_by_one_person(listing, people, now):
    with override_settings(FOOTBACK={}):
        say(listing, people[0], now, "1")
    with pytest.raises(SecondPersonNeeded):
        say(listing, people[1], now, None)
    (written,) = write_facts(
        facts=[FactToWrite("arch_support", None, listing_id=listing.pk)],
        author=people[1],
        now=now,
        reason="",
    )
    assert written.code == "second_person_needed"
    said = Observation.objects.get(listing=listing, source_kind="staff", state="accepted")
    refuse_value(observation_id=said.pk, approver=people[1], now=now)
    assert believed(listing) is None


def test_it_refuses_a_proposal(listing, people, now):
    say(listing, people[0], now, "3")
    refuse_value(observation_id=waiting(listing)[0].pk, approver=people[1], now=now)
    assert waiting(listing) == []
    assert AuditEntry.objects.filter(action="refuse_tag", actor=people[1]).count() == 1
