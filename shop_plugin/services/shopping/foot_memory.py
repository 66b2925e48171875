"""The lengths of a reader's feet as one short text, for a cookie of their own browser.

Lengths and widths only, in hundredths of a millimetre: "24650-9800.24700-0" is a left
foot of 246.5 by 98 mm and a right one of 247 mm whose width was not measured.
Nothing of it is stored on the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shop_plugin.domain.fitting import Feet, Foot

FOOT_COOKIE = "footback_foot"
_STEP_UM = 10
_WRITTEN = re.compile(r"([0-9]{1,5})-([0-9]{1,5})\.([0-9]{1,5})-([0-9]{1,5})", re.ASCII)


def write_feet(feet: Feet) -> str:
    """Return the text that stands for these feet, to the hundredth of a millimetre."""
    return ".".join(_write(foot) for foot in (feet.left, feet.right))


def read_feet(cookies: Mapping[str, str]) -> Feet | None:
    """Return the feet that a browser remembers, or ``None`` where it sends none or nonsense."""
    written = _WRITTEN.fullmatch(cookies.get(FOOT_COOKIE, ""))
    if written is None:
        return None
    numbers = [int(number) * _STEP_UM for number in written.groups()]
    try:
        return Feet(_read(*numbers[:2]), _read(*numbers[2:]))
    except ValueError:
        return None


def _write(foot: Foot | None) -> str:
    if foot is None:
        return "0-0"
    return f"{_steps(foot.length_um)}-{_steps(foot.width_um or 0)}"


def _steps(um: int) -> int:
    return (um + _STEP_UM // 2) // _STEP_UM


def _read(length_um: int, width_um: int) -> Foot | None:
    return Foot(length_um, width_um or None) if length_um else None
