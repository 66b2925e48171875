"""Text of others (titles, names) made safe for one line of a mail, a subject or a log."""

from __future__ import annotations

import re
import unicodedata

_GAPS = re.compile(r"\s+")
# Categories of code points that no one-line text needs: controls, formats (bidi overrides,
# zero-width signs, tags), surrogates, private use and unassigned ones.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean_line(text: str, *, limit: int = 120) -> str:
    """Return the text on one line, composed (NFC), without unseen signs, at most ``limit`` long.

    Line ends and tabs become blanks. A text that is cut ends in an ellipsis.
    """
    # Nothing after the part that can be shown matters, and a title may be megabytes long.
    head = text[: limit * 16]
    spaced = "".join(" " if sign in "\t\n\v\f\r\x85\u2028\u2029" else sign for sign in head)
    composed = unicodedata.normalize("NFC", spaced)
    seen = "".join(sign for sign in composed if unicodedata.category(sign) not in _UNSEEN)
    line = _GAPS.sub(" ", seen).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
