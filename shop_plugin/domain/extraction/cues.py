"""Where a text may deny, ask, compare or change the subject: all of it found in one pass.

A cue is a piece of text without which a pattern of :mod:`scope` cannot match.
Most phrases of a listing have none near them, and cost no pattern at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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


_SIGNS: dict[Cue, tuple[str, ...]] = {
    # A full stop needs a space behind it ("2.5"), a dash one on each side ("lace-up").
    Cue.SIGN_BREAK: (*",:;|()\n!?", ". ", ".\n", " - ", "\n- ", " -\n"),
    Cue.WORD_BREAK: ("and", "but", "with", "yet", "while", "plus"),
    Cue.STANCE: (
        *("no", "never", "without", "w/o", "lack", "zero", "free of", "devoid of", "minus"),
        *("absence of", "neither", "n't", "isnt", "arent", "wasnt", "dont", "doesnt", "didnt"),
        *("hasnt", "havent", "hadnt", "wont", "cant"),
        *("minim", "little", "barely any", "hardly any", "scant", "scarce"),
        *("need", "want", "require", "prefer", "seek", "looking for", "crav", "misses"),
    ),
    Cue.TAKEN_BACK: (
        *("not included", "not supplied", "not provided", "sold separately"),
        *("available separately", "optional", "at extra cost", "extra charge", "to be bought"),
        *("required", "recommended", "you may add", "you can add", "you could add"),
        *(" is not", " are not", " isn't", " aren't"),
    ),
    Cue.COMPARISON: ("than", "unlike", "compar", "opposed", "instead"),
    # An outfit needs one of each: "pairs well" and "with".
    Cue.OUTFIT: (" with", " alongside"),
    Cue.OUTFIT_VERB: (
        *("pair", "combin", "team", "worn", "styl", "match", "club", "dress", "wear", "rock"),
        *("sport", "go", "look", "work", "great", "perfect", "ideal", "suitable"),
    ),
    Cue.MODEL: ("model", "wearing", "shown with", "worn under"),
    Cue.REVIEW: ("review", "customer", "star", " out of 5", "i ", "i'", "my "),
    Cue.SECTION: (
        *("review", "question", "q&", "q &", "q\n&", "q:", "q :", "q\n:", "faq"),
        *("frequently asked", "customers also", "you may also like", "related product"),
        *("people also", " guide", " chart", " table", " info", " advice", "how to ", "care"),
        *("cleaning", "shipping", "delivery", "return", "postage", "exchange", "about "),
    ),
}
_CUES = tuple((cue, sign) for cue, signs in _SIGNS.items() for sign in signs)
_FINDER = AhoCorasick([sign for _, sign in _CUES], store_patterns=False)
# Numbers instead of members: the loop below runs for every comma of every listing.
_NEAR_COUNT = sum(cue in (Cue.SIGN_BREAK, Cue.WORD_BREAK, Cue.STANCE) for cue, _ in _CUES)
_FAR = frozenset({Cue.COMPARISON, Cue.OUTFIT, Cue.OUTFIT_VERB, Cue.MODEL, Cue.REVIEW})

_OUTFIT = frozenset({Cue.OUTFIT, Cue.OUTFIT_VERB})


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
                if end < start and _is_whole(text, begin, end):
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


def find_cues(lowered: str) -> Cues:
    """Return the cues of a text in lower case; one pass, linear in its length."""
    near_ends: list[int] = []
    near: list[tuple[int, Cue]] = []
    far_ends: list[int] = []
    far: list[Cue] = []
    sections: list[int] = []
    has_taken_back = False
    for index, start, end in _FINDER.find_matches_as_indexes(lowered, overlapping=True):
        cue = _CUES[index][0]
        if index < _NEAR_COUNT:
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
    return Cues(near_ends, near, far_ends, far, sections, has_taken_back, is_simple)
