"""Reckon the forecast of 90 days and the effect of the mails, and keep them for the admin."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop_plugin.services.nudges.outlook import Outlook, is_outlook_due, reckon_outlook
from shop_plugin.services.shop.clock import read_database_clock

SAYS = {
    "too_few": "too few people to say anything yet",
    "none_seen": "no difference can be told from chance",
    "more": "more of the mailed bought again, beyond chance",
    "fewer": "fewer of the mailed bought again, beyond chance",
}


class Command(BaseCommand):
    """Do what the task ``footback.outlook`` does, and print it."""

    help = (
        "Reckon the forecast of the next 90 days and how many more of the mailed than of the "
        "held-out people bought again within 60 days. The admin shows the last run. Sends nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add when to do it and the output form."""
        parser.add_argument(
            "--if-due", action="store_true", help="do nothing where the last run is of today"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reckon and print."""
        now = read_database_clock()
        if options["if_due"] and not is_outlook_due(now=now):
            return
        outlook = reckon_outlook(now=now)
        if options["json"]:
            self.stdout.write(json.dumps({"forecast": outlook.forecast, "effect": outlook.effect}))
        else:
            self._print(outlook)

    def _print(self, outlook: Outlook) -> None:
        forecast = outlook.forecast
        self.stdout.write(
            f"{forecast['first_day']} to {forecast['last_day']}: {forecast['mails']:,} mails to "
            f"{forecast['people']:,} people about {forecast['pairs']:,} pairs."
        )
        if outlook.effect is None:
            self.stdout.write("Effect: the shop never went live.")
            return
        uplift = outlook.effect["uplift"]
        for name, key in (("mailed", "mailed"), ("held out", "held_out")):
            arm = uplift[key]
            self.stdout.write(f"  {name}: {arm['bought']:,} of {arm['people']:,} bought again")
        self.stdout.write(
            f"Effect: {_points(uplift['difference'])} ({_points(uplift['low'])} to "
            f"{_points(uplift['high'])}): {SAYS[uplift['says']]}."
        )


def _points(share: float) -> str:
    return f"{share * 100:+.1f} points"
