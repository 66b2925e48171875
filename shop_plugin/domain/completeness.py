"""How much is known of a shoe: what the guide needs for a grade, and what is nice to have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes
from shop_plugin.domain.guide_terms import Guide
from shop_plugin.domain.scoring import GENERAL

# They belong to some kinds of shoe only, or say how sizes are written: nobody misses them.
_NOT_MISSED = frozenset({"shaft_height_mm", "hidden_lift_mm", "size_system"})


def needed_facts(guide: Guide) -> tuple[str, ...]:
    """Return the attributes that the general match rests on, the heaviest first."""
    weights = sorted(guide.profiles[GENERAL].weights, key=lambda item: -item[1])
    return tuple(guide.factors[name].missing for name, _weight in weights)


def nice_facts(guide: Guide) -> tuple[str, ...]:
    """Return the attributes that describe a shoe further: for conditions, lifespan and pages."""
    needed = {*needed_facts(guide), *_NOT_MISSED}
    return tuple(key for key in ATTRIBUTES if key not in needed)


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is known of one shoe, of what the guide needs and of the rest; the needed by name."""

    needed_known: int
    needed: int
    nice_known: int
    nice: int
    missing: tuple[str, ...]


def judge_completeness(attributes: FootwearAttributes, *, guide: Guide) -> Completeness:
    """Return how much is known of a shoe."""
    needed, nice = needed_facts(guide), nice_facts(guide)
    missing = tuple(key for key in needed if attributes.get(key) is None)
    return Completeness(
        len(needed) - len(missing),
        len(needed),
        sum(attributes.get(key) is not None for key in nice),
        len(nice),
        missing,
    )


@dataclass(slots=True)
class CategoryCount:
    """What is known of the shoes of one kind: listings, those with a match, known facts."""

    listings: int = 0
    scored: int = 0
    known: dict[str, int] = field(default_factory=dict)

    def add(self, *, keys: Iterable[str], listings: int, scored: int) -> None:
        """Count listings that state the same facts."""
        self.listings += listings
        self.scored += scored
        for key in keys:
            self.known[key] = self.known.get(key, 0) + listings

    def as_plain(self) -> dict[str, Any]:
        """Return the counts as they are stored."""
        return {
            "listings": self.listings,
            "scored": self.scored,
            "known": {key: self.known[key] for key in ATTRIBUTES if key in self.known},
        }
