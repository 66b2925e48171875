"""Laws that hold for any edit, whatever is done in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import Options, Span, Value
from shop_plugin.models import Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit, undo_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits
from shop_plugin.services.staff.review import Decision, Tag, decide_suggestion, save_tags
from tests.factories import ListingFactory
from tests.services.staff.bulk_edits.conftest import believed, in_force

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
TEXTS = (
    "With arch support. A cushioned sole. Heel height 45 mm.",
    "Plain. Perhaps a mild wedge.",
    "Cushioned, heel 2 in.",
)
VALUES: dict[str, tuple[Value, ...]] = {
    "arch_support": (Options.of("0"), Options.of("3"), Options.of("1", "2", "3")),
    "cushioning": (Options.of("1"), Options.of("2")),
    "heel_height_mm": (Span.exactly(20_000), Span.exactly(69_850)),
}
ATTRIBUTES = tuple(VALUES)
PLACES = range(len(TEXTS))


@dataclass(frozen=True)
class SingleEdit:
    """What one person does to one fact of one listing: a value, none, or a word on its readings."""

    place: int
    attribute: str
    value: Value | None
    decision: Decision | None


@st.composite
def edits(draw: st.DrawFn) -> tuple[AttributeEdit, ...]:
    chosen = draw(st.sets(st.sampled_from(ATTRIBUTES), min_size=1))
    made = []
    for attribute in sorted(chosen):
        operation = draw(st.sampled_from(list(Operation)[1:]))
        value = draw(st.sampled_from(VALUES[attribute])) if operation.needs_value else None
        made.append(AttributeEdit(attribute, operation, value, "as written" if value else ""))
    return tuple(made)


@st.composite
def single_edits(draw: st.DrawFn) -> SingleEdit:
    attribute = draw(st.sampled_from(ATTRIBUTES))
    return SingleEdit(
        draw(st.sampled_from(PLACES)),
        attribute,
        draw(st.sampled_from([None, *VALUES[attribute]])),
        draw(st.sampled_from([None, None, Decision.ACCEPT, Decision.REJECT])),
    )


@contextmanager
def fresh_shoes() -> Iterator[list[Listing]]:
    """Give the shoes to one example, and take back what it wrote."""
    with transaction.atomic():
        made = [ListingFactory(description=text) for text in TEXTS]
        ids = [listing.pk for listing in made]
        annotate_listings(listing_ids=ids, now=NOW)
        assess_listings(listing_ids=ids, now=NOW)
        yield made
        transaction.set_rollback(True)


def do(shoes: list[Listing], edit: SingleEdit) -> None:
    listing_id = shoes[edit.place].pk
    if edit.decision is None:
        tag = Tag(edit.attribute, edit.value, "by hand" if edit.value else "")
        save_tags(listing_id=listing_id, tags=[tag], author=None, now=NOW)
        return
    readings = Observation.objects.filter(
        listing_id=listing_id, attribute=edit.attribute, source_kind__in=("feed", "text")
    ).exclude(state="superseded")
    for key in readings.values_list("pk", flat=True):
        decide_suggestion(observation_id=key, decision=edit.decision, author=None, now=NOW)


def run(shoes: list[Listing], made: tuple[AttributeEdit, ...]) -> int:
    edit_id = ask_for_edit(
        listing_ids=[listing.pk for listing in shoes], edits=made, author=None, now=NOW, reason=""
    )
    confirm_edit(edit_id=edit_id, author=None, now=NOW)
    work_on_bulk_edits(now=NOW)
    return edit_id


def undo(edit_id: int) -> int:
    undo_id = undo_edit(edit_id=edit_id, author=None, now=NOW)
    work_on_bulk_edits(now=NOW)
    return undo_id


def standing(shoes: list[Listing]) -> dict[tuple[int, str], set[tuple]]:
    """Return the evidence in force by place and attribute."""
    places = {listing.pk: place for place, listing in enumerate(shoes)}
    found: dict[tuple[int, str], set[tuple]] = {
        (place, attribute): set() for place in PLACES for attribute in ATTRIBUTES
    }
    for row in in_force(shoes):
        if row[1] in ATTRIBUTES:
            found[places[row[0]], row[1]].add(row[2:])
    return found


LAW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@LAW
@given(before=st.lists(single_edits(), max_size=4), made=edits())
def test_an_undo_gives_back_the_earlier_state(before, made):
    with fresh_shoes() as shoes:
        for edit in before:
            do(shoes, edit)
        earlier = in_force(shoes), believed(shoes)
        edit_id = run(shoes, made)
        if find_edit(edit_id=edit_id).changed:
            undo_id = undo(edit_id)
            assert find_edit(edit_id=undo_id, left=99).left == ()
        assert (in_force(shoes), believed(shoes)) == earlier


@LAW
@given(
    before=st.lists(single_edits(), max_size=3),
    made=edits(),
    since=st.lists(single_edits(), min_size=1, max_size=4),
)
def test_an_undo_gives_back_or_leaves_and_names_each_fact_that_was_touched_since(
    before, made, since
):
    with fresh_shoes() as shoes:
        for edit in before:
            do(shoes, edit)
        earlier = standing(shoes)
        edit_id = run(shoes, made)
        after = standing(shoes)
        for edit in since:
            do(shoes, edit)
        touched = standing(shoes)
        left = set()
        if find_edit(edit_id=edit_id).changed:
            places = {listing.pk: place for place, listing in enumerate(shoes)}
            named = find_edit(edit_id=undo(edit_id), left=99).left
            left = {(places[item.listing_id], item.attribute) for item in named}
        undone = standing(shoes)
        for fact in earlier:
            if touched[fact] == after[fact]:  # nobody came in between
                assert undone[fact] == earlier[fact]
                assert fact not in left
            elif after[fact] == earlier[fact] or fact in left:  # nothing done, or nothing undone
                assert undone[fact] == touched[fact]
            else:  # what the edit did is gone, what the person did is there
                assert {row for row in undone[fact] if row[0] == "staff"} == {
                    row for row in earlier[fact] if row[0] == "staff"
                }


@LAW
@given(before=st.lists(single_edits(), max_size=3), first=edits(), second=edits())
def test_two_edits_undone_in_turn_give_back_the_earlier_state(before, first, second):
    with fresh_shoes() as shoes:
        for edit in before:
            do(shoes, edit)
        earlier = in_force(shoes), believed(shoes)
        done = [run(shoes, made) for made in (first, second)]
        for edit_id in reversed(done):
            if find_edit(edit_id=edit_id).changed:
                assert find_edit(edit_id=undo(edit_id), left=99).left == ()
        assert (in_force(shoes), believed(shoes)) == earlier
