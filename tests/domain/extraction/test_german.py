"""What German listings say; every sentence is our own."""

import pytest

from tests.domain.extraction.reading import Facts, facts_of

# The German rows of the acceptance table, read with and without their language.
ROWS: list[tuple[str, Facts]] = [
    ("Absatzhöhe: 3,5 cm, Plateau 1 cm", {"heel_height_mm": 35.0, "forefoot_height_mm": 10.0}),
    ("Sprengung 6 mm", {"drop_mm": 6.0}),
]
SAID: list[tuple[str, Facts]] = [
    ("Absatzhöhe ca. 7,5 cm", {"heel_height_mm": 75.0}),
    ("ABSATZHÖHE: 6 CM", {"heel_height_mm": 60.0}),
    ("Absatzhoehe: 45 mm", {"heel_height_mm": 45.0}),
    ("Absatzhöhe (Größe 38): 5 cm", {"heel_height_mm": 50.0}),
    ("Absatzhöhe in cm: 4,5", {"heel_height_mm": 45.0}),
    ("Ein 8 cm hoher Absatz", {"heel_height_mm": 80.0}),
    ("Pumps mit 9-cm-Absatz", {"heel_height_mm": 90.0}),
    ("Blockabsatz von 5 cm", {"heel_height_mm": 50.0, "heel_type": "block"}),
    ("6 cm Keilabsatz", {"heel_height_mm": 60.0, "heel_type": "wedge"}),
    ("Absatz 3 Zoll", {"heel_height_mm": 76.2}),
    ("Der Absatz misst 4,2 cm.", {"heel_height_mm": 42.0}),
    ("Absatz unter 5 cm", {"heel_height_mm": (0.0, 50.0)}),
    ("Schafthöhe: 28 cm, Schaftweite 36 cm", {"shaft_height_mm": 280.0}),
    (
        "Sohlenhöhe 38 mm, Vorfuß 30 mm",
        {"stack_heel_mm": 38.0, "forefoot_height_mm": 30.0, "drop_mm": 8.0},
    ),
    ("Ohne Sprengung", {"drop_mm": 0.0}),
    ("Wiegt 310 g", {"weight_g": 310.0}),
    ("Gewicht: 620 g pro Paar", {"weight_g": 310.0}),
    ("Mit Fußgewölbestütze", {"arch_support": "1 2 3"}),
    ("Mit Fussgewoelbestuetze", {"arch_support": "1 2 3"}),
    ("Starke Längsgewölbestütze", {"arch_support": "2 3"}),
    ("Ohne Fußgewölbestütze", {"arch_support": "0"}),
    ("Der Schuh hat keine Längsgewölbestütze", {"arch_support": "0"}),
    ("Anatomisch geformtes Fußbett", {"arch_support": "1 2"}),
    ("Maximale Dämpfung", {"cushioning": "2 3"}),
    ("Stoßdämpfende Sohle", {"cushioning": "1 2 3"}),
    ("Dämpfung: mittel", {"cushioning": "2"}),
    ("Ohne Dämpfung und Fußgewölbestütze", {"cushioning": "0", "arch_support": "0"}),
    ("Weder Dämpfung noch Fußgewölbestütze", {"cushioning": "0", "arch_support": "0"}),
    ("Kein Drücken und gute Dämpfung", {"cushioning": "1 2 3"}),
    ("Kaum Dämpfung", {"cushioning": "0 1"}),
    ("Keine Dämpfung", {"cushioning": "0"}),
    ("Weich gepolsterte Innensohle", {"cushioning": "1 2"}),
    ("Herausnehmbares Fußbett", {"removable_insole": "yes"}),
    (
        "Wechselfußbett, für lose Einlagen geeignet",
        {"removable_insole": "yes", "orthotic_friendly": "yes"},
    ),
    ("Das Fußbett ist nicht herausnehmbar", {"removable_insole": "no"}),
    ("Das Fussbett lässt sich leicht herausnehmen", {"removable_insole": "yes"}),
    ("Schuhe in Weite H", {"width_options": "wide"}),
    ("Weite K, für sehr kräftige Füße", {"width_options": "extra_wide"}),
    ("Schuhe in Weite G", {"width_options": "regular"}),
    ("Bequeme Weite", {"width_options": "wide"}),
    ("Flacher Absatz", {"heel_type": "none"}),
    ("Ohne Absatz", {"heel_type": "none"}),
    ("Pantolette", {"fastening": "backless"}),
    ("Zehentrenner", {"fastening": "backless"}),
    ("Mit Klettverschluss", {"fastening": "hook_loop"}),
    ("Schnürschuh mit runder Spitze", {"fastening": "lace_up", "toe_shape": "round"}),
    ("20 cm Reißverschluss am Absatz", {"fastening": "zip"}),
    ("Feste Fersenkappe", {"heel_counter": "2"}),
    ("Rahmengenähte Machart", {"construction": "stitched"}),
    ("Zwischensohle aus EVA", {"midsole_material": "eva eva_blend", "cushioning": "1 2 3"}),
]
NOT_SAID = [
    "Mehr dazu im nächsten Absatz.",
    "Siehe Absatz 2 der Bedingungen.",
    "Das Modell findet reißenden Absatz.",
    "Der Absatz stieg um 5 Prozent.",
    "Absatz und Sohle aus Gummi",
    "Hoher Absatz für den Abend",
    "Absatzhöhe: 38",
    "Absatzhöhe (Größe 38), Länge 25 cm",
    "Flach verschickt, plastikfrei",
    "Flacher Karton",
    "Auf unserer Online-Plattform für Mode",
    "Eine Plattform für junge Marken",
    "Gepolsterter Schaftrand",
    "Polsterung am Kragen",
    "Gedämpfte Farben",
    "Jeans in Weite 32",
    "Schaftweite 36 cm",
    "Gewicht: 1.250 g",
    "Wadenumfang 38 cm",
    "Innensohlenlänge 25 cm",
    "Passt gut zu 10 cm Absätzen",
    "Unser Model ist 1,78 m groß und trägt Absätze von 9 cm",
    "Im Gegensatz zu Schuhen mit Fußgewölbestütze ist dieser flexibel",
    "Haben die Schuhe eine Fußgewölbestütze?",
    "Fußgewölbestütze nicht enthalten",
    "Fußgewölbestütze separat erhältlich",
    "Wer eine Fußgewölbestütze braucht, legt eine Einlage ein",
    "Ich trage sie mit 5 cm Absatz seit Jahren",
    "Kundenbewertungen:\nSuper Dämpfung, 6 cm Absatz",
    "Größentabelle: Absatzhöhe 5 cm bei Größe 38",
    "Pflege:\nDämpfung trocken halten",
    "Versand:\nKarton 30 cm, Gewicht 900 g",
    "5 mm Schaum im Absatz",
    "Knöchelstütze",
    "Der neue Drop der Woche",
    "Handschuhe mit Dämpfung",
    "Weiches Kissen mit stoßdämpfender Füllung",
]


@pytest.mark.parametrize("language", ["de", "de-AT", ""])
@pytest.mark.parametrize(("text", "facts"), ROWS)
def test_reads_the_row_of_the_acceptance_table(text: str, facts: Facts, language: str) -> None:
    assert facts_of(text, language=language) == facts
    assert facts_of("", title=text, language=language) == facts


@pytest.mark.parametrize(("text", "facts"), SAID)
def test_reads_what_is_said(text: str, facts: Facts) -> None:
    assert facts_of(text, language="de") == facts


@pytest.mark.parametrize("text", NOT_SAID)
def test_reads_nothing_where_nothing_is_said(text: str) -> None:
    assert facts_of(text, language="de") == {}
    assert facts_of(text) == {}
