"""The fence before a mail leaves, and the record of what came of it.

One short transaction before the hand-over and one after it; none is open
while the mail server is talked to.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_gates import PERSON_GATES, Gate, GateAction, GateVerdict, decide
from shop_plugin.domain.nudge_policy import Mode, retry_delay
from shop_plugin.models import Attempt, Message, Nudge, Suppression
from shop_plugin.services.nudges.mailing import TOO_LARGE, message_id_header
from shop_plugin.services.pairs.gate_facts import PAIR_COLUMNS, PersonFacts, gate_facts, load_people
from shop_plugin.services.people.consent import lock_known_person, suppress_address
from shop_plugin.services.shop.event_log import note_event
from shop_plugin.services.shop.host_news import NUDGE_SENT, note_news
from shop_plugin.services.shop.modes import ModeInForce, get_mode
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.transport.repeating import NOT_REPEATED, is_key_over, is_repeat, park
from shop_plugin.services.transport.smtp import FenceClosed, Outcome, Result
from shop_plugin.signals import message_sent

logger = logging.getLogger("footback.nudges")

WORKER = f"{socket.gethostname()[:60]}:{os.getpid()}"
CLAIM_LOST = "claim_lost"

NudgeVerdict = tuple[Nudge, GateVerdict]

_ASKED_BY_GATES = (
    "due_on",
    "not_before",
    "is_backfilled",
    *(f"purchase__{column}" for column in PAIR_COLUMNS),
)


class ClaimLostError(FenceClosed):
    """Raised at the fence when the message is no longer ours: cancelled, or the lease is over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker holds, with its nudges as they were when it was claimed.

    ``shop`` is the database's own id, and ``count`` how many times mails were
    claimed in it by then.
    """

    message: Message
    nudges: tuple[Nudge, ...]
    shop: str = ""
    count: int = 0

    @property
    def key(self) -> dict[str, object]:
        """Return what every later step must still find."""
        return {"pk": self.message.pk, "token": self.message.token}


def load_nudges(message_ids: Sequence[int]) -> dict[int, tuple[Nudge, ...]]:
    """Return the queued nudges of messages with all that their mail needs, in one query."""
    rows = (
        Nudge.objects.filter(message_id__in=list(message_ids), state=Nudge.State.QUEUED)
        .select_related("purchase__listing__profile")
        .defer("purchase__listing__description", "purchase__listing__raw_attributes")
        .order_by("-stage", "due_on", "pk")
    )
    nudges: dict[int, list[Nudge]] = {}
    for nudge in rows:
        if nudge.message_id is not None:
            nudges.setdefault(nudge.message_id, []).append(nudge)
    return {pk: tuple(found) for pk, found in nudges.items()}


def _load_for_gates(message_id: int) -> tuple[Nudge, ...]:
    """Return the queued nudges of a message with what the gates ask of them, and no more.

    The fence asks once for each mail, and what the letter says is written by then.
    """
    rows = (
        Nudge.objects.filter(message_id=message_id, state=Nudge.State.QUEUED)
        .select_related("purchase__listing")
        .only(*_ASKED_BY_GATES)
    )
    return tuple(rows)


def judge_message(
    message: Message, nudges: Sequence[Nudge], *, mode: ModeInForce, now: datetime
) -> list[NudgeVerdict]:
    """Return what the gates say about each nudge of a message, as everything stands now."""
    person = load_people([message.contact], now=now, without_message=message.pk)[message.contact_id]
    return judge_nudges(message, nudges, person, mode=mode, now=now)


def judge_nudges(
    message: Message,
    nudges: Sequence[Nudge],
    person: PersonFacts,
    *,
    mode: ModeInForce,
    now: datetime,
) -> list[NudgeVerdict]:
    """Return what the gates say about each nudge of a message by the facts of its person."""
    policy = get_policy()
    return [
        (
            nudge,
            decide(
                gate_facts(
                    person,
                    nudge.purchase,
                    due_on=nudge.due_on,
                    deferred_until=max(nudge.not_before, message.created_at).date(),
                    mode=mode.name,
                    is_stopped=mode.why == "stopped",
                    live_since=mode.live_since,
                    is_backfilled=nudge.is_backfilled,
                    now=now,
                ),
                policy=policy,
                now=now,
            ),
        )
        for nudge in nudges
    ]


def is_clear(verdicts: Sequence[NudgeVerdict]) -> bool:
    """Tell whether a message may leave as it is: every pair in it is clear, and there is one."""
    return bool(verdicts) and all(verdict.action is GateAction.GO for _nudge, verdict in verdicts)


def pass_fence(claim: Claim, *, now: datetime) -> None:
    """Enter HANDING if every gate is open, in one transaction under the lock of the person.

    :raises ClaimLostError: when the message is no longer this worker's.
    :raises FenceClosed: when a gate says no; nothing was changed then.
    """
    message = claim.message
    with transaction.atomic(durable=True):
        accounts = lock_known_person(message.contact)
        contact = next((row for row in accounts if row.pk == message.contact_id), None)
        held = Message.objects.filter(
            **claim.key, state=Message.State.CLAIMED, lease_until__gt=Now()
        )
        # Entered first and taken back should a gate say no: the row is written once either way.
        entered = held.update(
            state=Message.State.HANDING,
            handed_at=message.handed_at or now,
            lease_until=Now() + timedelta(seconds=get_settings().HANDING_LEASE_SECONDS),
            is_redirected=message.is_redirected,
            message_id_header=message_id_header(message),
        )
        if contact is None or entered != 1:
            raise ClaimLostError(CLAIM_LOST)
        if contact.email != message.contact.email:
            raise FenceClosed("address_changed")
        mode = get_mode()
        nudges = _load_for_gates(message.pk)
        same = {nudge.pk for nudge in nudges} == {nudge.pk for nudge in claim.nudges}
        people = load_people([contact], now=now, without_message=message.pk, accounts=accounts)
        person = people[contact.pk]
        if not same or not is_clear(judge_nudges(message, nudges, person, mode=mode, now=now)):
            raise FenceClosed("gate")
        if mode.name is Mode.REDIRECT and not message.is_redirected:
            raise FenceClosed("mode_changed")
        if is_key_over(message, now=now):
            raise FenceClosed("key_over")
    note_event("message.handing", message=str(message.uuid))


def hold_back(claim: Claim, verdicts: Sequence[NudgeVerdict], *, now: datetime) -> str:
    """Let the gates' verdicts take effect on a message that was not handed over; tell what it is.

    See :func:`_hold_back`, of which this is the one that is heard of.
    """
    held = _hold_back(claim, verdicts, now=now)
    reason = next((verdict.code for _nudge, verdict in verdicts if verdict.code), "")
    note_event(f"message.{held}", message=str(claim.message.uuid), reason=reason)
    return held


def _hold_back(claim: Claim, verdicts: Sequence[NudgeVerdict], *, now: datetime) -> str:
    """Let the gates' verdicts take effect on a message that was not handed over.

    Pairs that are out leave the message; one without pairs is cancelled (or
    expired); the rest waits, at once or until the gates open. A message that
    was to be repeated and must not be stays uncertain, for it may have
    arrived. Returns "cancelled", "expired", "deferred" or "uncertain".
    """
    if is_repeat(claim.message) and (barred := _bar_to_repeat(claim, verdicts, now)):
        park(Message.objects.filter(**claim.key, state=Message.State.CLAIMED), reason=barred)
        return "uncertain"
    with transaction.atomic(durable=True):
        held = Message.objects.select_for_update().filter(**claim.key, state=Message.State.CLAIMED)
        if not held.exists():
            return "deferred"
        staying = [pair for pair in verdicts if not _drop_nudge(*pair)]
        if not staying:
            codes = [verdict.code for _nudge, verdict in verdicts]
            late = bool(codes) and all(code == Gate.TOO_LATE for code in codes)
            state = Message.State.EXPIRED if late else Message.State.CANCELLED
            reason = codes[0] if codes else "no_pairs"
            held.update(state=state, reason=reason[:60], token="", lease_until=None)
            return "expired" if late else "cancelled"
        times = [verdict.not_before for _nudge, verdict in staying if verdict.not_before]
        reason = next((verdict.code for _nudge, verdict in staying if verdict.code), "")
        not_before = max([now, *times])
        for nudge, verdict in staying:
            if verdict.gate in PERSON_GATES:
                # Waiting for a cap is no lateness: it is counted from here.
                Nudge.objects.filter(pk=nudge.pk).update(not_before=not_before)
        held.update(
            state=Message.State.READY,
            not_before=not_before,
            reason=reason[:60],
            token="",
            lease_until=None,
            attempts_made=F("attempts_made") - 1,
        )
    return "deferred"


def _bar_to_repeat(claim: Claim, verdicts: Sequence[NudgeVerdict], now: datetime) -> str:
    """Return why a mail must not be handed over a second time, or an empty text."""
    if is_key_over(claim.message, now=now):
        return "key_over"
    closed = (GateAction.SKIP, GateAction.CANCEL)
    codes = [verdict.code for _nudge, verdict in verdicts if verdict.action in closed]
    # The key stands for the very mail that left: with a pair less it would be another.
    return codes[0] if codes else "" if verdicts else "no_pairs"


def _drop_nudge(nudge: Nudge, verdict: GateVerdict) -> bool:
    """Take a nudge out of its message where its gate is closed for good; tell whether it was."""
    states = {GateAction.SKIP: Nudge.State.SKIPPED, GateAction.CANCEL: Nudge.State.CANCELLED}
    if verdict.action not in states:
        return False
    Nudge.objects.filter(pk=nudge.pk, state=Nudge.State.QUEUED).update(
        state=states[verdict.action], reason=verdict.code[:60]
    )
    return True


def release(claim: Claim) -> None:
    """Give a claimed message back untouched, as if it had not been claimed."""
    Message.objects.filter(**claim.key, state=Message.State.CLAIMED).update(
        state=Message.State.READY,
        token="",
        lease_until=None,
        attempts_made=F("attempts_made") - 1,
    )


def record_outcome(claim: Claim, outcome: Outcome, *, now: datetime, milliseconds: int) -> str:
    """Write down what the mail server said, in one transaction; return the message's new state.

    A claim that was lost meanwhile is left to its new owner, except that a
    mail known to have arrived is never left uncertain.
    """
    with transaction.atomic(durable=True):
        Attempt.objects.create(
            message=claim.message,
            at=now,
            phase=outcome.phase.value,
            code=outcome.code[:40],
            detail=outcome.detail[:300],
            milliseconds=milliseconds,
            worker=WORKER[:80],
        )
        state = _apply(claim, outcome, now)
    note_event(
        f"message.{state}",
        message=str(claim.message.uuid),
        phase=outcome.phase.value,
        code=outcome.code,
        milliseconds=milliseconds,
    )
    if state == Message.State.SENT:
        message_sent.send_robust(sender=Message, message_uuid=claim.message.uuid)
    elif outcome.result is Result.FAILED:
        logger.error(
            "message %s refused for good at %s: %s",
            claim.message.uuid,
            outcome.phase,
            outcome.code,
        )
    elif outcome.result is Result.UNCERTAIN:
        logger.warning("message %s is uncertain: %s", claim.message.uuid, outcome.code)
    return state


def _apply(claim: Claim, outcome: Outcome, now: datetime) -> str:
    if outcome.result is Result.SENT:
        states: Sequence[str] = (Message.State.HANDING, Message.State.UNCERTAIN)
        state = _finish(claim, states, Message.State.SENT, Nudge.State.SENT, outcome, sent_at=now)
        if state == Message.State.SENT and not claim.message.is_redirected:
            note_news(kind=NUDGE_SENT, subjects=[claim.message.uuid], now=now)
        return state
    if outcome.result is Result.UNCERTAIN:
        states = (Message.State.HANDING,)
        return _finish(claim, states, Message.State.UNCERTAIN, Nudge.State.UNCERTAIN, outcome)
    states = (Message.State.CLAIMED, Message.State.HANDING)
    made = claim.message.attempts_made - (0 if outcome.burns_attempt else 1)
    is_over = outcome.result is Result.FAILED or made >= get_policy().max_attempts
    if is_over and is_repeat(claim.message):
        # Refused this time; the first hand-over may have arrived all the same.
        reason = f"{NOT_REPEATED}refused"
        return _finish(
            claim, states, Message.State.UNCERTAIN, Nudge.State.UNCERTAIN, outcome, reason=reason
        )
    if outcome.result is Result.FAILED:
        if outcome.is_hard_bounce and not claim.message.is_redirected:
            suppress_address(
                email_hash=claim.message.contact.email_hash,
                reason=Suppression.Reason.HARD_BOUNCE,
                now=now,
            )
        reason = "hard_bounce" if outcome.is_hard_bounce else "refused"
        reason = TOO_LARGE if outcome.code == TOO_LARGE else reason
        return _finish(
            claim, states, Message.State.FAILED, Nudge.State.FAILED, outcome, reason=reason
        )
    if is_over:
        return _finish(
            claim,
            states,
            Message.State.FAILED,
            Nudge.State.FAILED,
            outcome,
            reason="too_many_attempts",
        )
    delay = retry_delay(max(made, 1), jitter=secrets.randbelow(1001))
    moved = Message.objects.filter(
        **claim.key, state__in=states
    ).update(
        state=Message.State.RETRY_WAIT,
        not_before=now + delay,
        attempts_made=made,
        handed_at=claim.message.handed_at,  # of an earlier try whose fate is unknown, or none
        token="",
        lease_until=None,
        last_code=outcome.code[:40],
    )
    return Message.State.RETRY_WAIT if moved else "lost"


def _finish(
    claim: Claim,
    expected: Sequence[str],
    state: str,
    nudge_state: str,
    outcome: Outcome,
    **changes: object,
) -> str:
    """Move a message and its nudges to their last state; "lost" where somebody else was faster."""
    moved = Message.objects.filter(**claim.key, state__in=expected).update(
        state=state, lease_until=None, last_code=outcome.code[:40], **changes
    )
    if not moved:
        logger.error(
            "message %s: %s came too late to be recorded", claim.message.uuid, outcome.result
        )
        return "lost"
    Nudge.objects.filter(
        message_id=claim.message.pk, state__in=(Nudge.State.QUEUED, Nudge.State.UNCERTAIN)
    ).update(state=nudge_state, reason=str(changes.get("reason", "")))
    return state
