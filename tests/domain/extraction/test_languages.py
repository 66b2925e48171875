"""Which language a text is read in, and what English keeps when others are read too."""

import pytest

from shop_plugin.domain.extraction import extract
from shop_plugin.domain.extraction.languages import choose_languages
from shop_plugin.domain.extraction.vocabulary import LANGUAGES, load_vocabulary, read_file
from tests.domain.extraction import test_acceptance, test_attributes, test_scope, test_traps
from tests.domain.extraction.reading import facts_of

GERMAN = "Die Sandale mit dem herausnehmbaren Fußbett. Absatzhöhe: 3,5 cm. Ohne Fußgewölbestütze."
FRENCH = (
    "La sandale à semelle amovible, avec un talon de 3,5 cm et sans soutien de la voûte plantaire."
)
SPANISH = "La sandalia con plantilla extraíble y tacón de 3,5 cm, sin soporte del arco."
ENGLISH = "The sandal with a removable footbed and a 3.5 cm heel, but without arch support."
FACTS = {"heel_height_mm": 35.0, "removable_insole": "yes", "arch_support": "0"}


def english_texts() -> list[str]:
    """Return every text that the English tests read, from their own tables."""
    texts: list[str] = []
    for module in (test_acceptance, test_attributes, test_scope, test_traps):
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", ()):
                for row in mark.args[1]:
                    text = row[0] if isinstance(row, tuple) else row
                    if isinstance(text, str):
                        texts.append(text)
    return texts


def test_changes_nothing_in_what_english_says() -> None:
    texts = english_texts()
    assert len(texts) > 200
    for text in texts:
        for title, description in ((text, ""), ("", text), (text, text)):
            alone = extract(title=title, description=description, language="en")
            assert extract(title=title, description=description) == alone


@pytest.mark.parametrize(
    ("text", "language"),
    [(GERMAN, "de"), (FRENCH, "fr"), (SPANISH, "es"), (ENGLISH, "en")],
)
def test_tells_the_language_from_the_words(text: str, language: str) -> None:
    assert choose_languages("", text.lower(), tag="") == (language, language)
    assert facts_of(text) == FACTS
    assert facts_of(text, language=language) == FACTS
    assert facts_of("", title=text) == FACTS


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH])
def test_reads_an_english_title_and_a_foreign_description(text: str) -> None:
    facts = facts_of(text, title="Women's wedge sandal with cushioned footbed")
    assert facts["heel_type"] == "wedge"
    assert facts["cushioning"] == "1 2"
    assert facts["heel_height_mm"] == 35.0


def test_reads_a_name_in_the_language_of_its_description() -> None:
    assert choose_languages("mara 85 mm", GERMAN.lower(), tag="") == ("de", "de")
    assert choose_languages("pantolette luna", "", tag="") == ("de", "de")


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("DE-ch", "de"), ("fr_CA", "fr"), ("es-419", "es"), ("en-GB", "en")],
)
def test_takes_the_language_a_listing_names(tag: str, language: str) -> None:
    assert choose_languages("", "", tag=tag) == (language, language)
    assert choose_languages("", GERMAN.lower(), tag=tag) == (language, language)


def test_reads_a_text_by_no_rules_but_those_of_its_language() -> None:
    for language in LANGUAGES:
        for reading in extract(title="", description=GERMAN + ENGLISH, language=language):
            assert reading.rule.startswith(f"{language}.")


@pytest.mark.parametrize(
    "text",
    [
        "Plateau boots by Talon, a brand from El Paso",
        "Made in Los Angeles, sold in Le Mans: a shoe to walk in",
        "Plano, Texas store: 5 cm off every strap",
        "The Absatz collection of boots, 5 cm logo",
        "Grand Plat ballet shoe from the Amorti line",
        "The Tacon line: shoes for the stage",
        "Horma and Caña are the names of our two soles",
        "Sin City boots with a Con Amor patch",
    ],
)
def test_takes_foreign_names_for_names(text: str) -> None:
    assert choose_languages(text.lower(), text.lower(), tag="") == ("en", "en")
    measured = {"heel_height_mm", "forefoot_height_mm", "heel_type", "cushioning", "width_options"}
    assert facts_of(text, only=measured) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_finds_no_letters_in_sets_that_have_other_spellings(language: str) -> None:
    """A set such as [éa] cannot be spelled in two letters, and would never match without."""
    for name, fragments in read_file(language)["grammar"].items():
        if name != "cues":
            for fragment in fragments:
                for inside in fragment.split("[")[1:]:
                    assert inside.partition("]")[0].isascii()


@pytest.mark.parametrize("language", LANGUAGES)
def test_knows_a_rule_by_its_language(language: str) -> None:
    assert all(rule.startswith(f"{language}.") for rule in load_vocabulary(language).rule_ids)
    derived = {each.partition(".")[2] for each in load_vocabulary(language).rule_ids}
    assert {each["id"].partition(".")[2] for each in read_file("en")["derived"]} <= derived


def test_reads_letters_and_marks_written_apart() -> None:
    text = "Absatzho\u0308he: 4 cm"
    (reading,) = extract(title="", description=text, language="de")
    assert reading.quote == text
