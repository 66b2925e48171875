"""Kinds of shoes whose purchase may tell of a person's body: never named in a mail by default.

A purchase alone can be data about health where the purpose of the product lets
one infer a condition (Court of Justice of the EU, C-21/23, 4 October 2024).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

#: Parts of words in English, German, French and Spanish, as they stand in categories and titles.
SENSITIVE_WORDS: tuple[str, ...] = (
    "diabet",
    "diabét",
    "orthop",
    "orthès",
    "ortop",
    "therapeutic",
    "therapie",
    "thérapeut",
    "terapéut",
    "post-op",
    "postop",
    "post-surg",
    "verbandschuh",
    "oedema",
    "edema",
    "ödem",
    "œdème",
    "lymph",
    "neuropath",
    "rehab",
)


def is_sensitive(*texts: str, words: Iterable[str]) -> bool:
    """Tell whether one of the texts about a pair holds one of the words, in any case."""
    return _has_word(texts, tuple(words))


# A shop's titles and kinds are few beside its pairs.
@lru_cache(maxsize=4096)
def _has_word(texts: tuple[str, ...], words: tuple[str, ...]) -> bool:
    folded = [text.casefold() for text in texts]
    return any(word.casefold() in text for word in words if word for text in folded)
