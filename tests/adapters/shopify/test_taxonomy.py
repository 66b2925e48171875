from __future__ import annotations

import pytest

from shop_plugin.adapters.shopify.taxonomy import is_footwear, read_category
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.categories import classify_category
from shop_plugin.domain.structured import read_fields

SHOES = "Apparel & Accessories > Shoes"
# The values that the standard taxonomy allows for shoes, by the attribute's handle.
VALUES = {
    "heel-height-type": "flat low mid high very-high",
    "shoe-features": (
        "anti-microbial arch-support breathable-design cushioned eco-friendly lightweight "
        "orthopedic recycled-materials slip-resistant sustainable-sourcing vegan-friendly "
        "waterproof"
    ),
    "shoe-fit": "narrow regular wide",
    "toe-style": "almond cap moc open peep pointed round square wingtip",
    "closure-type": (
        "adjustable-pull adjustable-straps buckles buttons clasp clip-on drawstring elastic "
        "hook-eye hook-loop lace-up magnetic none other screw-on slip-on snap straps ties toggle "
        "velcro zipper"
    ),
    "heel-shoe-type": (
        "ankle-strap-dorsay ankle-strap-pumps brogues-heels classic-dorsay classic-pumps "
        "loafer-pumps mary-jane-heels mule-heels oxford-heels platform-heels slingback-dorsay "
        "slingback-heels t-strap-dorsay t-strap-pumps wedge-heels"
    ),
}
SAYING = {
    "heel-height-type": "flat low mid high very-high",
    "shoe-features": "arch-support cushioned orthopedic",
    "shoe-fit": "narrow regular wide",
    "toe-style": "almond open peep pointed round square",
    "closure-type": (
        "adjustable-straps buckles elastic hook-loop lace-up slip-on straps ties velcro zipper"
    ),
    "heel-shoe-type": "wedge-heels",
}


@pytest.mark.parametrize("key", sorted(VALUES))
def test_it_reads_every_value_of_the_standard_attributes_without_complaint(key: str) -> None:
    for spelling in ("{value}", "{key}__{value}", "{title}"):
        said = set()
        for value in VALUES[key].split():
            text = spelling.format(key=key, value=value, title=value.replace("-", " ").capitalize())
            found = read_fields({f"shopify.{key}": text}, use_category=UseCategory.OTHER)
            assert found.problems == (), text
            if found.readings:
                said.add(value)
        assert said == set(SAYING[key].split()), spelling


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("aa-8-3", f"{SHOES} > Boots"),
        ("gid://shopify/TaxonomyCategory/aa-8-10", f"{SHOES} > Heels"),
        ("aa-8-3-17", f"{SHOES} > Boots"),
        ("187", SHOES),
        ("212", ""),
        ("Uncategorized", ""),
        ("", ""),
        (f"{SHOES} > Boots", f"{SHOES} > Boots"),
        ("aa-1-13", "aa-1-13"),
    ],
)
def test_it_knows_the_path_behind_a_number(text: str, path: str) -> None:
    assert read_category(text) == path


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (SHOES, True),
        (f"{SHOES} > Baby & Toddler Shoes > First Steps & Crawlers", True),
        ("Bekleidung & Accessoires > Schuhe > Stiefel", True),
        ("Vêtements et accessoires > Chaussures", True),
        ("Ropa y accesorios > Zapatos", True),
        ("Apparel & Accessories > Shoe Accessories > Shoe Inserts", False),
        ("Apparel & Accessories > Clothing > Shirts", False),
        ("aa-1-13", False),
        ("aa-8-99", True),
        ("", None),
    ],
)
def test_it_tells_footwear_from_the_rest(path: str, answer: bool | None) -> None:
    assert is_footwear(path) is answer


@pytest.mark.parametrize(
    ("node", "use_category"),
    [
        ("aa-8-3", UseCategory.BOOT),
        ("aa-8-6", UseCategory.SANDAL),
        ("aa-8-7", UseCategory.SLIPPER),
        ("aa-8-8", UseCategory.CASUAL_SNEAKER),
        ("aa-8-9", UseCategory.FLAT),
        ("aa-8-10", UseCategory.HEEL),
        ("aa-8", UseCategory.OTHER),
    ],
)
def test_its_categories_say_what_a_shoe_is_made_for(node: str, use_category: UseCategory) -> None:
    assert classify_category(read_category(node), "") is use_category
