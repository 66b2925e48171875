"""Hand out all that is held about a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.services.people.personal_data import export_person
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """Write all that is held about a person as JSON."""

    help = (
        "Write all that is held about a person as JSON, to standard output or a file: accounts, "
        "consents, pairs, what they said, mails. That it was handed out is written into the "
        "audit log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add who, and where to."""
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", default="", help="the person's address")
        who.add_argument("--contact", type=int, help="the number of one of their accounts")
        parser.add_argument("--out", type=Path, help="the file to write; an existing one is kept")
        parser.add_argument("--reason", default="", help="why, for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, or say that there is nobody."""
        out = options["out"]
        if out and out.exists():
            raise CommandError(f"{out} exists already; name another file.")
        exported = export_person(
            email=options["email"],
            contact_id=options["contact"],
            reason=options["reason"],
            now=read_database_clock(),
        )
        if exported is None:
            raise CommandError("Nothing is held about such a person.")
        text = json.dumps(exported, indent=2, ensure_ascii=False)
        if out is None:
            self.stdout.write(text)
            return
        try:
            out.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error}") from error
        self.stderr.write(f"Written to {out}. Hand it to nobody but the person.")
