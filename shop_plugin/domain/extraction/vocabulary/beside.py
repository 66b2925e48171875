"""Words beside a phrase that change what it means: "maximum" cushioning, a cushioned "collar".

Each list of words becomes one pattern, and a set of the words it may begin
with: most windows hold none of these, and are never searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shop_plugin.domain.extraction.vocabulary.spelling import spell_pattern, spellings

_FIRST_WORD = re.compile(r"\w+")


class VocabularyError(ValueError):
    """Raised for a vocabulary file that contradicts itself; names the rule."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Words looked for beside a phrase. Without one of the ``heads`` the pattern cannot match."""

    pattern: re.Pattern[str]
    heads: frozenset[str]

    def find(self, window: str, words: Sequence[str]) -> re.Match[str] | None:
        """Return where one of the words stands in a window, of which the words are given."""
        return None if self.heads.isdisjoint(words) else self.pattern.search(window)


@dataclass(frozen=True, slots=True)
class Near:
    """Words looked for beside a phrase: at most ``words`` words lie in between, counted whole."""

    before: Beside | None = None
    after: Beside | None = None
    subject: Beside | None = None

    def stands_by(
        self, before: str, words_before: Sequence[str], after: str, words_after: Sequence[str]
    ) -> bool:
        """Tell whether one of the words stands in the given windows."""
        return (
            (self.before is not None and self.before.find(before, words_before) is not None)
            or (self.after is not None and self.after.find(after, words_after) is not None)
            or (self.subject is not None and self.subject.find(before, words_before) is not None)
        )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a language puts between a phrase and the words beside it.

    A word of ``joining`` ends what a word further ahead may speak of, one of
    ``other_parts`` what a word further behind may. ``verbs`` stand between the
    subject of a claim and the claim ("the collar offers"); ``own_parts`` after
    them name the shoe itself again. At most ``reach`` words may lie between a
    phrase and what varies it.
    """

    language: str
    reach: int
    joining: str
    other_parts: str
    also: str
    own_parts: str
    verbs: str
    relative: str


def read_surroundings(data: Mapping[str, Any], *, language: str) -> Surroundings:
    """Return what a vocabulary file states about the words beside a phrase."""
    lists = {
        name: "|".join(spell_pattern(each, language) for each in data[name])
        for name in ("joining", "other_parts", "also", "own_parts", "verbs", "relative")
    }
    return Surroundings(language, data["reach"], **lists)


def _beside(pattern: str, words: Sequence[str]) -> Beside:
    """Return a pattern with the first word of each of its alternatives."""
    heads = [_FIRST_WORD.match(word) for word in words]
    missing = [word for word, head in zip(words, heads, strict=True) if head is None]
    if missing:
        raise VocabularyError(f"these do not begin with a letter or digit: {missing!r}")
    return Beside(re.compile(pattern), frozenset(head[0] for head in heads if head is not None))


def _near_pattern(
    words: Sequence[str], within: int, around: Surroundings, *, is_before: bool, stop: str = ""
) -> Beside | None:
    if not words:
        return None
    words = [form for word in words for form in spellings(word, around.language)]
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if is_before:
        between = rf"(?:(?!(?:{around.joining})\b)[\w'&+-]+[^\w,;:.\n]+){{0,{within - 1}}}"
        return _beside(rf"(?<![\w-])(?:{body})(?:\s|-|:\s?){between}\Z", words)
    between = rf"(?:{stop}[\w'&+-]+[^\w,;:.\n]+){{0,{within - 1}}}"
    return _beside(rf"\A[^\w,;:.\n]*{between}(?:{body})(?![\w-])", words)


def _subject_pattern(words: Sequence[str], around: Surroundings) -> Beside | None:
    """Return what finds "padded collar offers" ahead of "cushioning"."""
    if not words:
        return None
    words = [form for word in words for form in spellings(word, around.language)]
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return _beside(
        rf"(?<![\w-])(?:{body})(?: (?:{around.also}) (?:{body}))?(?: (?:{around.relative}))?"
        rf" (?:{around.verbs})\w*"
        rf"(?:(?! (?:{around.own_parts})\b) [\w'-]+){{0,4}}"
        r" ?\Z",
        words,
    )


def read_near(data: Mapping[str, Any], prefix: str, within: int, around: Surroundings) -> Near:
    """Return what the entries under a prefix ("unless_") look for, within so many words."""
    stop = rf"(?!(?:{around.other_parts})\b)" if prefix == "unless_" else ""
    return Near(
        _near_pattern(data.get(f"{prefix}before", ()), within, around, is_before=True),
        _near_pattern(data.get(f"{prefix}after", ()), within, around, is_before=False, stop=stop),
        _subject_pattern(data.get(f"{prefix}subject", ()), around),
    )
