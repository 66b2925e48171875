"""Heels named after their height: "So Kate 120", "Block Heel Sandal (65 mm)".

Never believed, only suggested to a person.
"""

from __future__ import annotations

import re
from functools import cache

from shop_plugin.domain.attributes import MICROMETRES_PER_MM, Span
from shop_plugin.domain.extraction.claims import Finding
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Vocabulary

MODEL_CONFIDENCE = 300
TRAILING_CONFIDENCE = 500
_LONGEST = 120
_TWO_DIGITS = re.compile(r"\d\d")
_HEIGHTS_MM = range(45, 135, 5)


@cache
def _pattern(names: tuple[str, ...], words: tuple[str, ...]) -> re.Pattern[str]:
    named = "|".join(map(re.escape, names))
    typed = "|".join(map(re.escape, words))
    return re.compile(
        rf"\b(?:{named})(?: [a-z]{{2,12}}){{0,2}} (?P<named>\d{{2,3}})(?!\d|[.,/]\d|\s?[%a-z\"'])"
        rf"|\b(?:{typed})\s(?P<typed>\d{{2,3}})\s*\Z"
    )


def read_model_heights(text: PlainText, *, vocabulary: Vocabulary) -> list[Finding]:
    """Return a suggested heel height for each name of a heel with a figure behind it."""
    if len(text.lowered) > _LONGEST or _TWO_DIGITS.search(text.lowered) is None:
        return []
    findings = _read_trailing_millimetres(text, vocabulary)
    pattern = _pattern(vocabulary.model_names, vocabulary.model_words)
    for match in pattern.finditer(text.lowered):
        figure = match["named"] or match["typed"]
        if int(figure) in _HEIGHTS_MM:
            findings.append(
                Finding(
                    "heel_height_mm",
                    Span.exactly(int(figure) * MICROMETRES_PER_MM),
                    f"{vocabulary.language}.heel_height.model_name",
                    MODEL_CONFIDENCE,
                    match.start(),
                    match.end(),
                    original=figure,
                )
            )
    return findings


_TRAILING = re.compile(r"(?<![\d.,/-])\(?(?P<figure>[1-9]\d|1[0-4]\d)\s?mm\)?\s*\Z")


@cache
def _heeled(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


def _read_trailing_millimetres(text: PlainText, vocabulary: Vocabulary) -> list[Finding]:
    trailing = _TRAILING.search(text.lowered)
    if trailing is None:
        return []
    word = _heeled(vocabulary.heeled_words).search(text.lowered)
    if word is None:
        return []
    span = Span.exactly(int(trailing["figure"]) * MICROMETRES_PER_MM)
    return [
        Finding(
            "heel_height_mm",
            span,
            f"{vocabulary.language}.heel_height.trailing",
            TRAILING_CONFIDENCE,
            word.start(),
            trailing.end(),
            original=trailing[0].strip(" ()"),
        )
    ]
