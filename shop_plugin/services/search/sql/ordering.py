"""The ids of one stretch of a result list, in the order asked for."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

from django.db.models import (
    Case,
    F,
    IntegerField,
    OrderBy,
    Q,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from shop_plugin.models import Assessment, FootwearProfile
from shop_plugin.services.search.criteria import Sort
from shop_plugin.services.search.sql.conditions import Conditions

_PRICE_IS_UNKNOWN = Case(
    When(Q(price_minor__isnull=True) | Q(currency=""), then=Value(1)),
    default=Value(0),
    output_field=IntegerField(),
)
_LISTING_ORDERS: Mapping[Sort, tuple[str | Combinable | OrderBy, ...]] = {
    Sort.PRICE: (
        _PRICE_IS_UNKNOWN.asc(),
        "currency",
        F("price_minor").asc(nulls_last=True),
        "pk",
    ),
    Sort.PRICE_DESC: (
        _PRICE_IS_UNKNOWN.asc(),
        "currency",
        F("price_minor").desc(nulls_last=True),
        "pk",
    ),
    Sort.NEWEST: ("-created_at", "-pk"),
}


def ordered_ids(conditions: Conditions, first: int, last: int, *, total: int) -> Sequence[int]:
    """Return the ids from position ``first`` up to ``last`` of ``total``, by its sort."""
    if first >= last:
        return []
    sort = conditions.criteria.sort
    if sort is not Sort.MATCH:
        ordered = conditions.listings().order_by(*_LISTING_ORDERS[sort])
        return list(ordered.values_list("pk", flat=True)[first:last])
    # Listings without a profile have no match yet and come last.
    profiled = total - (conditions.unprofiled_count if conditions.admits_unprofiled() else 0)
    ids: list[int] = []
    if first < profiled:
        best = conditions.profiles().order_by("match_order", "listing_id")
        ids += best.values_list("listing_id", flat=True)[first : min(last, profiled)]
    if last > profiled:
        rest = conditions.unprofiled().order_by("pk").values_list("pk", flat=True)
        ids += rest[max(first - profiled, 0) : last - profiled]
    return ids


def personal_ids(
    conditions: Conditions, first: int, last: int, *, profiles: Sequence[str]
) -> Sequence[int]:
    """Return the ids from ``first`` up to ``last``, best for all the guide's profiles first.

    The matches for every profile are read and the order is made here, so
    that no query, and no log of queries, tells which of them were asked for.
    """
    if first >= last:
        return []
    ranks = _joint_ranks(conditions, frozenset(profiles))
    rows = (
        conditions.listings()
        .order_by()
        .values_list("pk", "profile__assessed_hash", "profile__formula_version")
    )
    ranked = ((ranks.get((key, version), _LAST), pk) for pk, key, version in rows.iterator())
    return [pk for _rank, pk in heapq.nsmallest(last, ranked)[first:]]


_Rank = tuple[int, int]
_LAST: _Rank = (1, 0)


def _joint_ranks(
    conditions: Conditions, wanted: frozenset[str]
) -> Mapping[tuple[str | None, str | None], _Rank]:
    """Return the rank of every set of facts found: the lowest ends, negated, best first."""
    profiles = FootwearProfile.objects.filter(listing_id__in=conditions.listings().values("pk"))
    rows = Assessment.objects.filter(
        attribute_hash__in=profiles.values("assessed_hash"),
        formula_version__in=profiles.values("formula_version"),
    ).values_list("attribute_hash", "formula_version", "condition", "low", "high")
    ends: dict[tuple[str | None, str | None], list[_Rank]] = {}
    for attribute_hash, version, condition, low, high in rows.iterator():
        if condition in wanted and low is not None and high is not None:
            ends.setdefault((attribute_hash, version), []).append((-low, -high))
    # What has no match for one of them has none for all.
    return {
        key: (max(low for low, _ in own), max(high for _, high in own))
        for key, own in ends.items()
        if len(own) == len(wanted)
    }
