"""Erase again whoever a restored backup brought back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.services.people.erasure import ErasureLogError, reapply_erasures
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """Erase again whoever was erased before and is back."""

    help = (
        "After a restored backup: erase again everybody who was erased before, by the list in "
        "the database and by the file of ERASURE_LOG (or --log FILE). Changes nothing for "
        "others and can be run at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file of erasures."""
        parser.add_argument("--log", default="", help="another file than that of ERASURE_LOG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say how many."""
        try:
            done = reapply_erasures(now=read_database_clock(), log=options["log"])
        except ErasureLogError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Erased again: {done.accounts} accounts, {done.pairs} pairs.")
