"""``manage.py footback_api_key``: keys for programs that use the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import (
    SCOPE_PERMISSIONS,
    KeyNotFound,
    NewKey,
    Scope,
    create_key,
    describe_state,
    find_idle_scopes,
    revoke_key,
    rotate_key,
    scopes_of,
)


class Command(BaseCommand):
    """Make, replace, revoke and list API keys."""

    help = (
        "Make, replace, revoke or list keys for programs that use the API. A key is "
        "printed once, on standard output, and can never be shown again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add one subcommand per thing to do."""
        what = parser.add_subparsers(dest="what", required=True)
        create = what.add_parser("create", help="make a key")
        create.add_argument("name", help="the program that will use it")
        create.add_argument("--user", required=True, help="login of the user it acts as")
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            type=_read_scope,
            choices=list(Scope),
            metavar="SCOPE",
            help=f"what it may do ({', '.join(Scope)}); give it again for more",
        )
        create.add_argument(
            "--source",
            default="",
            help="the shop or feed whose rows alone it may read and write; without: all",
        )
        create.add_argument("--days", type=int, help="days until it ends; without: never")
        rotate = what.add_parser("rotate", help="make the key that replaces another")
        rotate.add_argument("prefix", help="the prefix of the old key")
        rotate.add_argument(
            "--overlap-hours", type=int, default=24, help="how long the old one still works (24)"
        )
        revoke = what.add_parser("revoke", help="take a key back at once")
        revoke.add_argument("prefix", help="the prefix of the key")
        what.add_parser("list", help="show all keys, without their secrets")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the subcommand says."""
        try:
            getattr(self, f"_{options['what']}")(options)
        except KeyNotFound as error:
            raise CommandError(
                f"No key in force begins with {error}; 'footback_api_key list' shows them."
            ) from error
        except ValueError as error:
            raise CommandError(f"{str(error).capitalize()}.") from error

    def _create(self, options: dict[str, Any]) -> None:
        users = get_user_model()
        login = {users.USERNAME_FIELD: options["user"]}
        user = users._default_manager.filter(**login).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        now = timezone.now()
        days = options["days"]
        new = create_key(
            name=options["name"],
            scopes=options["scope"],
            source=options["source"],
            user=user,
            now=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        self._show(new)

    def _rotate(self, options: dict[str, Any]) -> None:
        overlap = timedelta(hours=options["overlap_hours"])
        self._show(rotate_key(prefix=options["prefix"], now=timezone.now(), overlap=overlap))
        self.stderr.write(
            f"The old key {options['prefix']} works for {options['overlap_hours']} more hours."
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = revoke_key(prefix=options["prefix"], now=timezone.now())
        self.stdout.write(f"Revoked: {key}.")

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        for key in ApiKey.objects.select_related("user").order_by("created_at", "pk"):
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            end = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "no end"
            self.stdout.write(
                f"{key.prefix}  {describe_state(key, now=now):13}  {key.name}  as {key.user}  "
                f"{_tell_scopes(key)}  last used {used}  until {end}"
            )

    def _show(self, new: NewKey) -> None:
        self.stderr.write(
            f"Made {new.key} for {new.key.user} with {_tell_scopes(new.key)}. This is the key; it "
            "is shown this once:"
        )
        self.stdout.write(new.token)
        if idle := find_idle_scopes(new.key):
            self.stderr.write(
                f"{new.key.user} lacks the permissions for {', '.join(idle)}: "
                f"{', '.join(_lacking(idle))}. The key may not use them until the user has them."
            )


def _read_scope(text: str) -> Scope:
    return Scope(text)  # an earlier spelling becomes today's


def _tell_scopes(key: ApiKey) -> str:
    scopes = " ".join(scopes_of(key))
    return f"{scopes} in {key.source}" if key.source else scopes


def _lacking(scopes: Iterable[Scope]) -> list[str]:
    return sorted({name for scope in scopes for name in SCOPE_PERMISSIONS[scope]})
