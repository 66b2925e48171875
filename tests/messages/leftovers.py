"""English sentences that stayed on a page in another language."""

from __future__ import annotations

import re
from functools import cache

from messages.catalogues import NAMED_PLACEHOLDER, PACKAGES, Catalogue, translations_of

_IN_ENGLISH = re.compile(r'<(\w+)[^>]*\blang="en"[^>]*>.*?</\1>', re.S)
LEAST_WORDS = 2  # a single word may be a name, or the same in both languages
_WORD = re.compile(r"[^\W\d_]{2,}")


@cache
def _english_pieces(language: str) -> frozenset[str]:
    """Return what stands between the placeholders of every text, where a translation differs."""
    english: set[str] = set()
    translated: list[str] = []
    for package in PACKAGES:
        for entry in Catalogue(package, language).read():
            translated.extend(translations_of(entry))
            for text in filter(None, (entry.msgid, entry.msgid_plural)):
                english.update(re.split(r"[\n<>]", NAMED_PLACEHOLDER.sub("\n", text)))
    both = "\n".join(translated)
    pieces = {piece.strip(" .,:;()“”") for piece in english}
    return frozenset(
        piece for piece in pieces if len(_WORD.findall(piece)) >= LEAST_WORDS and piece not in both
    )


def find_leftovers(text: str, language: str) -> list[str]:
    """Return the English sentences of the catalogues that a text in another language shows.

    What a page marks as English, such as the title of a study, may be.
    """
    shown = " ".join(_IN_ENGLISH.sub(" ", text).split())
    return sorted(
        piece
        for piece in _english_pieces(language)
        if re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", shown)
    )
