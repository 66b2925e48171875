"""The doorbells: Celery tasks that look for work in the database and carry none themselves."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from celery import shared_task

from shop_plugin.conf import get_settings
from shop_plugin.services.evidence.completeness import count_today, is_counted
from shop_plugin.services.evidence.guide_reports import work_on_reports
from shop_plugin.services.intake.host_events import work_on_host_events
from shop_plugin.services.nudges.auditing import audit_nudges
from shop_plugin.services.nudges.outlook import is_outlook_due, reckon_outlook
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.search.snapshots import refresh_snapshot
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.staff.auto_accept import accept_sure_suggestions
from shop_plugin.services.staff.bulk_edits.working import work_on_bulk_edits
from shop_plugin.services.staff.sheets.imports import check_sheets
from shop_plugin.services.transport.news_sending import send_news

logger = logging.getLogger("footback.nudges")


@shared_task(name="footback.tick")
def tick() -> dict[str, Any]:
    """Run one round of nudge work by the database's clock; return its counts for the log."""
    return run_tick(now=read_database_clock()).as_plain()


@shared_task(name="footback.audit")
def audit() -> list[str]:
    """Check the laws of the mailer; write each broken one to the log and return its id."""
    violations = audit_nudges(now=read_database_clock()).violations
    for item in violations:
        logger.error("law %s is broken by %d rows: %s", item.law, item.count, item.text)
    return [item.law for item in violations]


@shared_task(name="footback.outlook")
def outlook() -> bool:
    """Reckon the forecast and the effect of the mails where a day is over; tell whether it was."""
    now = read_database_clock()
    if not is_outlook_due(now=now):
        return False
    reckon_outlook(now=now)
    return True


@shared_task(name="footback.retention")
def retention() -> dict[str, int]:
    """Count what is older than it is kept, and delete it where ``RETENTION_MODE`` says "apply"."""
    is_applied = get_settings().RETENTION_MODE == "apply"
    return keep_house(now=read_database_clock(), apply=is_applied).counts()


@shared_task(name="footback.index")
def index() -> dict[str, Any]:
    """Write a snapshot of the search index where one is due, and prune the log of changes."""
    return asdict(refresh_snapshot(now=read_database_clock()))


@shared_task(name="footback.bulk_edits")
def bulk_edits() -> dict[str, Any]:
    """Work through the edits of many listings that are due, and their previews, for a while."""
    return asdict(work_on_bulk_edits(now=read_database_clock()))


@shared_task(name="footback.sheets")
def sheets() -> dict[str, Any]:
    """Check the rows of spreadsheets that were handed in, for a while."""
    budget = get_settings().TICK_BUDGET_SECONDS
    return asdict(check_sheets(now=read_database_clock(), budget_seconds=budget))


@shared_task(name="footback.reports")
def reports() -> dict[str, Any]:
    """Compute the reports that wait, and count once a day what is known of the catalogue."""
    now = read_database_clock()
    is_due = not is_counted(now.date())
    if is_due:
        count_today(day=now.date(), now=now)
    return {"counted": is_due, "reports": work_on_reports(now=now)}


@shared_task(name="footback.host_events")
def host_events() -> dict[str, Any]:
    """Carry out the webhooks of hosts that wait, for a while; return the counts for the log."""
    return asdict(work_on_host_events(now=read_database_clock()))


@shared_task(name="footback.news")
def news() -> dict[str, Any]:
    """Send the webhooks to programs of the shop that wait, for a while; return the counts."""
    return asdict(send_news(now=read_database_clock()))


@shared_task(name="footback.suggestions")
def suggestions() -> dict[str, Any]:
    """Accept the suggestions that the rules of staff allow; return the counts for the log."""
    return asdict(accept_sure_suggestions(now=read_database_clock()))
