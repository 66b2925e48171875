"""How much is known of the shoes on offer: counted once a day, kept as a small row."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, Count, Q, Sum

from shop_plugin.domain.completeness import CategoryCount
from shop_plugin.domain.scoring import Verdict
from shop_plugin.models import CatalogueDay, FootwearProfile
from shop_plugin.services.evidence.rescoring import count_pages
from shop_plugin.services.shop.guides import guide_in_force

MOST_HELPFUL = 10
_SCORED = (Verdict.GRADE, Verdict.RANGE, Verdict.D_OR_LOWER)

Progress = Callable[[int], None]


def count_today(*, day: date, now: datetime, on_progress: Progress | None = None) -> CatalogueDay:
    """Count what is known of the shoes on offer and keep it as the row of the day.

    Once per distinct set of facts. Counting again replaces the row.
    """
    row, _created = CatalogueDay.objects.update_or_create(
        day=day, defaults={"counts": _count(on_progress), "counted_at": now}
    )
    return row


def is_counted(day: date) -> bool:
    """Tell whether the row of a day is there."""
    return CatalogueDay.objects.filter(day=day).exists()


def _count(on_progress: Progress | None) -> dict[str, Any]:
    kinds: dict[str, CategoryCount] = {}
    for page in count_pages():
        for counted in page:
            snapshot = json.loads(counted.snapshot)
            kind = kinds.setdefault(snapshot["use_category"], CategoryCount())
            kind.add(keys=snapshot["values"], listings=counted.listings, scored=0)
        if on_progress is not None:
            on_progress(len(page))
    offered = FootwearProfile.objects.filter(listing__is_withdrawn=False)
    for kind_name, scored in (
        offered.filter(verdict__in=[item.value for item in _SCORED])
        .values_list("listing__use_category")
        .annotate(Count("pk"))
    ):
        kinds.setdefault(kind_name, CategoryCount()).scored = scored
    return {
        "formula": guide_in_force().version,
        "kinds": {name: kinds[name].as_plain() for name in sorted(kinds)},
        "helpful": _find_helpful(),
    }


def _find_helpful() -> list[dict[str, Any]]:
    """Return the facts that would help shoppers most, by kind of shoe.

    What a fact is worth is how much it would narrow the match, times the
    number of people who would see it.
    """
    factors = guide_in_force().factors
    rows = (
        FootwearProfile.objects.filter(
            Q(narrowing__gt=0), listing__is_withdrawn=False, telling__in=list(factors)
        )
        .values("listing__use_category", "telling")
        .annotate(listings=Count("pk"), total=Sum("worth"), mean=Avg("narrowing"))
        .order_by("-total", "listing__use_category", "telling")[:MOST_HELPFUL]
    )
    return [
        {
            "kind": row["listing__use_category"],
            "attribute": factors[row["telling"]].missing,
            "listings": row["listings"],
            "worth": int(row["total"]),
            "narrowing": round(row["mean"]),
        }
        for row in rows
    ]
