"""Whether a line of an order can be a pair of shoes, where nobody has said what it is.

A shop that sells more than shoes pushes every order. A line whose product is
no listing must not end as a note that a shirt may be worn out.
"""

from __future__ import annotations

import re

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.categories import classify_category
from shop_plugin.domain.extraction.footwear import is_footwear
from shop_plugin.domain.extraction.vocabulary import LANGUAGES, load_vocabulary

_LONGEST = 300
# The size of a shoe has a figure in it, however it is written; "M" is a size of shirts too.
_FIGURE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")


def find_doubt(*, title: str, variant: str, language: str = "") -> str:
    """Return why a line can be no pair of shoes, "" where it may be one.

    ``title`` is the product's, ``variant`` what of it was chosen ("38 /
    Black"), ``language`` that of the order. A word for other goods rules a
    line out; without a word for a kind of shoe it needs a size.
    """
    title = title[:_LONGEST]
    # "Lammfell-Hausschuhe" is slippers, though nothing before a hyphen is read as a word.
    if classify_category("", title.replace("-", " ")) is not UseCategory.OTHER:
        return ""
    spoken = {language[:2].lower(), "en"} & set(LANGUAGES)
    if not all(_may_be_footwear(title, code) for code in sorted(spoken)):
        return "its title names other goods"
    if not _FIGURE.search(variant[:_LONGEST]):
        return "neither its title nor a size says that it is a pair of shoes"
    return ""


def _may_be_footwear(title: str, language: str) -> bool:
    vocabulary = load_vocabulary(language)
    return is_footwear(
        title.lower(), "", title_vocabulary=vocabulary, description_vocabulary=vocabulary
    )
