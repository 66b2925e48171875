"""Count or delete what is older than it is kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop_plugin.services.people.retention import keep_house
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """Count what is too old; with ``--apply``, delete it."""

    help = (
        "Count the rows that are older than the settings keep them (KEEP_ATTEMPTS_DAYS and its "
        "like). With --apply they are deleted, in small batches. What may still move, and a "
        "person's no, are never touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the switch."""
        parser.add_argument("--apply", action="store_true", help="delete what is too old")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count or delete, and say so."""
        result = keep_house(now=read_database_clock(), apply=options["apply"])
        verb = "Deleted" if result.is_applied else "Too old"
        for name, count in result.counts().items():
            self.stdout.write(f"{verb}: {count:>7,} {name.replace('_', ' ')}")
        if not result.is_applied and result.total:
            self.stdout.write("Nothing was deleted; repeat with --apply.")
