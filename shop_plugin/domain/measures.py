"""Lengths and weights as people write them: found, converted exactly, printed again.

Everything is kept in whole micrometres and milligrams; 1 in = 25.4 mm exactly
(domain reference, 3.5). A fraction counts as one only when it can be read in
no other way: "3/4" is three quarters, "32/24 mm" is a pair of stack heights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, MICROMETRES_PER_MM, Span

MICROMETRES_PER_CM = 10 * MICROMETRES_PER_MM
# Two statements of one length may differ by rounding, not by more (domain reference, 10.1).
DUAL_TOLERANCE_UM = 3 * MICROMETRES_PER_MM

_LENGTH_UNITS = {"in": MICROMETRES_PER_INCH, "cm": MICROMETRES_PER_CM, "mm": MICROMETRES_PER_MM}
# Avoirdupois ounce and pound are exact in grams by international agreement (1959).
_WEIGHT_UNITS = {
    "g": Fraction(1000),
    "kg": Fraction(1_000_000),
    "oz": Fraction(28_349_523_125, 1_000_000),
    "lb": Fraction(45_359_237, 100),
}
_GLYPHS = {
    "¼": Fraction(1, 4),
    "½": Fraction(1, 2),
    "¾": Fraction(3, 4),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "⅛": Fraction(1, 8),
    "⅜": Fraction(3, 8),
    "⅝": Fraction(5, 8),
    "⅞": Fraction(7, 8),
}
_WORDS = {
    word: Fraction(number)
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        start=1,
    )
}
_WORDS |= {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "three-quarter": Fraction(3, 4)}
_DENOMINATORS = frozenset({2, 3, 4, 5, 8, 16, 32})

_GLYPH_CLASS = "[" + "".join(_GLYPHS) + "]"
_WORD = (
    r"(?:three[ -]quarter|half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve)s?(?:[ -]an?(?=[ -]inch))?(?:[ -]and[ -]an?[ -](?:half|quarter))?"
)
_NUMBER = (
    rf"(?:\d{{1,3}}\s?{_GLYPH_CLASS}|{_GLYPH_CLASS}|\d{{1,2}}[ -]\d{{1,2}}/\d{{1,2}}(?!\d)"
    rf"|\d{{1,3}}(?:\.\d)?/\d{{1,3}}(?:\.\d)?(?!\d)|\d{{1,4}}(?:[.,]\d{{1,3}})?(?!\d)"
    rf"|\.\d{{1,3}}|(?i:{_WORD}))"
)
# A unit ends where its word ends, or where the next word was glued on ("1 inchOuter").
_UNIT_END = r"(?:(?![A-Za-z])|(?=[A-Z][a-z]))"
_UNIT = (
    r"(?:(?P<in{n}>(?i:inches|inch|zoll|pouces?|pulgadas?|pulg\.?|in\.?){end}|\"|'')"
    r"|(?P<cm{n}>(?i:centimet(?:er|re)s?|cent[ií]m[eèé]tr[eo]s?|zentimetern?|cms?){end})"
    r"|(?P<mm{n}>(?i:millimet(?:er|re)s?|millim[eè]tres?|mil[ií]metros?|millimetern|mms?){end})"
    r"|(?P<kg{n}>(?i:kilogramm|kilograms?|kilos?|kgs?){end})"
    r"|(?P<g{n}>(?i:grams?|grammes?|gramm|gramos?|gms?|gr?){end})"
    r"|(?P<oz{n}>(?i:ounces?|oz){end})"
    r"|(?P<lb{n}>(?i:pounds?|lbs?){end}))"
)
_UNIT_NAMES = ("in", "cm", "mm", "kg", "g", "oz", "lb")


def _unit(index: int) -> str:
    return _UNIT.replace("{n}", str(index)).replace("{end}", _UNIT_END)


# A number may stand glued to its label ("Height3.5 cm"), but not to any other letter ("F5 in").
_BEFORE = r"(?:(?<![\w.,$£€#'])(?<![\d ]/)|(?<=[Hh]eight)|(?<=[Hh]eel)|(?<=[Dd]rop)|(?<=[Ww]eight))"
_QUANTITY = re.compile(
    rf"(?P<person>{_BEFORE}\d\s?(?:'(?!')|ft\b\.?|feet\b|foot\b)(?:\s?\d{{1,2}}(?:\.\d)?\s?"
    rf"(?:\"|''|in\b|inches\b)?)?)"
    rf"|{_BEFORE}(?P<sign>(?:(?<=[\s:(])|^)-)?(?P<first>{_NUMBER})"
    rf"(?:(?:[ -]{{0,2}}{_unit(1)})?\s{{0,2}}(?:-|to\b)\s{{0,2}}(?P<second>{_NUMBER}))?"
    rf"[ -]{{0,2}}{_unit(2)}"
)
_DUAL_GAP = re.compile(
    r"\s{0,2}(?:\(|/|=|\||or\b|,)?\s{0,2}(?:approx\.?|about|ca\.?|env\.?|environ|aprox\.?|~)?\s{0,2}\Z"
)
_APPROXIMATE = re.compile(
    r"\s*(?:approx(?:imately|\.)?|about|around|aprox\.?|ca\.?|circa|environ|env\.?|etwa|~|≈)?\s*",
    re.I,
)


class Quantity(NamedTuple):
    """One length (micrometres) or weight (milligrams) with its place in the text.

    ``pair`` holds two values written as one ("32/24 mm"). ``other`` is what a
    second unit in brackets says, where it says something else.
    """

    start: int
    end: int
    span: Span
    unit: str
    pair: tuple[int, int] | None = None
    other: Span | None = None

    @property
    def is_length(self) -> bool:
        """Tell whether this is a length rather than a weight."""
        return self.unit in _LENGTH_UNITS


def _parse_number(text: str) -> Fraction | None:
    """Return the value of a number as written, or ``None`` for what is no single number."""
    text = text.strip().lower()
    if text[-1] in _GLYPHS:
        whole = text[:-1].strip()
        return Fraction(int(whole) if whole else 0) + _GLYPHS[text[-1]]
    if "/" in text:
        whole, _, rest = text.replace("-", " ").rpartition(" ")
        top, _, bottom = rest.partition("/")
        if "." in rest or int(bottom) not in _DENOMINATORS or int(top) >= int(bottom):
            return None
        return Fraction(int(whole or 0)) + Fraction(int(top), int(bottom))
    if text[0].isalpha():
        return _parse_words(text)
    return Fraction(text.replace(",", "."))


def _parse_words(text: str) -> Fraction | None:
    words = text.replace("-", " ").split()
    if words[:2] == ["three", "quarter"] or words[:2] == ["three", "quarters"]:
        return Fraction(3, 4)
    value = _WORDS.get(words[0])
    if value is None:
        return None
    for word in words[2:]:
        value += {"half": Fraction(1, 2), "quarter": Fraction(1, 4)}.get(word, Fraction(0))
    return value


def _scale(number: Fraction, unit: str) -> int:
    factor = _LENGTH_UNITS.get(unit)
    return round(number * (factor if factor is not None else _WEIGHT_UNITS[unit]))


# Listings say the same few hundred lengths over and over; exact fractions are dear.
@lru_cache(maxsize=4096)
def _parse_quantity(number: str, unit: str) -> int | None:
    """Return thousandths for a number as written, or ``None`` for what is no single number."""
    value = _parse_number(number)
    return None if value is None else _scale(value, unit)


def _first_unit(match: re.Match[str]) -> str:
    for name in _UNIT_NAMES:
        if match.group(f"{name}1") is not None:
            return name
    return ""


def _parse_pair(text: str, unit: str) -> tuple[int, int] | None:
    first, slash, second = text.partition("/")
    if not slash or " " in first or "-" in first:
        return None
    return _scale(Fraction(first), unit), _scale(Fraction(second), unit)


def _read_match(match: re.Match[str]) -> Quantity | None:
    written, sign, second = match.group("first", "sign", "second")
    # The unit behind the figure is the last thing matched: "in2".
    unit = first_unit = (match.lastgroup or "")[:-1]
    if second:
        first_unit = _first_unit(match) or unit
    low = _parse_quantity(written, first_unit)
    if low is None:
        pair = None if second else _parse_pair(written, unit)
        if pair is None:
            return None
        span = Span(min(pair), max(pair))
        return Quantity(match.start(), match.end(), span, unit, pair=pair)
    if sign:
        low = -low
    high = low
    if second:
        other = _parse_quantity(second, unit)
        if other is None:
            return None
        high = other
    if low > high or (first_unit in _LENGTH_UNITS) != (unit in _LENGTH_UNITS):
        return None
    return Quantity(match.start(), match.end(), Span(low, high), unit)


_LOST_POINT = re.compile(r"(?:(?<![\w.,])\d )\Z")
_LOST_SLASH = re.compile(r"(?:(?<![\w.,])\d \d )\Z")


_OPEN_QUOTE = re.compile(r"(?:\A|[\s(])\"(?=[A-Za-z])[^\"]{0,30}\Z")


def _is_broken(text: str, quantity: Quantity) -> bool:
    """Tell whether the figure cannot be what it looks like.

    A point or slash may have been lost just before it ("7 5cm", "5 3 4''"), or
    its inch mark closes a quotation ('the "Model 5" heel').
    """
    if text[quantity.end - 1] == '"':
        before = text[max(0, quantity.start - 40) : quantity.start]
        if _OPEN_QUOTE.search(before) is not None:
            return True
    low = max(0, quantity.start - 5)
    if quantity.unit in ("cm", "mm"):
        return _LOST_POINT.search(text[low : quantity.start]) is not None
    return _LOST_SLASH.search(text[low : quantity.start]) is not None


def _is_dual(first: Quantity, second: Quantity, text: str) -> bool:
    if first.pair or second.pair or first.is_length != second.is_length:
        return False
    if (first.unit in ("in", "oz", "lb")) == (second.unit in ("in", "oz", "lb")):
        return False
    gap = second.start - first.end
    return gap <= 12 and _DUAL_GAP.match(text, first.end, second.start) is not None


def _join_dual(first: Quantity, second: Quantity, text: str) -> Quantity:
    """Return one quantity for a length given in two units, cross-checked."""
    end = second.end
    if "(" in text[first.end : second.start] and text[end : end + 1] == ")":
        end += 1
    tolerance = DUAL_TOLERANCE_UM if first.is_length else 10_000
    agree = (
        abs(first.span.low - second.span.low) <= tolerance
        and abs(first.span.high - second.span.high) <= tolerance
    )
    other = None if agree else second.span
    return Quantity(first.start, end, first.span, first.unit, other=other)


def _is_pair(first: Quantity, second: Quantity, text: str) -> bool:
    """Tell whether two figures are one pair with its unit said twice: "38 mm/30 mm"."""
    return (
        first.unit == second.unit
        and second.start - first.end <= 3
        and text[first.end : second.start].strip() == "/"
        and all(
            each.pair is None and each.other is None and each.span.low == each.span.high
            for each in (first, second)
        )
    )


def _join_pair(first: Quantity, second: Quantity) -> Quantity:
    pair = first.span.low, second.span.low
    return Quantity(first.start, second.end, Span(min(pair), max(pair)), first.unit, pair=pair)


def find_quantities(text: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Return the lengths and weights between two offsets, in order, never overlapping.

    Quotes and dashes must be plain ones (see extraction.texts). A length given
    in two units comes back once. Time is linear in the length of the text.
    """
    found: list[Quantity] = []
    stop = len(text) if end is None else end
    position = start
    for candidate in _find_starts(text, start, stop):
        if candidate < position:
            continue
        match = _QUANTITY.match(text, candidate, stop)
        if match is None:
            run = _DIGITS.match(text, candidate, stop)
            position = run.end() if run else candidate + 1
            continue
        position = match.end()
        if match["person"] is not None:
            continue
        quantity = _read_match(match)
        if quantity is None or _is_broken(text, quantity):
            continue
        if found and found[-1].other is None and _is_dual(found[-1], quantity, text):
            found[-1] = _join_dual(found[-1], quantity, text)
        elif found and _is_pair(found[-1], quantity, text):
            found[-1] = _join_pair(found[-1], quantity)
        else:
            found.append(quantity)
    return found


_START = re.compile(rf"[0-9{''.join(_GLYPHS)}]")
_WORD_START = re.compile(rf"(?<![A-Za-z])(?={_WORD}(?![A-Za-z]))", re.IGNORECASE)
_WORD_FINDER = AhoCorasick(list(_WORDS), store_patterns=False)
_DIGITS = re.compile(r"\d*")


def _find_starts(text: str, start: int, stop: int) -> list[int]:
    """Return where a number may begin; words count only where inches are spoken of."""
    starts: list[int] = []
    for match in _START.finditer(text, start, stop):
        offset = match.start()
        if offset > start and text[offset - 1] in ".-":
            starts.append(offset - 1)
        starts.append(offset)
    # No letter but this one is longer in lower case, which would move all that follows.
    lowered = text[start:stop].replace("İ", "I").lower()
    if "inch" in lowered:
        words = {start + offset for _, offset, _ in _WORD_FINDER.find_matches_as_indexes(lowered)}
        starts += [offset for offset in words if _WORD_START.match(text, offset, stop)]
        starts.sort()
    return starts


_PLAIN = str.maketrans(
    {"”": '"', "“": '"', "″": '"', "’": "'", "′": "'", "–": "-", "—": "-", "‑": "-", "⁄": "/"}
    | {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "−": "-"}
)
_BARE = re.compile(_NUMBER)


def _spans_of(text: str, default_unit: str) -> Iterator[Span | None]:
    for quantity in find_quantities(text):
        if quantity.is_length and quantity.pair is None and quantity.other is None:
            yield quantity.span
        else:
            yield None
    if default_unit and _BARE.fullmatch(text):
        number = _parse_number(text)
        if number is not None:
            yield Span.exactly(_scale(number, default_unit))


def read_length(text: str, *, default_unit: str = "") -> Span | None:
    """Return the one length a short text states, or ``None``.

    Understands '2 3/4"', "7 cm", "1-1¾ in", "two-inch", "3,5 cm" and "2 in
    (5.1 cm)" (two units must agree within 3 mm). A number without a unit is
    unknown unless ``default_unit`` ("in", "cm" or "mm") says what it is. Text
    that says anything else beside the length is not understood.

    :raises ValueError: for a default unit that is none of the three.
    """
    if default_unit and default_unit not in _LENGTH_UNITS:
        raise ValueError(f"a length is in in, cm or mm, not in {default_unit!r}")
    text = text.translate(_PLAIN).strip()
    opening = _APPROXIMATE.match(text)
    text = text[opening.end() :] if opening else text
    spans = list(_spans_of(text, default_unit))
    if len(spans) != 1 or spans[0] is None:
        return None
    found = find_quantities(text)
    if found and (found[0].start != 0 or text[found[0].end :].strip(" .)")):
        return None
    return spans[0]


_EIGHTHS = ("", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞")


def format_length(um: int, unit: str) -> str:
    """Return a length for people: "2¾ in" (nearest eighth), "7 cm", "8.5 cm" or "70 mm".

    :raises ValueError: for a unit that is none of "in", "cm" and "mm".
    """
    if unit not in _LENGTH_UNITS:
        raise ValueError(f"a length is shown in in, cm or mm, not in {unit!r}")
    sign, size = ("-", -um) if um < 0 else ("", um)
    if unit == "in":
        whole, eighths = divmod((size * 16 + MICROMETRES_PER_INCH) // (2 * MICROMETRES_PER_INCH), 8)
        number = f"{whole or ''}{_EIGHTHS[eighths]}" or "0"
    elif unit == "cm":
        whole, tenths = divmod((size + MICROMETRES_PER_MM // 2) // MICROMETRES_PER_MM, 10)
        number = f"{whole}.{tenths}" if tenths else str(whole)
    else:
        number = str((size + MICROMETRES_PER_MM // 2) // MICROMETRES_PER_MM)
    return f"{'' if number == '0' else sign}{number} {unit}"
