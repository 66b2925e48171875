"""The doctor's questions about what staff should look at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shop_plugin.models import FootwearProfile
from shop_plugin.services.doctor.findings import Finding, count_of, notice


def report_review(*, now: datetime) -> Iterator[Finding]:
    """Yield what waits for a second look; nothing where nothing does."""
    yield from _report_flags()


def _report_flags() -> Iterator[Finding]:
    flagged = FootwearProfile.objects.filter(flags__gt="", listing__is_withdrawn=False).count()
    if flagged:
        yield notice(
            "knowledge.implausible",
            f"On {count_of(flagged, 'listing', 'listings')} facts do not fit each other.",
            "Look at them in the admin: Listings, filter 'facts that do not fit each other'.",
            listings=flagged,
        )
