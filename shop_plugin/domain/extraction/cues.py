"""Where a text may deny, ask, compare or change the subject: all of it found in one pass.

A cue is a piece of text without which a pattern of :mod:`scope` cannot match.
Most phrases of a listing have none near them, and cost no pattern at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ahocorasick_rs import AhoCorasick


class Cue(Enum):
    """What a cue may be the sign of."""

    SIGN_BREAK = auto()
    WORD_BREAK = auto()
    STANCE = auto()
    TAKEN_BACK = auto()
    COMPARISON = auto()
    OUTFIT = auto()
    OUTFIT_VERB = auto()
    MODEL = auto()
    REVIEW = auto()
    SECTION = auto()


# A full stop needs a space behind it ("2.5"), a dash one on each side ("lace-up").
_SIGN_BREAKS = (*",:;|()\n!?", ". ", ".\n", " - ", "\n- ", " -\n", " / ")
_NEAR = (Cue.SIGN_BREAK, Cue.WORD_BREAK, Cue.STANCE)
_FAR = frozenset({Cue.COMPARISON, Cue.OUTFIT, Cue.OUTFIT_VERB, Cue.MODEL, Cue.REVIEW})
_OUTFIT = frozenset({Cue.OUTFIT, Cue.OUTFIT_VERB})


@dataclass(frozen=True, slots=True, eq=False)
class CueFinder:
    """One language's cues, ready to be found. The first ``near_count`` count within a clause.

    A denial reaches across the ``carrying`` words to a phrase right behind them.
    """

    automaton: AhoCorasick
    cues: tuple[Cue, ...]
    near_count: int
    carrying: frozenset[str]


def make_finder(signs: Mapping[str, Sequence[str]]) -> CueFinder:
    """Return what finds the cues of a language, given by the small name of their kind.

    :raises KeyError: for a kind of cue that is missing.
    """
    found = [(Cue.SIGN_BREAK, sign) for sign in _SIGN_BREAKS]
    # In the order of the kinds: those within a clause come first.
    for cue in list(Cue)[1:]:
        found += [(cue, sign) for sign in signs[cue.name.lower()]]
    return CueFinder(
        AhoCorasick([sign for _, sign in found], store_patterns=False),
        tuple(cue for cue, _ in found),
        # A number instead of members: the loop below runs for every comma of every listing.
        sum(cue in _NEAR for cue, _ in found),
        frozenset(signs["carrying"]),
    )


@dataclass(slots=True)
class Cues:
    """The cues of one text, in the order of their ends.

    ``near_ends`` and ``near`` are those that count within a clause, ``far_ends``
    and ``far`` those that count within a sentence. In a text that
    ``is_simple`` nothing can stand outside of what is said of the shoe.
    """

    near_ends: list[int]
    near: list[tuple[int, Cue]]
    far_ends: list[int]
    far: list[Cue]
    sections: list[int]
    has_taken_back: bool
    is_simple: bool
    carrying: frozenset[str]

    def last_break(self, text: str, low: int, start: int) -> tuple[int, bool]:
        """Return where the clause before an offset starts, and whether a stance may stand in it."""
        index = bisect_right(self.near_ends, start)
        has_stance = False
        while index:
            index -= 1
            end = self.near_ends[index]
            if end <= low:
                break
            begin, cue = self.near[index]
            if cue is Cue.STANCE:
                has_stance = True
            elif cue is Cue.WORD_BREAK:
                # A whole word, and not the phrase's own first half ("with-").
                carries = end + 1 == start and text[begin:end] in self.carrying
                if end < start and not carries and _is_whole(text, begin, end):
                    return end, has_stance
            else:
                return end, has_stance
        return low, has_stance

    def kinds_within(self, start: int, end: int) -> set[Cue]:
        """Return what the sentence between two offsets may hold."""
        first = bisect_left(self.far_ends, start)
        if first == len(self.far_ends) or self.far_ends[first] > end:
            return set()
        kinds = set(self.far[first : bisect_right(self.far_ends, end)])
        return kinds if kinds >= _OUTFIT else kinds - _OUTFIT


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")


def find_cues(lowered: str, finder: CueFinder) -> Cues:
    """Return the cues of a text in lower case; one pass, linear in its length."""
    near_ends: list[int] = []
    near: list[tuple[int, Cue]] = []
    far_ends: list[int] = []
    far: list[Cue] = []
    sections: list[int] = []
    has_taken_back = False
    cues, near_count = finder.cues, finder.near_count
    for index, start, end in finder.automaton.find_matches_as_indexes(lowered, overlapping=True):
        cue = cues[index]
        if index < near_count:
            near_ends.append(end)
            near.append((start, cue))
        elif cue in _FAR:
            far_ends.append(end)
            far.append(cue)
        elif cue is Cue.SECTION:
            sections.append(start)
        else:
            has_taken_back = True
    is_simple = not (far or sections or "?" in lowered)
    return Cues(
        near_ends, near, far_ends, far, sections, has_taken_back, is_simple, finder.carrying
    )
