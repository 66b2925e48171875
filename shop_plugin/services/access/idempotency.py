"""Requests that a program may send again: done once, answered as often as they come.

A program gives its request a key of its own. The row under that key and the
lock on it are what makes a second request see the first: whoever works holds
the lock, and what it writes and its answer are committed together. A process
that dies leaves a row without an answer and without a lock; nothing of its
work is there, so the next one that comes with the key does it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from shop_plugin.models import ApiKey, IdempotencyRecord

KEPT_FOR = timedelta(hours=24)
_FORGOTTEN_AT_ONCE = 100
_SALT = "footback.idempotency.v1"


class StillWorking(Exception):
    """The request under this key is being worked on just now."""


class KeyTaken(Exception):
    """The key was given to another request before."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that can be given again. ``body`` must hold nothing of a person."""

    status: int
    body: str


def digest_request(*, method: str, address: str, body: bytes) -> str:
    """Return what a request is recognised by: keyed, for a body may name somebody."""
    parts = b"\x00".join((method.encode(), address.encode(), body))
    return salted_hmac(_SALT, parts, algorithm="sha256").hexdigest()


def answer_once(
    *,
    api_key: ApiKey,
    key: str,
    request_digest: str,
    now: datetime,
    work: Callable[[], StoredAnswer],
) -> tuple[StoredAnswer, bool]:
    """Do the work once under a key; return its answer, and whether it is a repeat of one.

    All that ``work`` writes is one transaction with its answer. Where it
    fails, nothing is left of it and the key is free. After :data:`KEPT_FOR`
    a key is as if it had never been.

    :raises StillWorking: while another request with the key is worked on
        (SQLite, which has one writer at a time, waits for it instead).
    :raises KeyTaken: when the key belongs to a request that was another one.
    """
    records = IdempotencyRecord.objects.filter(api_key=api_key, key=key)
    IdempotencyRecord.objects.bulk_create(
        [IdempotencyRecord(api_key=api_key, key=key, request_digest=request_digest, at=now)],
        ignore_conflicts=True,
    )
    try:
        with transaction.atomic():
            record = _hold(records)
            is_over = record.at <= now - KEPT_FOR
            if not is_over and record.request_digest != request_digest:
                raise KeyTaken(key)
            if not is_over and record.status is not None:
                return StoredAnswer(record.status, record.body), True
            answer = work()
            records.update(
                request_digest=request_digest, status=answer.status, body=answer.body, at=now
            )
    except (StillWorking, KeyTaken):
        raise
    except Exception:
        # It changed nothing. Whoever has begun anew meanwhile holds the row; then it stays.
        with suppress(DatabaseError):
            records.filter(status=None).delete()
        raise
    _forget_old(now)
    return answer, False


def _forget_old(now: datetime) -> None:
    """Delete some of what is over, so that the table stays as long as a day's requests."""
    over = IdempotencyRecord.objects.filter(at__lte=now - KEPT_FOR).order_by("at", "pk")
    keys = list(over.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
    if keys:
        IdempotencyRecord.objects.filter(pk__in=keys, at__lte=now - KEPT_FOR).delete()


def _hold(records: QuerySet[IdempotencyRecord]) -> IdempotencyRecord:
    """Return the row under its lock.

    :raises StillWorking: where somebody else has it.
    """
    if connection.features.has_select_for_update_skip_locked:
        records = records.select_for_update(skip_locked=True)
    else:
        records.update(at=F("at"))  # takes the place of the one writer, or waits for it
    record = records.first()
    if record is None:
        raise StillWorking
    return record
