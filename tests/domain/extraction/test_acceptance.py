"""The English rows of the acceptance table (docs/reference/extraction.md)."""

import pytest

from shop_plugin.domain.extraction import extract
from tests.domain.extraction.reading import Facts, facts_of

ROWS: list[tuple[str, Facts]] = [
    ("no arch support", {"arch_support": "0"}),
    ("arch support not included", {}),
    ("arch support insert sold separately", {}),
    ("platform 1.5 in, heel 4 in", {"forefoot_height_mm": 38.1, "heel_height_mm": 101.6}),
    ('4" heel with 1" platform', {"heel_height_mm": 101.6, "forefoot_height_mm": 25.4}),
    ("shaft height 12 in", {"shaft_height_mm": 304.8}),
    ('Shaft measures approximately 5.5" from arch', {"shaft_height_mm": 139.7}),
    ('Heel measures approximately 3.25"', {"heel_height_mm": 82.55}),
    ("heel drop 8mm", {"drop_mm": 8.0}),
    ("8 mm heel-to-toe drop", {"drop_mm": 8.0}),
    (
        "heel stack 38 mm, forefoot 30 mm",
        {"stack_heel_mm": 38.0, "forefoot_height_mm": 30.0, "drop_mm": 8.0},
    ),
    ('2¾" block heel', {"heel_height_mm": 69.85, "heel_type": "block"}),
    ("2 3/4in - 3in heel", {"heel_height_mm": (69.85, 76.2)}),
    ("85 mm stiletto", {"heel_height_mm": 85.0, "heel_type": "stiletto"}),
    ("1/2 inch of toe room", {}),
    ("weight 10 oz", {"weight_g": 283.495}),
    ("adds 2 inches of height (elevator insole)", {"hidden_lift_mm": 50.8}),
    ('boot height 7"', {"shaft_height_mm": 177.8}),
    ('model is 5\'9" wearing 3" heels', {}),
    ("pairs perfectly with 4-inch heels", {}),
    ("So Kate 120", {"heel_height_mm": 120.0}),
    ("Gianvito 85", {"heel_height_mm": 85.0}),
    ("size 8 heel", {}),
    ("heel tab", {}),
    ("heel pull", {}),
    ("heel lock", {}),
    ("well-heeled", {}),
    ("firm heel counter", {"heel_counter": "2"}),
    ("flat rate shipping", {}),
    ("flat knit", {}),
    ("drop shipping", {}),
    ("new drop", {}),
    ("monarch", {}),
    ("archive", {}),
    ("arch strap", {}),
    ("ankle support", {}),
    ("customer support", {}),
    ("cushion crew socks", {}),
    ("pincushion", {}),
    ("memory foam insole", {"cushioning": "1 2", "insole_material": "memory_foam"}),
    ("does not have cushioning", {"cushioning": "0"}),
    ("unlike shoes with arch support, this one is flexible", {}),
    ("Do these have arch support?", {}),
    ("accepts custom orthotics", {"orthotic_friendly": "yes"}),
    ("zero drop", {"drop_mm": 0.0}),
    ("heel-less", {"fastening": "backless"}),
    ("open back", {"fastening": "backless"}),
    ("D width (men)", {"width_options": "regular"}),
    ("D width (women)", {"width_options": "wide"}),
    ("2E (men)", {"width_options": "wide"}),
    ("2E (women)", {"width_options": "extra_wide"}),
    ("EU 38", {"size_system": "eu"}),
    ("UK 5", {"size_system": "uk"}),
    ("250 mm", {"size_system": "mondopoint"}),
    ('hidden 1.5" wedge sneaker', {"heel_height_mm": 38.1, "heel_type": "wedge"}),
    ("Heel: 50", {}),
    ("heel 2 in (5.1 cm)", {"heel_height_mm": 50.8}),
]


@pytest.mark.parametrize(("text", "facts"), ROWS, ids=[row[0] for row in ROWS])
def test_reads_the_row_in_a_description(text: str, facts: Facts) -> None:
    assert facts_of(text) == facts


@pytest.mark.parametrize(("text", "facts"), ROWS, ids=[row[0] for row in ROWS])
def test_reads_the_row_in_a_title(text: str, facts: Facts) -> None:
    assert facts_of("", title=text) == facts


def test_gives_both_values_where_two_units_disagree() -> None:
    readings = extract(title="", description="Heel height: 2 in (8 cm)")
    assert facts_of("Heel height: 2 in (8 cm)") == {"heel_height_mm": [50.8, 80.0]}
    assert {reading.rule for reading in readings} == {"en.heel_height.conflict"}
    assert all(reading.confidence < 600 for reading in readings)


def test_takes_a_bare_heel_counter_for_no_height() -> None:
    assert facts_of("heel counter") == {"heel_counter": "1 2 3"}


def test_only_suggests_a_height_that_stands_in_a_name() -> None:
    (reading,) = extract(title="So Kate 120", description="")
    assert reading.confidence == 300
    assert reading.rule == "en.heel_height.model_name"


def test_believes_a_height_less_that_varies_by_size() -> None:
    plain = extract(title="", description="Heel height 3 in.")
    varying = extract(title="", description="Heel height 3 in. Heel height may vary by size.")
    assert plain[0].confidence - varying[0].confidence == 100


def test_marks_added_height_for_a_person_to_look_at() -> None:
    (reading,) = extract(title="", description="adds 2 inches of height (elevator insole)")
    assert reading.attribute == "hidden_lift_mm"
    assert reading.confidence < 600
