"""Lengths for people: the unit and the signs of the reader's language."""

from __future__ import annotations

import pytest
from django.utils import translation

from shop_plugin.services.words.attributes import attribute_in_sentence
from shop_plugin.services.words.lengths import (
    describe_both_units,
    describe_length,
    unit_word,
    usual_unit,
    write_length,
)


@pytest.mark.parametrize(
    ("language", "unit"),
    [
        ("en", "in"),
        ("en-us", "in"),
        ("es-US", "in"),
        ("en-gb", "cm"),
        ("en-au", "cm"),
        ("de", "cm"),
        ("fr-ca", "cm"),
        ("es", "cm"),
        ("ar", "cm"),
    ],
)
def test_reads_inches_in_the_united_states_alone(language: str, unit: str) -> None:
    assert usual_unit(language) == unit


@pytest.mark.parametrize(
    ("language", "unit", "text"),
    [
        ("en", "in", "2 to 2¾ in"),
        ("en", "cm", "5.1 to 7 cm"),
        ("de", "in", "2 bis 2¾ Zoll"),
        ("de", "cm", "5,1 bis 7 cm"),
        ("fr", "in", "2 à 2¾ po"),
        ("fr", "cm", "5,1 à 7 cm"),
        ("es", "in", "2 a 2¾ pulg."),
        ("es", "mm", "51 a 70 mm"),
    ],
)
def test_writes_a_range_as_the_language_does(language: str, unit: str, text: str) -> None:
    with translation.override(language):
        assert describe_length(50_800, 69_850, unit=unit) == text


def test_names_the_unit_on_both_sides_of_zero() -> None:
    with translation.override("de"):
        assert describe_length(-4_500, 2_000, unit="cm") == "-0,5 cm bis 0,2 cm"


def test_gives_the_other_unit_in_brackets() -> None:
    with translation.override("de"):
        assert describe_both_units(50_800, 50_800, unit="cm") == "5,1 cm (2 Zoll)"
        assert describe_both_units(50_800, 50_800, unit="in") == "2 Zoll (51 mm)"


def test_refuses_a_unit_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="ell"):
        write_length(1000, unit="ell")
    with pytest.raises(KeyError):
        unit_word("ell")


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "arch support"),
        ("de", "Gewölbestütze"),
        ("fr", "soutien de la voûte"),
        ("es", "soporte del arco"),
    ],
)
def test_writes_a_name_inside_a_sentence_small_where_the_language_does(
    language: str, name: str
) -> None:
    with translation.override(language):
        assert attribute_in_sentence("arch_support") == name
