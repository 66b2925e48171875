"""What French listings say; every sentence is our own."""

import pytest

from tests.domain.extraction.reading import Facts, facts_of

# The French rows of the acceptance table, read with and without their language.
ROWS: list[tuple[str, Facts]] = [
    ("talon de 7 cm", {"heel_height_mm": 70.0}),
    ("talon amorti", {"cushioning": "1 2"}),
]
SAID: list[tuple[str, Facts]] = [
    ("Hauteur du talon : 6,5 cm", {"heel_height_mm": 65.0}),
    ("HAUTEUR DU TALON : 6 CM", {"heel_height_mm": 60.0}),
    ("Hauteur du talon (pointure 38) : 5 cm", {"heel_height_mm": 50.0}),
    ("Un talon d'environ 8 cm", {"heel_height_mm": 80.0}),
    ("Un talon d\u2019environ 8 cm", {"heel_height_mm": 80.0}),
    ("Talon env. 45 mm", {"heel_height_mm": 45.0}),
    ("Talon de 3 pouces", {"heel_height_mm": 76.2}),
    ("Talon aiguille de 9 cm", {"heel_height_mm": 90.0, "heel_type": "stiletto"}),
    (
        "Plateau de 2 cm et talon compensé de 6 cm",
        {"forefoot_height_mm": 20.0, "heel_height_mm": 60.0, "heel_type": "wedge"},
    ),
    ("Plateforme de 3 cm", {"forefoot_height_mm": 30.0}),
    ("Le talon mesure 6 cm.", {"heel_height_mm": 60.0}),
    ("Talon de moins de 5 cm", {"heel_height_mm": (0.0, 50.0)}),
    ("Hauteur de tige : 28 cm, tour de mollet 36 cm", {"shaft_height_mm": 280.0}),
    ("Drop de 8 mm", {"drop_mm": 8.0}),
    ("Drop zéro", {"drop_mm": 0.0}),
    (
        "Épaisseur de semelle 38 mm, avant-pied 30 mm",
        {"stack_heel_mm": 38.0, "forefoot_height_mm": 30.0, "drop_mm": 8.0},
    ),
    ("Poids : 310 g", {"weight_g": 310.0}),
    ("Avec soutien de la voûte plantaire", {"arch_support": "1 2 3"}),
    ("Avec soutien de la voute plantaire", {"arch_support": "1 2 3"}),
    ("Soutien de la voûte plantaire renforcé", {"arch_support": "2 3"}),
    ("Sans soutien de la voûte plantaire", {"arch_support": "0"}),
    ("Pas de soutien de la voûte plantaire", {"arch_support": "0"}),
    ("Semelle anatomique", {"arch_support": "1 2"}),
    ("Amorti maximal", {"cushioning": "2 3"}),
    ("L'amorti protège le pied", {"cushioning": "1 2 3"}),
    ("N'offre pas d'amorti", {"cushioning": "0"}),
    ("Peu d'amorti", {"cushioning": "0 1"}),
    ("Semelle intérieure matelassée", {"cushioning": "1 2"}),
    ("Semelle à mémoire de forme", {"cushioning": "1 2", "insole_material": "memory_foam"}),
    ("Semelle intérieure amovible", {"removable_insole": "yes"}),
    ("Semelle non amovible", {"removable_insole": "no"}),
    ("Accepte vos semelles orthopédiques", {"orthotic_friendly": "yes"}),
    ("Chaussant large", {"width_options": "wide"}),
    ("Existe en largeur large", {"width_options": "wide"}),
    ("Chaussant extra-large", {"width_options": "extra_wide"}),
    ("Talon plat", {"heel_type": "none"}),
    ("Sandale sans talon", {"heel_type": "none"}),
    ("Tongs", {"fastening": "backless"}),
    ("Chaussures à lacets", {"fastening": "lace_up"}),
    ("Fermeture éclair côté intérieur", {"fastening": "zip"}),
    ("Bout carré", {"toe_shape": "square"}),
    ("Zip de 20 cm au talon", {"fastening": "zip"}),
    ("Contrefort ferme", {"heel_counter": "2"}),
    ("Cousu Goodyear", {"construction": "stitched"}),
    (
        "Bottine en cuir tre\u0300s souple, talon compense\u0301",
        {"heel_type": "wedge", "upper_softness": "2 3"},
    ),
]
NOT_SAID = [
    "Talon renforcé",
    "Talon du pied bien maintenu",
    "Talons hauts pour le soir",
    "Hauteur du talon : 38",
    "Le talon d'Achille du modèle",
    "Crème pour talons secs",
    "Un plateau de fromages de 30 cm",
    "Plateau repas de 4 cm",
    "Une plateforme en ligne pour la mode",
    "Une plateforme de vente pour la mode",
    "Votre achat est vite amorti",
    "Un investissement amorti en deux ans",
    "Le prix est amorti sur plusieurs saisons",
    "Notre support client répond sous 24 heures",
    "Soutien de la cheville",
    "Plat du jour : cette couleur",
    "Posez la chaussure à plat",
    "Tour de mollet 36 cm",
    "Longueur de semelle 25 cm",
    "Taille 38, talon au choix",
    "Bride de 2 cm au talon",
    "5 mm de mousse au talon",
    "Se porte avec des talons de 9 cm",
    "Notre mannequin mesure 1,78 m et porte des talons de 9 cm",
    "Contrairement aux chaussures avec soutien de la voûte plantaire, celle-ci reste souple",
    "Y a-t-il un soutien de la voûte plantaire ?",
    "Soutien de la voûte plantaire non inclus",
    "Soutien de la voûte plantaire vendu séparément",
    "Besoin d'un soutien de la voûte plantaire ?",
    "J'adore mon talon de 7 cm",
    "Avis clients :\nTalon de 7 cm, bon amorti",
    "Guide des tailles : talon de 5 cm en pointure 38",
    "Entretien :\nNe pas mouiller la semelle amovible",
    "Livraison :\nColis de 900 g, poids 900 g",
    "Émissions compensées par la plantation d'arbres",
    "Collier rembourré en haut de tige",
    "Un coussin amorti et moelleux",
    "Le dernier drop de la saison",
]


@pytest.mark.parametrize("language", ["fr", "fr_CA", ""])
@pytest.mark.parametrize(("text", "facts"), ROWS)
def test_reads_the_row_of_the_acceptance_table(text: str, facts: Facts, language: str) -> None:
    assert facts_of(text, language=language) == facts
    assert facts_of("", title=text, language=language) == facts


@pytest.mark.parametrize(("text", "facts"), SAID)
def test_reads_what_is_said(text: str, facts: Facts) -> None:
    assert facts_of(text, language="fr") == facts


@pytest.mark.parametrize("text", NOT_SAID)
def test_reads_nothing_where_nothing_is_said(text: str) -> None:
    assert facts_of(text, language="fr") == {}
    assert facts_of(text) == {}
