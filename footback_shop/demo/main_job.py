"""The main job, once, end to end, and what it did in plain words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from footback_shop.demo.report import describe_catalogue, describe_nudges, describe_purchases
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.intake.catalogue import sync_catalogue
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.pairs.purchases import sync_purchases

DELIVERY_BUDGET_SECONDS = 120

Say = Callable[[str], object]


def run_main_job(*, now: datetime, say: Say) -> None:
    """Pull the shop's catalogue and orders, read, assess, plan and deliver; tell what happened."""
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[..., Any], **arguments: Any) -> None:
        start = time.perf_counter()
        step(now=now, **arguments)
        seconds[name] = time.perf_counter() - start

    timed("sync catalogue", sync_catalogue, full=True)
    timed("read", annotate_stale)
    timed("assess", assess_stale)
    _tell(say, "Catalogue", describe_catalogue())
    timed("sync orders", sync_purchases)
    _tell(say, "Orders", describe_purchases())
    timed("plan", plan_nudges)
    timed("deliver", deliver_messages, budget_seconds=DELIVERY_BUDGET_SECONDS)
    _tell(say, "Replace-in-time mails", describe_nudges())
    steps = ", ".join(f"{name} {number:.1f}" for name, number in seconds.items())
    say(f"The main job took {sum(seconds.values()):.1f} s ({steps}).")


def _tell(say: Say, title: str, lines: Iterable[str]) -> None:
    say(title)
    for line in lines:
        say(f"  {line}")
