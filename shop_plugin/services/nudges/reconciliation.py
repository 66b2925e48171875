"""Evidence about messages that are uncertain: only proof moves them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from shop_plugin.models import AuditEntry, Message, Nudge
from shop_plugin.services.shop.event_log import note_event
from shop_plugin.services.shop.host_news import NUDGE_SENT, is_told, note_news

ARRIVED = "arrived"
NEVER_ARRIVED = "never_arrived"


class NotUncertainError(Exception):
    """Raised for a message that does not exist or whose fate is known."""


def list_uncertain() -> list[Message]:
    """Return the messages whose fate nobody knows, the oldest hand-over first."""
    return list(Message.objects.filter(state=Message.State.UNCERTAIN).order_by("handed_at", "pk"))


def resolve_uncertain(
    *, uuid: UUID, evidence: str, now: datetime, reason: str = "", actor_id: int | None = None
) -> str:
    """Record what the mail server's log proves about an uncertain message; return its new state.

    A message that arrived becomes sent. One that never arrived becomes ready
    and passes every gate again before it leaves.

    :raises NotUncertainError: when the message is not uncertain (any more).
    :raises ValueError: for evidence other than ``arrived`` or ``never_arrived``.
    """
    if evidence not in (ARRIVED, NEVER_ARRIVED):
        raise ValueError(f"{evidence!r} is no evidence")
    changes: dict[str, object]
    if evidence == ARRIVED:
        state, nudge_state = Message.State.SENT.value, Nudge.State.SENT.value
        changes = {"sent_at": now}
    else:
        state, nudge_state = Message.State.READY.value, Nudge.State.QUEUED.value
        changes = {"handed_at": None, "not_before": now, "token": ""}
    with transaction.atomic():
        uncertain = Message.objects.filter(uuid=uuid, state=Message.State.UNCERTAIN)
        if not uncertain.update(state=state, reason=f"evidence:{evidence}", **changes):
            raise NotUncertainError(f"No uncertain message {uuid}.")
        Nudge.objects.filter(message__uuid=uuid, state=Nudge.State.UNCERTAIN).update(
            state=nudge_state, reason=""
        )
        if evidence == ARRIVED and is_told(NUDGE_SENT) and _is_of_a_person(uuid):
            note_news(kind=NUDGE_SENT, subjects=[uuid], now=now)
        AuditEntry.objects.create(
            action="resolve_uncertain",
            subject=f"message:{uuid}",
            before={"state": Message.State.UNCERTAIN.value},
            after={"state": state},
            reason=reason[:300],
            actor_id=actor_id,
            at=now,
        )
    note_event("message.resolved", message=str(uuid), evidence=evidence, state=state)
    return state


def _is_of_a_person(uuid: UUID) -> bool:
    """Tell whether a mail went to its person, not to the shop's own inbox."""
    return Message.objects.filter(uuid=uuid, is_redirected=False).exists()
