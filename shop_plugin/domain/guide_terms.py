"""What a guide is made of: tables, lines, caps, profiles and guidelines, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shop_plugin.domain.attributes import Options

FACTORS = ("A", "S", "C", "H", "T", "W", "K", "R", "O", "U")
EVIDENCE_LABELS = ("good", "some", "weak", "mixed", "mixed_to_against", "against", "none")
EVIDENCE_AREAS = ("feet", "low_back")
FULL = 1000
PERFECT = 10_000

#: Lowest and highest value still possible, both attainable.
Ends = tuple[int, int]


class Knot(NamedTuple):
    """One corner of a falling line: at ``x`` micrometres the value is ``y``."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """Straight lines between corners, level outside of them; never rises."""

    knots: tuple[Knot, ...]

    def at(self, x: int) -> int:
        """Return the value at a length in micrometres, rounded half up."""
        if x <= self.knots[0].x:
            return self.knots[0].y
        left = self.knots[0]
        for right in self.knots[1:]:
            if x <= right.x:
                width = right.x - left.x
                numerator = left.y * width + (right.y - left.y) * (x - left.x)
                return (2 * numerator + width) // (2 * width)
            left = right
        return left.y


@dataclass(frozen=True, slots=True)
class OptionTable:
    """Subscore in thousandths per answer of one attribute."""

    values: Mapping[str, int]
    _seen: dict[frozenset[str], Ends] = field(default_factory=dict, compare=False, repr=False)

    def ends(self, options: Options | None) -> Ends:
        """Return the lowest and highest subscore among the answers still possible."""
        if options is None:
            return (0, FULL)
        found = self._seen.get(options.members)
        if found is None:
            subscores = [self.values[member] for member in options.members]
            found = self._seen[options.members] = (min(subscores), max(subscores))
        return found


class Grade(NamedTuple):
    """A letter and the lowest score, in hundredths of a point, that earns it."""

    letter: str
    floor: int


class Factor(NamedTuple):
    """The guideline a factor stands for, and the attribute to ask for when it is open."""

    guideline: str
    missing: str


class ProfileCap(NamedTuple):
    """A limit of one profile: ``factor`` below ``below`` (or the rise over the limit)."""

    code: str
    factor: str
    below: int
    limit: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What counts for one condition.

    ``weights`` are thousandths and sum to 1000. ``parts`` repeats them with
    the guideline of each factor; ``factors`` are those that count, and the
    empty name for what concerns every profile.
    """

    condition: str
    weights: tuple[tuple[str, int], ...]
    parts: tuple[tuple[str, str, int], ...]
    factors: frozenset[str]
    caps: tuple[ProfileCap, ...]
    evidence_area: str
    cushioning_at: str


@dataclass(frozen=True, slots=True)
class FoamRule:
    """Which shoes are foam-soled, and what then holds for their pitch and platform."""

    categories: frozenset[str]
    categories_with_foam_midsole: frozenset[str]
    midsoles: frozenset[str]
    pitch_max_um: int
    platform_max_um: int


@dataclass(frozen=True, slots=True)
class HeelRule:
    """Everything about heels; lengths in micrometres."""

    limit_um: int
    tolerance_um: int
    flat_um: int
    near_um: int
    platform_free_um: int
    platform_divisor: int
    within: Line
    beyond: Line
    cap: Line
    foam: FoamRule

    def is_over(self, rise_um: int) -> bool:
        """Tell whether an effective rise is past the limit and its tolerance."""
        return rise_um > self.limit_um + self.tolerance_um

    def subscore(self, rise_um: int) -> int:
        """Return the subscore of an effective rise in thousandths; never rises with it."""
        return (self.beyond if self.is_over(rise_um) else self.within).at(rise_um)

    def limit_of_score(self, rise_um: int) -> int | None:
        """Return the limit of the whole score in hundredths, or ``None`` within the limit."""
        return self.cap.at(rise_um) if self.is_over(rise_um) else None


@dataclass(frozen=True, slots=True)
class SupportCaps:
    """Limits for shoes with too little arch support, cushioning, or both."""

    lacking_below: int
    both_lacking: int
    one_lacking: int


@dataclass(frozen=True, slots=True)
class PersonalCaps:
    """Limits that hold for one person's pair only."""

    too_tight: int
    too_loose: int
    worn_past_life: int


@dataclass(frozen=True, slots=True)
class Guideline:
    """One guideline: wording key, evidence for feet and for the low back, citation ids."""

    id: str
    wording: str
    feet: str
    low_back: str
    citations: tuple[str, ...]

    def evidence(self, area: str) -> str:
        """Return the evidence label for "feet" or "low_back"."""
        return self.feet if area == "feet" else self.low_back


@dataclass(frozen=True, slots=True)
class Guide:
    """One validated formula version. ``conditions`` can be scored, "general" first."""

    version: str
    conditions: tuple[str, ...]
    refer_conditions: tuple[str, ...]
    coverage_minimum: int
    d_below: int
    grades: tuple[Grade, ...]
    factors: Mapping[str, Factor]
    tables: Mapping[str, OptionTable]
    insole_as_arch: int
    extra_widths: tuple[int, ...]
    heel: HeelRule
    support_caps: SupportCaps
    personal_caps: PersonalCaps
    profiles: Mapping[str, Profile]
    guidelines: Mapping[str, Guideline]
    citations: Mapping[str, str]

    def grade(self, score: int) -> str:
        """Return the letter of a score in hundredths of a point."""
        for letter, floor in self.grades:
            if score >= floor:
                return letter
        raise ValueError(f"no grade for a score of {score}: scores run from 0 to 10000")
