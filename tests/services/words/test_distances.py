"""Distances for people: the unit of a country, whole numbers ..."""

from __future__ import annotations

import pytest
from django.utils import translation

from shop_plugin.services.words.distances import (
    convert_distance,
    usual_distance_unit,
    write_distance,
)
from tests.shop_settings import SHOP


@pytest.mark.parametrize(
    ("country", "language", "unit"),
    [
        ("US", "es", "mi"),
        ("gb", "en", "mi"),
        ("IE", "en", "km"),
        ("CA", "en-us", "km"),
        ("", "en", "mi"),
        ("", "en-gb", "mi"),
        ("", "en-ie", "km"),
        ("", "de", "km"),
    ],
)
def test_counts_as_the_country_does_and_without_one_as_the_language_does(
    settings, country, language, unit
):
    settings.FOOTBACK = {**SHOP, "LENGTH_UNIT": ""}
    with translation.override(language):
        assert usual_distance_unit(country) == unit


@pytest.mark.parametrize(("length", "unit"), [("cm", "km"), ("mm", "km"), ("in", "mi")])
def test_goes_by_the_shops_unit_of_lengths_where_no_country_is_known(settings, length, unit):
    settings.FOOTBACK = {**SHOP, "LENGTH_UNIT": length}
    with translation.override("en"):
        assert usual_distance_unit() == unit
        assert usual_distance_unit("DE") == "km"


@pytest.mark.parametrize(
    ("kilometres", "miles"), [(480, 300), (800, 500), (1000, 620), (24, 15), (7, 4), (1, 1), (0, 0)]
)
def test_writes_miles_in_whole_numbers_and_long_ways_in_tens(kilometres, miles):
    assert convert_distance(kilometres, unit="mi") == miles
    assert convert_distance(kilometres, unit="km") == kilometres


def test_writes_the_readers_digits():
    with translation.override("de"):
        assert write_distance(1000, unit="km") == "1.000"
    with translation.override("en"):
        assert write_distance(1000, unit="km") == "1,000"


def test_knows_no_other_unit():
    with pytest.raises(ValueError, match="furlong"):
        convert_distance(1, unit="furlong")
