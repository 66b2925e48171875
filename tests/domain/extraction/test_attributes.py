"""Each attribute a text can state, once as it is usually said."""

import pytest

from shop_plugin.domain.attributes import ATTRIBUTES
from tests.domain.extraction.reading import facts_of

SAID = [
    ("Firm heel counter", "heel_counter", "2"),
    ("Soft heel counter", "heel_counter", "1"),
    ("Rigid heel counter", "heel_counter", "3"),
    ("Steel shank", "torsional_stiffness", "2 3"),
    ("Flared outsole", "base_stability", "2 3"),
    ("Rocker sole", "rocker", "1 2 3"),
    ("Stretch knit upper", "upper_softness", "3"),
    ("Buttery soft leather upper", "upper_softness", "2 3"),
    ("Forefoot cushioning", "forefoot_cushioning", "1 2 3"),
    ("Removable cushioned insole", "removable_insole", "yes"),
    ("The footbed can be removed", "removable_insole", "yes"),
    ("Room for custom orthotics", "orthotic_friendly", "yes"),
    ("Orthotic-friendly", "orthotic_friendly", "yes"),
    ("Pointed-toe court shoe", "toe_shape", "pointed"),
    ("Almond toe", "toe_shape", "almond"),
    ("Squared toe", "toe_shape", "square"),
    ("Round-toed derbys", "toe_shape", "round"),
    ("Tip Shape Round", "toe_shape", "round"),
    ("Wide toe box", "toe_shape", "foot_shaped"),
    ("Peep-toe sandals", "toe_shape", "open"),
    ("Lace-up boots", "fastening", "lace_up"),
    ("Hook-and-loop straps", "fastening", "hook_loop"),
    ("Side zip", "fastening", "zip"),
    ("T-strap", "fastening", "monk_t_strap"),
    ("Buckled ankle strap", "fastening", "buckle_heel_strap"),
    ("Slip-on style", "fastening", "backless pump slip_on"),
    ("Lace-up with a side zip", "fastening", "lace_up zip"),
    ("Slip-on with an ankle strap", "fastening", "buckle_heel_strap"),
    ("Flip-flops", "fastening", "backless"),
    ("Also in wide widths", "width_options", "wide"),
    ("Extra wide fit", "width_options", "extra_wide"),
    ("Narrow fit", "width_options", "narrow"),
    ("Chunky heel", "heel_type", "block"),
    ("Stacked block heel", "heel_type", "block stacked"),
    ("Flat-bottomed sneakers", "heel_type", "none"),
    ("Kitten heels", "heel_type", "kitten"),
    ("Cuban heel", "heel_type", "cuban"),
    ("EVA midsole", "midsole_material", "eva eva_blend"),
    ("PU midsole", "midsole_material", "pu"),
    ("Cork footbed", "insole_material", "cork"),
    ("OrthoLite insole", "insole_material", "ortholite"),
    ("Goodyear-welted", "construction", "stitched"),
    ("Vulcanized sole", "construction", "vulcanised"),
    ("UK sizes", "size_system", "uk"),
    ("Insole removable", "removable_insole", "yes"),
    ("Insole not removable", "removable_insole", "no"),
    ("Choose regular or wide", "width_options", "regular wide"),
    ("Available in medium and wide widths", "width_options", "regular wide"),
    ("Slips on in a second", "fastening", "backless pump slip_on"),
    ("Toe thong", "fastening", "backless buckle_heel_strap"),
    ("A soft thong between the toes", "fastening", "backless buckle_heel_strap"),
    ("Quick-pull laces", "fastening", "lace_up"),
    ("Heel strap", "fastening", "adjustable_strap buckle_heel_strap"),
    ("Heel strap with a buckle", "fastening", "buckle_heel_strap"),
    ("Weight: 0.3 kg", "weight_g", 300.0),
    ("Shaft height approx. 14 inches", "shaft_height_mm", 355.6),
]

NOT_SAID = [
    ("A vulcanized look", "construction"),
    ("Wide calf boots", "width_options"),
    ("A wide range of colours", "width_options"),
    ("Wide strap", "width_options"),
    ("An exposed wedge of foam", "heel_type"),
    ("Wedge-shaped cushioning", "heel_type"),
    ("Rocker style for the stage", "rocker"),
    ("Zip pocket", "fastening"),
    ("Slip on and off with ease", "fastening"),
    ("Without laces", "fastening"),
    ("Padded insole removable straps", "removable_insole"),
    ("Tread that never slips on wet decks", "fastening"),
    ("No more slips on smooth floors", "fastening"),
    ("It slips on and off", "fastening"),
    ("No toe thong", "fastening"),
    ("Without a heel strap", "fastening"),
    ("No quick-pull laces", "fastening"),
    ("For regular or wide calves", "width_options"),
    ("Regular or wide leg", "width_options"),
    ("No buckle straps", "fastening"),
    ("A light 200 g of insulation", "weight_g"),
    ("Body weight of 80 kg", "weight_g"),
]


@pytest.mark.parametrize(("text", "attribute", "value"), SAID)
def test_reads_what_is_said(text: str, attribute: str, value: object) -> None:
    assert facts_of(text, only={attribute}) == {attribute: value}


@pytest.mark.parametrize(("text", "attribute"), NOT_SAID)
def test_reads_nothing_else_for_it(text: str, attribute: str) -> None:
    assert facts_of(text, only={attribute}) == {}


@pytest.mark.parametrize(
    ("title", "width"),
    [
        ("Women's Lio Pump, Black, 7.5 B(M) US", "regular"),
        ("Men's Lio Boot, 10 D(M) US", "regular"),
        ("Lio women's sandal 9 W", "wide"),
        ("Men's Lio 11 EE Work Boot", "wide"),
        ("Lio Walk (2E Width) men", "wide"),
        ("Lio Wide Shoes", "wide"),
    ],
)
def test_reads_the_width_in_a_name(title: str, width: str) -> None:
    assert facts_of("", title=title, only={"width_options"}) == {"width_options": width}


@pytest.mark.parametrize(
    ("title", "systems"),
    [
        ("Lio Boot EU 38", "eu"),
        ("Lio Boot, 42 EU/8.5 M US", "eu us"),
        ("Lio Boot UK 5", "uk"),
        ("Lio trainer size 245mm", "mondopoint"),
    ],
)
def test_reads_the_size_system_in_a_name(title: str, systems: str) -> None:
    assert facts_of("", title=title, only={"size_system"}) == {"size_system": systems}


def test_covers_every_attribute_there_is() -> None:
    heights = {
        "arch_support",
        "cushioning",
        "heel_height_mm",
        "forefoot_height_mm",
        "drop_mm",
        "stack_heel_mm",
        "hidden_lift_mm",
    }
    assert {attribute for _, attribute, _ in SAID} | heights == set(ATTRIBUTES)
