"""Values of staff, and the text that they were set for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.domain.attributes import Options
from shop_plugin.domain.records import ListingRecord, ReadRow
from shop_plugin.models import AuditEntry, EarlierText, Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.intake.catalogue import import_listings
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.staff.review import (
    Decision,
    ListingChanged,
    decide_suggestion,
    fingerprint_evidence,
    tag_listing,
)
from shop_plugin.services.staff.text_changes import (
    confirm_values,
    find_lost_readings,
    find_text_changes,
)

pytestmark = pytest.mark.django_db

FIRM = "A walking shoe with a firm footbed."
SOFT = "A walking shoe with a soft footbed."


@pytest.fixture
def say(now):
    """Let the host say a text of the one shoe there is, and read it."""

    def _say(text: str, **fields) -> Listing:
        record = ListingRecord(
            source="test", external_id="1", title="Marlow", description=text, **fields
        )
        import_listings(rows=[ReadRow(1, record)], source="test", now=now)
        annotate_stale(now=now)
        return Listing.objects.get()

    return _say


def tag(listing: Listing, now, attribute: str = "arch_support", option: str = "2") -> None:
    tag_listing(
        listing_id=listing.pk,
        attribute=attribute,
        value=Options.of(option),
        original=option,
        author=None,
        now=now,
    )


def marked(pieces) -> list[str]:
    return [piece.text for piece in pieces if piece.is_changed]


def test_keeps_the_text_that_staff_looked_at_and_shows_the_differing_words(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    assert find_text_changes(listing.pk) == ()
    assert EarlierText.objects.count() == 0
    say(SOFT)
    (change,) = find_text_changes(listing.pk)
    assert [value.attribute for value in change.values] == ["arch_support"]
    (field,) = change.fields
    assert field.field == "description"
    assert marked(field.difference.before) == ["firm"]
    assert marked(field.difference.after) == ["soft"]
    assert change.changed_at == now


def test_keeps_no_text_that_nobody_looked_at(say) -> None:
    say(FIRM)
    say(SOFT)
    assert EarlierText.objects.count() == 0


def test_compares_with_the_text_that_was_looked_at_not_with_the_last_one(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(SOFT)
    say(SOFT + " New laces.")
    assert EarlierText.objects.count() == 1
    (change,) = find_text_changes(listing.pk)
    assert marked(change.fields[0].difference.before) == ["firm"]
    assert marked(change.fields[0].difference.after)[0] == "soft"


def test_forgets_the_mark_when_the_old_text_comes_back(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(SOFT)
    say(FIRM)
    assert find_text_changes(listing.pk) == ()


def test_confirms_with_one_call_and_drops_the_old_text(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    tag(listing, now, "cushioning", "1")
    say(SOFT)
    (change,) = find_text_changes(listing.pk)
    later = now + timedelta(days=1)
    ids = [value.observation_id for value in change.values]
    outcome = confirm_values(listing_id=listing.pk, observation_ids=ids, author=None, now=later)
    assert outcome.changed == ("arch_support", "cushioning")
    assert find_text_changes(listing.pk) == ()
    assert EarlierText.objects.count() == 0
    entries = AuditEntry.objects.filter(action="confirm_tag")
    assert {entry.after["attribute"] for entry in entries} == {"arch_support", "cushioning"}
    again = confirm_values(listing_id=listing.pk, observation_ids=ids, author=None, now=later)
    assert again.changed == ()


def test_keeps_the_old_text_while_another_value_rests_on_it(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    tag(listing, now, "cushioning", "1")
    say(SOFT)
    first = find_text_changes(listing.pk)[0].values[0]
    confirm_values(
        listing_id=listing.pk, observation_ids=[first.observation_id], author=None, now=now
    )
    assert EarlierText.objects.count() == 1


def test_refuses_to_confirm_what_changed_while_one_looked(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(SOFT)
    seen = fingerprint_evidence(listing.pk)
    ids = [find_text_changes(listing.pk)[0].values[0].observation_id]
    say(SOFT + " Again.")
    with pytest.raises(ListingChanged):
        confirm_values(listing_id=listing.pk, observation_ids=ids, author=None, now=now, seen=seen)


def test_says_so_where_the_text_of_then_was_not_kept(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(SOFT)
    EarlierText.objects.all().delete()
    (change,) = find_text_changes(listing.pk)
    assert not change.is_text_kept
    assert change.fields == ()


def test_shows_no_words_where_only_the_kind_of_shoe_changed(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(FIRM, gender="women")
    (change,) = find_text_changes(listing.pk)
    assert change.is_text_kept
    assert change.fields == ()


def test_offers_to_keep_an_accepted_reading_whose_words_are_gone(say, now) -> None:
    listing = say("Gianvito 85")
    reading = Observation.objects.create(
        listing=listing,
        attribute="cushioning",
        options="2",
        source_kind="text",
        rule="test.rule",
        confidence=400,
        quote="soft as moss",
        state="suggested",
        observed_at=now,
    )
    decide_suggestion(observation_id=reading.pk, decision=Decision.ACCEPT, author=None, now=now)
    say("Another text.")
    (lost,) = find_lost_readings(listing.pk)
    assert (lost.value.attribute, lost.quote) == ("cushioning", "soft as moss")
    tag(listing, now, "cushioning", "2")
    assert find_lost_readings(listing.pk) == ()


def test_retention_drops_texts_that_no_value_rests_on(say, now) -> None:
    listing = say(FIRM)
    tag(listing, now)
    say(SOFT)
    assert keep_house(now=now).earlier_texts == 0
    tag(listing, now, option="3")
    assert keep_house(now=now, apply=True).earlier_texts == 1
    assert EarlierText.objects.count() == 0
