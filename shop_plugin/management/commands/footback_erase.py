"""Erase a person's data for good."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.services.people.erasure import ErasureLogError, erase_person, find_accounts
from shop_plugin.services.shop.clock import read_database_clock


class Command(BaseCommand):
    """Erase every account with an address, for good."""

    help = (
        "Erase all that is held about a person: every account with the address, its pairs and "
        "what was said of them. Waiting mails are cancelled. Only the keyed hash of the address "
        "stays, on the list of those never to be written to. Without --yes-erase it tells what "
        "would be erased."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add who, the confirmation and the reason."""
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", default="", help="the person's address")
        who.add_argument("--contact", type=int, help="the number of one of their accounts")
        parser.add_argument(
            "--yes-erase", action="store_true", help="confirm that it cannot be taken back"
        )
        parser.add_argument(
            "--reason", default="", help="why, for the audit log; name nobody in it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, or say what would be erased."""
        email, contact_id = options["email"], options["contact"]
        if not options["yes_erase"]:
            accounts = find_accounts(email=email, contact_id=contact_id)
            pairs = sum(account.purchases.count() for account in accounts)
            self.stdout.write(
                f"Would erase {len(accounts)} accounts with {pairs} pairs. It cannot be taken "
                "back; repeat with --yes-erase."
            )
            return
        try:
            done = erase_person(
                email=email,
                contact_id=contact_id,
                reason=options["reason"],
                now=read_database_clock(),
            )
        except ErasureLogError as error:
            raise CommandError(f"Nothing was erased. {error}") from error
        if not done.was_known:
            self.stdout.write("Nothing is held about such a person.")
            return
        self.stdout.write(
            f"Erased: {done.accounts} accounts, {done.pairs} pairs, {done.notes} notes, "
            f"{done.attempts} attempts, {done.refused_rows} refused rows. "
            f"Mails cancelled: {done.mails_cancelled}; kept as counters without a person: "
            f"{done.mails_kept}."
        )
