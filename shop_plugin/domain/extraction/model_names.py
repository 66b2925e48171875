"""Heels named after their height: "So Kate 120". Never believed, only suggested."""

from __future__ import annotations

import re
from functools import cache

from shop_plugin.domain.attributes import MICROMETRES_PER_MM, Span
from shop_plugin.domain.extraction.claims import Finding
from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Vocabulary

MODEL_CONFIDENCE = 300
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
    findings: list[Finding] = []
    pattern = _pattern(vocabulary.model_names, vocabulary.model_words)
    for match in pattern.finditer(text.lowered):
        figure = match["named"] or match["typed"]
        if int(figure) in _HEIGHTS_MM:
            findings.append(
                Finding(
                    "heel_height_mm",
                    Span.exactly(int(figure) * MICROMETRES_PER_MM),
                    "en.heel_height.model_name",
                    MODEL_CONFIDENCE,
                    match.start(),
                    match.end(),
                    original=figure,
                )
            )
    return findings
