"""What the lists of values of Google, Shopify, GS1, Zappos and Amazon become, one table each.

A band is an interval, a boolean is the levels still possible, and what is absent is unknown.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import Gender, Options, Span, UseCategory, Value
from shop_plugin.domain.feed_bands import find_heel_band
from shop_plugin.domain.feed_shapes import flatten_fields, plain_name
from shop_plugin.domain.structured import read_fields, readable_fields, readable_texts

IN = 25_400
SOME = Options.of("1", "2", "3")


def read(fields: dict[str, Any], gender: Gender = Gender.WOMEN) -> dict[str, Value]:
    found = read_fields(fields, use_category=UseCategory.HEEL, gender=gender)
    assert [problem.code for problem in found.problems] == []
    return {item.attribute: item.value for item in found.readings}


def detail(name: str, value: str) -> dict[str, str]:
    return {"section_name": "Footwear", "attribute_name": name, "attribute_value": value}


# Google Merchant: product_detail, as objects or as the text of a feed file.
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([detail("Heel height", "2.5 in")], {"heel_height_mm": Span.exactly(63_500)}),
        (detail("Drop", "8 mm"), {"drop_mm": Span.exactly(8_000)}),
        ([detail("Arch support", "Yes")], {"arch_support": SOME}),
        ([detail("Removable insole", "No")], {"removable_insole": Options.of("no")}),
        (
            "Footwear:Heel height:2.5 in,Footwear:Platform height:1 in, or so",
            {"heel_height_mm": Span.exactly(63_500), "forefoot_height_mm": Span.exactly(IN)},
        ),
        (
            "Footwear:Heel height:2.5 in,:Closure:Lace-up",
            {"heel_height_mm": Span.exactly(63_500), "fastening": Options.of("lace_up")},
        ),
        ([detail("Colour", "Red")], {}),
        ([], {}),
    ],
)
@pytest.mark.parametrize("name", ["product_detail", "g:product_detail", "Product Details"])
def test_reads_google_product_detail(name: str, value: Any, expected: dict[str, Value]) -> None:
    found = read_fields({name: value}, use_category=UseCategory.HEEL)
    assert {item.attribute: item.value for item in found.readings} == expected


# Shopify: taxonomy values, by name, handle or metafield.
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"heel_height_type": "flat"}, {"heel_height_mm": Span(0, IN)}),
        ({"heel_height_type": "low"}, {"heel_height_mm": Span(IN, 2 * IN)}),
        ({"heel_height_type": "mid"}, {"heel_height_mm": Span(44_000, 70_000)}),
        ({"heel_height_type": "high"}, {"heel_height_mm": Span(64_000, 102_000)}),
        ({"heel_height_type": "very_high"}, {"heel_height_mm": Span(89_000, 160_000)}),
        (
            {"shopify.heel-height-type": ["heel-height-type__very-high"]},
            {"heel_height_mm": Span(89_000, 160_000)},
        ),
        ({"shoe_features": ["arch_support"]}, {"arch_support": SOME}),
        ({"shoe_features": ["orthopedic"]}, {"arch_support": Options.of("2", "3")}),
        ({"shoe_features": ["cushioned", "breathable_design"]}, {"cushioning": SOME}),
        ({"shoe-features": "shoe-features__arch-support"}, {"arch_support": SOME}),
        ({"shopify.shoe-features": '["shoe-features__cushioned"]'}, {"cushioning": SOME}),
        ({"metafields": [{"namespace": "custom", "key": "arch_support", "value": "true"}]},
         {"arch_support": SOME}),
        ({"custom.heel_height": '{"value": 2.5, "unit": "INCHES"}'},
         {"heel_height_mm": Span.exactly(63_500)}),
        ({"shoe_fit": "narrow"}, {"width_options": Options.of("narrow")}),
        ({"shoe_fit": "regular"}, {"width_options": Options.of("regular")}),
        ({"shoe_fit": "wide"}, {"width_options": Options.of("wide")}),
        ({"toe_style": "almond"}, {"toe_shape": Options.of("almond")}),
        ({"toe_style": "peep"}, {"toe_shape": Options.of("open")}),
        ({"toe_style": "pointed"}, {"toe_shape": Options.of("pointed")}),
        ({"toe_style": "moc"}, {}),
        ({"toe_style": "wingtip"}, {}),
        ({"closure_type": "lace_up"}, {"fastening": Options.of("lace_up")}),
        ({"closure_type": "hook_loop"}, {"fastening": Options.of("hook_loop")}),
        ({"closure_type": "slip_on"}, {"fastening": Options.of("slip_on")}),
        ({"closure_type": "zipper"}, {"fastening": Options.of("zip")}),
        ({"closure_type": "adjustable_straps"}, {"fastening": Options.of("adjustable_strap")}),
        ({"closure_type": "magnetic"}, {}),
        ({"shopify.shoe-features": ["gid://shopify/TaxonomyValue/123"]}, {}),
        # Absence is unknown: a list of features without "cushioned" denies nothing.
        ({"shoe_features": ["waterproof"]}, {}),
        ({"shoe_features": []}, {}),
    ],
)  # fmt: skip
def test_reads_shopify_taxonomy_values(fields: dict[str, Any], expected: dict[str, Value]) -> None:
    assert read(fields) == expected


# GS1 US, Heel Height Range: words, printed ranges and the codes that public copies show.
@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Flat 0-.5 in", 0, 12_700),
        ("LOW", 12_700, IN),
        ("Low >.5-1", 12_700, IN),
        ("Medium", IN, 2 * IN),
        ("Medium >1-2", IN, 2 * IN),
        ("High", 2 * IN, 3 * IN),
        ("High >2-3", 2 * IN, 3 * IN),
        ("Extra-High >3", 3 * IN, 200_000),
        ("GM03HLHTFL", 0, 12_700),
        ("GM03HLHTLW", 12_700, IN),
        ("GM03HLHTMD", IN, 2 * IN),
        ("GM03HLHTEH", 3 * IN, 200_000),
    ],
)
@pytest.mark.parametrize("name", ["Heel Height Range", "heelHeightRange", "heel_height_range"])
def test_reads_gs1_bands(name: str, text: str, low: int, high: int) -> None:
    assert read({name: text}) == {"heel_height_mm": Span(low, high)}


# Zappos: bands of heel height, labels of insoles, toes and closures.
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"HeelHeight": "Flat"}, {"heel_height_mm": Span(0, IN)}),
        ({"HeelHeight": "Under 1in"}, {"heel_height_mm": Span(0, IN)}),
        ({"HeelHeight": "1in - 1 3/4in"}, {"heel_height_mm": Span(IN, 44_450)}),
        ({"HeelHeight": "2in - 2 3/4in"}, {"heel_height_mm": Span(2 * IN, 69_850)}),
        ({"HeelHeight": "3in - 3 3/4in"}, {"heel_height_mm": Span(3 * IN, 95_250)}),
        ({"HeelHeight": "4in - 4 3/4in"}, {"heel_height_mm": Span(4 * IN, 120_650)}),
        ({"HeelHeight": "5in & over"}, {"heel_height_mm": Span(5 * IN, 200_000)}),
        ({"Insole": "Removable"}, {"removable_insole": Options.of("yes")}),
        ({"Insole": "Orthotic Friendly"}, {"orthotic_friendly": Options.of("yes")}),
        ({"Insole": "Padded"}, {"cushioning": Options.of("1", "2")}),
        ({"Insole": "Poron"},
         {"insole_material": Options.of("poron"), "cushioning": Options.of("1", "2")}),
        ({"Insole": "Leather"}, {"insole_material": Options.of("leather")}),
        ({"Insole": "Moisture Wicking"}, {}),
        ({"ToeStyle": "Wide Toe Box"}, {"toe_shape": Options.of("foot_shaped")}),
        ({"ToeStyle": "Pointed Toe"}, {"toe_shape": Options.of("pointed")}),
        ({"Closure": "Pull-on"}, {"fastening": Options.of("slip_on")}),
        ({"Closure": "Hook and Loop"}, {"fastening": Options.of("hook_loop")}),
        ({"Closure": "Ankle Strap"}, {"fastening": Options.of("buckle_heel_strap")}),
        ({"Closure": "Monk Strap"}, {"fastening": Options.of("monk_t_strap")}),
        ({"Closure": "Sling Back"}, {}),
    ],
)  # fmt: skip
def test_reads_zappos_labels(fields: dict[str, Any], expected: dict[str, Value]) -> None:
    assert read(fields) == expected


# Amazon: columns of flat files, and the lists of its listings API.
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"heel_height": "2.5", "heel_height_unit_of_measure": "IN"},
         {"heel_height_mm": Span.exactly(63_500)}),
        ({"heel_height": 60, "heel_height_unit_of_measure": "millimeters"},
         {"heel_height_mm": Span.exactly(60_000)}),
        ({"platform_height": "1", "platform_height_unit_of_measure": "inches"},
         {"forefoot_height_mm": Span.exactly(IN)}),
        ({"shaft_height": "30", "shaft_height_unit_of_measure": "centimeters"},
         {"shaft_height_mm": Span.exactly(300_000)}),
        ({"heel_height": [{"value": 2.5, "unit": "inches", "marketplace_id": "X"}]},
         {"heel_height_mm": Span.exactly(63_500)}),
        ({"heel": [{"height": [{"decimal_value": 2.5, "unit": "inches"}],
                    "type": [{"value": "Block", "language_tag": "en_US"}]}]},
         {"heel_height_mm": Span.exactly(63_500), "heel_type": Options.of("block")}),
        ({"closure": [{"type": [{"value": "Lace Up"}]}]}, {"fastening": Options.of("lace_up")}),
        ({"heel_type": "Wedge"}, {"heel_type": Options.of("wedge")}),
        ({"shoe_width": "Wide"}, {"width_options": Options.of("wide")}),
        ({"insole_type": "Removable"}, {"removable_insole": Options.of("yes")}),
        ({"toe_shape": "Round"}, {"toe_shape": Options.of("round")}),
        # The arch a shoe suits is no support, and a correction is a claim of another kind.
        ({"arch_type": "High Arch"}, {}),
        ({"pronation_correction": "Stability"}, {}),
        # A boot's height is no heel.
        ({"height": "12 in"}, {}),
    ],
)  # fmt: skip
def test_reads_amazon_columns(fields: dict[str, Any], expected: dict[str, Value]) -> None:
    assert read(fields) == expected


def test_a_band_is_less_sure_than_a_measurement() -> None:
    fields = {"heel_height": "2.5 in"}, {"Heel Height Range": "Medium"}
    sure = [
        read_fields(item, use_category=UseCategory.HEEL).readings[0].confidence for item in fields
    ]
    assert sure == [900, 700]


def test_reads_a_word_by_the_list_of_its_column() -> None:
    assert find_heel_band("low", field="heel height") == Span(IN, 2 * IN)
    assert find_heel_band("low", field="heel height range") == Span(12_700, IN)
    assert find_heel_band("lowest", field="heel height range") is None


@pytest.mark.parametrize(
    "name", ["shopify.shoe-features", "ShoeFeatures", "shoe_features", "g:Shoe Features",
             "product.metafields.custom.shoe_features", "product_detail/Shoe features"],
)  # fmt: skip
def test_knows_a_field_by_any_of_its_spellings(name: str) -> None:
    assert plain_name(name) == "shoe features"


def test_keeps_every_quote_verbatim_in_the_field_it_names() -> None:
    fields = {
        "product_detail": [detail("Heel height", "about 2.5 in")],
        "Insole": "Removable, Memory Foam",
        "heel": [{"type": [{"value": "Block"}]}],
    }
    texts = dict(flatten_fields(fields))
    readings = read_fields(fields, use_category=UseCategory.HEEL).readings
    assert len(readings) == 5
    for item in readings:
        text = texts[item.field.removeprefix("raw_attributes.")]
        assert text[item.start : item.end] == item.quote != ""


def test_tells_which_fields_are_read_in_whatever_shape() -> None:
    fields = {
        "product_detail": [detail("Heel height", "2.5 in"), detail("Colour", "Red")],
        "colour": "Red",
        "shoe_features": ["arch_support", "cushioned"],
    }
    assert list(readable_fields(fields)) == ["product_detail", "shoe_features"]
    assert readable_texts(fields) == {
        "product_detail/Heel height": "2.5 in",
        "shoe_features": "arch_support, cushioned",
    }


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["value", "unit", "key", "attribute_name", "attribute_value", "heel", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(fields=st.dictionaries(st.sampled_from(["product_detail", "heel", "metafields"]), PLAIN))
def test_takes_any_shape_without_complaint(fields: dict[str, Any]) -> None:
    found = list(flatten_fields(fields))
    assert all(isinstance(item.text, str) for item in found)
    assert len(found) <= 300
    read_fields(fields, use_category=UseCategory.HEEL)
