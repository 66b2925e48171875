"""The doctor's questions about what staff should look at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shop_plugin.models import CatalogueDay, FootwearProfile, GuideReport, ValueReport
from shop_plugin.services.doctor.findings import Finding, count_of, notice


def report_review(*, now: datetime) -> Iterator[Finding]:
    """Yield what waits for a second look; nothing where nothing does."""
    yield from _report_flags()
    yield from _report_counting(now)
    yield from _report_values(now)


def _report_flags() -> Iterator[Finding]:
    flagged = FootwearProfile.objects.filter(flags__gt="", listing__is_withdrawn=False).count()
    if flagged:
        yield notice(
            "knowledge.implausible",
            f"On {count_of(flagged, 'listing', 'listings')} facts do not fit each other.",
            "Look at them in the admin: Listings, filter 'facts that do not fit each other'.",
            listings=flagged,
        )


def _report_counting(now: datetime) -> Iterator[Finding]:
    """Yield whether the daily count runs, and guide reports that nobody computes."""
    latest = CatalogueDay.objects.order_by("-day").first()
    if latest is not None and latest.counted_at < now - timedelta(days=2):
        yield notice(
            "reports.old",
            f"What is known was last counted on {latest.day:%Y-%m-%d}.",
            "Let beat ring 'footback.reports' every minute, or run 'manage.py "
            "footback_completeness' once a day.",
            day=f"{latest.day:%Y-%m-%d}",
        )
    waiting = GuideReport.objects.filter(
        state__in=(GuideReport.State.WAITING, GuideReport.State.RUNNING),
        asked_at__lt=now - timedelta(hours=1),
    ).count()
    if waiting:
        yield notice(
            "reports.waiting",
            f"{count_of(waiting, 'guide report waits', 'guide reports wait')} for over an hour.",
            "Let beat ring 'footback.reports', or use 'manage.py footback_rescore --report'.",
            reports=waiting,
        )


def _report_values(now: datetime) -> Iterator[Finding]:
    """Yield how many reports of readers wait, and since when."""
    waiting = ValueReport.objects.filter(state=ValueReport.State.OPEN)
    count = waiting.count()
    if not count:
        return
    oldest = waiting.order_by("reported_at").values_list("reported_at", flat=True)[0]
    days = (now - oldest).days
    yield notice(
        "knowledge.reported",
        f"{count_of(count, 'report', 'reports')} of readers that a value is wrong "
        f"{'waits' if count == 1 else 'wait'}, the oldest for {count_of(days, 'day', 'days')}.",
        "Answer them in the admin: Reports of wrong values.",
        reports=count,
        days=days,
    )
