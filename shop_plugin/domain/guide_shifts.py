"""The guide with one of its thresholds moved: to see how much hangs on where the line is drawn.

A moved guide is never stored and never shown to a shopper. It is checked as
any guide is, so a line that would cross another is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from shop_plugin.domain.guide import GuideError
from shop_plugin.domain.guide_faults import find_faults
from shop_plugin.domain.guide_terms import Guide, HeelRule, Knot, Line


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of the guide at which something changes.

    ``unit`` is "mm" (kept in micrometres), "points" (kept in hundredths) or
    "share" (kept in thousandths); ``step`` is a sensible move, as it is kept.
    """

    id: str
    unit: str
    step: int
    read: Callable[[Guide], int]
    move: Callable[[Guide, int], Guide]


def shift_guide(guide: Guide, *, threshold: str, by: int) -> Guide:
    """Return the guide with a threshold moved; ``by`` as it is kept (micrometres, hundredths).

    :raises KeyError: for a threshold there is not.
    :raises GuideError: where the moved guide could not be used, with every fault.
    """
    moved = THRESHOLDS[threshold].move(guide, by)
    faults = find_faults(moved)
    if faults:
        raise GuideError("the guide cannot be moved so: " + "; ".join(faults))
    return replace(moved, version=f"{guide.version}~{threshold}{by:+d}")


def _move_heel_line(guide: Guide, by: int) -> Guide:
    """Move the two-inch line, and all that lies beyond it along with it."""
    heel, old = guide.heel, guide.heel.limit_um
    return replace(
        guide,
        heel=replace(
            heel,
            limit_um=old + by,
            within=_move_from(heel.within, old, by),
            beyond=_move_from(heel.beyond, old, by),
            cap=_move_from(heel.cap, old, by),
        ),
    )


def _move_flat_line(guide: Guide, by: int) -> Guide:
    heel, old = guide.heel, guide.heel.flat_um
    within = Line(
        tuple(Knot(knot.x + by if knot.x <= old else knot.x, knot.y) for knot in heel.within.knots)
    )
    return replace(guide, heel=replace(heel, flat_um=old + by, within=within))


def _move_from(line: Line, edge: int, by: int) -> Line:
    return Line(tuple(Knot(x + by if x >= edge else x, y) for x, y in line.knots))


def _heel_number(name: str) -> Callable[[Guide, int], Guide]:
    def move(guide: Guide, by: int) -> Guide:
        heel: HeelRule = replace(guide.heel, **{name: getattr(guide.heel, name) + by})
        return replace(guide, heel=heel)

    return move


def _support_number(name: str) -> Callable[[Guide, int], Guide]:
    def move(guide: Guide, by: int) -> Guide:
        caps = replace(guide.support_caps, **{name: getattr(guide.support_caps, name) + by})
        return replace(guide, support_caps=caps)

    return move


def _display_number(name: str) -> Callable[[Guide, int], Guide]:
    def move(guide: Guide, by: int) -> Guide:
        return replace(guide, **{name: getattr(guide, name) + by})

    return move


def _grade_floor(letter: str) -> Threshold:
    def read(guide: Guide) -> int:
        return next(grade.floor for grade in guide.grades if grade.letter == letter)

    def move(guide: Guide, by: int) -> Guide:
        grades = tuple(
            grade._replace(floor=grade.floor + by) if grade.letter == letter else grade
            for grade in guide.grades
        )
        return replace(guide, grades=grades)

    return Threshold(f"grade_{letter.lower()}", "points", 100, read, move)


_ALL = (
    Threshold("heel_line", "mm", 5_000, lambda guide: guide.heel.limit_um, _move_heel_line),
    Threshold("flat_line", "mm", 5_000, lambda guide: guide.heel.flat_um, _move_flat_line),
    Threshold(
        "heel_tolerance",
        "mm",
        500,
        lambda guide: guide.heel.tolerance_um,
        _heel_number("tolerance_um"),
    ),
    Threshold(
        "platform_free",
        "mm",
        5_000,
        lambda guide: guide.heel.platform_free_um,
        _heel_number("platform_free_um"),
    ),
    Threshold(
        "lacking_below",
        "share",
        50,
        lambda guide: guide.support_caps.lacking_below,
        _support_number("lacking_below"),
    ),
    Threshold(
        "cap_both_lacking",
        "points",
        100,
        lambda guide: guide.support_caps.both_lacking,
        _support_number("both_lacking"),
    ),
    Threshold(
        "cap_one_lacking",
        "points",
        100,
        lambda guide: guide.support_caps.one_lacking,
        _support_number("one_lacking"),
    ),
    Threshold(
        "coverage_minimum",
        "share",
        50,
        lambda guide: guide.coverage_minimum,
        _display_number("coverage_minimum"),
    ),
    *(_grade_floor(letter) for letter in "ABCD"),
)
THRESHOLDS: Mapping[str, Threshold] = MappingProxyType({item.id: item for item in _ALL})
