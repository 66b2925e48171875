"""How one size of a shoe fits a pair of feet, as far as its inside is known.

Rules (domain reference, 7.5), lengths in micrometres. The room before the
toes is the shoe's inner length less the foot; a pointed toe takes ten
millimetres of it. Below 6 mm a shoe is too tight and above 20 mm too loose;
9.5 to 17 mm are right (three eighths of an inch are asked for, fifteen
millimetres are usual), what lies between is only worth a word. A shoe more
than 6 mm narrower than the foot at its ball is too tight whatever its length.
What is not known is never judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shop_plugin.domain.attributes import MICROMETRES_PER_MM, FootwearAttributes

TIGHT_BELOW_UM = 6 * MICROMETRES_PER_MM
SNUG_BELOW_UM = 9_500
ROOMY_ABOVE_UM = 17 * MICROMETRES_PER_MM
LOOSE_ABOVE_UM = 20 * MICROMETRES_PER_MM
BEST_ROOM_UM = (SNUG_BELOW_UM + ROOMY_ABOVE_UM) // 2
POINTED_TOE_UM = 10 * MICROMETRES_PER_MM
NARROWER_BY_UM = 6 * MICROMETRES_PER_MM
# Half a size is 4.2 mm in the British and American systems, 3.3 mm in the European one.
HALF_SIZE_UM = 4_200

# Feet of people who walk. A wrong unit is off by a factor of 2.5 or 10 and always outside.
FOOT_LENGTHS_UM = (90 * MICROMETRES_PER_MM, 350 * MICROMETRES_PER_MM)
FOOT_WIDTHS_UM = (40 * MICROMETRES_PER_MM, 150 * MICROMETRES_PER_MM)


class FitVerdict(StrEnum):
    """How a size fits one person's feet."""

    TOO_TIGHT = "too_tight"
    SNUG = "snug"
    FITS = "fits"
    ROOMY = "roomy"
    TOO_LOOSE = "too_loose"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Foot:
    """One foot, measured standing: heel to longest toe, and across the ball where known."""

    length_um: int
    width_um: int | None = None

    def __post_init__(self) -> None:
        if not FOOT_LENGTHS_UM[0] <= self.length_um <= FOOT_LENGTHS_UM[1]:
            raise ValueError("no foot is that long or that short")
        if self.width_um is not None and not (
            FOOT_WIDTHS_UM[0] <= self.width_um <= min(FOOT_WIDTHS_UM[1], self.length_um)
        ):
            raise ValueError("no foot is that wide or that narrow")


@dataclass(frozen=True, slots=True)
class Feet:
    """The feet of one person: one or both of them.

    :raises ValueError: when neither foot is there.
    """

    left: Foot | None = None
    right: Foot | None = None

    def __post_init__(self) -> None:
        if self.left is None and self.right is None:
            raise ValueError("at least one foot is needed")

    @property
    def measured(self) -> tuple[Foot, ...]:
        """Return the feet that were measured, the left one first."""
        return tuple(foot for foot in (self.left, self.right) if foot is not None)

    @property
    def longest_um(self) -> int:
        """Return the length of the longer foot: a shoe is bought for that one."""
        return max(foot.length_um for foot in self.measured)

    @property
    def shortest_um(self) -> int:
        """Return the length of the shorter foot."""
        return min(foot.length_um for foot in self.measured)

    @property
    def widest_um(self) -> int | None:
        """Return the width of the wider foot, or ``None`` where none was measured."""
        return max((foot.width_um for foot in self.measured if foot.width_um), default=None)

    @property
    def difference_um(self) -> int:
        """Return by how much one foot is longer; 0 where only one was measured."""
        return self.longest_um - self.shortest_um

    @property
    def differ_by_half_a_size(self) -> bool:
        """Tell whether the feet differ by about half a size or more."""
        return self.difference_um >= HALF_SIZE_UM


@dataclass(frozen=True, slots=True)
class Inside:
    """What is known of the inside of one size. ``is_pointed`` only where it is sure."""

    length_um: int | None = None
    ball_width_um: int | None = None
    is_pointed: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """How a size fits: as a whole, the room before the toes, and by length and width alone.

    ``room_um`` is that of the longer foot, ``room_of_shorter_um`` that of the
    other one; ``None`` where the inner length is not known.
    """

    verdict: FitVerdict
    by_length: FitVerdict
    by_width: FitVerdict
    room_um: int | None = None
    room_of_shorter_um: int | None = None


def judge_fit(feet: Feet, inside: Inside) -> Fit:
    """Return how a size fits a person's feet; the larger foot decides.

    Too tight in width alone is too tight; a width that is not known changes
    nothing, and a length that is not known leaves the whole unknown.
    """
    by_width = judge_width(feet.widest_um, inside.ball_width_um)
    is_narrow = by_width is FitVerdict.TOO_TIGHT
    if inside.length_um is None:
        verdict = FitVerdict.TOO_TIGHT if is_narrow else FitVerdict.UNKNOWN
        return Fit(verdict, FitVerdict.UNKNOWN, by_width)
    usable_um = inside.length_um - (POINTED_TOE_UM if inside.is_pointed else 0)
    room_um = usable_um - feet.longest_um
    by_length = judge_room(room_um)
    verdict = FitVerdict.TOO_TIGHT if is_narrow else by_length
    return Fit(verdict, by_length, by_width, room_um, usable_um - feet.shortest_um)


def judge_room(room_um: int) -> FitVerdict:
    """Return what so much room before the longest toe means."""
    if room_um < TIGHT_BELOW_UM:
        return FitVerdict.TOO_TIGHT
    if room_um < SNUG_BELOW_UM:
        return FitVerdict.SNUG
    if room_um <= ROOMY_ABOVE_UM:
        return FitVerdict.FITS
    return FitVerdict.ROOMY if room_um <= LOOSE_ABOVE_UM else FitVerdict.TOO_LOOSE


def judge_width(foot_um: int | None, shoe_um: int | None) -> FitVerdict:
    """Return whether a shoe is too narrow at the ball, or unknown where a measure is missing.

    There is no rule for too wide: a fastening takes in what is left.
    """
    if foot_um is None or shoe_um is None:
        return FitVerdict.UNKNOWN
    return FitVerdict.TOO_TIGHT if shoe_um - foot_um < -NARROWER_BY_UM else FitVerdict.FITS


def best_of(fits: Sequence[Fit]) -> int | None:
    """Return the position of the fit whose room comes nearest to the best, if any is right.

    Only sizes that are neither too tight nor too loose are in question; of
    two equally near ones the roomier is taken.
    """
    fitting = (FitVerdict.SNUG, FitVerdict.FITS, FitVerdict.ROOMY)
    able = [
        (abs(fit.room_um - BEST_ROOM_UM), -fit.room_um, position)
        for position, fit in enumerate(fits)
        if fit.verdict in fitting and fit.room_um is not None
    ]
    return min(able)[2] if able else None


def is_surely_pointed(attributes: FootwearAttributes) -> bool:
    """Tell whether the toe of a shoe is pointed for sure."""
    toe = attributes.toe_shape
    return toe is not None and toe.members == {"pointed"}
