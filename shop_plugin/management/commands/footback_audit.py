"""Check the laws of the mailer on the live database."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop_plugin.services.nudges.auditing import LAWS, audit_nudges
from shop_plugin.services.shop.clock import read_database_clock

STATUS_BROKEN = 4


class Command(BaseCommand):
    """Tell which laws hold, and which rows break the others."""

    help = (
        "Check on the live database what may never be: a note written down twice, a mail that left "
        "after an unsubscribe, caps that did not hold. Changes nothing. Ends with status 4 where a "
        "law is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --json."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Audit once."""
        audit = audit_nudges(now=read_database_clock())
        if options["json"]:
            found = {**asdict(audit), "at": audit.at.isoformat()}
            self.stdout.write(json.dumps(found))
        else:
            broken = {item.law: item for item in audit.violations}
            for law in audit.checked:
                item = broken.get(law)
                if item is None:
                    self.stdout.write(f"{law:4} holds")
                    continue
                examples = ", ".join(item.examples)
                self.stdout.write(
                    self.style.ERROR(f"{law:4} BROKEN by {item.count:,}: {item.text} ({examples})")
                )
            self.stdout.write(f"{len(LAWS) - len(broken)} of {len(LAWS)} laws hold.")
        if not audit.is_clean:
            raise SystemExit(STATUS_BROKEN)
