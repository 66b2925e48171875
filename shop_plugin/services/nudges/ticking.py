"""One round of all nudge work: what beat rings for, and what cron can run without Celery."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shop_plugin.conf import get_settings
from shop_plugin.models import NudgeControl
from shop_plugin.services.nudges.breakers import note_forecast_of_day, watch_mailer
from shop_plugin.services.nudges.delivery import DeliveryResult, deliver_messages
from shop_plugin.services.nudges.planning import PlanResult, plan_nudges
from shop_plugin.services.nudges.restoring import note_how_far
from shop_plugin.services.pairs.purchases import PurchaseResult, sync_purchases
from shop_plugin.services.shop.modes import get_control

logger = logging.getLogger("footback.nudges")


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one round did: orders taken in, stages planned, messages delivered."""

    purchases: PurchaseResult = field(default_factory=PurchaseResult)
    plan: PlanResult = field(default_factory=PlanResult)
    delivery: DeliveryResult = field(default_factory=DeliveryResult)
    sync_error: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return a plain structure for JSON."""
        return asdict(self)


def run_tick(*, now: datetime) -> TickResult:
    """Take in changed orders, plan what is due, deliver within ``TICK_BUDGET_SECONDS``.

    Two rounds at once are harmless, and a round that was missed costs nothing
    but time. Orders that cannot be read do not keep the mails of others back;
    the error is in the result and in the run's record.
    """
    # Before today's orders come in: what they bring by surprise is what the forecast is held to.
    note_forecast_of_day(now=now)
    try:
        purchases, sync_error = sync_purchases(now=now), ""
    except Exception as error:
        # The host's adapter is foreign code: it may fail in any way.
        logger.exception("the shop's orders cannot be read")
        purchases, sync_error = PurchaseResult(), f"{type(error).__name__}: {error}"
    plan = plan_nudges(now=now)
    if watch_mailer(now=now) is None:
        note_how_far(now=now)
    delivery = deliver_messages(now=now, budget_seconds=get_settings().TICK_BUDGET_SECONDS)
    get_control()
    NudgeControl.objects.filter(pk=1).update(last_tick_at=now)
    return TickResult(purchases, plan, delivery, sync_error)
