"""What is known of the shoes on offer, counted once a day."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.completeness import judge_completeness, needed_facts, nice_facts
from shop_plugin.domain.guide import load_guide
from shop_plugin.models import CatalogueDay, Listing
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.evidence.completeness import count_today, is_counted
from shop_plugin.services.people.retention import keep_house
from shop_plugin.tasks import reports
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db

GUIDE = load_guide()
WELL_KNOWN = {
    "arch_support": Options.of("2"),
    "cushioning": Options.of("2"),
    "heel_height_mm": Span.exactly(30_000),
    "forefoot_height_mm": Span.exactly(20_000),
    "toe_shape": Options.of("round"),
    "fastening": Options.of("lace_up"),
}


def make(kind: UseCategory, facts: dict, **fields) -> Listing:
    attributes = FootwearAttributes(use_category=kind, age_group=AgeGroup.ADULT, **facts)
    listing = ListingFactory(use_category=kind.value, **fields)
    ProfileFactory(
        listing=listing,
        snapshot=attributes.as_snapshot(),
        attribute_hash=attributes.fingerprint(),
    )
    return listing


def test_tells_what_the_guide_needs_from_what_is_nice_to_have() -> None:
    assert "arch_support" in needed_facts(GUIDE)
    assert not set(needed_facts(GUIDE)) & set(nice_facts(GUIDE))
    found = judge_completeness(FootwearAttributes(**WELL_KNOWN), guide=GUIDE)
    assert (found.needed_known, found.needed) == (5, 7)
    assert set(found.missing) == {"heel_counter", "width_options"}
    assert found.nice_known == 1
    nothing = judge_completeness(FootwearAttributes(), guide=GUIDE)
    assert (nothing.needed_known, nothing.nice_known) == (0, 0)


def test_counts_by_kind_once_per_set_of_facts(now) -> None:
    for _ in range(3):
        make(UseCategory.WALKING, WELL_KNOWN)
    make(UseCategory.WALKING, {})
    make(UseCategory.HEEL, {"toe_shape": Options.of("pointed")})
    make(UseCategory.HEEL, WELL_KNOWN, is_withdrawn=True)
    assess_stale(now=now)
    counts = count_today(day=now.date(), now=now).counts
    walking, heel = counts["kinds"]["walking"], counts["kinds"]["heel"]
    assert (walking["listings"], walking["scored"]) == (4, 3)
    assert walking["known"]["arch_support"] == 3
    assert (heel["listings"], heel["scored"]) == (1, 0)
    assert heel["known"] == {"toe_shape": 1}


def test_names_the_facts_that_would_help_most(now) -> None:
    for _ in range(5):
        make(UseCategory.WALKING, {key: WELL_KNOWN[key] for key in ("toe_shape", "fastening")})
    make(UseCategory.HEEL, {"toe_shape": Options.of("round")})
    assess_stale(now=now)
    helpful = count_today(day=now.date(), now=now).counts["helpful"]
    assert len(helpful) == 2
    assert (helpful[0]["kind"], helpful[0]["listings"]) == ("walking", 5)
    assert helpful[0]["worth"] >= helpful[1]["worth"] > 0
    assert helpful[0]["attribute"] in needed_facts(GUIDE)


def test_keeps_one_small_row_a_day_for_as_long_as_the_settings_say(now) -> None:
    make(UseCategory.WALKING, WELL_KNOWN)
    assert not is_counted(now.date())
    count_today(day=now.date(), now=now)
    count_today(day=now.date(), now=now)
    assert CatalogueDay.objects.count() == 1
    assert is_counted(now.date())
    CatalogueDay.objects.create(day="2020-01-01", counted_at=now)
    assert keep_house(now=now, apply=True).catalogue_days == 1
    assert CatalogueDay.objects.count() == 1


def test_the_task_counts_once_a_day() -> None:
    make(UseCategory.WALKING, WELL_KNOWN)
    assert reports() == {"counted": True, "reports": 0}
    assert reports() == {"counted": False, "reports": 0}


def test_the_command_prints_the_counts(now) -> None:
    make(UseCategory.WALKING, WELL_KNOWN)
    assess_stale(now=now)
    out = StringIO()
    call_command("footback_completeness", stdout=out)
    assert "walking" in out.getvalue()
    assert CatalogueDay.objects.count() == 1
