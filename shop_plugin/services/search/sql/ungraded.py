"""How many of the shoes found are too little known for a grade, for several conditions at once.

As with their order, the matches for every profile are read, so that no query
tells which of them were chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import Count, QuerySet

from shop_plugin.domain.scoring import Verdict, verdict_of
from shop_plugin.models import Assessment, FootwearProfile, Listing
from shop_plugin.services.shop.guides import guide_in_force

_ClassKey = tuple[str, str]


class _Ends(NamedTuple):
    low: int
    high: int
    coverage: int


def count_ungraded(listings: QuerySet[Listing], *, conditions: Sequence[str]) -> int:
    """Return how many of the listings have no grade for these conditions together.

    They say too little, belong to a child, or were not assessed yet. Memory
    grows with the number of distinct sets of facts, not with the listings.
    """
    graded = _graded_classes(listings, frozenset(conditions))
    rows = (
        listings.order_by()
        .values_list("profile__assessed_hash", "profile__formula_version")
        .annotate(number=Count("pk"))
    )
    return sum(number for key, version, number in rows.iterator() if (key, version) not in graded)


def _graded_classes(listings: QuerySet[Listing], wanted: frozenset[str]) -> frozenset[_ClassKey]:
    """Return the sets of facts that have a grade to show."""
    profiles = FootwearProfile.objects.filter(listing_id__in=listings.order_by().values("pk"))
    rows = Assessment.objects.filter(
        attribute_hash__in=profiles.values("assessed_hash"),
        formula_version__in=profiles.values("formula_version"),
    ).values_list("attribute_hash", "formula_version", "condition", "low", "high", "coverage")
    found: dict[_ClassKey, list[_Ends]] = {}
    for attribute_hash, version, condition, low, high, coverage in rows.iterator():
        if condition in wanted and low is not None and high is not None:
            found.setdefault((attribute_hash, version), []).append(_Ends(low, high, coverage))
    return frozenset(_graded(found, len(wanted)))


def _graded(found: Mapping[_ClassKey, list[_Ends]], number: int) -> list[_ClassKey]:
    guide = guide_in_force()
    graded = []
    for key, ends in found.items():
        low, high, coverage = (min(values) for values in zip(*ends, strict=True))
        verdict = verdict_of(guide.grade(low), guide.grade(high), high, coverage, guide)
        if len(ends) == number and verdict is not Verdict.NOT_ENOUGH:
            graded.append(key)
    return graded
