"""How webhooks stand, in and out, as numbers for probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from shop_plugin.models import HostEvent, HostNews


@dataclass(frozen=True, slots=True)
class WebhookCounts:
    """Rows by state, every state named, and for how long the oldest that is due has been so."""

    events: Mapping[str, int]
    news: Mapping[str, int]
    oldest_due_seconds: float


def count_webhooks(*, now: datetime) -> WebhookCounts:
    """Return how webhooks stand, in three small queries."""
    due = HostEvent.objects.filter(state=HostEvent.State.WAITING, not_before__lte=now)
    oldest = due.aggregate(oldest=Min("not_before"))["oldest"]
    return WebhookCounts(
        events=_count(HostEvent),
        news=_count(HostNews),
        oldest_due_seconds=(now - oldest).total_seconds() if oldest is not None else 0.0,
    )


def _count(model: type[HostEvent] | type[HostNews]) -> dict[str, int]:
    rows = model.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return {**dict.fromkeys(model.State.values, 0), **dict(rows)}
