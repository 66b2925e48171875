"""A shoe's facts as one drawable number or word each, and which of them are guesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shop_plugin.domain.attributes import (
    MICROMETRES_PER_MM,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)
from shop_plugin.domain.shoe_outlines import TOES, Style, Toe

# A span wider than this is too open to be drawn as a fact.
OPEN_SPAN_UM = 12_000

# What a shoe of its kind looks like where its own facts are silent: style,
# heel and forefoot in mm. Drawn dashed, never scored.
TYPICAL: Mapping[UseCategory, tuple[Style, float, float]] = MappingProxyType(
    {
        UseCategory.RUNNING: (Style.RUNNER, 34, 26),
        UseCategory.RACING: (Style.RUNNER, 36, 28),
        UseCategory.TRAIL: (Style.RUNNER, 32, 25),
        UseCategory.WALKING: (Style.SNEAKER, 30, 21),
        UseCategory.TRAINING: (Style.RUNNER, 25, 20),
        UseCategory.CASUAL_SNEAKER: (Style.SNEAKER, 28, 21),
        UseCategory.WORK_STANDING: (Style.CLOG, 32, 22),
        UseCategory.SAFETY_BOOT: (Style.LACED_BOOT, 35, 22),
        UseCategory.HIKING: (Style.LACED_BOOT, 34, 23),
        UseCategory.BOOT: (Style.BOOT, 32, 10),
        UseCategory.DRESS_LEATHER: (Style.LOAFER, 25, 8),
        UseCategory.HEEL: (Style.PUMP, 65, 6),
        UseCategory.FLAT: (Style.BALLET, 10, 5),
        UseCategory.SANDAL: (Style.SANDAL, 28, 21),
        UseCategory.FLIP_FLOP: (Style.FLIP_FLOP, 19, 15),
        UseCategory.SLIPPER: (Style.SLIPPER, 18, 13),
        UseCategory.BAREFOOT: (Style.BAREFOOT, 7, 7),
        UseCategory.KIDS: (Style.STRAPPED, 22, 17),
        UseCategory.OTHER: (Style.SNEAKER, 28, 20),
    }
)
_TYPICAL_TOE = MappingProxyType(
    {Style.PUMP: "almond", Style.BAREFOOT: "foot_shaped", Style.OXFORD: "almond"}
)
_TYPICAL_SHAFT_MM = MappingProxyType({UseCategory.SAFETY_BOOT: 95.0, UseCategory.HIKING: 100.0})

BOOTS = frozenset({Style.BOOT, Style.LACED_BOOT})
LOW_CUT = frozenset({Style.PUMP, Style.BALLET})
CHUNKY = frozenset({Style.SNEAKER, Style.RUNNER, Style.STRAPPED, Style.BAREFOOT, Style.CLOG})
RUGGED = frozenset({UseCategory.TRAIL, UseCategory.HIKING, UseCategory.SAFETY_BOOT})
THIN_HEELS = frozenset({"stiletto", "kitten", "cone", "spool"})
_OPEN_TOED = frozenset({Style.SANDAL, Style.STRAPPY_SANDAL, Style.FLIP_FLOP})
_FLAT_BASED = CHUNKY | {Style.SANDAL, Style.FLIP_FLOP, Style.SLIPPER}
_THIN_FOREFOOT = frozenset(
    {Style.PUMP, Style.STRAPPY_SANDAL, Style.OXFORD, Style.LOAFER, Style.BOOT}
)
_SPANS = ("heel_height_mm", "forefoot_height_mm", "shaft_height_mm")
_CHOICES = ("fastening", "toe_shape", "arch_support", "cushioning")


@dataclass(frozen=True, slots=True)
class DrawnFacts:
    """Lengths in mm. ``unknown`` are the guessed attributes; ``fastening`` may be empty."""

    category: UseCategory
    style: Style
    heel: float
    forefoot: float
    heel_type: str
    toe: Toe
    fastening: str
    shaft: float
    unknown: frozenset[str]

    @classmethod
    def of(cls, attributes: FootwearAttributes) -> DrawnFacts:
        """Return what to draw for a shoe; a span is taken at its middle."""
        typical_style, typical_heel, typical_forefoot = TYPICAL[attributes.use_category]
        unknown = {key for key in _SPANS if _is_open(attributes, key)}
        unknown |= {key for key in _CHOICES if attributes.get(key) is None}
        heel = middle(attributes.heel_height_mm)
        forefoot = middle(attributes.forefoot_height_mm)
        drop = middle(attributes.drop_mm)
        if heel is None and forefoot is not None:
            rise = drop if drop is not None else max(0.0, typical_heel - typical_forefoot)
            heel = forefoot + rise
        if heel is None:
            heel = typical_heel
        heel_type = only_answer(attributes.heel_type)
        fastening = only_answer(attributes.fastening)
        style = _style(typical_style, fastening=fastening, heel=heel, heel_type=heel_type)
        if forefoot is None and drop is not None and "heel_height_mm" not in unknown:
            forefoot = heel - drop
            unknown.discard("forefoot_height_mm")
        if forefoot is None:
            forefoot = _likely_forefoot(style, heel, typical_forefoot / typical_heel)
        shaft = middle(attributes.shaft_height_mm)
        return cls(
            category=attributes.use_category,
            style=style,
            heel=max(2.0, heel),
            forefoot=max(2.0, forefoot),
            heel_type=heel_type or _likely_heel_type(style, heel),
            toe=TOES[_drawable_toe(only_answer(attributes.toe_shape), style)],
            fastening=fastening,
            shaft=shaft or _TYPICAL_SHAFT_MM.get(attributes.use_category, 120.0),
            unknown=frozenset(unknown),
        )

    @property
    def has_unit_sole(self) -> bool:
        """Tell whether one sole runs from heel to toe, rather than a heel piece and a shank."""
        if self.heel_type == "wedge":
            return True
        if self.heel_type not in ("", "none"):
            return False
        is_even = self.heel - self.forefoot < 9
        return self.style in _FLAT_BASED or self.category in RUGGED or is_even


def middle(span: Span | None) -> float | None:
    """Return the middle of a span of lengths in mm, or ``None`` where it is unknown."""
    return None if span is None else (span.low + span.high) / 2 / MICROMETRES_PER_MM


def only_answer(options: Options | None) -> str:
    """Return the one answer that is left, or "" where several are or none is known."""
    if options is None or len(options.members) != 1:
        return ""
    (member,) = options.members
    return member


def _is_open(attributes: FootwearAttributes, key: str) -> bool:
    span = attributes.get(key)
    return not isinstance(span, Span) or span.high - span.low > OPEN_SPAN_UM


def _style(typical: Style, *, fastening: str, heel: float, heel_type: str) -> Style:
    if typical is Style.SANDAL:
        is_high = heel > 45 or heel_type in THIN_HEELS | {"block"}
        return Style.STRAPPY_SANDAL if is_high else Style.SANDAL
    by_fastening: dict[tuple[Style, str], Style] = {
        (Style.CLOG, "lace_up"): Style.SNEAKER,
        (Style.CLOG, "hook_loop"): Style.STRAPPED,
        (Style.SNEAKER, "hook_loop"): Style.STRAPPED,
        (Style.SNEAKER, "adjustable_strap"): Style.STRAPPED,
        (Style.SNEAKER, "backless"): Style.CLOG,
        (Style.STRAPPED, "lace_up"): Style.SNEAKER,
        (Style.LOAFER, "lace_up"): Style.OXFORD,
        (Style.BALLET, "lace_up"): Style.OXFORD,
        (Style.PUMP, "lace_up"): Style.OXFORD,
        (Style.PUMP, "buckle_heel_strap"): Style.STRAPPY_SANDAL,
    }
    return by_fastening.get((typical, fastening), typical)


def _likely_heel_type(style: Style, heel: float) -> str:
    if style in (Style.PUMP, Style.STRAPPY_SANDAL):
        return "stiletto" if heel >= 60 else "kitten"
    return "block" if style in (Style.BOOT, Style.OXFORD, Style.LOAFER) and heel >= 14 else ""


def _likely_forefoot(style: Style, heel: float, typical_share: float) -> float:
    if style in _THIN_FOREFOOT:
        return min(heel, 8.0)
    return max(3.0, heel * typical_share) if heel < 60 else 25.0


def _drawable_toe(toe: str, style: Style) -> str:
    if style in _OPEN_TOED or toe == "":
        return _TYPICAL_TOE.get(style, "round")
    return "round" if toe == "open" and style not in LOW_CUT else toe
