from __future__ import annotations

from typing import Any

import pytest

from shop_plugin.domain.attributes import Gender, Options, Span, UseCategory, Value
from shop_plugin.domain.structured import read_fields, read_widths, readable_fields


def values(
    fields: dict[str, Any],
    *,
    category: UseCategory = UseCategory.CASUAL_SNEAKER,
    gender: Gender = Gender.UNKNOWN,
    unit: str = "",
) -> dict[str, Value]:
    found = read_fields(fields, use_category=category, gender=gender, default_heel_unit=unit)
    return {item.attribute: item.value for item in found.readings}


def problems(fields: dict[str, Any], **options: Any) -> list[str]:
    category = options.pop("category", UseCategory.BOOT)
    return [item.code for item in read_fields(fields, use_category=category, **options).problems]


@pytest.mark.parametrize(
    ("name", "text", "span"),
    [
        ("Heel Height", "1.5 inch", Span.exactly(38_100)),
        ("heel_height", '2 3/4"', Span.exactly(69_850)),
        ("Heel Height", "3 inch heel", Span.exactly(76_200)),
        ("Absatzhöhe", "3,5 cm", Span.exactly(35_000)),
        ("Absatzhöhe (cm)", "3,5", Span.exactly(35_000)),
        ("heel_height_mm", 55, Span.exactly(55_000)),
        ("Hauteur du talon", "7 cm", Span.exactly(70_000)),
        ("Altura del tacón", "5 cm", Span.exactly(50_000)),
        ("Heel Height Range", "1in-1 3/4in", Span(25_400, 44_450)),
        ("Heel Height", "Under 1in", Span(0, 25_400)),
        ("Heel Height", "5in & over", Span(127_000, 200_000)),
        ("Heel Height", "Flat", Span(0, 25_400)),
        ("Heel Height", "High Heel", Span(64_000, 102_000)),
        ("heel_height_type", "very_high", Span(89_000, 160_000)),
    ],
)
def test_it_reads_heel_heights_as_shops_write_them(name: str, text: object, span: Span) -> None:
    assert values({name: text}) == {"heel_height_mm": span}


def test_it_takes_the_unit_from_a_column_of_its_own() -> None:
    fields = {"heel_height": "45", "heel_height_unit_of_measure": "millimeters"}
    assert values(fields) == {"heel_height_mm": Span.exactly(45_000)}


def test_it_leaves_a_height_without_a_unit_unknown_and_says_so() -> None:
    assert values({"Heel Height": "45"}) == {}
    assert problems({"Heel Height": "45"}) == ["no_unit"]


def test_it_reads_a_height_without_a_unit_where_the_shop_named_one() -> None:
    assert values({"Heel Height": "45"}, unit="mm") == {"heel_height_mm": Span.exactly(45_000)}
    assert problems({"Heel Height": "45"}, default_heel_unit="mm") == []


@pytest.mark.parametrize("text", ["0 inch", "0", "0.0 cm", 0])
def test_it_takes_zero_on_a_boot_for_an_empty_form(text: object) -> None:
    assert values({"Heel Height": text}, category=UseCategory.BOOT) == {}
    assert problems({"Heel Height": text}) == ["heel_zero"]


def test_it_believes_zero_of_a_shoe_that_is_flat_by_definition() -> None:
    found = values({"Heel Height": "0 inch"}, category=UseCategory.FLAT)
    assert found == {"heel_height_mm": Span(0, 0)}


def test_it_refuses_a_heel_taller_than_any_shoe() -> None:
    assert values({"Heel Height": "45 inch"}) == {}
    assert problems({"Heel Height": "45 inch"}) == ["out_of_range"]


def test_it_notices_shifted_columns_and_keeps_the_other_fields() -> None:
    fields = {"Shoe Width": "Lace-Up", "Heel Type": "ankle", "Closure": "Zip"}
    found = read_fields(fields, use_category=UseCategory.BOOT)
    assert [(item.code, item.field) for item in found.problems] == [
        ("shifted_column", "raw_attributes.Shoe Width"),
        ("not_understood", "raw_attributes.Heel Type"),
    ]
    assert "columns of this row may be shifted" in found.problems[0].reason
    assert [item.value for item in found.readings] == [Options.of("zip")]


def test_it_does_not_take_shaft_or_collar_for_a_heel() -> None:
    found = values({"Boot Shaft Height": "9 inch", "Collar Height": "3 inch"})
    assert found == {"shaft_height_mm": Span.exactly(228_600)}


def test_it_does_not_take_the_arch_a_shoe_suits_for_support() -> None:
    assert values({"Arch Type": "Medium", "arch_type": "high"}) == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Arch Support": True}, {"arch_support": Options.of("1", "2", "3")}),
        ({"arch_support": "no"}, {"arch_support": Options.of("0")}),
        ({"Arch support": "High"}, {"arch_support": Options.of("3")}),
        ({"Removable Insole": "Yes"}, {"removable_insole": Options.of("yes")}),
        ({"Has removable insert": "False"}, {"removable_insole": Options.of("no")}),
        (
            {"shoe_features": ["arch_support", "cushioned", "waterproof"]},
            {
                "arch_support": Options.of("1", "2", "3"),
                "cushioning": Options.of("1", "2", "3"),
            },
        ),
        ({"Toe Style": "Pointed Toe"}, {"toe_shape": Options.of("pointed")}),
        ({"Closure": "Hook & Loop"}, {"fastening": Options.of("hook_loop")}),
        ({"Closure": "Laced"}, {"fastening": Options.of("lace_up")}),
        ({"Midsole": "EVA"}, {"midsole_material": Options.of("eva")}),
        ({"Drop": "8 mm"}, {"drop_mm": Span.exactly(8_000)}),
        ({"Sprengung": "6 mm"}, {"drop_mm": Span.exactly(6_000)}),
        ({"Platform Height": "1 in"}, {"forefoot_height_mm": Span.exactly(25_400)}),
        ({"Weight": "200 g (per single Shoe)"}, {"weight_g": Span.exactly(200_000)}),
        ({"Weight": "600 g per pair"}, {"weight_g": Span.exactly(300_000)}),
        ({"Colour": "Red", "Sole Material": "TPR"}, {}),
        ({"Closure": "N/A", "Heel Height": ""}, {}),
    ],
)
def test_it_reads_the_other_fields(fields: dict[str, Any], expected: dict[str, Value]) -> None:
    assert values(fields) == expected


def test_it_reads_no_heel_as_type_none_and_a_low_heel() -> None:
    found = values({"Heel Type": "No Heel"})
    assert found == {"heel_type": Options.of("none"), "heel_height_mm": Span(0, 25_400)}


@pytest.mark.parametrize(
    ("text", "gender", "width"),
    [
        ("Medium", Gender.UNKNOWN, "regular"),
        ("Schmal", Gender.UNKNOWN, "narrow"),
        ("D", Gender.MEN, "regular"),
        ("D", Gender.WOMEN, "wide"),
        ("2E", Gender.MEN, "wide"),
        ("2E", Gender.WOMEN, "extra_wide"),
        ("D(M) mens_us", Gender.UNKNOWN, "regular"),
        ("4E", Gender.UNKNOWN, "extra_wide"),
    ],
)
def test_it_reads_a_width_letter_by_whom_the_shoe_is_for(
    text: str, gender: Gender, width: str
) -> None:
    assert values({"Width": text}, gender=gender) == {"width_options": Options.of(width)}


def test_it_leaves_a_width_letter_open_where_nobody_says_whom_it_is_for() -> None:
    assert values({"Width": "D"}) == {}
    assert problems({"Width": "D"}) == []


def test_it_reads_the_widths_of_sizes() -> None:
    found = read_widths(["W", "regular", "7½"], gender=Gender.WOMEN)
    assert [item.value for item in found] == [Options.of("wide"), Options.of("regular")]
    assert {item.rule for item in found} == {"feed.sizes"}


def test_it_only_suggests_cushioning_from_an_insole_s_material() -> None:
    found = read_fields({"Insole": "Memory Foam"}, use_category=UseCategory.OTHER).readings
    hint = next(item for item in found if item.attribute == "cushioning")
    assert hint.value == Options.of("1", "2")
    assert hint.confidence < 600


def test_it_quotes_the_field_verbatim() -> None:
    fields = {
        "Heel Height": " 2 inch ",
        "Weight": "about 200 g each",
        "shoe_features": ["cushioned"],
    }
    found = read_fields(fields, use_category=UseCategory.OTHER).readings
    assert len(found) == 3
    for item in found:
        text = fields[item.field.removeprefix("raw_attributes.")]
        assert item.start is not None
        whole = text[0] if isinstance(text, list) else text
        assert whole[item.start : item.end] == item.quote != ""


def test_it_knows_which_fields_facts_are_read_from() -> None:
    fields = {"Heel Height": "2", "heel_height_unit": "in", "rating": "4.5", "price_raw": "$3"}
    assert set(readable_fields(fields)) == {"Heel Height", "heel_height_unit"}
