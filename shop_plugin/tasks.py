"""The doorbells: Celery tasks that look for work in the database and carry none themselves."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from shop_plugin.conf import get_settings
from shop_plugin.services.retention import keep_house
from shop_plugin.services.shop_clock import read_database_clock
from shop_plugin.services.ticking import run_tick


@shared_task(name="footback.tick")
def tick() -> dict[str, Any]:
    """Run one round of nudge work by the database's clock; return its counts for the log."""
    return run_tick(now=read_database_clock()).as_plain()


@shared_task(name="footback.retention")
def retention() -> dict[str, int]:
    """Count what is older than it is kept, and delete it where ``RETENTION_MODE`` says "apply"."""
    is_applied = get_settings().RETENTION_MODE == "apply"
    return keep_house(now=read_database_clock(), apply=is_applied).counts()
