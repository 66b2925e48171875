"""Size systems and width letters, as they are written on shoes.

A letter means nothing without its wearer: D is a medium width for men and a
wide one for women, so every reading takes the gender along (domain
reference, 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from shop_plugin.domain.attributes import Gender

_MEN: Mapping[str, str] = {
    **dict.fromkeys(("AAAA", "4A", "AAA", "3A", "AA", "2A", "A", "B", "C"), "narrow"),
    "D": "regular",
    **dict.fromkeys(("E", "EE", "2E"), "wide"),
    **dict.fromkeys(("EEE", "3E", "EEEE", "4E", "5E", "6E"), "extra_wide"),
}
_WOMEN: Mapping[str, str] = {
    **dict.fromkeys(("AAAA", "4A", "AAA", "3A", "AA", "2A", "A"), "narrow"),
    "B": "regular",
    **dict.fromkeys(("C", "D"), "wide"),
    **dict.fromkeys(("E", "EE", "2E", "EEE", "3E", "EEEE", "4E"), "extra_wide"),
}
# These are words cut short, and mean the same for everybody.
_ANYBODY: Mapping[str, str] = {
    **dict.fromkeys(("N", "NARROW"), "narrow"),
    **dict.fromkeys(("M", "MEDIUM", "REGULAR", "STANDARD"), "regular"),
    **dict.fromkeys(("W", "WIDE"), "wide"),
    **dict.fromkeys(("WW", "XW", "XXW", "X-WIDE", "XWIDE", "EXTRA WIDE", "X WIDE"), "extra_wide"),
}
# Sizes that exist for people who walk, per system.
#: The systems a size may be written in; a size may also be written in none.
SIZE_SYSTEMS = ("eu", "uk", "us", "mondopoint")

_SIZE_LIMITS = {"eu": (15.0, 52.0), "uk": (0.0, 16.0), "us": (0.0, 20.0)}
_MONDOPOINT_MM = range(90, 321)


def read_width(code: str, *, gender: Gender) -> str | None:
    """Return the width that a letter code stands for, or ``None`` where it cannot be told.

    "D" is "regular" for men, "wide" for women, and unknown for anybody else.
    """
    code = " ".join(code.upper().split())
    if code in _ANYBODY:
        return _ANYBODY[code]
    if gender is Gender.MEN:
        return _MEN.get(code)
    if gender is Gender.WOMEN:
        return _WOMEN.get(code)
    return None


WIDTHS = ("narrow", "regular", "wide", "extra_wide")


@cache
def width_spellings(width: str, *, gender: Gender) -> tuple[str, ...]:
    """Return every text that search takes for a width on a shoe for this gender, sorted.

    Codes in capitals, in small letters or with a capital in front; written
    out, so that a database can compare without rules of its own about case.
    """
    codes = {
        Gender.MEN: {**_ANYBODY, **_MEN},
        Gender.WOMEN: {**_ANYBODY, **_WOMEN},
    }.get(gender, dict(_ANYBODY))
    found = {code for code, meaning in codes.items() if meaning == width}
    found |= {width.replace("_", " ").upper(), width.upper()}
    return tuple(sorted({form for code in found for form in (code, code.lower(), code.title())}))


@cache
def find_width(text: str, gender: str) -> str | None:
    """Return the width that a size's text means to search, or ``None`` where it says none."""
    for width in WIDTHS:
        if text in width_spellings(width, gender=Gender(gender)):
            return width
    return None


def read_size_system(name: str) -> str | None:
    """Return "eu", "uk", "us" or "mondopoint" for a system's name as written, or ``None``."""
    name = name.lower().replace(".", "").strip()
    if name in ("eu", "eur", "european", "europe"):
        return "eu"
    if name in ("uk", "gb", "british"):
        return "uk"
    if name in ("us", "usa", "american"):
        return "us"
    if name in ("mondopoint", "mondo", "mm"):
        return "mondopoint"
    return None


def is_plausible_size(system: str, size: float) -> bool:
    """Tell whether a size can exist in a system ("mondopoint" in whole mm, steps of 5)."""
    if system == "mondopoint":
        return size == int(size) and int(size) in _MONDOPOINT_MM and int(size) % 5 == 0
    limits = _SIZE_LIMITS.get(system)
    return limits is not None and limits[0] <= size <= limits[1]
