"""Uncertain mails sent again, where the mail server knows a repeat by its key, and only there.

A transport that takes an idempotency key (``IDEMPOTENCY_HEADER``) answers a
second hand-over of the same mail as it did the first, for
``IDEMPOTENCY_TTL_SECONDS``. Inside that time a mail whose fate is unknown may
be handed over again without a second copy. A message that was handed over
before keeps the time of its *first* hand-over: that is when its key was born.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.models import Message, Nudge
from shop_plugin.services.shop.policy import get_policy

#: Before the reason why a mail that may have arrived is not handed over again.
NOT_REPEATED = "not_repeated:"
# No repeat begins so late that the key might end while it is on its way.
_MARGIN = timedelta(minutes=1)
_WAITING = (Message.State.READY, Message.State.RETRY_WAIT)


def key_headers(message: Message) -> dict[str, str]:
    """Return the header by which the transport knows a repeat; empty where it knows none.

    The key is the message's uuid, the same at every attempt.
    """
    header = get_settings().IDEMPOTENCY_HEADER
    return {header: str(message.uuid)} if header else {}


def is_repeat(message: Message) -> bool:
    """Tell whether a waiting or claimed message was handed over before, with unknown fate."""
    return message.handed_at is not None


def is_key_over(message: Message, *, now: datetime) -> bool:
    """Tell whether the key of a message handed over before is too old to be relied on."""
    return message.handed_at is not None and message.handed_at <= _oldest_key(now)


def release_repeatable(now: datetime) -> int:
    """Make uncertain messages ready again whose key still holds; return how many.

    Left alone are those that used up their attempts, and those that a gate
    has kept back since.
    """
    if not get_settings().IDEMPOTENCY_HEADER:
        return 0
    uncertain = Message.objects.filter(
        state=Message.State.UNCERTAIN,
        handed_at__gt=_oldest_key(now),
        attempts_made__lt=get_policy().max_attempts,
    ).exclude(reason__startswith=NOT_REPEATED)
    return _move(uncertain, Message.State.READY, Nudge.State.QUEUED, "", not_before=now, token="")


def park_expired(now: datetime) -> int:
    """Make waiting messages uncertain again whose key ended before they left; return how many."""
    waiting = Message.objects.filter(state__in=_WAITING, handed_at__lte=_oldest_key(now))
    return park(waiting, reason="key_over")


def park(messages: QuerySet[Message], *, reason: str) -> int:
    """Make messages that may have arrived uncertain for good, until there is evidence."""
    return _move(
        messages,
        Message.State.UNCERTAIN,
        Nudge.State.UNCERTAIN,
        f"{NOT_REPEATED}{reason}"[:60],
        token="",
        lease_until=None,
    )


def _oldest_key(now: datetime) -> datetime:
    options = get_settings()
    seconds = options.IDEMPOTENCY_TTL_SECONDS if options.IDEMPOTENCY_HEADER else 0
    return now - timedelta(seconds=seconds) + (_MARGIN if seconds else timedelta())


def _move(
    messages: QuerySet[Message], state: str, nudge_state: str, reason: str, **changes: object
) -> int:
    from_state = Nudge.State.UNCERTAIN if nudge_state == Nudge.State.QUEUED else Nudge.State.QUEUED
    with transaction.atomic():
        ids = list(messages.select_for_update().values_list("pk", flat=True))
        if not ids:
            return 0
        moved = messages.filter(pk__in=ids).update(state=state, reason=reason, **changes)
        Nudge.objects.filter(message_id__in=ids, state=from_state).update(
            state=nudge_state, reason=reason
        )
    return moved
