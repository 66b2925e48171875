"""What the doctor says of rows that the shop pushes: whether taking them in failed lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shop_plugin.services.doctor.findings import Finding, problem
from shop_plugin.services.intake.pushing import PUSH
from shop_plugin.services.shop.modes import read_control


def report_pushing(*, now: datetime) -> Iterator[Finding]:
    """Tell of pushed products and orders that could not be taken in within the last day."""
    failure = read_control().hook_failures.get(PUSH)
    if failure and failure["hour"] >= f"{now - timedelta(days=1):%Y-%m-%dT%H}":
        yield problem(
            "host.push_failed",
            f"A product or order that the shop pushed could not be taken in, last at "
            f"{failure['hour']}:00 UTC: {failure['what']}. None is lost: the next sync reads it.",
            "Look at the adapter where it says; the log 'footback.intake' has each failure.",
        )
