"""Health claims that a shop must not make about a shoe, found in a text.

A word list is no lawyer, but it stops the slips that consumer authorities have
fined in this very trade. Words of the same root that claim nothing ("healthy",
"treatise", "secure") are left alone. Every text is searched for the claims in
all four languages: a German listing may stand in an English shop. Code blocks
and addresses are the caller's business; the text is taken as people read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: Claim -> the forms it takes in English, German, French and Spanish, as one regular expression
#: per language, matched without case and as whole words.
BANNED_CLAIMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cure": (
            r"cur(?:e[sd]?|ing|ative)",
            r"kurier(?:en|t|te|ten|end)",
            r"guéri(?:r|t|e|s|ra|ssent|ssant|son)?",
            r"cura[nr]?|curará[ns]?|curativ[oa]s?",
        ),
        "treat": (
            r"treat(?:s|ed|ing|ments?)?",
            r"behand(?:eln|elt|elte|elten|elnd|lung|lungen)",
            r"traite(?:r|nt|ments?)?|traitant|soign(?:e|er|ent|ant)",
            r"trata(?:mientos?|r|rá)?",
        ),
        "heal": (
            r"heal(?:s|ed|ing|ers?)?",
            r"(?:ge)?heilt|heil(?:en|end|ende|sam|same|ung|ungen)",
            r"cicatris(?:e|er|ent|ation)",
            r"sana[nr]|sanará[ns]?|sanación",
        ),
        "relieve": (
            r"reliev(?:e[sd]?|ing|ers?)|(?:pain[\s-]+)?reliefs?",
            r"linder(?:n|t|te|nd)|linderung|schmerz(?:stillend|lindernd)\w*",
            r"soulag(?:e|er|ent|era|eant|ements?)|atténue(?:r|nt)?",
            r"alivi(?:a|ar|an|ará|os?)|calma(?:r|n)?\s+(?:el|los)\s+dolor(?:es)?",
        ),
        "prevent": (
            r"prevent(?:s|ed|ing|ion|ions|ive|ative)?",
            r"vorbeug(?:en|t|end|ung)|beug(?:t|en)\s+(?:\w+\s+)+vor|verhinder(?:n|t|te)|verhütet",
            r"prévien(?:t|nent)|prévenir|préventi(?:on|f|ve)s?",
            r"previen(?:e|en)|prevenir|prevención|preventiv[oa]s?",
        ),
        "eliminate": (
            r"eliminat(?:e[sd]?|ing|ion)",
            r"beseitig(?:t|en|te|ung)",
            r"(?:élimine|supprime)(?:r|nt)?\s+(?:la|les|vos|le)\s+(?:douleurs?|mal)",
            r"elimina(?:r|n)?\s+(?:el|los|tu|tus)\s+(?:dolor(?:es)?|molestias?)",
        ),
        "medical-grade": (
            r"medical[\s-]+grade",
            r"medizinische[rn]?\s+qualität|in\s+medizinqualität|medizinisch\s+geprüft\w*",
            r"(?:de\s+)?(?:qualité|grade)\s+médicale?",
            r"(?:de\s+)?(?:grado|calidad)\s+médic[oa]",
        ),
        "clinically proven": (
            r"clinically[\s-]+(?:proven|tested)",
            r"klinisch\s+(?:bewiesen|erwiesen|erprobt|getestet|geprüft|belegt)\w*",
            r"cliniquement\s+(?:prouvée?s?|testée?s?|éprouvée?s?)",
            r"clínicamente\s+(?:probad|comprobad|demostrad|testad)[oa]s?",
        ),
        "doctor-recommended": (
            r"(?:doctor|physician|podiatrist)s?[\s-]+recommended",
            r"(?:ärztlich|podologisch|von\s+(?:ärzten|orthopäden|podologen))\s+empfohlen\w*",
            r"(?:recommandé|conseillé)e?s?\s+par\s+(?:les|des|nos)\s+(?:médecin|podologue)s",
            r"(?:recomendad|aconsejad)[oa]s?\s+por\s+(?:los\s+)?(?:médicos|podólogos|expertos)",
        ),
        "corrects posture": (
            r"correct(?:s|ed|ing)?[\s-]+(?:your[\s-]+|the[\s-]+)?posture",
            r"korrigier\w*\s+(?:\w+\s+)?(?:körper)?haltung|haltungskorrektur\w*",
            r"corrig\w*\s+(?:la|votre|sa)\s+posture|redress\w*\s+(?:la|votre)\s+posture",
            r"corrig\w*\s+(?:la|tu|su)\s+postura|correc(?:tor|ción)\s+(?:de\s+)?(?:la\s+)?postura\w*",
        ),
        "back-safe": (
            r"back[\s-]+safe",
            r"rücken(?:schonend|gerecht|freundlich)\w*",
            r"(?:bon|bonne|sûr|sûre)s?\s+pour\s+le\s+dos",
            r"(?:buen|segur)[oa]s?\s+para\s+la\s+espalda",
        ),
    }
)

_PATTERN = re.compile(
    r"(?<![\w])(?:"
    + "|".join(
        f"(?P<claim_{number}>{'|'.join(forms)})"
        for number, forms in enumerate(BANNED_CLAIMS.values())
    )
    + r")(?![\w])",
    re.IGNORECASE,
)
_CLAIMS = tuple(BANNED_CLAIMS)


class Match(NamedTuple):
    """A banned claim as it stands in the text at ``[start:end]``."""

    claim: str
    text: str
    start: int
    end: int


def find_banned_claims(text: str) -> tuple[Match, ...]:
    """Return every banned claim of a text, in order; ``text[start:end]`` is what was found."""
    return tuple(
        Match(
            _CLAIMS[int((found.lastgroup or "").removeprefix("claim_"))],
            found.group(),
            found.start(),
            found.end(),
        )
        for found in _PATTERN.finditer(text)
    )
