"""What must hold of the connections in ``WEBHOOKS`` and ``WEBHOOK_TARGETS``. Repeats no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning

from shop_plugin.conf import (
    WebhookConnection,
    WebhookTarget,
    load_webhook_reader,
    webhook_connections,
    webhook_targets,
)
from shop_plugin.domain.standard_webhooks import decode_secret
from shop_plugin.services.shop.host_news import KINDS

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
LEAST_SECRET_CHARACTERS = 16
LONGEST_SOURCE = 64
# What stands in examples, and in nothing that anybody made up at random.
_EXAMPLE = re.compile(r"example|change.?me|secret|password|test|1234|abcd|xxxx", re.IGNORECASE)


class ConnectionProblem(NamedTuple):
    """What is wrong with one connection; ``is_risk`` where it works and should not stay so."""

    where: str
    text: str
    hint: str
    is_risk: bool = False


def find_messages() -> list[CheckMessage]:
    """Return the system checks' messages (E081, E082, W083); the settings have the right form."""
    found = [("footback.E081", item) for item in find_connection_problems()]
    found += [("footback.E082", item) for item in find_target_problems()]
    return [
        Warning(f"{item.where} {item.text}.", hint=item.hint, id="footback.W083")
        if item.is_risk
        else Error(f"{item.where} {item.text}.", hint=item.hint, id=number)
        for number, item in found
    ]


def reader_paths() -> Iterator[tuple[str, str]]:
    """Yield where in the settings each reader is named, and its dotted path."""
    for item in webhook_connections().values():
        yield f"FOOTBACK['WEBHOOKS'][{item.name!r}]['reader']", item.reader


def find_connection_problems() -> Iterator[ConnectionProblem]:
    """Yield what is wrong with the hosts that push. The settings must have the right form."""
    for connection in webhook_connections().values():
        where = f"FOOTBACK['WEBHOOKS'][{connection.name!r}]"
        yield from _of_name(connection.name, where)
        if not connection.reader:
            yield ConnectionProblem(
                where, "has no reader", "Name the dotted path of a class that reads its webhooks."
            )
        if len(connection.source) > LONGEST_SOURCE:
            yield ConnectionProblem(
                where, "has a long source", f"A source has at most {LONGEST_SOURCE} characters."
            )
        yield from _of_secrets(connection, where)


def find_target_problems() -> Iterator[ConnectionProblem]:
    """Yield what is wrong with the programs that are told. The settings have the right form."""
    for target in webhook_targets().values():
        where = f"FOOTBACK['WEBHOOK_TARGETS'][{target.name!r}]"
        yield from _of_name(target.name, where)
        address = urlsplit(target.url)
        if address.scheme != "https" or not address.hostname or address.username:
            yield ConnectionProblem(
                where, "has no https address as url", "Write 'https://host/path', without a login."
            )
        strange = sorted(set(target.events) - set(KINDS))
        if strange or not target.events:
            told = f"names unknown events ({', '.join(strange)})" if strange else "has no events"
            yield ConnectionProblem(where, told, f"There are {', '.join(KINDS)}.")
        yield from _of_secrets(target, where)
        for secret in target.secrets:
            try:
                decode_secret(secret)
            except ValueError as error:
                yield ConnectionProblem(where, f"has a secret that {error}", _MAKE_ONE)


_MAKE_ONE = (
    'Make one: python -c "import base64,secrets; '
    "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)


def _of_name(name: str, where: str) -> Iterator[ConnectionProblem]:
    if not _NAME.fullmatch(name):
        yield ConnectionProblem(
            where,
            "has a name that cannot stand in an address",
            "Use small letters, digits and hyphens, 40 at most.",
        )


def _of_secrets(
    connection: WebhookConnection | WebhookTarget, where: str
) -> Iterator[ConnectionProblem]:
    if not any(connection.secrets):
        yield ConnectionProblem(
            where, "has no secret", "Nothing is taken or sent unsigned: set 'secrets': [\"...\"]."
        )
    for secret in filter(None, connection.secrets):
        if secret == django_settings.SECRET_KEY:
            yield ConnectionProblem(
                where, "shares SECRET_KEY with a host", "Use a secret of its own."
            )
        if len(secret) < LEAST_SECRET_CHARACTERS:
            yield ConnectionProblem(
                where,
                f"has a secret of less than {LEAST_SECRET_CHARACTERS} characters",
                _MAKE_ONE,
            )
        elif not django_settings.DEBUG and _EXAMPLE.search(secret):
            yield ConnectionProblem(
                where, "has a secret that looks like one of an example", _MAKE_ONE, is_risk=True
            )
    if isinstance(connection, WebhookConnection):
        yield from _of_reader(connection, where)


def _of_reader(connection: WebhookConnection, where: str) -> Iterator[ConnectionProblem]:
    """Ask the reader about the form of its secrets, where it has something to say of it."""
    try:
        ask = getattr(load_webhook_reader(connection.name), "find_secret_problem", None)
    except Exception:  # E003 says what is wrong with the path
        return
    for secret in filter(None, connection.secrets):
        if ask is not None and (said := ask(secret)):
            yield ConnectionProblem(where, f"has a secret that {said}", _MAKE_ONE)
