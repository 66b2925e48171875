"""Decide what became of mails that nobody can know about."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shop_plugin.domain.postfix_log import MailLog, read_postfix_log
from shop_plugin.services.nudges.mail_log import apply_mail_log
from shop_plugin.services.nudges.reconciliation import (
    ARRIVED,
    NEVER_ARRIVED,
    NotUncertainError,
    list_uncertain,
    resolve_uncertain,
)
from shop_plugin.services.nudges.restoring import take_in_journal
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """List uncertain messages, record the evidence about one, or read a log or the journal."""

    help = (
        "List the messages that are uncertain, with the Message-ID to search for in the mail "
        "server's log; record what the log says about one; or let --maillog read a Postfix log "
        "for all of them. Only a message that is proven not to have arrived is sent again. After "
        "a restored backup, --journal comes first."
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
        parser.add_argument(
            "--maillog",
            nargs="+",
            metavar="FILE",
            help="Postfix logs, oldest first, plain or .gz; addresses that do not exist are "
            "suppressed too",
        )
        parser.add_argument(
            "--complete",
            action="store_true",
            help="with --maillog: nothing is missing from these logs, and mails leave by no other "
            "server; then a mail that they do not name never arrived, and is sent again",
        )
        parser.add_argument(
            "--journal",
            action="store_true",
            help="after a database was put back as it was: take in what this machine's journal "
            "knows of mails that left since, so that none of them leaves again",
        )
        parser.add_argument("--reason", default="", help="what was seen, for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, resolve one, or read a log or the journal."""
        if options["journal"]:
            if options["message"] or options["evidence"] or options["maillog"]:
                raise CommandError("--journal stands alone; read the mail server's log after it.")
            self._take_in_journal()
            return
        if options["maillog"]:
            if options["message"] or options["evidence"]:
                raise CommandError("--maillog decides about all messages; name none beside it.")
            self._read_logs(options["maillog"], is_complete=options["complete"])
            return
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

    def _read_logs(self, names: list[str], *, is_complete: bool) -> None:
        now = read_database_clock()
        log = MailLog()
        for name in names:
            log = read_postfix_log(
                _lines(Path(name)), now=now, zone=timezone.get_default_timezone(), log=log
            )
        if log.first_at is None or log.last_at is None:
            raise CommandError("No line of Postfix stands in these files; nothing was changed.")
        self.stdout.write(
            f"{log.lines:,} lines of Postfix from {_minute(log.first_at)} to "
            f"{_minute(log.last_at)}, {len(log.mails):,} mails of ours in them."
        )
        found = apply_mail_log(log, now=now, is_complete=is_complete)
        self.stdout.write(
            f"{found.arrived} arrived, {found.never_arrived} never arrived and are ready again, "
            f"{found.still_uncertain} stay uncertain, {found.dead_addresses} addresses do not "
            "exist and are suppressed."
        )
        if found.gone_back or found.unknown:
            self.stdout.write(
                f"{found.gone_back} waited though they had been delivered, and {found.unknown} "
                "are not known here at all: this database was put back as it was, or the log is "
                "of more than this shop (docs/how-to/restore-a-backup.md)."
            )
        if found.still_uncertain and not is_complete:
            self.stdout.write(
                "If nothing is missing from these logs, --complete takes a mail that they do not "
                "name for one that never arrived."
            )

    def _take_in_journal(self) -> None:
        try:
            found = take_in_journal(now=read_database_clock())
        except OSError as error:
            raise CommandError(f"The journal cannot be read: {error}") from error
        self.stdout.write(
            f"{found.sent} mails that waited again had been sent, {found.uncertain} may have "
            f"arrived and are uncertain now, {found.put_back} were not there at all and are again."
        )
        if not found.unknown:
            self.stdout.write("This database knows all that this machine sent.")
            return
        self.stdout.write(
            f"{len(found.unknown)} mails left whose pairs are not known or not due here. Take in "
            "the shop's orders again, let a round plan them (footback_run --once), and repeat "
            "this. To search for at the mail server:"
        )
        for message_id in found.unknown:
            self.stdout.write(f"  {message_id}")

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


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a log, whatever bytes stand in it."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                yield line.decode(errors="replace")
    except (OSError, EOFError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
