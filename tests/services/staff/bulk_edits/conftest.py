"""Shoes to edit, people who edit, and a short way through an edit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.domain.attributes import Options
from shop_plugin.models import Listing, Observation
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.staff.bulk_edits.asking import ask_for_edit, confirm_edit, undo_edit
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.bulk_edits.reporting import EditReport, find_edit
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits
from tests.factories import ListingFactory

TEXTS = (
    "A walking shoe with a cushioned sole.",
    "A walking shoe with arch support. Heel height 45 mm.",
    "A plain shoe.",
)


@pytest.fixture
def author():
    return get_user_model().objects.create_user("alex")


@pytest.fixture
def shoes(now):
    """Make listings of which the texts state different things, read and assessed."""

    def make(count: int = 3) -> list[Listing]:
        made = [ListingFactory(description=TEXTS[number % 3]) for number in range(count)]
        ids = [listing.pk for listing in made]
        annotate_listings(listing_ids=ids, now=now)
        assess_listings(listing_ids=ids, now=now)
        return made

    return make


@pytest.fixture
def run_edit(author, now):
    """Ask, confirm and work through an edit, or its undo."""

    def run(listings: Iterable[Listing], *edits: AttributeEdit, **more: Any) -> EditReport:
        edit_id = ask_for_edit(
            listing_ids=[listing.pk for listing in listings],
            edits=edits,
            **{"author": author, "now": now, "reason": "spring list", **more},
        )
        confirm_edit(edit_id=edit_id, author=author, now=now)
        work_on_bulk_edits(now=now)
        return find_edit(edit_id=edit_id, left=50)

    return run


@pytest.fixture
def run_undo(author, now):
    def run(edit_id: int) -> EditReport:
        undo_id = undo_edit(edit_id=edit_id, author=author, now=now)
        work_on_bulk_edits(now=now)
        return find_edit(edit_id=undo_id, left=50)

    return run


def arch(operation: Operation = Operation.REPLACE, level: str = "3") -> AttributeEdit:
    value = Options.of(level) if operation.needs_value else None
    return AttributeEdit("arch_support", operation, value, level if value else "")


def in_force(listings: Iterable[Listing]) -> set[tuple[Any, ...]]:
    """Return every piece of evidence that is not superseded, by what it says."""
    return set(
        Observation.objects.filter(listing__in=[listing.pk for listing in listings])
        .exclude(state="superseded")
        .values_list(
            "listing_id",
            "attribute",
            "source_kind",
            "rule",
            "low_milli",
            "high_milli",
            "options",
            "quote",
            "original",
            "state",
        )
    )


def believed(listings: Iterable[Listing]) -> list[tuple[Any, ...]]:
    """Return the profiles and matches, without the time they were computed at."""
    return [
        (
            profile.pk,
            profile.attribute_hash,
            profile.assessed_hash,
            profile.verdict,
            profile.match_low,
            profile.match_high,
        )
        for profile in (Listing.objects.get(pk=listing.pk).profile for listing in listings)
    ]
