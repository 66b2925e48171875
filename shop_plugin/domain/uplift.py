"""Do the mails do anything? Two groups compared, and how sure the answer is.

The interval for the difference of two shares is Newcombe's hybrid score
interval (Statistics in Medicine 17, 1998, method 10): it stays honest where
groups are small and shares are close to nought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Below so many people in either group nothing is said of a difference.
LEAST_PEOPLE = 100
#: Below so many who bought, in both groups together, neither.
LEAST_BOUGHT = 10
_Z = 1.959964  # 95 %, two-sided


@dataclass(frozen=True, slots=True)
class Arm:
    """One group: how many people, and how many of them bought again.

    :raises ValueError: where more bought than there are people.
    """

    people: int
    bought: int

    def __post_init__(self) -> None:
        if not 0 <= self.bought <= self.people:
            raise ValueError(f"{self.bought} of {self.people} people cannot have bought")

    @property
    def share(self) -> float:
        """Return the share of people who bought again, 0 to 1."""
        return self.bought / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Uplift:
    """The difference between the mailed and the held-out group, in shares from -1 to 1.

    ``low`` to ``high`` holds the true difference in 95 of 100 such
    comparisons. ``says`` is "too_few", "none_seen", "more" or "fewer".
    """

    mailed: Arm
    held_out: Arm
    difference: float
    low: float
    high: float
    says: str


def compare_arms(mailed: Arm, held_out: Arm) -> Uplift:
    """Return how the shares of two groups differ, and what may be said of it."""
    difference = mailed.share - held_out.share
    if not mailed.people or not held_out.people:
        return Uplift(mailed, held_out, difference, -1.0, 1.0, "too_few")
    low_1, high_1 = _wilson(mailed)
    low_2, high_2 = _wilson(held_out)
    low = difference - math.hypot(mailed.share - low_1, high_2 - held_out.share)
    high = difference + math.hypot(high_1 - mailed.share, held_out.share - low_2)
    return Uplift(
        mailed,
        held_out,
        difference,
        max(low, -1.0),
        min(high, 1.0),
        _say(mailed, held_out, low, high),
    )


def _say(mailed: Arm, held_out: Arm, low: float, high: float) -> str:
    is_small = min(mailed.people, held_out.people) < LEAST_PEOPLE
    if is_small or mailed.bought + held_out.bought < LEAST_BOUGHT:
        return "too_few"
    if low > 0:
        return "more"
    return "fewer" if high < 0 else "none_seen"


def _wilson(arm: Arm) -> tuple[float, float]:
    """Return Wilson's score interval of a share."""
    n, p = arm.people, arm.share
    middle = p + _Z**2 / (2 * n)
    spread = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    whole = 1 + _Z**2 / n
    return (middle - spread) / whole, (middle + spread) / whole
