"""From the length of a foot to a size and back: scales that are rules of thumb, never exact.

No system was ever fixed by a standard: ISO 19407:2023 calls its own tables a
guideline, and makers differ by a size and more. So every size reckoned here
is "about"; what a maker measured inside a shoe always counts for more
(``domain.fitting``). Formulas: domain reference, 3.6.

EU counts Paris points of two thirds of a centimetre from the inner length;
UK and US count thirds of an inch, each from its own zero; Mondopoint (ISO
9407) is the length of the foot itself in millimetres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, MICROMETRES_PER_MM, Gender

_PARIS_POINT_UM = Fraction(20_000, 3)
_BARLEYCORN_UM = Fraction(MICROMETRES_PER_INCH, 3)


@dataclass(frozen=True, slots=True)
class SizeScale:
    """One way to number feet.

    ``zero_um`` is the length of the foot that has size 0, ``step_um`` that of
    a whole size; both exact. ``parts`` is into how many steps a size is cut
    when it is rounded: 2 for half sizes.
    """

    key: str
    zero_um: Fraction
    step_um: Fraction
    parts: int = 2

    def size_of(self, foot_um: int) -> Fraction:
        """Return the nearest size that is made for a foot; of two equally near ones the larger."""
        exact = (foot_um - self.zero_um) / self.step_um * self.parts
        return Fraction(int((exact + Fraction(1, 2)) // 1), self.parts)

    def foot_of(self, size: Fraction) -> int:
        """Return the length in micrometres of the foot that a size is meant for."""
        return round(self.zero_um + size * self.step_um)


def _inches(key: str, inches_of_zero: Fraction) -> SizeScale:
    return SizeScale(key, inches_of_zero * MICROMETRES_PER_INCH, _BARLEYCORN_UM)


SCALES: Mapping[str, SizeScale] = MappingProxyType(
    {
        item.key: item
        for item in (
            SizeScale("eu", -2 * _PARIS_POINT_UM, _PARIS_POINT_UM),
            _inches("uk", Fraction(23, 3)),
            _inches("us_men", Fraction(22, 3)),
            _inches("us_women", Fraction(21, 3)),
            _inches("uk_child", Fraction(10, 3)),
            _inches("us_child", Fraction(29, 9)),
            SizeScale("mondopoint", Fraction(0), Fraction(5 * MICROMETRES_PER_MM), parts=1),
        )
    }
)


def find_scale(system: str, *, gender: Gender, is_child: bool = False) -> SizeScale | None:
    """Return the scale that a system's sizes are read by, or ``None`` where it cannot be told.

    The same US number means one length for men and another for women, so a
    US size of a shoe for everyone is not read at all.
    """
    if system in ("uk", "us") and is_child:
        return SCALES[f"{system}_child"]
    if system == "us":
        return {Gender.MEN: SCALES["us_men"], Gender.WOMEN: SCALES["us_women"]}.get(gender)
    return SCALES.get(system)


def write_size(scale: SizeScale, size: Fraction) -> str:
    """Return a size as it stands on a shoe: "38", "7.5"; Mondopoint in whole millimetres."""
    if scale.key == "mondopoint":
        return str(int(size) * 5)
    return str(int(size)) if size.denominator == 1 else f"{float(size):.1f}"
