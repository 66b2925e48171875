"""Do the nudge work without Celery: once (for cron), or over and over."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from dataclasses import asdict
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections

from shop_plugin.services.intake.host_events import work_on_host_events
from shop_plugin.services.nudges.ticking import TickResult, run_tick
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.transport.news_sending import send_news

logger = logging.getLogger("footback.nudges")


class Command(BaseCommand):
    """Take in orders, plan what is due, send it; the same round that beat rings for."""

    help = (
        "Take in changed orders, plan what is due and send it. Does without Celery what the task "
        "footback.tick does; both may run at once. Stops cleanly on SIGTERM or Ctrl-C."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --once, --every and --json."""
        parser.add_argument("--once", action="store_true", help="one round, then end (for cron)")
        parser.add_argument(
            "--every", type=float, default=60.0, metavar="SECONDS", help="pause (default 60)"
        )
        parser.add_argument("--json", action="store_true", help="print each round as a JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one round, or rounds until told to stop."""
        if options["every"] <= 0:
            raise CommandError("--every must be more than 0 seconds")
        if options["once"]:
            result = self._round(options["json"])
            if result.sync_error:
                raise CommandError(f"The shop's orders could not be read: {result.sync_error}")
            return
        stop = threading.Event()
        self._stop_on_signals(stop)
        while not stop.is_set():
            started = time.monotonic()
            try:
                self._round(options["json"])
            except DatabaseError as error:
                # The rows are the queue: nothing is lost, the next round goes on.
                logger.exception("a round failed")
                self.stderr.write(f"The database is not there: {error}. Trying again.")
            close_old_connections()
            stop.wait(max(0.0, options["every"] - (time.monotonic() - started)))
        self.stdout.write("Stopped.")

    def _stop_on_signals(self, stop: threading.Event) -> None:
        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, ask_to_stop)

    def _round(self, as_json: bool) -> TickResult:
        # First what hosts pushed: an order that went back is not mailed about.
        pushed = work_on_host_events(now=read_database_clock())
        now = read_database_clock()
        result = run_tick(now=now)
        told_targets = send_news(now=read_database_clock())
        if as_json:
            plain = {
                "at": now.isoformat(),
                "webhooks": asdict(pushed),
                "news": asdict(told_targets),
                **result.as_plain(),
            }
            self.stdout.write(json.dumps(plain))
        else:
            told = describe_round(result)
            if pushed.total:
                told = f"{pushed.total} webhooks, {told}"
            if told_targets.sent or told_targets.retried:
                told += f", {told_targets.sent} webhooks sent, {told_targets.retried} not taken"
            self.stdout.write(f"{now:%Y-%m-%d %H:%M:%S} {told}")
        return result


def describe_round(result: TickResult) -> str:
    """Return one line for people about a round."""
    plan, delivery = result.plan, result.delivery
    parts = [f"mode {delivery.mode}" + (f" ({delivery.why})" if delivery.why != "as_set" else "")]
    if result.sync_error:
        parts.append(f"orders could not be read: {result.sync_error}")
    facts = {
        "orders new": result.purchases.created,
        "orders changed": result.purchases.updated,
        "orders refused": result.purchases.refused,
        "stages due": plan.due,
        "stages skipped": sum(plan.skipped.values()),
        "messages made": plan.messages,
        "sent": delivery.sent,
        "would be sent": delivery.would_send,
        "to be tried again": delivery.retried,
        "deferred": delivery.deferred,
        "cancelled": delivery.cancelled,
        "expired": delivery.expired,
        "refused for good": delivery.failed,
        "uncertain": delivery.uncertain,
        "taken in from the spool": delivery.spooled,
        "to be repeated by their key": delivery.repeated,
    }
    parts += [f"{count} {name}" for name, count in facts.items() if count]
    if delivery.is_paused:
        parts.append("the mail server failed several times, pausing")
    return ", ".join(parts) if len(parts) > 1 else f"{parts[0]}, nothing to do"
