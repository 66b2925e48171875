"""The audit log in bulk: who changed what, when, why, before and after, a thousand at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser

from shop_plugin.domain.json_text import dump_json
from shop_plugin.models import AuditEntry
from shop_plugin.services.bulk.rows import insert_rows

LONGEST_ACTION, LONGEST_SUBJECT, LONGEST_REASON = 40, 191, 300
_CHUNK = 1000


class AuditNote(NamedTuple):
    """One change: what was done to what, as it was and as it is.

    ``subject`` is kind and key ("listing:12"). ``before`` and ``after`` are
    plain structures for JSON, ``None`` where there was or is nothing.
    """

    action: str
    subject: str
    before: Any = None
    after: Any = None


def write_audit_notes(
    notes: Iterable[AuditNote],
    *,
    actor: AbstractBaseUser | None,
    now: datetime,
    reason: str = "",
) -> int:
    """Write one audit entry per note, in their order; return how many.

    ``actor`` is ``None`` for what no person did. Call it in the transaction
    of the changes themselves, so that neither stands without the other.
    Memory does not grow with the number of notes. ``reason`` is cut to what fits.
    """
    written = 0
    remaining = iter(notes)
    actor_id = None if actor is None else actor.pk
    while chunk := list(islice(remaining, _CHUNK)):
        insert_rows(
            AuditEntry,
            ("action", "subject", "before", "after", "reason", "actor_id", "at"),
            [
                (
                    note.action[:LONGEST_ACTION],
                    note.subject[:LONGEST_SUBJECT],
                    None if note.before is None else dump_json(note.before),
                    None if note.after is None else dump_json(note.after),
                    reason[:LONGEST_REASON],
                    actor_id,
                    now,
                )
                for note in chunk
            ],
        )
        written += len(chunk)
    return written
