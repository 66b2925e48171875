"""In which order shoes stand for several conditions at once, in plain SQL.

Every query asks for all profiles of the guide alike; which of them were
chosen is known to this process alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.db.models import QuerySet

from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import Verdict, verdict_of
from shop_plugin.models import Assessment, FootwearProfile, Listing
from shop_plugin.services.criteria import SearchCriteria
from shop_plugin.services.search_sql import listings_found

_ClassKey = tuple[str, str]
# Rank (ascending) and whether there is a grade to show.
_Standing = tuple[tuple[int, int], bool]
_NO_MATCH: _Standing = ((1, 0), False)


class _Ends(NamedTuple):
    low: int
    high: int
    coverage: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """The ids of one part of the list, how many there are, and how many have no grade."""

    total: int
    without_grade: int
    listing_ids: tuple[int, ...]


class MatchOrder(Protocol):
    """Finds the listings that meet criteria and orders them by conditions, exactly."""

    def find(
        self, criteria: SearchCriteria, *, conditions: tuple[str, ...], limit: int, offset: int
    ) -> Ordered:
        """Return the ids from ``offset`` on: the best sure end first, then the best possible."""
        ...


class SqlMatchOrder:
    """Reads the matches of every distinct set of facts once and sorts the ids in memory.

    Memory grows with the number of distinct sets of facts and with the
    position asked for, never with the number of listings. Meant for some ten
    thousand listings.
    """

    def find(
        self, criteria: SearchCriteria, *, conditions: tuple[str, ...], limit: int, offset: int
    ) -> Ordered:
        """Return the ids from ``offset`` on: the best sure end first, then the best possible."""
        listings = listings_found(criteria)
        standings = _standings(listings, conditions)
        total = without_grade = 0

        def ranked() -> Iterator[tuple[tuple[int, int], int]]:
            nonlocal total, without_grade
            rows = listings.order_by().values_list(
                "pk", "profile__assessed_hash", "profile__formula_version"
            )
            for pk, attribute_hash, version in rows.iterator(chunk_size=2000):
                rank, has_grade = standings.get((attribute_hash or "", version or ""), _NO_MATCH)
                total += 1
                without_grade += not has_grade
                yield rank, pk

        best = heapq.nsmallest(offset + limit, ranked())
        return Ordered(total, without_grade, tuple(pk for _rank, pk in best[offset:]))


def _standings(
    listings: QuerySet[Listing], conditions: tuple[str, ...]
) -> Mapping[_ClassKey, _Standing]:
    """Return how every set of facts stands: its rank, and whether a grade can be shown."""
    guide = load_guide()
    profiles = FootwearProfile.objects.filter(listing_id__in=listings.order_by().values("pk"))
    rows = Assessment.objects.filter(
        attribute_hash__in=profiles.values("assessed_hash"),
        formula_version__in=profiles.values("formula_version"),
    ).values_list("attribute_hash", "formula_version", "condition", "low", "high", "coverage")
    joint: dict[_ClassKey, _Ends | None] = {}
    wanted = frozenset(conditions)
    for attribute_hash, version, condition, low, high, coverage in rows.iterator(chunk_size=2000):
        if condition in wanted:
            key = (attribute_hash, version)
            ends = None if low is None or high is None else _Ends(low, high, coverage)
            joint[key] = _lowest(joint[key], ends) if key in joint else ends
    standings = {}
    for key, ends in joint.items():
        if ends is None:
            standings[key] = _NO_MATCH
            continue
        letters = guide.grade(ends.low), guide.grade(ends.high)
        verdict = verdict_of(*letters, ends.high, ends.coverage, guide)
        standings[key] = ((-ends.low, -ends.high), verdict is not Verdict.NOT_ENOUGH)
    return standings


def _lowest(one: _Ends | None, other: _Ends | None) -> _Ends | None:
    """Return the lower of each end; what is not scored once is not scored at all."""
    if one is None or other is None:
        return None
    return _Ends(
        min(one.low, other.low), min(one.high, other.high), min(one.coverage, other.coverage)
    )
