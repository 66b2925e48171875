"""Care and life: short, by what is known, and never more than a range."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Options,
    UseCategory,
)
from shop_plugin.domain.lifespan import load_life_model
from shop_plugin.services.wear.care import MOST_CARE_LINES, describe_time, describe_upkeep


def test_it_gives_care_by_what_the_shoe_is_made_of():
    shoe = FootwearAttributes(
        construction=Options.of("cemented"),
        midsole_material=Options.of("eva"),
        removable_insole=Options.of("yes"),
    )
    care = describe_upkeep(shoe).care
    assert care[0].startswith("The sole is glued")
    assert care[1].startswith("EVA foam")
    assert len(care) <= MOST_CARE_LINES


def test_it_says_only_what_holds_for_every_shoe_where_it_may_be_one_or_the_other():
    unsure = FootwearAttributes(construction=Options.of("cemented", "stitched"))
    assert describe_upkeep(unsure).care == describe_upkeep(FootwearAttributes()).care


@pytest.mark.parametrize("category", sorted(load_life_model().categories))
def test_it_tells_a_range_with_its_inputs_for_every_kind(category):
    life = describe_upkeep(FootwearAttributes(use_category=UseCategory(category))).life
    assert " to " in life.span
    assert life.inputs.startswith("Estimated from")
    assert life.then
    assert life.evidence


def test_it_names_no_life_for_a_childs_shoe():
    assert describe_upkeep(FootwearAttributes(use_category=UseCategory.KIDS)).life is None
    child = FootwearAttributes(use_category=UseCategory.WALKING, age_group=AgeGroup.KIDS)
    assert describe_upkeep(child).life is None


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (1, "1 week"),
        (60, "9 weeks"),
        (61, "2 months"),
        (365, "12 months"),
        (730, "2 years"),
        (3_000, "8 years"),
    ],
)
def test_it_rounds_time_to_what_one_can_picture(days, text):
    assert describe_time(days) == text
