"""What buyers said of a shoe's sizes: their votes, and why they sent pairs back.

Both are counts of people, kept apart, and judge no size of anybody: a vote
says how others found a shoe, not how it fits the one who reads. Shares come
with the Wilson interval at 95 %, in thousandths, rounded outward; below
:data:`FEWEST_SAID` people nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from shop_plugin.domain.host_texts import clean_line

FEWEST_SAID = 5
MOST_SAID = 1_000_000
# The quantile of 95 %, squared: 1.96 * 1.96.
_Z_SQUARED = Fraction(49, 25) ** 2
_ROOT_SCALE = 10**6


class VoteKind(StrEnum):
    """Where counts come from."""

    VOTES = "votes"
    RETURNS = "returns"
    ARCH = "arch"
    WIDTH = "width"


class Runs(StrEnum):
    """How a shoe's sizes run, as far as buyers agree."""

    SMALL = "small"
    TRUE = "true"
    LARGE = "large"
    MIXED = "mixed"
    TOO_FEW = "too_few"


class Share(NamedTuple):
    """So many of so many people, with the interval of the share in thousandths."""

    part: int
    number: int
    low: int
    high: int


class FitCounts(NamedTuple):
    """How many people said too small, too large, and neither of both."""

    small: int = 0
    neither: int = 0
    large: int = 0

    @property
    def number(self) -> int:
        """Return how many people said something."""
        return sum(self)


# How each kind names its three counts in a host's row, in the order of FitCounts.
KEYS: Mapping[VoteKind, tuple[str, str, str]] = {
    VoteKind.VOTES: ("small", "true", "large"),
    VoteKind.RETURNS: ("too_small", "other", "too_big"),
    VoteKind.ARCH: ("none", "moderate", "excellent"),
    VoteKind.WIDTH: ("narrow", "true", "wide"),
}


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why counts cannot be used: ``key`` is the one at fault, empty for the whole."""

    key: str
    code: str
    reason: str


def share_of(part: int, number: int) -> Share:
    """Return a share of at least one person with its Wilson interval at 95 %.

    The interval always holds the share itself, stays within 0 and 1000, and
    is wide for few people.
    """
    middle = part + _Z_SQUARED / 2
    spread = _Z_SQUARED * Fraction(part * (number - part), number) + _Z_SQUARED**2 / 4
    half = _root_above(spread)
    whole = number + _Z_SQUARED
    low = 1000 * (middle - half) / whole
    high = 1000 * (middle + half) / whole
    return Share(part, number, max(0, low.__floor__()), min(1000, high.__ceil__()))


def judge_votes(votes: FitCounts) -> Runs:
    """Return how sizes run.

    "True" needs more than half of all votes; a side half of them, and twice
    those of the other side.
    """
    if votes.number < FEWEST_SAID:
        return Runs.TOO_FEW
    if 2 * votes.neither > votes.number:
        return Runs.TRUE
    if 2 * votes.small >= votes.number and votes.small >= 2 * votes.large:
        return Runs.SMALL
    if 2 * votes.large >= votes.number and votes.large >= 2 * votes.small:
        return Runs.LARGE
    return Runs.MIXED


def find_minority(votes: FitCounts) -> Runs | None:
    """Return the side that stands out beside a majority for "true", or ``None``.

    It needs :data:`FEWEST_SAID` votes of its own and twice those of the other side.
    """
    if judge_votes(votes) is not Runs.TRUE:
        return None
    if votes.small >= max(FEWEST_SAID, 2 * votes.large):
        return Runs.SMALL
    return Runs.LARGE if votes.large >= max(FEWEST_SAID, 2 * votes.small) else None


def find_side(votes: FitCounts) -> str:
    """Return which answer most people certainly gave ("small", "neither", "large"), "" for none.

    Certainly: the lower end of its interval lies above one half.
    """
    if votes.number < FEWEST_SAID:
        return ""
    for name, part in votes._asdict().items():
        if share_of(part, votes.number).low > 500:
            return str(name)
    return ""


def read_counts(kind: VoteKind, value: object) -> FitCounts | Unusable | None:
    """Return the counts of a host's object, ``None`` where nobody said anything.

    A key that is missing counts nobody. One that is unknown or holds no
    count makes the whole unusable: a share of the rest would mislead.
    """
    if value is None or value in ("", [], {}):
        return None
    keys = KEYS[kind]
    if not isinstance(value, Mapping):
        return Unusable("", "not_an_object", f"is no object with the counts {', '.join(keys)}")
    for key in value:
        if key not in keys:
            shown = clean_line(key)[:40]
            return Unusable(shown, "unknown_count", f"is none of the counts {', '.join(keys)}")
    counts = []
    for key in keys:
        count = _as_count(value.get(key))
        if count is None:
            return Unusable(key, "not_a_count", f"is no whole number from 0 to {MOST_SAID:,}")
        counts.append(count)
    return FitCounts(*counts) if any(counts) else None


def _as_count(value: object) -> int | None:
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_SAID))):
            return None
        value = int(text)
    return int(value) if 0 <= value <= MOST_SAID and value == int(value) else None


def _root_above(value: Fraction) -> Fraction:
    """Return the square root, rounded up to a millionth."""
    scaled = (value * _ROOT_SCALE**2).__ceil__()
    root = isqrt(scaled)
    return Fraction(root if root * root == scaled else root + 1, _ROOT_SCALE)
