"""Decide what became of mails that nobody can know about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.services.reconciliation import (
    ARRIVED,
    NEVER_ARRIVED,
    NotUncertainError,
    list_uncertain,
    resolve_uncertain,
)
from shop_plugin.services.shop_clock import read_database_clock


class Command(BaseCommand):
    """List uncertain messages, or record the evidence about one."""

    help = (
        "List the messages that are uncertain, with the Message-ID to search for in the mail "
        "server's log; or record what the log says about one. Only a message that is proven not "
        "to have arrived is sent again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the message and the evidence."""
        parser.add_argument("message", nargs="?", help="the uuid or Message-ID of a message")
        evidence = parser.add_mutually_exclusive_group()
        evidence.add_argument(
            "--arrived",
            dest="evidence",
            action="store_const",
            const=ARRIVED,
            help="the log shows that the server took it",
        )
        evidence.add_argument(
            "--never-arrived",
            dest="evidence",
            action="store_const",
            const=NEVER_ARRIVED,
            help="the log shows that it did not; it is sent again",
        )
        parser.add_argument("--reason", default="", help="what was seen, for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or resolve one."""
        if not options["message"]:
            self._list()
            return
        if not options["evidence"]:
            raise CommandError("Say what the log shows: --arrived or --never-arrived.")
        try:
            state = resolve_uncertain(
                uuid=_read_uuid(options["message"]),
                evidence=options["evidence"],
                reason=options["reason"],
                now=read_database_clock(),
            )
        except NotUncertainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The message is now {state}.")

    def _list(self) -> None:
        messages = list_uncertain()
        if not messages:
            self.stdout.write("No message is uncertain.")
        for message in messages:
            self.stdout.write(
                f"{message.message_id_header}  handed over {message.handed_at:%Y-%m-%d %H:%M:%S} "
                f"UTC  {message.last_code or message.reason}"
            )


def _read_uuid(text: str) -> UUID:
    """Read a uuid, alone or inside a Message-ID."""
    bare = text.strip("<> ").removeprefix("fb.").partition("@")[0]
    try:
        return UUID(bare)
    except ValueError as error:
        raise CommandError(f"{text!r} is neither a uuid nor a Message-ID of ours.") from error
