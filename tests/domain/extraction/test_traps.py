"""Traps seen in real listings, each in a sentence of our own."""

import pytest

from shop_plugin.domain.attributes import Span
from shop_plugin.domain.extraction import extract
from tests.domain.extraction.reading import facts_of

HEIGHTS = {"heel_height_mm", "forefoot_height_mm", "stack_heel_mm", "hidden_lift_mm"}


@pytest.mark.parametrize(
    "text",
    [
        "A runner with a heel-to-toe drop of 8 mm",
        "Offset: 12mm",
        "Low heel drop for a natural stride",
        "An 8-inch shaft keeps out the snow",
        'Work boot, 8" collar',
        "Warm winter boots 20cm (approx.)",
        "The Drop Step low is back",
        "Drop-Type lacing",
        "Comfort in every inch of the shoe",
        "Made for flat and indoor surfaces",
        "Choose a flat road for your first run",
        "Colour: Flat Pewter",
        "A platform for self-expression",
        "The collapsible heel makes them easy to put on",
        "Contrast heel patch",
        "Max gas unit in the heel",
        "10 mm of foam in the heel",
        "Heel Height: 0.5",
        "Heel height 45",
        "High heel pumps for the evening",
        "These kitten heels go far",
        "High-rise sole for a little lift",
        "Calf circumference 15 in",
        "Strap width 2 cm at the heel",
        "Sized 8 in black with a heel",
        'The "Model 5" heel',
        "Heel Measures Are 3",
        "Heel height (EU 38): 38",
        "Heel height (EU 38), shaft 38 cm",
        "Heel height for size 38",
        "20 cm zip at the heel",
        "fits calves up to 18 inches, high heel",
        "Waterproof to 4 inches",
        "F5 in cleat, heel pull",
    ],
)
def test_reads_no_height_where_none_is_stated(text: str) -> None:
    assert facts_of(text, only=HEIGHTS) == {}
    assert facts_of("", title=text, only=HEIGHTS) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Grip at the arch for a snug fit",
        "Medium arch",
        "A floating arch hugs the foot",
        "Arch logo on the tongue",
        "Midfoot support for long runs",
        "Overlays offer support",
        "Targeted support from the knit",
        "Research support for good causes",
        "Room for custom orthotics",
        "For high arches",
        "Arch Support: Neutral",
        "For people who need arch support",
        "If you want more arch support, add an insole",
        "Lightly supportive bra cups",
    ],
)
def test_reads_no_arch_support_where_none_is_claimed(text: str) -> None:
    assert facts_of(text, only={"arch_support"}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Padded collar and tongue",
        "Padded collar and tongue offer you the best cushioning",
        "A cushioned collar hugs the ankle",
        "Soft cushioning around the ankle",
        "Padded leather upper",
        "A composite toe cap protects against impact",
        "Protects the toes; a guard protects against impacts to the toes",
        "Impact protection for the metatarsals",
        "A game that still has impact",
        "A springy foam collar",
        "Springy foam in the collar",
        "A better-than-barefoot feeling",
        "Leather-lined insole",
        "Set of two cushion covers",
        "Graphic on the insole",
    ],
)
def test_reads_no_cushioning_where_none_is_claimed(text: str) -> None:
    assert facts_of(text, only={"cushioning"}) == {}


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Brown sandalsLeather upperCushioned footbedTextured sole", "1 2"),
        ("Sole material: PUCushioned footbedPatterned outsole", "1 2"),
        ("Cushioned and textured footbed", "1 2"),
        ("Springy cushioning for the long way home", "1 2 3"),
        ("It cushions your step", "1 2 3"),
        ("Low-profile cushioning", "1 2"),
        ("Maximum cushioning from heel to toe", "2 3"),
        ("The lightest Air Max cushioning so far", "1 2 3"),
        ("Max Air cushioning", "1 2 3"),
        ("The midsole gives protection from hard impacts", "1 2 3"),
        ("Lightweight impact protection underfoot", "1 2 3"),
        ("Proper shock attenuation", "1 2 3"),
        ("The heel absorbs impact", "1 2 3"),
        ("Comfort footbedHigh shock absorptionTextured outsole", "1 2 3"),
        ("Shock-absorbing sole", "1 2 3"),
        ("GEL\ufffd cushioning", "1 2 3"),
        ("Boost? cushioning keeps you going", "1 2 3"),
        ("A knit upper paired with plush cushioning", "1 2 3"),
        ("Cushioning: high", "3"),
        ("Minimal cushioning", "0 1"),
        ("No cushioning at all", "0"),
        ("No laces, cushioned sole", "1 2 3"),
        ("Not only cushioned but light", "1 2 3"),
        ("Less weight without compromising on cushioning", "1 2 3"),
        ("Padded insole", "1 2"),
        ("Arch comfort and cushioned sole", "1 2 3"),
    ],
)
def test_reads_cushioning_as_it_is_claimed(text: str, levels: str) -> None:
    assert facts_of(text, only={"cushioning"}) == {"cushioning": levels}


@pytest.mark.parametrize(
    "text",
    [
        "EVA midsole",
        "Soft EVA footbed",
        "Walking-on-clouds comfort",
        "A cushy feel",
        "Cloudfoam sockliner",
        "A plush foam for long days",
    ],
)
def test_only_suggests_cushioning_where_a_foam_is_named(text: str) -> None:
    (reading,) = [
        each for each in extract(title="", description=text) if each.attribute == "cushioning"
    ]
    assert reading.attribute == "cushioning"
    assert reading.confidence == 400


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Arch support keeps you going", "1 2 3"),
        ("Built-in arch support", "2 3"),
        ("Mild arch support", "1"),
        ("Orthotic-grade arch support", "3"),
        ("Minimal arch support", "0 1"),
        ("Arch support: none", "0"),
        ("Arch Support: High", "3"),
        ("Firmer under the arch for added support", "1 2 3"),
        ("A contoured footbed", "1 2"),
        ("Lacks arch support", "0"),
        ("It doesn't offer arch support", "0"),
        ("Arch and heel support", "1 2 3"),
        ("without any real arch support", "0"),
    ],
)
def test_reads_arch_support_as_it_is_claimed(text: str, levels: str) -> None:
    assert facts_of(text, only={"arch_support"}) == {"arch_support": levels}


def test_only_suggests_arch_support_for_a_contoured_footbed() -> None:
    (reading,) = extract(title="", description="A contoured footbed")
    assert reading.confidence < 600


@pytest.mark.parametrize(
    ("text", "heel"),
    [
        ("Three Inch Heel", 76.2),
        ("Occasion Casual Shoe Details Heel Height 1 inch Outer Material PU", 25.4),
        ("Weight 250 g (per shoe) - may vary. Heel Height 0.5 inch Sole Rubber", 12.7),
        ("Heel height (cm): 7", 70.0),
        ("Heel height in inches: 3", 76.2),
        ("Heel height: approx. 3 in", 76.2),
        ("heel is about two and a half inches", 63.5),
        ("Platform 1.5 in heel 4 in", 101.6),
        ("4 in heel 1 in platform", 101.6),
        ("Shaft 10 inch Heel Height 3 inch", 76.2),
        ("Heel Height &ndash; 3&quot;", 76.2),
        ("<b>Heel height:</b>&nbsp;7.5 cm", 75.0),
        ("4â€\x9d heel", 101.6),
        ("Pumps 5 1/2 Inch Heel", 139.7),
        ('3" stacked leather heel', 76.2),
        ("Heel height 10cm/4 inch", 100.0),
        ("8 inch tall boots with a 1.5 inch heel", 38.1),
        ("under 2 inch heel", (0.0, 50.8)),
        ("Heel Height 1 inchOuter Material", 25.4),
        ("Heel Height -5 cm", 50.0),
        ("White trim and zipper 3 inch heels", 76.2),
        ("5 cm slip-on mule heel", 50.0),
        ('Heel height (EU 38): 2 1/2"', 63.5),
        ("Heel height (size 8): 3 in", 76.2),
        ("Heel height (measured on size 38) 70 mm", 70.0),
        ("Heel height in size 38: 7 cm", 70.0),
    ],
)
def test_reads_a_height_however_it_is_written(text: str, heel: object) -> None:
    assert facts_of(text, only={"heel_height_mm"}) == {"heel_height_mm": heel}


def test_takes_zero_on_a_boot_for_what_a_form_filled_in() -> None:
    (reading,) = extract(title="Harbour boots", description="Heel Height 0 inch")
    assert reading.rule == "en.heel_height.form_default"
    assert reading.confidence < 600
    (plain,) = extract(title="Harbour loafers", description="Heel Height 0 inch")
    assert plain.confidence == 800


def test_takes_the_figure_next_to_the_heel_for_the_heel() -> None:
    facts = facts_of("", title="Lio-20, 6'' Heel 1 3/4'' Open Toe Heel Boot", only=HEIGHTS)
    assert facts == {"heel_height_mm": 152.4}


@pytest.mark.parametrize("title", ["Rosa, 5 3 4'' Heel Sandal", "Slip on beige 7 5cm heel"])
def test_reads_nothing_from_a_figure_that_was_broken(title: str) -> None:
    assert facts_of("", title=title, only=HEIGHTS) == {}


@pytest.mark.parametrize("title", ["Lio Block Heel Sandal (65 mm)", "Lio Heeled Sandal 65 mm"])
def test_only_suggests_the_millimetres_at_the_end_of_a_heels_name(title: str) -> None:
    readings = extract(title=title, description="")
    (heel,) = [each for each in readings if each.attribute == "heel_height_mm"]
    assert heel.value == Span.exactly(65_000)
    assert heel.confidence < 600


@pytest.mark.parametrize("title", ["Lio Chelsea 65 mm", "Lio heeled boot, shaft 140 mm"])
def test_takes_no_other_millimetres_for_a_heel(title: str) -> None:
    assert "heel_height_mm" not in facts_of("", title=title)


def test_reads_a_heel_beyond_an_ankle_strap() -> None:
    facts = facts_of("", title="Lio 4 Inch Ankle Strap Wedge Sandal", only=HEIGHTS)
    assert facts == {"heel_height_mm": 101.6}


def test_says_a_text_that_was_pasted_twice_once() -> None:
    text = "Heel height 2 in. Memory foam insole. "
    once, twice = extract(title="", description=text), extract(title="", description=text * 2)
    assert twice == once
    assert len(once) == 3


def test_reads_a_stack_as_no_heel() -> None:
    assert facts_of("Stack height 38/30 mm") == {
        "stack_heel_mm": 38.0,
        "forefoot_height_mm": 30.0,
        "drop_mm": 8.0,
    }
    assert facts_of("Stack: 28/18 mm") == facts_of("Stack 28mm / 18mm")
    assert facts_of("Stack: 28/18 mm")["forefoot_height_mm"] == 18.0
    assert facts_of("Strap: 28/18 mm") == {}
    assert facts_of("Heel 28mm/18mm", only=HEIGHTS) == {}
    assert facts_of("Stack: heel 38 mm, forefoot 30 mm", only=HEIGHTS | {"drop_mm"}) == {
        "stack_heel_mm": 38.0,
        "forefoot_height_mm": 30.0,
        "drop_mm": 8.0,
    }


def test_takes_the_heel_beside_a_forefoot_for_its_stack() -> None:
    assert facts_of("Drop: 10mm (heel 32mm / forefoot 22mm)") == {
        "drop_mm": 10.0,
        "stack_heel_mm": 32.0,
        "forefoot_height_mm": 22.0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "heel height 50 in",
        "drop 60 mm",
        "shaft height 1 cm",
        "stack height 200 mm",
        "weight 9 kg",
        "platform height 13 cm",
    ],
)
def test_refuses_what_no_shoe_can_be(text: str) -> None:
    assert facts_of(text) == {}


def test_halves_a_weight_per_pair() -> None:
    assert facts_of("Weight 600 g per pair") == {"weight_g": 300.0}
    assert facts_of("Weight 300 g per shoe") == {"weight_g": 300.0}


def test_widens_what_is_said_of_the_insole_by_what_is_said_of_the_shoe() -> None:
    values = facts_of("Maximum cushioning. Cushioned footbed.", only={"cushioning"})
    assert values == {"cushioning": ["2 3", "1 2 3"]}


def test_lets_the_name_of_a_foam_widen_no_claim() -> None:
    values = facts_of("A Softfoam insert and a cushioned footbed.", only={"cushioning"})
    assert values == {"cushioning": ["1 2 3", "1 2"]}


def test_contradicts_itself_where_the_text_does() -> None:
    values = facts_of("No cushioning. A softly cushioned sole.", only={"cushioning"})
    assert values == {"cushioning": ["0", "1 2 3"]}
