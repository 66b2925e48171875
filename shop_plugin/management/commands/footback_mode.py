"""Show or change how loud the mailer is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop_plugin.conf import get_settings
from shop_plugin.services.shop.clock import read_database_clock
from shop_plugin.services.shop.modes import (
    LOUDNESS,
    BreakerOpenError,
    NotReadyError,
    get_mode,
    read_control,
    set_mode,
)

WHY = {
    "as_set": "as set",
    "settings": "the settings allow nothing louder",
    "stopped": "the kill switch is pulled",
    "environment_changed": "this database or site is not the one the mode was set for",
}


class Command(BaseCommand):
    """Show the mode in force and why, or set it."""

    help = (
        "Show the mode in force, or set it: off, dry_run, redirect or live. Setting a mode also "
        "releases the kill switch and confirms this database and site. Going live must be "
        "confirmed with --yes-send-real-mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the mode, the confirmation and the reason."""
        parser.add_argument("mode", nargs="?", choices=LOUDNESS, help="the mode to set")
        parser.add_argument(
            "--yes-send-real-mail", action="store_true", help="confirm that customers are mailed"
        )
        parser.add_argument(
            "--go-on-despite",
            metavar="BREAKER",
            default="",
            help="the breaker that stopped the mailer, by name, to go on all the same",
        )
        parser.add_argument("--reason", default="", help="why, for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the mode if one is given, then show it."""
        if options["mode"]:
            self._set(options)
        mode, control = get_mode(), read_control()
        self.stdout.write(f"Mode in force: {mode.name} ({WHY[mode.why]}).")
        if mode.breaker:
            self.stdout.write(f"The breaker {mode.breaker} stopped it: {control.stopped_figures}.")
        self.stdout.write(
            f"Set to {control.mode}; FOOTBACK['NUDGE_MODE'] allows up to "
            f"{get_settings().NUDGE_MODE}."
        )
        if control.live_since:
            self.stdout.write(f"Live since {control.live_since:%Y-%m-%d %H:%M} UTC.")
        if not get_settings().EMAIL_HASH_KEY:
            self.stdout.write(
                "FOOTBACK['EMAIL_HASH_KEY'] is not set: a change of SECRET_KEY would forget who "
                "unsubscribed. Set it before going live."
            )

    def _set(self, options: dict[str, Any]) -> None:
        if options["mode"] == "live" and not options["yes_send_real_mail"]:
            raise CommandError(
                "live mails real customers. See what would go out with footback_forecast, then "
                "repeat this with --yes-send-real-mail."
            )
        try:
            set_mode(
                mode=options["mode"],
                now=read_database_clock(),
                reason=options["reason"],
                confirmed_breaker=options["go_on_despite"],
            )
        except BreakerOpenError as breaker:
            raise CommandError(
                f"The breaker {breaker} stopped the mailer; the admin says why. When that is "
                f"settled, repeat this with --go-on-despite {breaker}."
            ) from breaker
        except NotReadyError as missing:
            raise CommandError(f"Not ready for {options['mode']}: {missing}.") from missing
