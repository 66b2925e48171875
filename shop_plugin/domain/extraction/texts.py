"""A listing's text made readable: plain quotes and dashes, no markup, offsets kept.

Whatever is read from the plain text is quoted from the original: every
:class:`PlainText` knows where each of its characters stood.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

# One character for one character, so that most texts need no map of offsets.
_PLAIN = str.maketrans(
    dict.fromkeys("“”„‟″＂", '"')
    | dict.fromkeys("‘’‚‛′´`ʼ", "'")
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t\r\f\v", " ")
    | dict.fromkeys("®™©℠\ufffdÂÃâ\u200b\u200c\u200d\ufeff\u00ad", " ")
    | dict.fromkeys(map(chr, range(0xD800, 0xE000)), " ")  # half characters, as JSON may hold
    | {"⁄": "/", "∕": "/", "İ": "I", "\u2028": "\n", "\u2029": "\n", "•": "\n", "·": "\n"}
)
# What is longer or shorter once it is plain: broken UTF-8, markup, entities, runs of spaces.
_UNEVEN = re.compile(
    r"(?P<broken>â€[\u0080-\u009d\u2013-\u2122\u0153˜“”™œ¢³]?)"
    r"|<(?P<tag>/?[a-zA-Z][a-zA-Z0-9]{0,9})(?:\s[^<>]{0,200})?/?>"
    r"|(?P<entity>&(?:[a-zA-Z]{2,8}|#\d{1,5}|#x[0-9a-fA-F]{1,4});)"
    r"|(?P<spaces>[ \t\u00a0]{2,})"
    r"|(?P<marked>[A-Za-z][\u0300-\u0303\u0308\u0327])"
)
# Letters and their marks one after the other, as some systems write them.
_MARKS = re.compile("[\u0300-\u0303\u0308\u0327]")
_BROKEN = {"œ": '"', "\u009d": '"', "³": '"', "": '"', "™": "'", "\u0099": "'", "˜": "'"}
_BROKEN |= {"“": "-", "”": "-", "\u0093": "-", "\u0094": "-", "¢": "\n"}
_INLINE_TAGS = frozenset(
    {"b", "i", "u", "em", "strong", "span", "a", "sup", "sub", "font", "small", "mark"}
)

# Where one sentence may end; only a full stop needs a second look. The set in front keeps the
# search fast. A question mark within a sentence is what is left of a broken trade mark.
_STOP = re.compile(
    r"[\n!;|?.,](?:(?<=[\n!;|])|(?<=\.)(?=\s|\Z|[A-Z][a-z])"
    r"|(?<=\?)(?=\s*(?:\Z|[A-Z0-9\"(\n]))|(?<=,)(?=Specifications of|Key Features of))"
)
_UNIT_POINT_END = re.compile(r"\s+[A-Z]|\s*$")
# What "approx", "ca", "no", "max", "min", "env" and "in", "mind" and "gr" end in.
_SHORTENED_ENDS = frozenset("xXaAoOnNvVdDrR")
_ABBREVIATION = re.compile(
    r"(?<![^\W\d_])(?:approx|aprox|ca|no|max|máx|min|mín|mind|env|gr|inkl|zzgl|bzw)\Z"
)
_UNIT_WORD = re.compile(r"(?<![a-z])in\Z")
# "upperCushioned" is two bullets glued together; "SoftFoam" is a name, which is why the glued
# word must have begun in lower case.
_GLUE = re.compile(r"[A-Z](?<=[a-z][a-z][a-z][A-Z])(?=[a-z]{2})")
_GLUED_NAME = re.compile(r"[A-Za-z]+\Z")


@dataclass(slots=True)
class PlainText:
    """A text made plain. ``cased`` and ``lowered`` have the same length.

    ``offsets`` maps a plain offset to the original one; ``None`` when the two are equal.
    """

    original: str
    cased: str
    lowered: str
    offsets: list[int] | None = None
    _breaks: list[int] | None = field(default=None, repr=False)

    def quote(self, start: int, end: int) -> tuple[str, int, int]:
        """Return the original words of a plain slice, with their offsets."""
        if self.offsets is not None:
            start, end = self.offsets[start], self.offsets[end - 1] + 1
        return self.original[start:end], start, end

    @property
    def breaks(self) -> list[int]:
        """Return where sentences start, in order, and the end of the text."""
        if self._breaks is None:
            self._breaks = _find_breaks(self.cased)
        return self._breaks

    def sentence(self, offset: int) -> tuple[int, int]:
        """Return where the sentence around an offset starts and ends."""
        breaks = self._breaks
        if breaks is None:
            breaks = self._breaks = _find_breaks(self.cased)
        index = bisect_right(breaks, offset)
        return breaks[index - 1], breaks[index]


def _is_shortening(cased: str, offset: int) -> bool:
    """Tell whether the full stop at an offset belongs to "approx." or "in."."""
    before = cased[max(0, offset - 8) : offset].lower()
    if _UNIT_WORD.search(before):
        return _UNIT_POINT_END.match(cased, offset + 1) is None
    return _ABBREVIATION.search(before) is not None


def _find_breaks(cased: str) -> list[int]:
    breaks = [0]
    for match in _STOP.finditer(cased):
        end = match.end()
        if (
            cased[end - 1] != "."
            or cased[end - 2 : end - 1] not in _SHORTENED_ENDS
            or not _is_shortening(cased, end - 1)
        ):
            breaks.append(end)
    if breaks[-1] != len(cased):
        breaks.append(len(cased))
    glued = [
        match.start()
        for match in _GLUE.finditer(cased)
        if (word := _GLUED_NAME.search(cased, max(0, match.start() - 24), match.start()))
        and word[0].islower()
    ]
    if glued:
        breaks = sorted({*breaks, *glued})
    breaks.append(len(cased) + 1)
    return breaks


def _replace_uneven(match: re.Match[str]) -> str:
    if match["broken"]:
        return _BROKEN.get(match["broken"][2:], " ")
    if match["tag"]:
        return "" if match["tag"].strip("/").lower() in _INLINE_TAGS else "\n"
    if match["entity"]:
        return html.unescape(match["entity"])
    if match["marked"]:
        return unicodedata.normalize("NFC", match["marked"])
    return " "


def _even_out(text: str) -> tuple[str, list[int]]:
    """Return the text with markup and runs of spaces gone, and where each character stood."""
    parts: list[str] = []
    offsets: list[int] = []
    position = 0
    for match in _UNEVEN.finditer(text):
        parts.append(text[position : match.start()])
        offsets.extend(range(position, match.start()))
        replacement = _replace_uneven(match)
        parts.append(replacement)
        offsets.extend([match.start()] * len(replacement))
        position = match.end()
    parts.append(text[position:])
    offsets.extend(range(position, len(text)))
    return "".join(parts), offsets


def make_plain(text: str) -> PlainText:
    """Return the text made plain; time is linear in its length."""
    offsets: list[int] | None = None
    cased = text
    if (
        "  " in text
        or "<" in text
        or "&" in text
        or "â€" in text
        or "\u00a0" in text
        or (not text.isascii() and _MARKS.search(text))
    ):
        cased, offsets = _even_out(text)
    if not cased.isascii() or "\t" in cased or "\r" in cased:
        cased = cased.translate(_PLAIN)
    lowered = cased.lower()
    if len(lowered) != len(cased):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in cased)
    return PlainText(text, cased, lowered, offsets)
