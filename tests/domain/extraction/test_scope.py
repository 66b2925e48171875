"""What a text says of other things than this shoe."""

import pytest

from shop_plugin.domain.extraction import extract
from tests.domain.extraction.reading import facts_of


@pytest.mark.parametrize(
    "text",
    [
        "Do they have a cushioned insole?",
        "Q: Is there arch support?",
        "Looking for arch support?",
        "Customer reviews: Great arch support. The cushioning is lovely. Heel height 3 in.",
        "Q&A\nIs it soft?\nYes, it has a cushioned footbed.",
        "Reviews\nThe heel is 3 inches.\nGood arch support.",
        "I love the arch support of these.",
        "My feet like the cushioning.",
        "5 stars for arch support",
        "Unlike sandals with a cushioned footbed, these are thin",
        "Softer than shoes with arch support",
        "Compared to a 3 inch heel",
        "Pair it with 4 inch heels",
        "Wear them with chunky heels of 3 in",
        "Looks great with 3 inch heels",
        "Our model is 175 cm tall and wears 3 inch heels",
        "Size guide: heel height 3 in means the back seam",
        "Care instructions: remove the cushioned insole",
        "Shipping: flat boxes, 3 in heel box",
        "Arch support insoles sold separately",
        "Cushioned insole not included",
        "Memory foam insole available separately",
    ],
)
def test_reads_nothing_of_what_is_not_said_of_this_shoe(text: str) -> None:
    assert facts_of(text) == {}


def test_reads_on_after_a_paragraph_of_something_else() -> None:
    text = "Care: wipe the cushioned insole.\nHeel height 2 in.\nShipping:\n3 in heel box.\n\nOther"
    assert facts_of(text) == {"heel_height_mm": 50.8}


def test_reads_on_after_the_headline_of_a_specification() -> None:
    text = "Care instructions: use a dry cloth,Specifications of Lio Flats Heel Height 1 inch"
    assert facts_of(text) == {"heel_height_mm": 25.4}


def test_reads_the_sentence_after_a_question() -> None:
    assert facts_of("Need arch support? The footbed has moderate arch support.") == {
        "arch_support": "2"
    }


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("non-removable insole", {"removable_insole": "no"}),
        ("The insole is not removable", {"removable_insole": "no"}),
        ("removable, padded insole", {"cushioning": "1 2"}),
        ("without laces or arch support", {"arch_support": "0"}),
        ("no heel, soft arch support", {"heel_type": "none", "arch_support": "1"}),
        ("no heel counter", {"heel_counter": "0"}),
        ("no 3 inch heels here", {}),
    ],
)
def test_hears_a_denial_in_its_own_clause(text: str, facts: dict[str, object]) -> None:
    assert facts_of(text) == facts


def test_quotes_the_denial_with_what_it_denies() -> None:
    (reading,) = extract(title="", description="These have no real arch support.")
    assert reading.quote == "no real arch support"


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Set of 3 Cushion Covers", "Cushioned filling, zip closure"),
        ("Sports Bra", "Light support, cushioned straps, zip closure"),
        ("Logo T-Shirt", "Arch logo and arch support of the arts"),
        ("Ankle Length Socks, pack of 4", "Cushioned sole and arch support"),
        ("Double Sofa Bed", "Double cushioned, weight 900 g"),
        ("Matt Lipstick", "A cushioned feel"),
        ("Oversized zip hoodie", "Side zip closure"),
        ("Shoe rack for the hall", "Weight 900 g, zip closure"),
        ("PU Clutch", "Closure: Buckle"),
        ("", "Wireless router, weight 69 g"),
    ],
)
def test_reads_nothing_from_what_is_no_footwear(title: str, description: str) -> None:
    assert extract(title=title, description=description) == ()


@pytest.mark.parametrize(
    "title", ["Harbour dress shoes", "Blazer Low", "Short boots", "Cap toe oxford", "Lio 3", ""]
)
def test_reads_footwear_whose_name_sounds_like_something_else(title: str) -> None:
    assert facts_of("A cushioned sole", title=title)["cushioning"] == "1 2 3"


@pytest.mark.parametrize("language", ["en", "EN", "en-GB", "en_US", ""])
def test_reads_english(language: str) -> None:
    assert len(extract(title="", description="zero drop", language=language)) == 1


@pytest.mark.parametrize("language", ["it", "nl-BE", "xx"])
def test_reads_nothing_in_a_language_it_has_no_vocabulary_for(language: str) -> None:
    assert extract(title="", description="zero drop", language=language) == ()
