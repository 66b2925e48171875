"""Whether a listing is footwear at all, told from its own words.

A bra gives "light support", a sofa is "cushioned", a belt has a buckle: what
is recognisably no footwear yields nothing, whatever else its text says.
"""

from __future__ import annotations

import re
from functools import cache

from shop_plugin.domain.extraction.vocabulary import Vocabulary


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, ordered))})(?:e?s)?(?![a-z])")


def is_footwear(title: str, description: str, *, vocabulary: Vocabulary) -> bool:
    """Tell whether nothing speaks against footwear; both texts in lower case.

    The title decides: a word for footwear in it settles the matter, a word
    for other goods rules the listing out. A title that says neither (a mere
    name) is judged by the description in the same way.
    """
    words = vocabulary.footwear
    other = _pattern(vocabulary.other_goods)
    for text, footwear in (
        (title, _pattern(words)),
        (description[:4000], _pattern(words + vocabulary.footwear_parts)),
    ):
        # "Shoe rack" and "sock" hold or resemble words for footwear: they are looked for first.
        rest = _pattern(vocabulary.other_compounds).sub(" \0 ", text)
        if footwear.search(rest):
            return True
        if "\0" in rest or other.search(rest):
            return False
    return True
