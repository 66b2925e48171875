"""Whether a listing is footwear at all, told from its own words.

A bra gives "light support", a sofa is "cushioned", a belt has a buckle: what
is recognisably no footwear yields nothing, whatever else its text says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ahocorasick_rs import AhoCorasick

from shop_plugin.domain.extraction.vocabulary import Vocabulary

_FOOTWEAR = "footwear"
_PART = "part"
_COMPOUND = "compound"
_OTHER = "other"
# What a listing is about stands near its beginning.
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class _Words:
    automaton: AhoCorasick
    kinds: tuple[frozenset[str], ...]
    ends_compounds: bool


@cache
def _words(vocabulary: Vocabulary) -> _Words:
    """Return every word with its plurals, and what each tells."""
    kinds: dict[str, set[str]] = {}
    for kind, words in (
        (_FOOTWEAR, vocabulary.footwear),
        (_PART, vocabulary.footwear_parts),
        (_COMPOUND, vocabulary.other_compounds),
        (_OTHER, vocabulary.other_goods),
    ):
        for word in words:
            for ending in vocabulary.endings:
                kinds.setdefault(word + ending, set()).add(kind)
    return _Words(
        AhoCorasick(list(kinds), store_patterns=False),
        tuple(frozenset(kind) for kind in kinds.values()),
        vocabulary.ends_compounds,
    )


def _find_kinds(text: str, words: _Words) -> tuple[set[str], bool]:
    """Return the kinds of words in a text, and whether a compound such as "shoe rack" is there.

    "Shoe rack" and "crew sock" hold or resemble words for footwear: what
    stands inside such a compound counts for nothing.
    """
    length = len(text)
    found = [
        (start, end, words.kinds[index])
        for index, start, end in words.automaton.find_matches_as_indexes(text, overlapping=True)
        if (words.ends_compounds or not (start and text[start - 1].isalpha()))
        and not (end < length and text[end].isalpha())
    ]
    compounds = [(start, end) for start, end, kinds in found if _COMPOUND in kinds]
    if not compounds:
        return {kind for _, _, kinds in found for kind in kinds}, False
    kinds_found: set[str] = set()
    compound = 0
    for start, end, kinds in sorted(found, key=lambda each: each[0]):
        while compound < len(compounds) and compounds[compound][1] <= start:
            compound += 1
        inside = compound < len(compounds) and compounds[compound][0] < end
        if not inside:
            kinds_found |= kinds
    return kinds_found, True


def is_footwear(
    title: str,
    description: str,
    *,
    title_vocabulary: Vocabulary,
    description_vocabulary: Vocabulary,
) -> bool:
    """Tell whether nothing speaks against footwear; both texts in lower case.

    The title decides: a word for footwear in it settles the matter, a word
    for other goods rules the listing out. A title that says neither (a mere
    name) is judged by the description in the same way, where a word such as
    "outsole" will do.
    """
    kinds, has_compound = _find_kinds(title, _words(title_vocabulary))
    if _FOOTWEAR in kinds:
        return True
    if has_compound or _OTHER in kinds:
        return False
    kinds, has_compound = _find_kinds(description[:_LONGEST], _words(description_vocabulary))
    if _FOOTWEAR in kinds or _PART in kinds:
        return True
    return not has_compound and _OTHER not in kinds
