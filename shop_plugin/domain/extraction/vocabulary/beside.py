"""Words beside a phrase that change what it means: "maximum" cushioning, a cushioned "collar".

Each list of words becomes one pattern, and a set of the words it may begin
with: most windows hold none of these, and are never searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


# A word of joining or of the shoe itself ends what a word further off may speak of.
_JOINING = r"(?!(?:and|with|plus|or|but)\b)"
_OTHER_PART = (
    r"(?!(?:midsoles?|soles?|outsole|insoles?|footbeds?|sockliner|foot|feet|forefoot|comfort|that"
    r"|which|for|with|while|to|by|from|helps?|provides?|keeps?|offers?)\b)"
)


def _beside(pattern: str, words: Sequence[str]) -> Beside:
    """Return a pattern with the first word of each of its alternatives."""
    heads = [_FIRST_WORD.match(word) for word in words]
    missing = [word for word, head in zip(words, heads, strict=True) if head is None]
    if missing:
        raise VocabularyError(f"these do not begin with a letter or digit: {missing!r}")
    return Beside(re.compile(pattern), frozenset(head[0] for head in heads if head is not None))


def _near_pattern(
    words: Sequence[str], within: int, *, is_before: bool, stop: str = ""
) -> Beside | None:
    if not words:
        return None
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if is_before:
        between = rf"(?:{_JOINING}[\w'&+-]+[^\w,;:.\n]+){{0,{within - 1}}}"
        return _beside(rf"(?<![\w-])(?:{body})(?:\s|-|:\s?){between}\Z", words)
    between = rf"(?:{stop}[\w'&+-]+[^\w,;:.\n]+){{0,{within - 1}}}"
    return _beside(rf"\A[^\w,;:.\n]*{between}(?:{body})(?![\w-])", words)


def _subject_pattern(words: Sequence[str]) -> Beside | None:
    """Return what finds "padded collar offers" ahead of "cushioning"."""
    if not words:
        return None
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return _beside(
        rf"(?<![\w-])(?:{body})(?: (?:and|&) (?:{body}))?(?: (?:that|which|to|you))?"
        r" (?:offer|provide|give|add|deliver|bring|ensure|supply|has|have|for|is|are)\w*"
        r"(?:(?! (?:midsole|sole|insole|footbed|sockliner|that|which|while|and)\b) [\w'-]+){0,4}"
        r" ?\Z",
        words,
    )


def read_near(data: Mapping[str, Any], prefix: str, within: int) -> Near:
    """Return what the entries under a prefix ("unless_") look for, within so many words."""
    stop = _OTHER_PART if prefix == "unless_" else ""
    return Near(
        _near_pattern(data.get(f"{prefix}before", ()), within, is_before=True),
        _near_pattern(data.get(f"{prefix}after", ()), within, is_before=False, stop=stop),
        _subject_pattern(data.get(f"{prefix}subject", ())),
    )
