"""What became of nudges, told to the host whose orders they are about, in the order of changes.

No address, no name, no title and no text is in it: a host finds its own order
line by its own ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Nudge

MOST_NUDGES = 500
# A change is dated before it is committed: what is younger may still gain an elder neighbour,
# which whoever walks on from the last one seen would miss.
SETTLED_AFTER = timedelta(seconds=30)

_WAITING = (Nudge.State.DUE, Nudge.State.QUEUED)
_COLUMNS = (
    "uuid",
    "stage",
    "cycle",
    "state",
    "reason",
    "due_on",
    "not_before",
    "created_at",
    "changed_at",
    "purchase__source",
    "purchase__external_id",
    "purchase__order_id",
    "message__uuid",
    "message__not_before",
    "message__reason",
    "message__handed_at",
    "message__sent_at",
    "message__is_redirected",
)


@dataclass(frozen=True, slots=True)
class NudgePlace:
    """A place in the list of changes: after this nudge at this time."""

    changed_at: datetime
    uuid: UUID


@dataclass(frozen=True, slots=True)
class NudgeOutcome:
    """One nudge as a host is told of it.

    ``reason`` is a code, empty where there is none. ``waits_until`` is known
    while it waits, ``handed_at`` and ``sent_at`` from its mail on.
    ``is_redirected`` tells of a mail that went to the shop's own inbox.
    """

    uuid: UUID
    source: str
    order_id: str
    order_line: str
    stage: str
    cycle: int
    state: str
    reason: str
    due_on: date
    planned_at: datetime
    changed_at: datetime
    waits_until: datetime | None
    message: UUID | None
    handed_at: datetime | None
    sent_at: datetime | None
    is_redirected: bool

    @property
    def place(self) -> NudgePlace:
        """Return the place from which the list goes on after this nudge."""
        return NudgePlace(self.changed_at, self.uuid)


@dataclass(frozen=True, slots=True)
class NudgeStretch:
    """A part of the list, and whether more of it follows now."""

    nudges: tuple[NudgeOutcome, ...]
    has_more: bool


def list_nudges(
    *,
    now: datetime,
    limit: int,
    only_source: str = "",
    since: datetime | None = None,
    after: NudgePlace | None = None,
) -> NudgeStretch:
    """Return nudges in the order in which they last changed, the longest ago first.

    Whoever goes on from the last one seen misses no change; one that changes
    meanwhile comes again at its new place. What changed in the last
    :data:`SETTLED_AFTER` is not told yet.

    :raises ValueError: for a limit that is not from 1 to :data:`MOST_NUDGES`.
    """
    if not 0 < limit <= MOST_NUDGES:
        raise ValueError(f"from 1 to {MOST_NUDGES} nudges at a time")
    found = _of_source(only_source).filter(changed_at__lte=now - SETTLED_AFTER)
    if since is not None:
        found = found.filter(changed_at__gte=since)
    if after is not None:
        # The first condition is what the index is searched by, the second what is true.
        found = found.filter(changed_at__gte=after.changed_at).filter(
            Q(changed_at__gt=after.changed_at) | Q(uuid__gt=after.uuid)
        )
    rows = list(found.order_by("changed_at", "uuid").values_list(*_COLUMNS)[: limit + 1])
    return NudgeStretch(tuple(_read(row) for row in rows[:limit]), len(rows) > limit)


def find_nudge(*, uuid: UUID, only_source: str = "") -> NudgeOutcome | None:
    """Return one nudge as it stands now, or ``None`` where the host has none such."""
    row = _of_source(only_source).filter(uuid=uuid).values_list(*_COLUMNS).first()
    return _read(row) if row is not None else None


def _of_source(source: str) -> QuerySet[Nudge]:
    return Nudge.objects.filter(purchase__source=source) if source else Nudge.objects.all()


def _read(row: Sequence[Any]) -> NudgeOutcome:
    said: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    waits = said["state"] in _WAITING
    queued_until = said["message__not_before"] if said["state"] == Nudge.State.QUEUED else None
    return NudgeOutcome(
        uuid=said["uuid"],
        source=said["purchase__source"],
        order_id=said["purchase__order_id"],
        order_line=said["purchase__external_id"],
        stage=Stage(said["stage"]).name.lower(),
        cycle=said["cycle"],
        state=said["state"],
        reason=said["reason"] or (said["message__reason"] if waits else "") or "",
        due_on=said["due_on"],
        planned_at=said["created_at"],
        changed_at=said["changed_at"],
        waits_until=(queued_until or said["not_before"]) if waits else None,
        message=said["message__uuid"],
        handed_at=said["message__handed_at"],
        sent_at=said["message__sent_at"] if said["state"] == Nudge.State.SENT else None,
        is_redirected=bool(said["message__is_redirected"]),
    )
