"""Undo of what one decided oneself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.domain.attributes import Options
from shop_plugin.models import AuditEntry, FootwearProfile, Observation, WorkDecision
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.decision_log import tally_day
from shop_plugin.services.staff.review import Decision, Tag, decide_suggestion, save_tags
from shop_plugin.services.staff.undoing import (
    DecisionOverruled,
    NothingToUndo,
    undo_last,
    undoable_decisions,
)
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alex():
    return get_user_model().objects.create_user("alex")


@pytest.fixture
def listing(now):
    made = ListingFactory(description="A calm walker with a padded footbed.")
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def tag(listing, author, now, **levels):
    return save_tags(
        listing_id=listing.pk,
        tags=[
            Tag(key, None if level is None else Options.of(*level.split(",")), level or "")
            for key, level in levels.items()
        ],
        author=author,
        now=now,
    )


def believed(listing):
    return FootwearProfile.objects.get(pk=listing.pk).arch_support


def test_it_takes_back_the_newest_decision_and_the_match_follows(listing, alex, now):
    before = FootwearProfile.objects.get(pk=listing.pk)
    tag(listing, alex, now, arch_support="3", cushioning="3")
    undone = undo_last(author=alex, now=now)
    assert (undone.listing_id, undone.attributes) == (listing.pk, ("arch_support", "cushioning"))
    after = FootwearProfile.objects.get(pk=listing.pk)
    assert (after.arch_support, after.match_low, after.worth) == (
        before.arch_support,
        before.match_low,
        before.worth,
    )
    made = Observation.objects.filter(listing=listing, source_kind="staff")
    assert set(made.values_list("state", flat=True)) == {"superseded"}


def test_it_goes_back_step_by_step_to_what_stood_before(listing, alex, now):
    for level in ("1", "2", "3"):
        tag(listing, alex, now, arch_support=level)
    seen = []
    for _ in range(3):
        undo_last(author=alex, now=now)
        seen.append(believed(listing))
    assert seen == ["2", "1", None]
    with pytest.raises(NothingToUndo):
        undo_last(author=alex, now=now)


def test_it_brings_back_a_value_that_was_taken_back(listing, alex, now):
    tag(listing, alex, now, arch_support="2")
    tag(listing, alex, now, arch_support=None)
    undo_last(author=alex, now=now)
    assert believed(listing) == "2"


def test_it_lets_a_judged_reading_wait_again(listing, alex, now):
    reading = Observation.objects.filter(listing=listing).first()
    decide_suggestion(observation_id=reading.pk, decision=Decision.REJECT, author=alex, now=now)
    state = reading.state
    undo_last(author=alex, now=now)
    reading.refresh_from_db()
    assert reading.state == state


def test_it_writes_the_undo_down(listing, alex, now):
    tag(listing, alex, now, arch_support="2")
    undo_last(author=alex, now=now)
    entry = AuditEntry.objects.get(action="undo")
    assert entry.actor == alex
    assert entry.before["evidence"] == {"reading": ["2"], "rule": "staff.tag", "state": "accepted"}
    assert entry.after["evidence"]["state"] == "superseded"


def test_it_undoes_nothing_of_others_and_nothing_of_yesterday(listing, alex, now):
    billie = get_user_model().objects.create_user("billie")
    tag(listing, billie, now, arch_support="2")
    for person, when in ((alex, now), (billie, now + timedelta(hours=13))):
        with pytest.raises(NothingToUndo):
            undo_last(author=person, now=when)
    assert believed(listing) == "2"


def test_it_refuses_where_somebody_decided_since(listing, alex, now):
    billie = get_user_model().objects.create_user("billie")
    tag(listing, alex, now, arch_support="2")
    tag(listing, billie, now, arch_support="3")
    with pytest.raises(DecisionOverruled):
        undo_last(author=alex, now=now)
    assert believed(listing) == "3"
    assert undoable_decisions(author=alex, now=now).count() == 1


def test_it_counts_what_was_gained_and_not_what_was_undone(listing, alex, now):
    tag(listing, alex, now, arch_support="3", cushioning="3", toe_shape="round")
    tag(listing, alex, now, fastening="lace_up", base_stability="2", heel_counter="2")
    done = tally_day(author=alex, since=now)
    assert (done.decisions, done.listings) == (2, 1)
    assert done.gained == WorkDecision.objects.filter(is_gain=True).count() == 1
    for _ in range(2):
        undo_last(author=alex, now=now)
    assert tally_day(author=alex, since=now) == (type(done)(0, 0, 0))
