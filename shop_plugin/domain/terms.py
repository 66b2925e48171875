"""Words of a listing and of a search: folded alike, so that they meet.

Case and accents do not matter ("Wälker" is "walker", "ß" is "ss"). What a
hyphen or apostrophe joins counts in its parts and as one: "slip-on" is found
by "slip", "on", "slipon" and "slip-on". A searched word of two letters or
more finds every word that begins with it, a single letter or digit only
itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+(?:[-'’‐‑][^\W_]+)*")
_JOINT = re.compile(r"[-'’‐‑]")
# One bound for stored and searched words alike, so that a long one still meets itself.
MAX_TERM = 32


def fold(text: str) -> str:
    """Return a text without case and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    # Taking a sign apart may bring a capital or a joined letter back.
    return unicodedata.normalize("NFKC", plain.casefold())


def find_terms(*texts: str) -> set[str]:
    """Return the distinct terms of some texts."""
    terms: set[str] = set()
    for text in texts:
        for word in set(_WORD.findall(fold(text))):
            if word.isalnum():  # nothing is joined in it: nearly every word
                terms.add(word[:MAX_TERM])
            else:
                terms.update(_forms(word))
    return terms


def write_terms(*texts: str) -> str:
    """Return the terms of some texts as one text: sorted, with a space before and after each."""
    return f" {' '.join(sorted(find_terms(*texts)))} "


def read_word(word: str) -> tuple[tuple[str, ...], ...]:
    """Return what a searched word asks for: one of several sets of terms, each wholly.

    "slip-on" gives ``(("slip", "on"), ("slipon",))``. A word without letter
    or digit asks for nothing: ``()``.
    """
    found = _WORD.findall(fold(word))
    if not found:
        return ()
    parts = tuple(dict.fromkeys(part[:MAX_TERM] for item in found for part in _JOINT.split(item)))
    if len(found) > 1 or not _JOINT.search(found[0]):
        return (parts,)
    return parts, (_JOINT.sub("", found[0])[:MAX_TERM],)


def is_prefix(term: str) -> bool:
    """Tell whether a searched term also finds longer ones."""
    return len(term) > 1


def _forms(word: str) -> Iterator[str]:
    """Yield the terms of a word with a joint: its parts, and all of them as one."""
    for part in _JOINT.split(word):
        yield part[:MAX_TERM]
    yield _JOINT.sub("", word)[:MAX_TERM]
