"""Accept the suggestions that the rules of staff allow to be accepted without a person."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.staff.auto_accept import accept_sure_suggestions, rules_in_force


class Command(BaseCommand):
    """One round of what the task footback.suggestions does."""

    help = (
        "Accept suggestions that are sure enough, old enough and fresh, by the rules set in the "
        "admin under Rules for suggestions. Does what the task footback.suggestions does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="count, accept nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one round and say what it did."""
        rules = rules_in_force()
        if not rules:
            self.stdout.write("No rule is on: every suggestion waits for a person.")
            return
        for rule in rules:
            self.stdout.write(
                f"{rule.attribute}: from {rule.least_percent} % sure, after {rule.delay_hours} h."
            )
        done = accept_sure_suggestions(now=read_database_clock(), dry_run=options["dry_run"])
        verb = "would be accepted" if options["dry_run"] else "accepted"
        self.stdout.write(
            f"{done.due} due, {done.accepted} {verb}, {done.left} left to a person: the text "
            "changed, or another source says otherwise."
        )
