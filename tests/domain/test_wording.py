"""Banned claims, and that nothing a shopper reads makes one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shop_plugin.domain.wording import BANNED_CLAIMS, find_banned_claims

ROOT = Path(__file__).parent.parent.parent
PLUGIN = ROOT / "shop_plugin"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("This sandal cures back pain.", "cure"),
        ("Curing flat feet", "cure"),
        ("It TREATS heel pain", "treat"),
        ("a treatment for bunions", "treat"),
        ("heals tired feet", "heal"),
        ("relieves pain", "relieve"),
        ("for pain relief", "relieve"),
        ("prevents injury", "prevent"),
        ("prevention of falls", "prevent"),
        ("eliminates pain", "eliminate"),
        ("medical-grade foam", "medical-grade"),
        ("Medical grade foam", "medical-grade"),
        ("clinically  proven", "clinically proven"),
        ("doctor-recommended", "doctor-recommended"),
        ("podiatrist recommended", "doctor-recommended"),
        ("corrects your posture", "corrects posture"),
        ("a back-safe heel", "back-safe"),
    ],
)
def test_it_finds_a_claim_and_where_it_stands(text, claim):
    (match,) = find_banned_claims(text)

    assert match.claim == claim
    assert text[match.start : match.end] == match.text
    assert match.text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "A healthy foot and a healthcare professional",
        "secure fastening, accurate sizes, a manicured look",
        "treatise on lasts; retreated to the shop; entreaties",
        "the heel holds; wheeled; she'll",
        "a relievo pattern",
        "back, safe and sound",
        "Linked with back pain in surveys; may help, check the fit.",
    ],
)
def test_it_leaves_harmless_words_alone(text):
    assert find_banned_claims(text) == ()


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Kuriert Plattfüße", "cure"),
        ("zur Behandlung von Fersensporn", "treat"),
        ("Diese Sandale heilt müde Füße", "heal"),
        ("lindert Schmerzen", "relieve"),
        ("schmerzlindernde Sohle", "relieve"),
        ("beugt Verletzungen vor", "prevent"),
        ("zur Vorbeugung", "prevent"),
        ("beseitigt Druck", "eliminate"),
        ("Schaum in medizinischer Qualität", "medical-grade"),
        ("klinisch erprobt", "clinically proven"),
        ("von Orthopäden empfohlen", "doctor-recommended"),
        ("korrigiert Ihre Haltung", "corrects posture"),
        ("ein rückenschonender Absatz", "back-safe"),
        ("guérit les pieds plats", "cure"),
        ("un traitement pour l’hallux", "treat"),
        ("cicatrise", "heal"),
        ("soulage la douleur", "relieve"),
        ("pour prévenir les blessures", "prevent"),
        ("supprime la douleur", "eliminate"),
        ("mousse de qualité médicale", "medical-grade"),
        ("cliniquement prouvé", "clinically proven"),
        ("recommandée par les médecins", "doctor-recommended"),
        ("corrige votre posture", "corrects posture"),
        ("bon pour le dos", "back-safe"),
        ("cura los pies planos", "cure"),
        ("tratamiento de juanetes", "treat"),
        ("sanará tus pies", "heal"),
        ("alivia el dolor", "relieve"),
        ("previene lesiones", "prevent"),
        ("elimina el dolor", "eliminate"),
        ("espuma de grado médico", "medical-grade"),
        ("clínicamente probada", "clinically proven"),
        ("recomendado por podólogos", "doctor-recommended"),
        ("corrige la postura", "corrects posture"),
        ("segura para la espalda", "back-safe"),
    ],
)
def test_it_finds_a_claim_in_german_french_and_spanish(text, claim):
    assert [match.claim for match in find_banned_claims(text)] == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "mit heiler Haut; Heilbronn; eilt; unbehandeltes Leder; Linden; die Haltung am Tisch",
        "la santé, un trait de crayon, les soins du cuir; la posture assise; le dos du pied",
        "sandalias sanas; eliminar la cuenta; un retrato; la espalda del zapato",
        "Rückenschmerzen, mal de dos, dolor de espalda: Belege sind dünn",
    ],
)
def test_it_leaves_harmless_words_of_other_languages_alone(text):
    assert find_banned_claims(text) == ()


def test_it_reports_claims_in_the_order_of_the_text():
    found = find_banned_claims("It heals and prevents, then heals again.")

    assert [match.claim for match in found] == ["heal", "prevent", "heal"]


def test_it_has_a_form_for_every_claim_that_matches_the_claim_itself():
    for claim in BANNED_CLAIMS:
        assert [match.claim for match in find_banned_claims(f"It is {claim}.")] == [claim]


# Files with words for shoppers: templates, sentences, and what translators are given.
_SPOKEN = [
    *PLUGIN.glob("templates/**/*.html"),
    *PLUGIN.glob("templates/**/*.txt"),
    *PLUGIN.glob("locale/**/*.po"),
    PLUGIN / "services/words/explaining.py",
    PLUGIN / "services/words/reasons.py",
    PLUGIN / "services/words/guide.py",
    PLUGIN / "services/words/attributes.py",
    *sorted((ROOT / "footback_shop").glob("**/templates/**/*.html")),
    *[
        page
        for page in (
            ROOT / "docs" / "explanation" / "scoring.md",
            ROOT / "docs" / "explanation" / "lifespan.md",
        )
        if page.exists()
    ],
]


@pytest.mark.parametrize("path", _SPOKEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_finds_no_claim_in_what_a_shopper_reads(path):
    # Template code and comments are not read by anybody in a shop.
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert find_banned_claims(text) == ()
