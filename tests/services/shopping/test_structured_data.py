"""What machines are told of a product: known facts only, and never the match."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes, Options, Span
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.shopping.structured_data import describe_product
from tests.domain.strategies import shoes


def card(attributes: FootwearAttributes) -> Card:
    return Card(
        fingerprint="one",
        listing_id=1,
        title="Boot",
        brand="Marlow",
        use_category="boot",
        category_label="Boots",
        gender="women",
        price=None,
        url="",
        image_url="",
        colour="",
        availability="in_stock",
        attributes=attributes,
        assessment=assess(attributes, guide=load_guide()),
        match_text="C",
        why="",
        reasons=(),
        unknown=(),
        sizes=(),
    )


def describe(unit: str = "mm", url: str = "", **values) -> dict:
    return describe_product(
        card(FootwearAttributes(**values)), product_id="b-1", url=url, unit=unit
    )


@pytest.mark.parametrize(
    ("unit", "code", "value"), [("mm", "MMT", 34), ("cm", "CMT", 3.4), ("in", "INH", 1.339)]
)
def test_it_measures_the_heel(unit, code, value):
    said = describe(unit, heel_height_mm=Span.exactly(34_000))
    assert said["hasMeasurement"] == {
        "@type": "QuantitativeValue",
        "name": "Heel height",
        "valueReference": "https://schema.org/WearableMeasurementHeight",
        "unitCode": code,
        "value": value,
    }


def test_it_gives_both_ends_of_what_is_known_roughly():
    said = describe(heel_height_mm=Span(50_800, 69_850), arch_support=Options.of("1", "2", "3"))
    assert said["hasMeasurement"]["minValue"] == 50.8
    assert said["hasMeasurement"]["maxValue"] == 69.85
    (arch,) = said["additionalProperty"]
    assert arch["propertyID"] == "footback:arch_support"
    assert (arch["minValue"], arch["maxValue"]) == (1, 3)
    assert "value" not in arch


def test_it_says_yes_no_and_the_widths_as_values():
    said = describe(
        removable_insole=Options.of("no"),
        width_options=Options.of("wide", "regular"),
        drop_mm=Span.exactly(8_000),
        weight_g=Span.exactly(630_000),
    )
    values = {item["propertyID"]: item.get("value") for item in said["additionalProperty"]}
    assert values == {
        "footback:drop_mm": 8,
        "footback:removable_insole": False,
        "footback:width_options": ["regular", "wide"],
    }
    assert said["weight"] == {"@type": "QuantitativeValue", "unitCode": "GRM", "value": 630}


def test_it_leaves_out_what_may_be_one_or_the_other_and_what_is_disputed():
    said = describe(
        toe_shape=Options.of("round", "pointed"),
        cushioning=Options.of("2"),
        conflicts=frozenset({"cushioning"}),
    )
    assert "additionalProperty" not in said


def test_it_names_the_node_so_that_a_host_may_join_it():
    said = describe(url="https://shop.example/boot/")
    assert said["@id"] == "https://shop.example/boot/#product"
    assert said["sku"] == "b-1"


@settings(max_examples=100, deadline=None)
@given(shoe=shoes())
def test_it_tells_no_match_and_nothing_unknown(shoe):
    said = describe_product(card(shoe), product_id="b-1")
    text = json.dumps(said)
    assert "ating" not in text
    assert "eview" not in text
    told = {
        item["propertyID"].removeprefix("footback:") for item in said.get("additionalProperty", ())
    }
    known = {key for key in ATTRIBUTES if shoe.get(key) is not None} - shoe.conflicts
    assert told <= known
    assert ("hasMeasurement" in said) is ("heel_height_mm" in known)
    bare = describe_product(card(replace(FootwearAttributes())), product_id="b-1")
    assert "additionalProperty" not in bare
