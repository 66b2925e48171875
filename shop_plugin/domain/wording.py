"""Health claims that a shop must not make about a shoe, found in a text.

A word list is no lawyer, but it stops the slips that consumer authorities have
fined in this very trade. Words of the same root that claim nothing ("healthy",
"treatise", "secure") are left alone. Code blocks and addresses are the
caller's business; the text is taken as people read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: Claim -> the forms it takes, as one regular expression each, matched without case.
BANNED_CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "cure": r"cur(?:e[sd]?|ing|ative)",
        "treat": r"treat(?:s|ed|ing|ments?)?",
        "heal": r"heal(?:s|ed|ing|ers?)?",
        "relieve": r"reliev(?:e[sd]?|ing|ers?)|(?:pain[\s-]+)?reliefs?",
        "prevent": r"prevent(?:s|ed|ing|ion|ions|ive|ative)?",
        "eliminate": r"eliminat(?:e[sd]?|ing|ion)",
        "medical-grade": r"medical[\s-]+grade",
        "clinically proven": r"clinically[\s-]+(?:proven|tested)",
        "doctor-recommended": r"(?:doctor|physician|podiatrist)s?[\s-]+recommended",
        "corrects posture": r"correct(?:s|ed|ing)?[\s-]+(?:your[\s-]+|the[\s-]+)?posture",
        "back-safe": r"back[\s-]+safe",
    }
)

_PATTERN = re.compile(
    r"(?<![\w])(?:"
    + "|".join(f"(?P<claim_{number}>{form})" for number, form in enumerate(BANNED_CLAIMS.values()))
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
