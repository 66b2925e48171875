from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import AgeGroup, Gender, UseCategory
from shop_plugin.domain.categories import classify_category, read_age_group, read_gender


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("Shoes > Women > Road Running Shoes", "", UseCategory.RUNNING),
        ("Sport > Running Shoes > Trail Running Shoes", "", UseCategory.TRAIL),
        ("Women/Shoes", "Marlow Fell Hiking Boot", UseCategory.HIKING),
        ("Boots > Work Boots", "", UseCategory.SAFETY_BOOT),
        ("Heels", "Flat out elegant", UseCategory.HEEL),
        ("Court Shoes", "", UseCategory.HEEL),
        ("Ballerinas", "", UseCategory.FLAT),
        ("Flat Shoes > Other", "", UseCategory.FLAT),
        ("Flip-Flops", "", UseCategory.FLIP_FLOP),
        ("Oxfords", "", UseCategory.DRESS_LEATHER),
        ("Slippers", "", UseCategory.SLIPPER),
        ("Damen > Stiefeletten", "", UseCategory.BOOT),
        ("Laufschuhe", "", UseCategory.RUNNING),
        ("Chaussures > Escarpins", "", UseCategory.HEEL),
        ("Zapatos de tacón", "", UseCategory.HEEL),
        ("", "Marlow Club Football Boots", UseCategory.OTHER),
        ("", "Marlow Canvas Sneaker", UseCategory.CASUAL_SNEAKER),
        ("Shoes", "Marlow 12", UseCategory.OTHER),
        ("", "", UseCategory.OTHER),
    ],
)
def test_it_reads_the_kind_of_shoe_from_category_then_title(
    text: str, title: str, expected: UseCategory
) -> None:
    assert classify_category(text, title) is expected


def test_it_takes_no_bound_from_a_colour_or_a_platform_called_flat() -> None:
    assert classify_category("", "Marlow Runner, Flat Pewter") is not UseCategory.FLAT
    assert classify_category("Flatforms", "") is not UseCategory.FLAT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("women", Gender.WOMEN),
        ("Women's", Gender.WOMEN),
        ("Men > Boots", Gender.MEN),
        ("Herren", Gender.MEN),
        ("Damen", Gender.WOMEN),
        ("men and women", Gender.UNISEX),
        ("unisex", Gender.UNISEX),
        ("kids", Gender.UNKNOWN),
        ("Mentor", Gender.UNKNOWN),
        ("", Gender.UNKNOWN),
    ],
)
def test_it_reads_whom_a_shoe_is_cut_for(text: str, expected: Gender) -> None:
    assert read_gender(text) is expected


def test_it_knows_children_by_field_category_or_plain_title_word() -> None:
    assert read_age_group(gender="kids", category="", title="") is AgeGroup.KIDS
    assert read_age_group(category="Shoes > Boys' Shoes > Boots", title="") is AgeGroup.KIDS
    assert read_age_group(category="Boots", title="Marlow Toddler Boot") is AgeGroup.KIDS
    assert read_age_group(age_group="toddler", category="", title="") is AgeGroup.KIDS


def test_it_takes_an_adult_field_over_a_word_in_the_title() -> None:
    found = read_age_group(gender="women", category="", title="Baby blue girls' night pump")
    assert found is AgeGroup.ADULT


def test_it_does_not_take_a_colour_for_a_child() -> None:
    assert read_age_group(category="Boots", title="Boot in baby blue") is AgeGroup.UNKNOWN
