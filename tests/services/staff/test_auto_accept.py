"""Suggestions that are accepted without a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import (
    AuditEntry,
    AutoAcceptRule,
    FootwearProfile,
    Listing,
    Observation,
)
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.auto_accept import accept_sure_suggestions
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=25)


@pytest.fixture
def rule():
    return AutoAcceptRule.objects.create(
        attribute="arch_support", is_on=True, least_percent=50, delay_hours=24
    )


@pytest.fixture
def listing(now):
    made = ListingFactory()
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def suggest(listing, now, **values):
    defaults = {
        "attribute": "arch_support",
        "options": "2",
        "source_kind": "text",
        "rule": "test.rule",
        "confidence": 500,
        "state": "suggested",
        "content_hash": listing.content_hash,
        "observed_at": now,
    }
    return Observation.objects.create(listing=listing, **{**defaults, **values})


def counts(done):
    return done.due, done.accepted, done.left


def test_it_accepts_nothing_unless_staff_said_so(listing, now):
    item = suggest(listing, now, confidence=599)
    AutoAcceptRule.objects.create(attribute="arch_support", least_percent=50, delay_hours=0)
    assert counts(accept_sure_suggestions(now=now + LATER)) == (0, 0, 0)
    item.refresh_from_db()
    assert item.state == "suggested"


def test_it_accepts_what_is_sure_old_and_fresh_and_the_match_follows(rule, listing, now):
    item = suggest(listing, now)
    assert counts(accept_sure_suggestions(now=now + LATER)) == (1, 1, 0)
    item.refresh_from_db()
    assert item.state == "accepted"
    profile = FootwearProfile.objects.get(pk=listing.pk)
    assert (profile.arch_support, profile.assessed_hash) == ("2", profile.attribute_hash)


def test_it_writes_down_by_which_rule(rule, listing, now):
    suggest(listing, now)
    accept_sure_suggestions(now=now + LATER)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("auto_accept_reading", None)
    assert entry.reason == "rule: from 50 % sure, after 24 hours"
    assert entry.before["evidence"]["state"] == "suggested"
    assert entry.after["evidence"]["state"] == "accepted"


@pytest.mark.parametrize(
    "values",
    [
        {"confidence": 499},
        {"attribute": "cushioning"},
        {"source_kind": "staff"},
        {"content_hash": "0" * 32},
        {"state": "unclear"},
        {"state": "rejected"},
    ],
)
def test_it_leaves_to_a_person_what_the_rule_does_not_cover(rule, listing, now, values):
    suggest(listing, now, **values)
    assert counts(accept_sure_suggestions(now=now + LATER)) == (0, 0, 0)


def test_it_waits_for_a_person_first(rule, listing, now):
    suggest(listing, now)
    assert accept_sure_suggestions(now=now + timedelta(hours=23)).due == 0


def test_it_leaves_a_text_that_an_older_version_read(rule, listing, now):
    suggest(listing, now)
    Listing.objects.filter(pk=listing.pk).update(annotated_hash=f"{listing.content_hash}:old")
    assert counts(accept_sure_suggestions(now=now + LATER)) == (1, 0, 1)


def test_it_leaves_what_is_no_longer_offered(rule, listing, now):
    suggest(listing, now)
    Listing.objects.filter(pk=listing.pk).update(is_withdrawn=True)
    assert accept_sure_suggestions(now=now + LATER).due == 0


@pytest.mark.parametrize("state", ["accepted", "suggested"])
def test_it_leaves_what_another_source_contradicts(rule, listing, now, state):
    suggest(listing, now)
    suggest(listing, now, options="0", source_kind="staff", state=state)
    assert counts(accept_sure_suggestions(now=now + LATER)) == (1, 0, 1)


def test_it_accepts_what_another_source_confirms(rule, listing, now):
    suggest(listing, now)
    suggest(listing, now, source_kind="feed", state="accepted")
    assert counts(accept_sure_suggestions(now=now + LATER)) == (1, 1, 0)


def test_it_counts_without_writing(rule, listing, now):
    item = suggest(listing, now)
    assert counts(accept_sure_suggestions(now=now + LATER, dry_run=True)) == (1, 1, 0)
    item.refresh_from_db()
    assert item.state == "suggested"
    assert not AuditEntry.objects.exists()


def test_it_goes_through_all_of_them_in_chunks(rule, now, settings):
    settings.FOOTBACK = {"CHUNK_SIZE": 3}
    shoes = [ListingFactory() for _ in range(7)]
    annotate_listings(listing_ids=[shoe.pk for shoe in shoes], now=now)
    for shoe in shoes:
        suggest(shoe, now)
    assert counts(accept_sure_suggestions(now=now + LATER)) == (7, 7, 0)
    assert accept_sure_suggestions(now=now + LATER).due == 0
