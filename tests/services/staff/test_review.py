"""What staff decide: the observation, the profile, the match and the log change together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import AuditEntry, FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings, find_assessment
from shop_plugin.services.staff import review
from shop_plugin.services.staff.review import (
    Decision,
    ListingChanged,
    Tag,
    decide_suggestion,
    fingerprint_evidence,
    review_again,
    save_tags,
    tag_listing,
    withdraw_tag,
)
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return get_user_model().objects.create_user("alex")


@pytest.fixture
def listing(now):
    """A walking shoe of which the text states the cushioning only."""
    made = ListingFactory(description="A walking shoe with a cushioned sole.")
    annotate_listings(listing_ids=[made.pk], now=now)
    assess_listings(listing_ids=[made.pk], now=now)
    return made


def observe(listing, now, **values):
    """Store what some source says, and bring the listing up to date."""
    defaults = {
        "attribute": "arch_support",
        "options": "1",
        "source_kind": "text",
        "rule": "test.rule",
        "confidence": 700,
        "observed_at": now,
    }
    made = Observation.objects.create(listing=listing, **{**defaults, **values})
    review._refresh([listing.pk], now)
    return made


def tag(listing, author, now, attribute="arch_support", value=None, original="3", **extra):
    return tag_listing(
        listing_id=listing.pk,
        attribute=attribute,
        value=value or Options.of("3"),
        original=original,
        author=author,
        now=now,
        **extra,
    )


def profile_of(listing):
    return FootwearProfile.objects.get(pk=listing.pk)


def test_stores_who_said_what_and_when(listing, author, now):
    tag(listing, author, now, "heel_height_mm", Span.exactly(69_850), '2 3/4"')
    said = Observation.objects.get(listing=listing, source_kind="staff")
    assert (said.attribute, said.low_milli, said.high_milli) == ("heel_height_mm", 69_850, 69_850)
    assert (said.original, said.rule, said.confidence) == ('2 3/4"', "staff.tag", 1000)
    assert (said.author, said.observed_at, said.state) == (author, now, "accepted")
    assert said.content_hash == listing.content_hash


def test_brings_profile_and_match_up_to_date_at_once(listing, author, now):
    before = find_assessment(listing_id=listing.pk)
    outcome = save_tags(
        listing_id=listing.pk,
        tags=[
            Tag("arch_support", Options.of("3"), "3"),
            Tag("heel_height_mm", Span.exactly(25_000), "25 mm"),
        ],
        author=author,
        now=now,
    )
    profile = profile_of(listing)
    assert (profile.arch_support, profile.heel_height_high_um) == ("3", 25_000)
    assert outcome.match_before == before
    assert outcome.match_after == find_assessment(listing_id=listing.pk)
    assert outcome.match_after.low > before.low
    assert profile.match_low == outcome.match_after.low
    assert outcome.changed == ("arch_support", "heel_height_mm")


def test_supersedes_what_staff_said_before_and_keeps_it(listing, author, now):
    tag(listing, author, now, value=Options.of("1"))
    tag(listing, author, now + timedelta(days=1), value=Options.of("2"))
    states = Observation.objects.filter(listing=listing, source_kind="staff")
    assert dict(states.values_list("options", "state")) == {"1": "superseded", "2": "accepted"}
    assert profile_of(listing).arch_support == "2"


def test_changes_nothing_when_the_same_is_said_again(listing, author, now):
    tag(listing, author, now)
    outcome = tag(listing, author, now + timedelta(days=1))
    assert outcome.changed == ()
    assert Observation.objects.filter(source_kind="staff").count() == 1
    assert AuditEntry.objects.count() == 1


def test_logs_before_and_after_with_the_person(listing, author, now):
    outcome = tag(listing, author, now)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.at) == ("tag", author, now)
    assert entry.subject == f"listing:{listing.pk}"
    assert (entry.before["evidence"], entry.before["believed"]) == (None, None)
    assert (entry.after["evidence"], entry.after["believed"]) == (["3"], ["3"])
    assert entry.after["match"] == [outcome.match_after.low, outcome.match_after.high]


def test_outranks_the_text_which_stays_readable(listing, author, now):
    said = observe(listing, now, options="1,2,3")
    outcome = tag(listing, author, now, value=Options.of("0"))
    said.refresh_from_db()
    assert said.state == "accepted"
    assert profile_of(listing).arch_support == "0"
    assert outcome.outranked == ()


def test_says_so_when_a_source_above_staff_is_believed(listing, author, now):
    observe(listing, now, options="0", source_kind="lab")
    outcome = tag(listing, author, now, value=Options.of("3"))
    assert outcome.outranked == ("arch_support",)
    assert profile_of(listing).arch_support == "0"


def test_counts_a_width_among_others_as_believed(listing, author, now):
    observe(listing, now, attribute="width_options", options="regular")
    outcome = tag(listing, author, now, "width_options", Options.of("wide"), "wide")
    assert outcome.outranked == ()


def test_takes_a_staff_value_back(listing, author, now):
    observe(listing, now, options="1,2,3")
    tag(listing, author, now, value=Options.of("0"))
    outcome = withdraw_tag(listing_id=listing.pk, attribute="arch_support", author=author, now=now)
    assert outcome.changed == ("arch_support",)
    assert profile_of(listing).arch_support == "1,2,3"
    assert AuditEntry.objects.filter(action="withdraw_tag").count() == 1


def test_takes_nothing_back_where_staff_said_nothing(listing, author, now):
    outcome = withdraw_tag(listing_id=listing.pk, attribute="arch_support", author=author, now=now)
    assert outcome.changed == ()
    assert not AuditEntry.objects.exists()


def test_refuses_to_overwrite_what_the_author_has_not_seen(listing, author, now):
    seen = fingerprint_evidence(listing.pk)
    other = get_user_model().objects.create_user("billie")
    tag(listing, other, now, value=Options.of("1"), seen=seen)
    with pytest.raises(ListingChanged):
        tag(listing, author, now, value=Options.of("3"), seen=seen)
    assert profile_of(listing).arch_support == "1"
    assert list(AuditEntry.objects.values_list("actor__username", flat=True)) == ["billie"]


def test_saves_after_a_second_look(listing, author, now):
    other = get_user_model().objects.create_user("billie")
    tag(listing, other, now, value=Options.of("1"))
    tag(listing, author, now, seen=fingerprint_evidence(listing.pk))
    assert profile_of(listing).arch_support == "3"


def test_sees_a_changed_text_as_changed_evidence(listing):
    seen = fingerprint_evidence(listing.pk)
    Listing.objects.filter(pk=listing.pk).update(content_hash="f" * 32)
    assert fingerprint_evidence(listing.pk) != seen


def test_sees_a_second_reading_with_the_same_result_as_unchanged(listing, now):
    seen = fingerprint_evidence(listing.pk)
    Observation.objects.filter(listing=listing).delete()
    annotate_listings(listing_ids=[listing.pk], now=now + timedelta(days=1))
    assert fingerprint_evidence(listing.pk) == seen


def test_saves_all_or_nothing(listing, author, now, monkeypatch):
    def fail(**_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(review, "assess_listings", fail)
    with pytest.raises(RuntimeError):
        tag(listing, author, now)
    assert not Observation.objects.filter(source_kind="staff").exists()
    assert profile_of(listing).arch_support is None
    assert not AuditEntry.objects.exists()


def test_knows_no_other_attributes(listing, author, now):
    with pytest.raises(KeyError):
        tag(listing, author, now, attribute="colour")


def test_believes_a_suggestion_once_it_is_accepted(listing, author, now):
    waiting = observe(listing, now, options="2", state="suggested")
    assert profile_of(listing).arch_support is None
    outcome = decide_suggestion(
        observation_id=waiting.pk, decision=Decision.ACCEPT, author=author, now=now
    )
    waiting.refresh_from_db()
    assert waiting.state == "accepted"
    assert profile_of(listing).arch_support == "2"
    assert outcome.changed == ("arch_support",)


def test_drops_a_reading_once_it_is_rejected(listing, author, now):
    wrong = observe(listing, now, options="3")
    decide_suggestion(observation_id=wrong.pk, decision=Decision.REJECT, author=author, now=now)
    assert profile_of(listing).arch_support is None
    entry = AuditEntry.objects.get()
    assert entry.action == "reject_reading"
    assert entry.before["evidence"] == {
        "reading": ["3"],
        "rule": "test.rule",
        "state": "accepted",
    }
    assert entry.after["evidence"]["state"] == "rejected"


def test_lets_a_decision_be_changed(listing, author, now):
    reading = observe(listing, now, options="3")
    for decision in (Decision.REJECT, Decision.ACCEPT):
        decide_suggestion(observation_id=reading.pk, decision=decision, author=author, now=now)
    assert profile_of(listing).arch_support == "3"


def test_asks_nobody_again_when_nobody_can_tell(listing, author, now):
    waiting = observe(listing, now, options="2", state="suggested")
    decide_suggestion(
        observation_id=waiting.pk, decision=Decision.CANNOT_TELL, author=author, now=now
    )
    waiting.refresh_from_db()
    assert waiting.state == "unclear"
    assert AuditEntry.objects.get().action == "cannot_tell_reading"


@pytest.mark.parametrize("values", [{"source_kind": "staff"}, {"state": "superseded"}])
def test_judges_neither_staff_values_nor_the_past(listing, author, now, values):
    item = observe(listing, now, **values)
    with pytest.raises(Observation.DoesNotExist):
        decide_suggestion(observation_id=item.pk, decision=Decision.REJECT, author=author, now=now)


def test_refuses_a_decision_over_evidence_that_changed(listing, author, now):
    waiting = observe(listing, now, options="2", state="suggested")
    seen = fingerprint_evidence(listing.pk)
    tag(listing, author, now)
    with pytest.raises(ListingChanged):
        decide_suggestion(
            observation_id=waiting.pk,
            decision=Decision.ACCEPT,
            author=author,
            now=now,
            seen=seen,
        )


def test_reads_again_and_keeps_what_staff_said(listing, author, now):
    tag(listing, author, now, value=Options.of("1"))
    Listing.objects.filter(pk=listing.pk).update(description="Nothing is said here.")
    assert review_again(listing_ids=[listing.pk, 999_999], author=author, now=now) == 1
    profile = profile_of(listing)
    assert (profile.arch_support, profile.cushioning) == ("1", None)
    assert AuditEntry.objects.filter(action="reassess", actor=author).count() == 1
