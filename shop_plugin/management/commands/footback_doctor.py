"""``manage.py footback_doctor``: what is configured, stale, waiting or broken, and what to do."""

from __future__ import annotations

import json
import textwrap
from itertools import zip_longest
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from shop_plugin.services.doctor.findings import Finding, Level
from shop_plugin.services.doctor.reporting import HealthReport, report_health

MARKS = {Level.OK: "ok     ", Level.NOTICE: "notice ", Level.PROBLEM: "PROBLEM"}
WIDTH = 88


class Command(BaseCommand):
    """Tell how footback is doing. Changes nothing."""

    help = (
        "Tell in plain words what is configured, stale, waiting or broken, and what to do. "
        "Changes nothing. Exit status: 0 healthy, 1 with problems."
    )
    # The checks are part of the report; a failing one must not keep it from being written.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the form of the report."""
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print one JSON object"
        )

    def handle(self, *args: Any, as_json: bool = False, **options: Any) -> None:
        """Print the report and leave with its status."""
        report = report_health(now=timezone.now())
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            self._write(report)
        if not report.is_healthy:
            raise SystemExit(1)

    def _write(self, report: HealthReport) -> None:
        for finding, after in zip_longest(report.findings, report.findings[1:]):
            # What helps against several in a row is said once, below the last.
            is_said_below = after is not None and after.remedy == finding.remedy
            self._write_finding(finding, remedy="" if is_said_below else finding.remedy)
        problems = sum(finding.level is Level.PROBLEM for finding in report.findings)
        if problems:
            noun = "problem" if problems == 1 else "problems"
            self.stdout.write(self.style.ERROR(f"\n{problems} {noun}. See what to do above."))
        else:
            self.stdout.write(self.style.SUCCESS("\nHealthy."))

    def _write_finding(self, finding: Finding, *, remedy: str) -> None:
        styles = {Level.PROBLEM: self.style.ERROR, Level.NOTICE: self.style.WARNING}
        paint = styles.get(finding.level, self.style.SUCCESS)
        first, *rest = textwrap.wrap(finding.text, WIDTH, break_long_words=False) or [""]
        self.stdout.write(f"{paint(MARKS[finding.level])}  {first}")
        what_to_do = textwrap.wrap(remedy, WIDTH - 4, break_long_words=False)
        for line in (*rest, *(f"    {part}" for part in what_to_do)):
            self.stdout.write(" " * 9 + line)
