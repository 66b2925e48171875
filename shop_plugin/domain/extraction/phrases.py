"""Finding the phrases of a vocabulary in a text: one pass, whatever the number of phrases."""

from __future__ import annotations

from typing import NamedTuple

from shop_plugin.domain.extraction.texts import PlainText
from shop_plugin.domain.extraction.vocabulary import Measure, Rule, Vocabulary


class RuleHit(NamedTuple):
    """A rule's phrase at its place in the plain text."""

    rule: Rule
    start: int
    end: int


class MeasureHit(NamedTuple):
    """A word that a figure may belong to, at its place in the plain text."""

    measure: Measure
    start: int
    end: int


def find_phrases(text: PlainText, *, vocabulary: Vocabulary) -> list[tuple[int, int, int]]:
    """Return every whole phrase as (start, -end, entry index), sorted: the longest first.

    A phrase is whole when no letter or digit touches it, or when the letter
    that does begins a bullet glued on ("upperCushioned", "PUCushioned footbed").
    """
    lowered, cased = text.lowered, text.cased
    length = len(lowered)
    found: list[tuple[int, int, int]] = []
    matches = vocabulary.automaton.find_matches_as_indexes(lowered, overlapping=True)
    for index, start, end in matches:
        if (
            start
            and lowered[start - 1].isalnum()
            and not (cased[start].isupper() and cased[start + 1 : start + 2].islower())
        ):
            continue
        if (
            end < length
            and lowered[end].isalnum()
            and not (cased[end].isupper() and cased[end - 1].islower())
        ):
            continue
        found.append((start, -end, index))
    found.sort()
    return found


def sort_hits(
    found: list[tuple[int, int, int]], *, field: str, vocabulary: Vocabulary
) -> tuple[list[RuleHit], list[MeasureHit]]:
    """Return what counts of the phrases found: the longest per attribute, nothing in a trap."""
    entries = vocabulary.entries
    rules: list[RuleHit] = []
    measures: list[MeasureHit] = []
    ends: dict[str, int] = {}
    traps = [(start, -end) for start, end, index in found if entries[index].is_blocked]
    trap = 0
    for start, negative_end, index in found:
        end = -negative_end
        if traps:
            while trap < len(traps) and traps[trap][1] <= start:
                trap += 1
            if trap < len(traps) and traps[trap][0] < end:
                continue
        entry = entries[index]
        for rule in entry.rules:
            if start >= ends.get(rule.attribute, 0) and rule.field in ("", field):
                ends[rule.attribute] = end
                rules.append(RuleHit(rule, start, end))
        for measure in entry.measures:
            if start >= ends.get("", 0) and measure.field in ("", field):
                ends[""] = end
                measures.append(MeasureHit(measure, start, end))
    return rules, measures
