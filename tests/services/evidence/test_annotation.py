from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from shop_plugin.domain.attributes import FootwearAttributes, Options, SourceKind, Span
from shop_plugin.domain.listing_reading import READING_VERSION
from shop_plugin.models import FootwearProfile, Listing, Observation
from shop_plugin.services.evidence import annotation
from shop_plugin.services.evidence.annotation import (
    annotate_listings,
    annotate_stale,
    fresh_hash,
    observations_of,
    resolve_listings,
    stale_listings,
)
from tests.factories import ListingFactory, ProfileFactory, SizeFactory

pytestmark = pytest.mark.django_db

TEXT = "Built-in arch support. 2 3/4 inch block heel."


def said(listing: Listing) -> set[tuple[str, str]]:
    rows = Observation.objects.filter(listing=listing)
    return set(rows.values_list("attribute", "source_kind"))


def profile(listing: Listing) -> FootwearAttributes:
    return FootwearAttributes.from_snapshot(FootwearProfile.objects.get(pk=listing.pk).snapshot)


def change_text(listing: Listing, text: str) -> None:
    listing.description, listing.content_hash = text, f"{hash(text) & 0xFFFF:032x}"
    listing.save()


def test_it_reads_fields_and_text_with_their_words(now: datetime) -> None:
    listing = ListingFactory(
        description=TEXT, raw_attributes={"Closure": "Lace-Up"}, use_category="boot"
    )
    result = annotate_stale(now=now)
    assert (result.listings, result.profiles) == (1, 1)
    assert {("arch_support", "text"), ("heel_height_mm", "text"), ("fastening", "feed")} <= said(
        listing
    )
    for row in Observation.objects.filter(source_kind="text"):
        text = getattr(listing, row.field)
        assert text[row.start : row.end] == row.quote != ""
    feed = Observation.objects.get(attribute="fastening")
    assert (feed.field, feed.quote, feed.rule) == (
        "raw_attributes.Closure",
        "Lace-Up",
        "feed.fastening",
    )
    assert (feed.content_hash, feed.observed_at) == (listing.content_hash, now)


def test_it_resolves_the_typed_columns_of_the_profile(now: datetime) -> None:
    listing = ListingFactory(description=TEXT, use_category="boot")
    annotate_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    assert (row.heel_height_low_um, row.heel_height_high_um) == (69_850, 69_850)
    assert row.arch_support == "2,3"
    assert row.cushioning is None
    assert row.removable_insole is None
    known = profile(listing)
    assert row.attribute_hash == known.fingerprint()
    assert known.heel_height_mm == Span.exactly(69_850)
    assert known.confidence["heel_height_mm"] == 800


def test_it_reads_only_what_is_stale(now: datetime) -> None:
    listing, other = ListingFactory(description=TEXT), ListingFactory()
    assert annotate_stale(now=now).listings == 2
    listing.refresh_from_db()
    assert listing.annotated_hash == fresh_hash(listing.content_hash)
    assert listing.annotated_hash == f"{listing.content_hash}:{READING_VERSION}"
    assert annotate_stale(now=now).listings == 0
    change_text(other, "New text.")
    assert list(stale_listings()) == [other]
    assert annotate_stale(now=now).listings == 1
    assert annotate_stale(now=now, everything=True).listings == 2


def test_it_reads_one_source_alone(now: datetime) -> None:
    ListingFactory(source="north")
    ListingFactory(source="south")
    assert annotate_stale(now=now, source="north").listings == 1
    assert list(stale_listings().values_list("source", flat=True)) == ["south"]


def test_it_writes_nothing_when_the_same_words_say_the_same(now: datetime) -> None:
    listing = ListingFactory(description=TEXT, raw_attributes={"Closure": "Lace-Up"})
    annotate_stale(now=now)
    before = list(Observation.objects.order_by("pk").values())
    again = annotate_listings(listing_ids=[listing.pk], now=now + timedelta(days=1))
    assert (again.written, again.removed, again.profiles) == (0, 0, 0)
    assert list(Observation.objects.order_by("pk").values()) == before


def test_it_replaces_what_the_text_says_no_more(now: datetime) -> None:
    listing = ListingFactory(description=TEXT, use_category="boot")
    annotate_stale(now=now)
    change_text(listing, "3 inch block heel.")
    result = annotate_stale(now=now)
    assert result.removed >= 2
    assert profile(listing).heel_height_mm == Span.exactly(76_200)
    assert profile(listing).arch_support is None
    assert not Observation.objects.filter(attribute="arch_support").exists()


def test_it_keeps_the_table_bounded_when_a_text_only_moves(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    annotate_stale(now=now)
    count = Observation.objects.count()
    for number in range(3):
        change_text(listing, f"Model {number}00. {TEXT}")
        annotate_stale(now=now)
    assert Observation.objects.count() == count


def make_staff_tag(listing: Listing, **fields: Any) -> Observation:
    values = {
        "attribute": "arch_support",
        "options": "0",
        "source_kind": "staff",
        "rule": "staff.tag",
        "confidence": 1000,
        "observed_at": listing.created_at,
    }
    return Observation.objects.create(listing=listing, **{**values, **fields})


def test_it_never_touches_what_staff_said(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    tag = make_staff_tag(listing)
    annotate_stale(now=now)
    change_text(listing, "Nothing of interest.")
    annotate_stale(now=now)
    tag.refresh_from_db()
    assert tag.state == "accepted"
    assert profile(listing).arch_support == Options.of("0")


@override_settings(FOOTBACK={"AUTO_ACCEPT_CONFIDENCE": 750})
def test_it_lets_a_person_judge_what_is_not_sure_enough(now: datetime) -> None:
    listing = ListingFactory(description=TEXT, use_category="boot")
    result = annotate_stale(now=now)
    assert result.waiting >= 1
    arch = Observation.objects.get(attribute="arch_support")
    assert (arch.state, arch.confidence < 750) == ("suggested", True)
    assert profile(listing).arch_support is None
    assert profile(listing).heel_height_mm == Span.exactly(69_850)


@override_settings(FOOTBACK={"AUTO_ACCEPT_CONFIDENCE": 750})
def test_it_keeps_what_a_person_accepted_while_the_words_stand(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    annotate_stale(now=now)
    Observation.objects.filter(attribute="arch_support").update(state="accepted")
    change_text(listing, f"New in spring. {TEXT}")
    annotate_stale(now=now)
    arch = Observation.objects.get(attribute="arch_support")
    assert arch.state == "accepted"
    assert listing.description[arch.start : arch.end] == arch.quote
    assert FootwearProfile.objects.get(pk=listing.pk).arch_support == "2,3"


@pytest.mark.parametrize("least", [750, 100])
@pytest.mark.parametrize("decision", ["rejected", "unclear"])
def test_it_suggests_what_a_person_refused_again_only_for_another_text(
    now: datetime, decision: str, least: int
) -> None:
    """Also what would count by itself: somebody found it wrong once."""
    listing = ListingFactory(description=TEXT)
    with override_settings(FOOTBACK={"AUTO_ACCEPT_CONFIDENCE": least}):
        annotate_stale(now=now)
        Observation.objects.filter(attribute="arch_support").update(state=decision)
        annotate_stale(now=now, everything=True)
        assert Observation.objects.get(attribute="arch_support").state == decision
        change_text(listing, f"{TEXT} New in spring.")
        annotate_stale(now=now)
        again = Observation.objects.get(attribute="arch_support")
    assert (again.state, again.content_hash) == ("suggested", listing.content_hash)
    assert FootwearProfile.objects.get(pk=listing.pk).arch_support is None


@override_settings(FOOTBACK={"AUTO_ACCEPT_CONFIDENCE": 750})
def test_it_keeps_what_a_person_accepted_readable_when_the_words_are_gone(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    annotate_stale(now=now)
    Observation.objects.filter(attribute="arch_support").update(state="accepted")
    change_text(listing, "Nothing of interest.")
    annotate_stale(now=now)
    assert Observation.objects.get(attribute="arch_support").state == "superseded"
    assert FootwearProfile.objects.get(pk=listing.pk).arch_support is None


def test_it_does_not_suggest_again_what_was_rejected(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    annotate_stale(now=now)
    Observation.objects.filter(attribute="arch_support").update(state="rejected")
    annotate_listings(listing_ids=[listing.pk], now=now)
    assert list(
        Observation.objects.filter(attribute="arch_support").values_list("state", flat=True)
    ) == ["rejected"]
    resolve_listings(listing_ids=[listing.pk], now=now)
    assert profile(listing).arch_support is None


def test_it_shows_a_conflict_of_two_fields(now: datetime) -> None:
    listing = ListingFactory(
        raw_attributes={"Heel Height": "2 in", "Absatzhöhe": "8 cm"}, use_category="boot"
    )
    annotate_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    assert row.conflicts == "heel_height_mm"
    assert (row.heel_height_low_um, row.heel_height_high_um) == (50_800, 80_000)


@override_settings(FOOTBACK={"DEFAULT_HEEL_UNIT": {"north": "mm"}})
def test_it_reads_a_height_without_unit_only_for_the_source_that_names_one(now: datetime) -> None:
    named = ListingFactory(source="north", raw_attributes={"Heel Height": "45"})
    silent = ListingFactory(source="south", raw_attributes={"Heel Height": "45"})
    assert annotate_stale(now=now).problems == {"no_unit": 1}
    assert profile(named).heel_height_mm == Span.exactly(45_000)
    assert profile(silent).heel_height_mm is None


def test_it_reads_widths_from_sizes(now: datetime) -> None:
    listing = ListingFactory()
    SizeFactory(listing=listing, width="Wide")
    SizeFactory(listing=listing, label="39", width="Regular")
    annotate_stale(now=now)
    assert profile(listing).width_options == Options.of("regular", "wide")


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_goes_through_more_listings_than_a_chunk(now: datetime) -> None:
    ListingFactory.create_batch(5)
    seen: list[int] = []
    assert annotate_stale(now=now, on_progress=seen.append).listings == 5
    assert seen == [2, 2, 1]
    assert FootwearProfile.objects.count() == 5


def test_it_needs_no_query_per_listing(now: datetime, django_assert_max_num_queries: Any) -> None:
    ListingFactory.create_batch(150, description=TEXT)
    with django_assert_max_num_queries(13):
        annotate_stale(now=now)


def change_while_reading(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Let something happen once, after a text was read and before that is stored."""
    read = annotation.read_plainly
    waiting = [change]

    def read_and_change(*args: Any) -> Any:
        found = read(*args)
        if waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(annotation, "read_plainly", read_and_change)


def test_it_reads_anew_a_text_that_changed_while_it_was_read(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, other = ListingFactory(description=TEXT), ListingFactory(description=TEXT)
    change_while_reading(monkeypatch, lambda: change_text(listing, "3 inch block heel."))
    assert annotate_stale(now=now).listings == 2
    assert profile(listing).heel_height_mm == Span.exactly(76_200)
    assert profile(listing).arch_support is None
    assert profile(other).heel_height_mm == Span.exactly(69_850)
    for row in Observation.objects.filter(listing=listing):
        assert row.content_hash == listing.content_hash
    assert not stale_listings().exists()


def test_it_leaves_out_a_listing_that_went_while_it_was_read(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, other = ListingFactory(description=TEXT), ListingFactory(description=TEXT)
    change_while_reading(monkeypatch, listing.delete)
    assert annotate_stale(now=now).listings == 1
    assert FootwearProfile.objects.get().pk == other.pk


def test_it_keeps_a_decision_made_while_the_text_was_read(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = ListingFactory(description=TEXT)
    annotate_stale(now=now)
    arch = Observation.objects.filter(attribute="arch_support")
    change_while_reading(monkeypatch, lambda: arch.update(state="rejected"))
    annotate_stale(now=now, everything=True)
    assert arch.get().state == "rejected"
    assert profile(listing).arch_support is None


@override_settings(FOOTBACK={"CHUNK_SIZE": 2, "DEFAULT_HEEL_UNIT": {"north": "mm"}})
def test_it_stores_the_same_with_a_second_core(now: datetime, started: list[int]) -> None:
    for number in range(24):
        ListingFactory(
            source="north",
            description=f"{TEXT} Weighs {200 + number} g.",
            raw_attributes={"Heel Height": str(20 + number), "Closure": "Lace-Up"},
        )
    assert annotate_stale(now=now).listings == 24
    assert len(started) == 1
    columns = [item.name for item in Observation._meta.concrete_fields if item.name != "id"]
    found = list(Observation.objects.order_by("listing", "attribute", "start").values(*columns))
    profiles = list(FootwearProfile.objects.order_by("pk").values())
    Observation.objects.all().delete()
    FootwearProfile.objects.all().delete()
    keys = list(Listing.objects.values_list("pk", flat=True))
    annotate_listings(listing_ids=keys, now=now)
    again = Observation.objects.order_by("listing", "attribute", "start").values(*columns)
    assert list(again) == found != []
    assert list(FootwearProfile.objects.order_by("pk").values()) == profiles


def test_it_leaves_the_match_alone_until_it_is_assessed_anew(now: datetime) -> None:
    listing = ListingFactory(description=TEXT)
    ProfileFactory(listing=listing, match_low=4200, verdict="grade", assessed_hash="old")
    annotate_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    assert (row.match_low, row.assessed_hash) == (4200, "old")
    assert row.attribute_hash != "old"


def test_it_tells_who_says_what_and_who_is_believed(now: datetime) -> None:
    author = get_user_model().objects.create(username="robin")
    listing = ListingFactory(
        description=TEXT, use_category="flat", raw_attributes={"Heel Height": "1 in"}
    )
    tag = make_staff_tag(listing, author=author)
    annotate_stale(now=now)
    facts = observations_of(listing.pk)
    arch = [fact for fact in facts if fact.attribute == "arch_support"]
    assert [(fact.source_kind, fact.is_believed) for fact in arch] == [
        (SourceKind.STAFF, True),
        (SourceKind.TEXT, False),
    ]
    assert (arch[0].observation_id, arch[0].author) == (tag.pk, "robin")
    assert arch[0].value == Options.of("0")
    heel = {fact.source_kind: fact for fact in facts if fact.attribute == "heel_height_mm"}
    assert heel[SourceKind.FEED].is_believed
    assert not heel[SourceKind.TEXT].is_believed
    category = heel[SourceKind.CATEGORY]
    assert (category.observation_id, category.observed_at) == (None, None)
    assert category.value == Span(0, 25_400)


def test_it_believes_the_category_where_nobody_else_speaks(now: datetime) -> None:
    listing = ListingFactory(use_category="flat")
    annotate_stale(now=now)
    (fact,) = observations_of(listing.pk)
    assert fact.is_believed
    assert fact.source_kind is SourceKind.CATEGORY


def test_it_does_not_know_a_listing_that_is_not_there() -> None:
    with pytest.raises(Listing.DoesNotExist):
        observations_of(4711)


def test_it_flags_what_does_not_fit_and_changes_no_value(now: datetime) -> None:
    listing = ListingFactory(
        description="Platform 2 in, heel 1 in.", use_category="sandal", gender="women"
    )
    annotate_stale(now=now)
    row = FootwearProfile.objects.get(pk=listing.pk)
    assert row.flags == "heel.below_platform"
    assert (row.heel_height_low_um, row.forefoot_height_low_um) == (25_400, 50_800)
    change_text(listing, "Platform 1 in, heel 2 in.")
    annotate_stale(now=now)
    row.refresh_from_db()
    assert (row.flags, row.heel_height_low_um) == ("", 50_800)


def test_it_flags_a_width_letter_read_as_for_the_other_gender(now: datetime) -> None:
    women = ListingFactory(gender="women", raw_attributes={"Width": "D(M)"})
    men = ListingFactory(gender="men", raw_attributes={"Width": "D(M)"})
    annotate_stale(now=now)
    flags = dict(FootwearProfile.objects.values_list("pk", "flags"))
    assert flags == {women.pk: "width.letter_of_others", men.pk: ""}


def test_it_writes_a_flag_that_comes_without_a_change_of_facts(now: datetime) -> None:
    listing = ListingFactory(gender="men", raw_attributes={"Width": "D(M)"})
    annotate_stale(now=now)
    listing.gender, listing.content_hash = "women", "f" * 32
    listing.save()
    assert annotate_stale(now=now).profiles == 1
    assert FootwearProfile.objects.get(pk=listing.pk).flags == "width.letter_of_others"
