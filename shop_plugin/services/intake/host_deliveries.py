"""Webhooks taken in: verified, then stored, then answered. What they say is carried out later."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from shop_plugin.conf import load_webhook_reader, webhook_connections
from shop_plugin.domain.host_changes import Delivery, RefusedDelivery
from shop_plugin.models import HostEvent
from shop_plugin.services.people.host_hooks import keep_failure
from shop_plugin.services.shop.modes import read_control

logger = logging.getLogger("footback.webhooks")

#: A body with more bytes is refused without being read.
MOST_BYTES = 1024 * 1024
_LONGEST_ID, _LONGEST_TOPIC = 191, 100
#: Junk may come by the thousand; it is told of this often, in seconds.
_TOLD_EVERY = 60.0
_REFUSED = "webhook"
_told: dict[tuple[str, str], tuple[float, int]] = {}
_telling = threading.Lock()


class UnknownConnection(LookupError):
    """No host of this name is configured."""


class Reception(StrEnum):
    """What became of a webhook that was taken."""

    STORED = "stored"
    REPEATED = "repeated"  # it is there already; nothing was written
    GREETING = "greeting"  # it says nothing


def receive_delivery(
    *, name: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Reception:
    """Verify a webhook and store it; once this returns it cannot be lost.

    What is not signed by a secret of the connection writes nothing. The same
    delivery again changes nothing, whatever its body says.

    :raises UnknownConnection: for a name that is not in ``WEBHOOKS``; as much work is done.
    :raises RefusedDelivery: for what is not signed, stale or incomplete.
    :raises DatabaseError: when it cannot be stored; the host must send it again.
    """
    connection = webhook_connections().get(name)
    if connection is None:
        hmac.new(b"nobody", body, hashlib.sha256).digest()
        _note_refusal("(unknown)", "unknown_name")
        raise UnknownConnection(name)
    try:
        if not any(connection.secrets):
            raise RefusedDelivery("wrong_signature", "this connection has no secret")
        secrets = tuple(filter(None, connection.secrets))
        delivery = load_webhook_reader(name).verify(
            headers=headers, body=body, secrets=secrets, now=now
        )
    except RefusedDelivery as error:
        _note_refusal(name, error.code, str(error), now=now)
        raise
    if delivery.is_greeting:
        return Reception.GREETING
    return _store(name, delivery, body, now)


def _store(name: str, delivery: Delivery, body: bytes, now: datetime) -> Reception:
    digest = hashlib.sha256(body).hexdigest()
    with transaction.atomic(durable=False):
        event, is_new = HostEvent.objects.defer("body").get_or_create(
            connection=name,
            delivery_id=_fit(delivery.id, _LONGEST_ID) or digest,
            defaults={
                "topic": _fit(delivery.topic, _LONGEST_TOPIC),
                "sent_at": delivery.sent_at,
                "received_at": now,
                "not_before": now,
                "body": body,
                "body_digest": digest,
            },
        )
    if is_new:
        return Reception.STORED
    if event.body_digest != digest:
        logger.warning(
            "webhook of %s: delivery %s came again with another body; the first one counts",
            name,
            event.pk,
        )
    return Reception.REPEATED


def _fit(text: str, limit: int) -> str:
    """Return a text as it fits its column; one that is too long keeps what tells it apart."""
    clean = "".join(sign for sign in text if sign.isprintable()).strip()
    if len(clean) <= limit:
        return clean
    return hashlib.sha256(clean.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Webhooks of a connection that were refused: why, and in which hour (UTC) the last one."""

    connection: str
    code: str
    hour: str


def list_refusals(*, now: datetime) -> list[Refusal]:
    """Return what was refused of each connection in the last day, for staff and the doctor."""
    since = f"{now - timedelta(days=1):%Y-%m-%dT%H}"
    found = []
    for key, kept in sorted(read_control().hook_failures.items()):
        kind, _, rest = key.partition(":")
        name, _, code = rest.rpartition(":")
        if kind == _REFUSED and name in webhook_connections() and kept["hour"] >= since:
            found.append(Refusal(name, code, kept["hour"]))
    return found


def _note_refusal(name: str, code: str, words: str = "", *, now: datetime | None = None) -> None:
    """Tell the log of what was refused: at once, then once a minute with a count.

    With ``now`` it is kept for the doctor as well, so that a secret that no
    longer fits is seen: the host's name, the code and the hour, written once
    an hour at most and only of hosts that are configured.
    """
    tick = time.monotonic()
    with _telling:
        last, more = _told.get((name, code), (-_TOLD_EVERY, 0))
        if tick - last < _TOLD_EVERY:
            _told[name, code] = (last, more + 1)
            return
        _told[name, code] = (tick, 0)
    if now is not None:
        keep_failure(name=f"{_REFUSED}:{name}:{code}", what=code, now=now)
    logger.warning(
        "webhook of %s refused: %s%s%s",
        name,
        code,
        f" ({words})" if words else "",
        f", and {more} more since the last line" if more else "",
    )
