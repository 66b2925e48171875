"""How the matches of many shoes differ between two guides: what moved, which way, with samples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.guide_terms import Guide
from shop_plugin.domain.scoring import GENERAL, Assessment, Verdict, assess

# What stands in a table where a letter would stand.
NOT_ENOUGH = "not_enough"
NOT_SCORED = "not_scored"
# From the best to the worst; the last two lie on no scale with the letters.
ORDER = ("A", "B", "C", "D", "E", NOT_ENOUGH, NOT_SCORED)
SAMPLES_PER_MOVE = 3


class CountedFacts(NamedTuple):
    """One distinct set of facts: its JSON text, how many listings state it, and one of them."""

    snapshot: str
    listings: int
    listing_id: int


class Sample(NamedTuple):
    """A listing that moved: its ends before and after in hundredths of a point."""

    listing_id: int
    before: tuple[int, int] | None
    after: tuple[int, int] | None


@dataclass(slots=True)
class ScoreDiff:
    """The difference so far. ``moves`` counts listings by (grade before, grade after).

    The grade is what a shopper's list shows: the letter of the lower end, or
    why there is none. ``up`` and ``down`` count listings whose lower end
    rose or fell, whether or not the letter changed.
    """

    before: Guide
    after: Guide
    heel_mode: str = "effective"
    condition: str = GENERAL
    listings: int = 0
    classes: int = 0
    up: int = 0
    down: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)

    def add(self, facts: Iterable[CountedFacts]) -> None:
        """Score sets of facts by both guides and count what differs."""
        for counted in facts:
            attributes = FootwearAttributes.from_snapshot(json.loads(counted.snapshot))
            old, new = (
                assess(attributes, guide=guide, condition=self.condition, heel_mode=self.heel_mode)
                for guide in (self.before, self.after)
            )
            self._count(counted, old, new)

    def _count(self, counted: CountedFacts, old: Assessment, new: Assessment) -> None:
        self.listings += counted.listings
        self.classes += 1
        move = shown_grade(old), shown_grade(new)
        self.moves[move] += counted.listings
        if old.low is not None and new.low is not None:
            self.up += counted.listings * (new.low > old.low)
            self.down += counted.listings * (new.low < old.low)
        if move[0] != move[1]:
            samples = self.samples.setdefault(move, [])
            if len(samples) < SAMPLES_PER_MOVE:
                samples.append(Sample(counted.listing_id, _ends(old), _ends(new)))

    @property
    def changed(self) -> int:
        """Return how many listings show another grade."""
        return sum(count for (old, new), count in self.moves.items() if old != new)

    @property
    def better(self) -> int:
        """Return how many listings show a better letter."""
        return self._count_moves(-1)

    @property
    def worse(self) -> int:
        """Return how many listings show a worse letter."""
        return self._count_moves(1)

    def _count_moves(self, sign: int) -> int:
        letters = ORDER[:5]
        return sum(
            count
            for (old, new), count in self.moves.items()
            if old in letters
            and new in letters
            and (letters.index(new) - letters.index(old)) * sign > 0
        )

    def as_plain(self) -> dict[str, Any]:
        """Return the difference as plain values; the keys are stable."""
        moved = sorted(
            ((move, count) for move, count in self.moves.items() if move[0] != move[1]),
            key=lambda item: (-item[1], item[0]),
        )
        return {
            "before": self.before.version,
            "after": self.after.version,
            "heel_mode": self.heel_mode,
            "condition": self.condition,
            "listings": self.listings,
            "classes": self.classes,
            "changed": self.changed,
            "better": self.better,
            "worse": self.worse,
            "up": self.up,
            "down": self.down,
            "grades_before": _totals(self.moves, 0),
            "grades_after": _totals(self.moves, 1),
            "moves": [
                {
                    "from": move[0],
                    "to": move[1],
                    "listings": count,
                    "samples": [
                        {
                            "listing": sample.listing_id,
                            "before": list(sample.before) if sample.before else None,
                            "after": list(sample.after) if sample.after else None,
                        }
                        for sample in self.samples.get(move, ())
                    ],
                }
                for move, count in moved
            ],
        }


def shown_grade(assessment: Assessment) -> str:
    """Return the letter that a list shows of a match, or why there is none."""
    if not assessment.verdict.is_scored:
        return NOT_SCORED
    if assessment.verdict is Verdict.NOT_ENOUGH:
        return NOT_ENOUGH
    return assessment.grade_low


def _ends(assessment: Assessment) -> tuple[int, int] | None:
    if assessment.low is None or assessment.high is None:
        return None
    return assessment.low, assessment.high


def _totals(moves: Mapping[tuple[str, str], int], place: int) -> dict[str, int]:
    totals = Counter[str]()
    for move, count in moves.items():
        totals[move[place]] += count
    return {grade: totals[grade] for grade in ORDER}
