"""A small drawing of a shoe from the side, made to scale from its own facts.

The drawing is plain geometry in millimetres, ``y`` growing downwards as in
SVG; who shows it chooses colours and words. What is not known is drawn from a
value typical of its kind and marked, so that it can be shown dashed. The
length of the shoe and the shape of the upper are those of a middle size and
say nothing about the shoe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from shop_plugin.domain.attributes import (
    MICROMETRES_PER_INCH,
    MICROMETRES_PER_MM,
    FootwearAttributes,
    Options,
)
from shop_plugin.domain.drawn_facts import BOOTS, CHUNKY, LOW_CUT, RUGGED, THIN_HEELS, DrawnFacts
from shop_plugin.domain.shoe_last import (
    BALL_MM,
    SEAT_MM,
    Last,
    highest_point,
    place_points,
)
from shop_plugin.domain.shoe_last import shorten as _n
from shop_plugin.domain.shoe_outlines import (
    ANKLE,
    CLOSED_BACK,
    ELASTIC,
    HEEL_PIECES,
    HEEL_STRAP,
    INSTEP_STRAP,
    OUTLINES,
    SHAFT,
    SHAFT_COLLAR,
    SOFT_BACK,
    UNDERSIDE,
    Role,
    Style,
)

TWO_INCHES_MM = 2 * MICROMETRES_PER_INCH / MICROMETRES_PER_MM

_DECIMAL = re.compile(r"-?\d+\.\d+")
_MARGIN = 16.0
_LEFT = _MARGIN + 6
_LEAST_HEIGHT = 164.0
_THIN_SOLE = 5.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One closed or open path. ``is_certain`` is false for what is not known."""

    role: Role
    path: str
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A height to be written beside the drawing: from ``top`` down to the ground at ``x``."""

    x: float
    top: float
    is_certain: bool


@dataclass(frozen=True, slots=True)
class SideView:
    """The drawing: ``width`` x ``height`` mm, shapes from back to front.

    ``ground`` and ``two_inch_line`` are the ``y`` of the floor and of 50.8 mm
    above it. ``unknown`` names the attributes that were drawn from a typical
    value because the shoe's own is not known.
    """

    style: Style
    width: float
    height: float
    ground: float
    two_inch_line: float
    shapes: tuple[Shape, ...]
    heel: Mark
    forefoot: Mark
    unknown: frozenset[str]


def draw_side_view(attributes: FootwearAttributes, *, is_coarse: bool = False) -> SideView:
    """Return the side view of a shoe; every shoe can be drawn, even one of which nothing is known.

    Heel, forefoot and shaft are to scale; a span is drawn at its middle. With
    ``is_coarse`` the outlines are rounded to whole millimetres: enough for a
    card, and a third lighter. Shoes of which the same is drawn share one view.
    """
    facts = DrawnFacts.of(attributes)
    return _draw(facts, attributes.cushioning, attributes.arch_support, is_coarse)


# A list draws dozens at once, and shoes of one kind mostly look alike.
@lru_cache(maxsize=2048)
def _draw(
    facts: DrawnFacts, cushioning: Options | None, arch_support: Options | None, is_coarse: bool
) -> SideView:
    last = Last(heel=facts.heel, forefoot=facts.forefoot, tip=facts.toe.tip)
    shapes = [
        *_upper(facts, last),
        *(_unit_sole(facts, last) if facts.has_unit_sole else _heeled_sole(facts, last)),
        *_foam(cushioning, facts, last),
        *_arch(arch_support, last),
    ]
    height = max(_LEAST_HEIGHT, max(highest_point(item.path) for item in shapes) + _MARGIN + 10)
    ground = round(height - _MARGIN, 1)
    width = round(last.x(facts.toe.tip) + _LEFT + _MARGIN + 6, 1)
    return SideView(
        style=facts.style,
        width=width,
        height=round(height, 1),
        ground=ground,
        two_inch_line=round(ground - TWO_INCHES_MM, 1),
        shapes=tuple(_on_page(item, ground, is_coarse=is_coarse) for item in shapes),
        heel=Mark(
            x=_MARGIN - 6,
            top=round(ground - facts.heel, 1),
            is_certain="heel_height_mm" not in facts.unknown,
        ),
        forefoot=Mark(
            x=round(width - _MARGIN + 6, 1),
            top=round(ground - facts.forefoot, 1),
            is_certain="forefoot_height_mm" not in facts.unknown,
        ),
        unknown=facts.unknown,
    )


def _on_page(shape: Shape, ground: float, *, is_coarse: bool) -> Shape:
    path = place_points(shape.path, lambda x, y: (x + _LEFT, ground - y))
    if is_coarse:
        path = _DECIMAL.sub(lambda found: f"{float(found[0]):.0f}", path)
    return Shape(shape.role, path, shape.is_certain)


def _upper(facts: DrawnFacts, last: Last) -> Iterator[Shape]:
    is_low = facts.style in LOW_CUT
    toe = (facts.toe.low if is_low else facts.toe.tall) + UNDERSIDE
    if facts.style in BOOTS:
        yield from _boot(facts, last, toe)
        return
    for role, outline in OUTLINES[facts.style]:
        yield Shape(role, last.bend(outline.replace("{toe}Z", toe)))
    is_known = "fastening" not in facts.unknown
    if facts.style is Style.SLIPPER and facts.fastening != "backless":
        yield Shape(Role.BACK, last.bend(SOFT_BACK), is_known)
    if facts.style is Style.CLOG and facts.fastening != "backless":
        yield Shape(Role.BACK, last.bend(CLOSED_BACK), is_known)
    if facts.style is Style.SANDAL and facts.fastening in ("buckle_heel_strap", "hook_loop", ""):
        yield Shape(Role.BACK, last.bend(HEEL_STRAP), is_known)
    if is_low and facts.fastening in ("monk_t_strap", "adjustable_strap"):
        yield Shape(Role.UPPER, last.bend(INSTEP_STRAP))


def _boot(facts: DrawnFacts, last: Last, toe: str) -> Iterator[Shape]:
    top = last.floor(110) + max(facts.shaft, 84.0)
    calf = min(1.0, max(0.0, facts.shaft - 130) / 220)
    numbers = {
        "back": top - last.floor(0),
        "front": top - last.floor(98) - 2,
        "middle": max(88.0, 0.55 * facts.shaft),
        "xback": 3 - 14 * calf,
        "xfront": 96 + 14 * calf,
        "dip": top - last.floor(48) - 5,
        "rise": top - last.floor(48) + 3,
    }
    words = {key: f"{number:.1f}" for key, number in numbers.items()}
    is_known = "shaft_height_mm" not in facts.unknown
    shaft = last.bend(SHAFT.replace("{toe}Z", toe).format(**words))
    yield Shape(Role.UPPER if is_known else Role.BACK, shaft, is_known)
    yield Shape(Role.LINING, last.bend(SHAFT_COLLAR.format(**words)), is_known)
    if not is_known:
        yield Shape(Role.UPPER, last.bend(ANKLE.replace("{toe}Z", toe)))
    yield Shape(Role.SEAM, last.bend("M210 38C199 28 197 11 203 -3"))
    if facts.fastening == "lace_up" or facts.style is Style.LACED_BOOT:
        yield Shape(Role.PANEL, last.bend("M3 -3C-6 16 -3 42 5 62C22 56 36 30 40 -3Z"))
        laces = _boot_laces(numbers["front"] if is_known else 96.0)
        yield Shape(Role.LACE, last.bend("".join(laces)))
    elif facts.fastening == "zip":
        yield Shape(Role.SEAM, last.bend(f"M56 14C52 40 50 60 50 {numbers['back'] - 10:.1f}"))
    elif facts.fastening == "slip_on":
        yield Shape(Role.PANEL, last.bend(ELASTIC.format(gore=f"{numbers['dip']:.1f}")))


def _boot_laces(front: float) -> Iterator[str]:
    for u, v in ((116, 76), (130, 68), (144, 61), (158, 54)):
        yield f"M{u} {v}L{u - 9} {v - 14}"
    height = 90.0
    while height < front - 4:
        yield f"M101 {height}L88 {height - 8}"
        height += 14


def _unit_sole(facts: DrawnFacts, last: Last) -> Iterator[Shape]:
    heel_known = "heel_height_mm" not in facts.unknown
    forefoot_known = "forefoot_height_mm" not in facts.unknown
    is_runner = facts.style is Style.RUNNER
    bevel, lift = min(9.0, 0.35 * last.heel), min(0.45 * last.floor(last.tip), 9.0)
    back, front = _sole_back(facts, last, bevel), _sole_front(facts, last, lift)
    if heel_known == forefoot_known:
        yield Shape(Role.SOLE, f"{back}{front}Z", heel_known)
    else:
        middle = last.bend(f"M{_SPLIT_MM} {_rim(facts) - 1}")
        yield Shape(Role.FILL, f"{back}{front}Z")
        yield Shape(Role.EDGE, back, heel_known)
        yield Shape(Role.EDGE, f"{middle}{front}", forefoot_known)
    if is_runner:
        groove = f"M-2 {-0.32 * last.heel:.1f}C60 {-0.5 * last.heel:.1f} 110 -4 170 -6"
        yield Shape(Role.SEAM, last.bend(groove), heel_known)
    yield Shape(Role.TREAD, _tread(facts, last, bevel, lift))


# Where a sole passes from what the heel tells to what the forefoot tells.
_SPLIT_MM = 62.0


def _rim(facts: DrawnFacts) -> float:
    """Return how far the side of the sole stands up beside the foot, in mm."""
    return 7.0 if facts.style in CHUNKY else 2.0


def _sole_back(facts: DrawnFacts, last: Last, bevel: float) -> str:
    """Return the edge of a sole from under the arch round the heel up to its rim."""
    is_runner, rim = facts.style is Style.RUNNER, _rim(facts)
    flare = 6.0 if is_runner else 2.0
    rise = last.bend(
        f"L{-flare} {rim + (5 if is_runner else 0)}C20 {rim - 1} 40 {rim - 2} {_SPLIT_MM} {rim - 1}"
    )
    return (
        f"M{_n(last.x(_SPLIT_MM))} 0L{_n(bevel + 6)} 0C{_n(bevel - 2)} 0 {_n(-flare - 1)} "
        f"{_n(bevel * 0.6)} {_n(-flare - 2)} {_n(bevel + 3)}{rise}"
    )


def _sole_front(facts: DrawnFacts, last: Last, lift: float) -> str:
    """Return the edge of a sole from its rim at the arch round the toe to the ground."""
    rim, toe_x, toe_y = _rim(facts), last.x(last.tip), last.floor(last.tip)
    top = last.bend(
        f"C96 {rim + 1} 140 {rim} {BALL_MM} {rim - 2}"
        f"C210 {rim - 3} 244 {rim - 1} {last.tip + 1} {rim + 2}"
    )
    return (
        f"{top}C{_n(toe_x + 4)} {_n(toe_y - 2)} {_n(toe_x)} {_n(lift + 2)} {_n(toe_x - 10)} "
        f"{_n(lift)}C{_n(toe_x - 34)} {_n(lift / 4)} {_n(last.ball + 26)} 0 {_n(last.ball + 4)} 0"
        f"L{_n(last.x(_SPLIT_MM))} 0"
    )


def _tread(facts: DrawnFacts, last: Last, bevel: float, lift: float) -> str:
    if facts.category in RUGGED:
        lugs = []
        x = bevel + 6
        while x < last.ball + 40:
            lugs.append(f"M{_n(x)} 7L{_n(x + 1)} -3L{_n(x + 9)} -3L{_n(x + 10)} 7Z")
            x += 15
        return "".join(lugs)
    end = last.x(last.tip) - 10
    thick = min(4.0, 0.3 * last.forefoot)
    return (
        f"M{_n(bevel + 5)} 0L{_n(last.ball + 4)} 0C{_n(last.ball + 26)} 0 {_n(end - 24)} "
        f"{_n(lift / 4)} {_n(end)} {_n(lift)}L{_n(end + 3)} {_n(lift + thick)}"
        f"C{_n(end - 20)} {_n(lift / 4 + thick)} {_n(last.ball + 26)} {_n(thick)} "
        f"{_n(last.ball + 4)} {_n(thick)}L{_n(bevel)} {_n(thick)}Z"
    )


def _heeled_sole(facts: DrawnFacts, last: Last) -> Iterator[Shape]:
    is_known = "heel_height_mm" not in facts.unknown
    lean = 0.10 * last.pitch if facts.heel_type in THIN_HEELS else 0.0

    def stand(x: float, share: float) -> tuple[float, float]:
        seat = last.floor(x) - _THIN_SOLE + 1
        return x + lean * (1 - share), share * max(1.0, seat)

    if facts.heel_type != "none" and last.heel > _THIN_SOLE:
        piece = HEEL_PIECES.get(facts.heel_type, HEEL_PIECES["block"])
        yield Shape(Role.HEEL, place_points(piece, stand), is_known)
    if facts.heel_type == "stacked" and last.heel > 16:
        levels = range(6, int(last.heel - _THIN_SOLE - 3), 7)
        yield Shape(Role.SEAM, "".join(f"M2 {y}L57 {y}" for y in levels), is_known)
    yield Shape(Role.SOLE, _shank(last), "forefoot_height_mm" not in facts.unknown)


def _shank(last: Last) -> str:
    """Return a thin sole from the seat over the shank to the toe; it fills the platform."""
    tip_x, tip_y = last.x(last.tip), last.floor(last.tip)
    thick = min(_THIN_SOLE, last.forefoot)
    mid_x, mid = last.x(118), max(0.0, last.floor(118) - thick)
    seat_end = max(0.0, last.floor(SEAT_MM) - _THIN_SOLE)
    top = last.bend(
        f"M0 0L{SEAT_MM} 0C84 0 104 0 118 0C138 0 160 0 {BALL_MM} 0C206 0 240 0 {last.tip + 1} 1"
    )
    return (
        f"{top}C{_n(tip_x + 2)} {_n(tip_y - 2)} {_n(tip_x)} {_n(max(1.0, tip_y - thick))} "
        f"{_n(tip_x - 8)} {_n(max(1.0, 0.5 * (tip_y - thick)))}"
        f"C{_n(tip_x - 36)} 0 {_n(last.ball + 30)} 0 {_n(last.ball + 6)} 0"
        f"L{_n(last.ball - 14)} 0C{_n(last.ball - 26)} {_n(0.2 * mid)} "
        f"{_n(mid_x + 8)} {_n(max(0.0, mid - 0.16 * last.pitch))} {_n(mid_x)} {_n(mid)}"
        f"C{_n(mid_x - 14)} {_n(mid + max(0.0, 0.2 * last.pitch))} {_n(SEAT_MM + 12)} "
        f"{_n(max(0.0, seat_end - 1))} {_n(SEAT_MM - 4)} {_n(seat_end)}"
        f"L0 {_n(max(1.0, last.heel - _THIN_SOLE))}Z"
    )


# How far the footbed rises under the arch at the levels 1 to 3, in mm; larger than life to be seen.
# Where there is no support there is no line: on a steep shank even a flat one looks like a rise.
_ARCH_RISE = {"0": 0.0, "1": 9.0, "2": 15.0, "3": 22.0}


def _arch(support: Options | None, last: Last) -> Iterator[Shape]:
    levels = sorted(support.members) if support else ["2"]
    lowest, highest = _ARCH_RISE[levels[0]], _ARCH_RISE[levels[-1]]
    if highest != lowest:
        yield Shape(Role.ARCH, _arch_line(highest, last), is_certain=False)
    if lowest:
        yield Shape(Role.ARCH, _arch_line(lowest, last), is_certain=support is not None)


def _arch_line(rise: float, last: Last) -> str:
    return last.bend(f"M56 3C80 3 86 {rise + 3} 112 {rise + 3}C140 {rise + 3} 148 3 176 3")


def _foam(cushioning: Options | None, facts: DrawnFacts, last: Last) -> Iterator[Shape]:
    if cushioning is None:
        return
    levels = sorted(int(member) for member in cushioning.members)
    for row in range(1, levels[-1] + 1):
        yield Shape(Role.FOAM, _row_of_foam(row, facts, last), is_certain=row <= levels[0])


def _row_of_foam(row: int, facts: DrawnFacts, last: Last) -> str:
    """Return the line that a row of dots is set on: within a thick sole, else on the footbed."""
    is_bare = facts.style in (Style.SANDAL, Style.FLIP_FLOP)  # no upper to draw a pad on
    is_in_sole = facts.has_unit_sole and (last.forefoot >= 12 or is_bare)
    share = {1: 0.5, 2: 0.74, 3: 0.26}[row]
    start = 14.0 if row == 1 else 19.5
    points = []
    for u in (start, 60.0, 90.0, 118.0, 148.0, 178.0, 212.0, last.tip - 20):
        room = last.floor(u)
        y = room * share + 1 if is_in_sole else room + 3.5 + 5 * (row - 1)
        points.append(f"{_n(last.x(u))} {_n(y)}")
    return "M" + "L".join(points)
