"""Tell what would be mailed over a span of days. Sends and changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.services.doctor.findings import count_of
from shop_plugin.services.nudges.forecasting import Forecast, forecast_nudges
from shop_plugin.services.nudges.playing import Assumptions
from shop_plugin.services.shop.clock import read_database_clock, shop_day
from shop_plugin.services.shop.modes import get_mode

DEFAULT_DAYS = 90


class Command(BaseCommand):
    """Play planner, gates and outbox day by day."""

    help = (
        "Play the planner day by day with every gate, as if the mode were live, and tell what "
        "would be sent, to how many, at which stage, and why the rest would not. Sends nothing, "
        "changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the span, the output form and what to take for granted."""
        parser.add_argument("--from", dest="first", metavar="DATE", help="first day (today)")
        parser.add_argument("--to", dest="last", metavar="DATE", help="last day (90 days on)")
        parser.add_argument(
            "--live-since",
            metavar="DATE",
            help="the day of going live, for the backfill guard and the ramp (the first day)",
        )
        parser.add_argument(
            "--assume-addresses",
            action="store_true",
            help="as if everybody had an address, to see what missing addresses keep back",
        )
        parser.add_argument(
            "--assume-consent", action="store_true", help="as if everybody had agreed"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the forecast."""
        now = read_database_clock()
        first = _read_day("--from", options["first"]) or shop_day(now)
        last = _read_day("--to", options["last"]) or first + timedelta(days=DEFAULT_DAYS - 1)
        if last < first:
            raise CommandError(f"--to {last} lies before --from {first}")
        forecast = forecast_nudges(
            first_day=first,
            last_day=last,
            now=now,
            live_since=_read_day("--live-since", options["live_since"]),
            assume=Assumptions(options["assume_addresses"], options["assume_consent"]),
        )
        if options["json"]:
            self.stdout.write(json.dumps(forecast.as_plain()))
        else:
            self._print(forecast)

    def _print(self, forecast: Forecast) -> None:
        write = self.stdout.write
        write(f"Forecast {forecast.first_day} to {forecast.last_day}, mode now: {get_mode().name}.")
        if forecast.assumed:
            write(f"Taken for granted: {', '.join(forecast.assumed)}.")
        write(
            f"{count_of(forecast.mails, 'mail', 'mails')} "
            f"to {count_of(forecast.people, 'person', 'people')} "
            f"about {count_of(forecast.pairs, 'pair', 'pairs')}"
            + "".join(f", {count} at stage {stage}" for stage, count in forecast.by_stage.items())
            + "."
        )
        if not forecast.considered:
            write(
                "No pair that is known comes due by then. Orders are taken in by "
                "'manage.py footback_run --once', which the mailer runs every minute."
            )
        for item in forecast.days:
            stages = ", ".join(f"stage {key}: {count}" for key, count in item.by_stage.items())
            noun = "mail" if item.mails == 1 else "mails"
            write(f"  {item.day:%a} {item.day}  {item.mails:>6,} {noun:5}  ({stages})")
        self._print_reasons("Never sent", forecast.not_sent)
        self._print_reasons(f"Still waiting after {forecast.last_day}", forecast.still_waiting)

    def _print_reasons(self, title: str, reasons: dict[str, int]) -> None:
        if reasons:
            self.stdout.write(f"{title}:")
            for reason, count in reasons.items():
                self.stdout.write(f"  {count:>8} {reason}")


def _read_day(option: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"{option} {text!r} is no date; write it like 2026-03-31 ({error})"
        ) from error
