"""What listings, order lines and withdrawals handed over by a call have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from shop_plugin.domain.host_rows import refuse_row
from shop_plugin.domain.records import ReadRow, RecordT
from shop_plugin.models import AuditEntry


class RowState(StrEnum):
    """What became of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


def read_each(
    rows: Sequence[object],
    *,
    read: Callable[[Mapping[Any, Any], int], ReadRow[RecordT]],
    only_source: str,
) -> list[ReadRow[RecordT]]:
    """Return every row as ``read`` takes it with its number, from 1.

    What is no object is refused, and so is a row that is not of the only
    source that may be written, where there is one.
    """
    return [
        _refuse_foreign(read(row, line), only_source)
        if isinstance(row, Mapping)
        else refuse_row(line, "", "not_an_object", "is not an object with the names of fields")
        for line, row in enumerate(rows, start=1)
    ]


def note_for_audit(
    action: str,
    *,
    source: str,
    changed: Mapping[str, object],
    author: AbstractBaseUser | None,
    now: datetime,
    reason: str,
) -> None:
    """Write down in the audit log what a call changed of a source, who made it and why."""
    AuditEntry.objects.create(
        action=action,
        subject=f"source:{source}"[:191],
        after=changed,
        reason=reason[:300],
        actor_id=None if author is None else author.pk,
        at=now,
    )


def _refuse_foreign(row: ReadRow[RecordT], only_source: str) -> ReadRow[RecordT]:
    if row.record is None or not only_source or row.record.source == only_source:
        return row
    return refuse_row(row.line, "source", "foreign_source", "this key is for another source")
