"""The outlook: the forecast of 90 days and the effect of the mails, reckoned once a day and kept.

Both walk through many rows, so that no page waits for them: a run stores what
it found, and pages read the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop_plugin.models import JobRun, Purchase
from shop_plugin.services.bulk.job_runs import fail_run, finish_run, start_run
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.uplift import measure_effect
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import get_mode

DAYS = 90
#: A run is due when the last one is older; less than a day, so that a daily ring never misses it.
DUE_AFTER = timedelta(hours=20)
KEPT_RUNS = 7
#: Up to so many pairs in use the outlook is reckoned while a page waits for it.
PAIRS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the last run found, as plain structures; ``effect`` is ``None`` before going live."""

    at: datetime
    forecast: dict[str, Any]
    effect: dict[str, Any] | None


def reckon_outlook(*, now: datetime) -> Outlook:
    """Reckon forecast and effect anew and keep them; forget all but the last runs."""
    run = start_run(kind=JobRun.Kind.OUTLOOK, now=now)
    try:
        outlook = _reckon(now)
    except Exception as error:
        fail_run(run=run, now=now, error=error)
        raise
    counts = {"forecast": outlook.forecast, "effect": outlook.effect}
    finish_run(run=run, now=now, counts=counts)
    kept = JobRun.objects.filter(kind=JobRun.Kind.OUTLOOK).order_by("-started_at", "-pk")
    JobRun.objects.filter(
        kind=JobRun.Kind.OUTLOOK, pk__lt=min(kept.values_list("pk", flat=True)[:KEPT_RUNS])
    ).delete()
    return outlook


def read_outlook() -> Outlook | None:
    """Return what the last good run found, or ``None`` where there was none."""
    done = JobRun.objects.filter(kind=JobRun.Kind.OUTLOOK, state=JobRun.State.DONE)
    run = done.order_by("-started_at", "-pk").first()
    if run is None:
        return None
    return Outlook(run.started_at, run.counts["forecast"], run.counts["effect"])


def is_outlook_due(*, now: datetime) -> bool:
    """Tell whether the last run, good or not, is too old."""
    recent = JobRun.objects.filter(kind=JobRun.Kind.OUTLOOK, started_at__gt=now - DUE_AFTER)
    return not recent.exists()


def is_small_shop() -> bool:
    """Tell whether a page may wait for the outlook. Counts no further than it must."""
    pairs = Purchase.objects.filter(status=Purchase.Status.ACTIVE).values("pk")
    return pairs[: PAIRS_AT_ONCE + 1].count() <= PAIRS_AT_ONCE


def _reckon(now: datetime) -> Outlook:
    today, mode = shop_day(now), get_mode()
    forecast = forecast_nudges(
        first_day=today,
        last_day=today + timedelta(days=DAYS - 1),
        now=now,
        live_since=shop_day(mode.live_since) if mode.live_since else None,
    )
    effect = measure_effect(now=now)
    return Outlook(now, forecast.as_plain(), effect.as_plain() if effect else None)
