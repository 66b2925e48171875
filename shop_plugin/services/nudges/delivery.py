"""The outbox emptied: claim, check, hand over, record; and what became of dead workers' mails.

The rows are the queue. Any number of workers may run this at once: a message
is claimed by one conditional UPDATE, and only the holder of its token and
lease can hand it over.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_gates import GateAction
from shop_plugin.domain.nudge_policy import Mode
from shop_plugin.models import Message, Nudge, NudgeControl
from shop_plugin.services.nudges.breakers import watch_mailer
from shop_plugin.services.nudges.handing import (
    CLAIM_LOST,
    Claim,
    NudgeVerdict,
    hold_back,
    is_clear,
    judge_message,
    judge_nudges,
    load_nudges,
    pass_fence,
    record_outcome,
    release,
)
from shop_plugin.services.nudges.mailing import (
    TOO_LARGE,
    LetterFacts,
    TooLargeError,
    compose_mail,
    load_letter_facts,
)
from shop_plugin.services.nudges.provider_reports import resolve_by_reports
from shop_plugin.services.nudges.restoring import note_in_journal
from shop_plugin.services.pairs.gate_facts import PersonFacts, load_people
from shop_plugin.services.shop.event_log import note_event
from shop_plugin.services.shop.modes import (
    ModeInForce,
    get_mode,
    mails_left_today,
    note_transport_failure,
    note_transport_success,
)
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.transport.journal import Word
from shop_plugin.services.transport.repeating import park, park_expired, release_repeatable
from shop_plugin.services.transport.smtp import Outcome, Phase, Result, Transport
from shop_plugin.services.transport.spool import SpooledMail, replay_spool, spool_mail

logger = logging.getLogger("footback.nudges")

WAITING = (Message.State.READY, Message.State.RETRY_WAIT)
# Nobody found out within three days: then nobody will.
ABANDON_AFTER = timedelta(hours=72)
# In dry run every waiting mail is judged again each tick; this many are enough to see.
DRY_RUN_LIMIT = 500
RECORD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What one round of delivery did.

    ``would_send`` and ``would_hold`` are counted in dry run only, where no
    row changes; ``would_hold`` is by reason. ``is_work_left`` tells that the
    budget ran out first. ``repeated`` are uncertain messages made ready again
    because the mail server knows a repeat by its key; ``spooled`` mails left
    while the database was away.
    """

    mode: str = Mode.OFF.value
    why: str = ""
    sent: int = 0
    retried: int = 0
    failed: int = 0
    uncertain: int = 0
    repeated: int = 0
    spooled: int = 0
    deferred: int = 0
    cancelled: int = 0
    expired: int = 0
    abandoned: int = 0
    lost: int = 0
    would_send: int = 0
    would_hold: dict[str, int] = field(default_factory=dict)
    is_paused: bool = False
    is_work_left: bool = False


class _Clock:
    """The time a round began by, moved on by what has passed since."""

    def __init__(self, now: datetime) -> None:
        self._now, self._started = now, time.monotonic()

    def __call__(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started


def deliver_messages(*, now: datetime, budget_seconds: float) -> DeliveryResult:
    """Hand over what is due, until nothing is left or the budget is spent.

    In dry run nothing is handed over and nothing is written: the result tells
    what would be. Messages that a dead worker left in mid hand-over become
    uncertain, and are given up after 72 hours without evidence.
    """
    # First the spool: what it knows as sent must not be taken for uncertain.
    counts: Counter[str] = Counter(spooled=replay_spool(_take_in))
    counts.update(_recover(now))
    mode = get_mode()
    if mode.name is Mode.DRY_RUN:
        return _rehearse(mode, now, counts)
    is_paused = mode.paused_until is not None and mode.paused_until > now
    if not mode.sends or is_paused:
        return _result(mode, counts, is_paused=is_paused)
    clock = _Clock(now)
    transport = Transport()
    try:
        is_work_left = _drain(transport, mode, clock, budget_seconds, counts)
    finally:
        transport.close()
    return _result(mode, counts, is_work_left=is_work_left)


def _result(mode: ModeInForce, counts: Counter[str], **extra: object) -> DeliveryResult:
    return DeliveryResult(mode=mode.name.value, why=mode.why, **{**counts, **extra})  # type: ignore[arg-type]


def _drain(
    transport: Transport,
    mode: ModeInForce,
    clock: _Clock,
    budget_seconds: float,
    counts: Counter[str],
) -> bool:
    """Work through the outbox; tell whether work was left when the budget or the day ended."""
    refused, counted = counts["failed"], 0
    while clock.seconds < budget_seconds:
        if counts["failed"] > refused:
            refused = counts["failed"]
            if watch_mailer(now=clock()) is not None:
                return True
        batch = min(get_settings().CLAIM_BATCH, mails_left_today(mode, now=clock()))
        claims = claim_messages(limit=batch, now=clock()) if batch else []
        if not claims:
            return False
        if claims[0].count <= counted:
            # The database was put back in the middle of the round: the next one will say so.
            for claim in claims:
                release(claim)
            return True
        counted = claims[0].count
        shared = _Shared.load(claims, clock())
        while claims:
            if clock.seconds >= budget_seconds or not _deliver(
                transport, claims.pop(0), shared, mode, clock, counts
            ):
                for claim in claims:
                    release(claim)
                return True
    return True


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the mails of a claimed batch need, read in a few queries for all of them."""

    people: Mapping[int, PersonFacts]
    facts: LetterFacts

    @classmethod
    def load(cls, claims: Sequence[Claim], now: datetime) -> _Shared:
        contacts = [claim.message.contact for claim in claims]
        nudges = [nudge for claim in claims for nudge in claim.nudges]
        return cls(load_people(contacts, now=now), load_letter_facts(contacts, nudges))


def claim_messages(*, limit: int, now: datetime) -> list[Claim]:
    """Take up to ``limit`` waiting messages for this worker, with a lease by the database's clock.

    No message is ever given to two workers. Databases with row locks skip
    what another worker is just claiming; elsewhere the one UPDATE decides.
    """
    token = secrets.token_hex(16)
    waiting = _waiting(now)
    with transaction.atomic(durable=True):
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        ids = list(waiting.values_list("pk", flat=True)[:limit])
        Message.objects.filter(pk__in=ids, state__in=WAITING).update(
            state=Message.State.CLAIMED,
            token=token,
            lease_until=Now() + timedelta(seconds=get_settings().LEASE_SECONDS),
            attempts_made=F("attempts_made") + 1,
        )
        shop, count = _count_claim() if ids else ("", 0)
    messages = list(
        Message.objects.filter(token=token, state=Message.State.CLAIMED)
        .select_related("contact")
        .order_by("not_before", "pk")
    )
    for message in messages:
        note_event("message.claimed", message=str(message.uuid), attempt=message.attempts_made)
    nudges = load_nudges([message.pk for message in messages])
    return [Claim(message, nudges.get(message.pk, ()), shop, count) for message in messages]


def _count_claim() -> tuple[str, int]:
    """Count this claim for the whole shop; return the shop's id and the count.

    By the two a database that was put back as it was is known.
    """
    control = NudgeControl.objects.filter(pk=1)
    control.update(claims_made=F("claims_made") + 1)
    shop, claims = control.values_list("shop_id", "claims_made").get()
    return str(shop), claims


def _waiting(now: datetime) -> QuerySet[Message]:
    due = Message.objects.filter(state__in=WAITING, not_before__lte=now)
    return due.order_by("not_before", "pk")


def _deliver(
    transport: Transport,
    claim: Claim,
    shared: _Shared,
    mode: ModeInForce,
    clock: _Clock,
    counts: Counter[str],
) -> bool:
    """Bring one message as far as it goes; tell whether the transport can carry on."""
    started = time.monotonic()
    person = shared.people[claim.message.contact_id]
    verdicts = judge_nudges(claim.message, claim.nudges, person, mode=mode, now=clock())
    if not is_clear(verdicts):
        counts[hold_back(claim, verdicts, now=clock())] += 1
        return mode.sends and not _is_stopped(verdicts)
    outcome = _hand_over(transport, claim, shared.facts, mode, clock)
    if outcome.result is Result.HELD:
        return _take_back(claim, outcome, clock, counts)
    milliseconds = int((time.monotonic() - started) * 1000)
    state = _record(claim, outcome, clock, milliseconds)
    counts[_COUNTED_AS.get(state, "lost")] += 1
    if outcome.is_transport:
        return note_transport_failure(now=clock()) is None and outcome.phase is not Phase.CONNECT
    if state == Message.State.SENT:
        note_transport_success()
    return True


_JOURNALLED_AS: Mapping[Result, Word] = {
    Result.SENT: Word.SENT,
    Result.UNCERTAIN: Word.UNKNOWN,
}
_COUNTED_AS: Mapping[str, str] = {
    Message.State.SENT: "sent",
    Message.State.RETRY_WAIT: "retried",
    Message.State.FAILED: "failed",
    Message.State.UNCERTAIN: "uncertain",
}


def _is_stopped(verdicts: Sequence[NudgeVerdict]) -> bool:
    return any(verdict.action is GateAction.HOLD for _nudge, verdict in verdicts)


def _hand_over(
    transport: Transport, claim: Claim, facts: LetterFacts, mode: ModeInForce, clock: _Clock
) -> Outcome:
    redirect_to = get_settings().REDIRECT_TO if mode.name is Mode.REDIRECT else ""
    claim.message.is_redirected = bool(redirect_to)
    try:
        mail = compose_mail(
            claim.message,
            nudges=claim.nudges,
            now=clock(),
            redirect_to=redirect_to,
            facts=facts,
        )
    except TooLargeError as error:
        logger.error("message %s is too large: %s", claim.message.uuid, error)
        return Outcome(Result.FAILED, Phase.FENCE, code=TOO_LARGE, detail=str(error)[:300])
    except Exception as error:
        # A title, a template or a host's address may be broken in any way; the others go on.
        logger.exception("message %s cannot be written", claim.message.uuid)
        code = f"render:{type(error).__name__}"
        return Outcome(Result.RETRY, Phase.FENCE, code=code, detail=str(error)[:300])
    return transport.hand_over(mail, fence=lambda: _enter(claim, clock))


def _enter(claim: Claim, clock: _Clock) -> None:
    """Pass the fence, and note it outside the database too before anything leaves."""
    pass_fence(claim, now=clock())
    note_in_journal(claim, Word.ENTERED, now=clock())


def _take_back(claim: Claim, outcome: Outcome, clock: _Clock, counts: Counter[str]) -> bool:
    """Deal with a message that the fence kept: look again at why, as things stand now."""
    if outcome.code == CLAIM_LOST:
        counts["lost"] += 1
        return True
    mode = get_mode()
    nudges = load_nudges([claim.message.pk]).get(claim.message.pk, ())
    claim.message.contact.refresh_from_db()
    verdicts = judge_message(claim.message, nudges, mode=mode, now=clock())
    counts[hold_back(claim, verdicts, now=clock())] += 1
    return mode.sends


def _record(claim: Claim, outcome: Outcome, clock: _Clock, milliseconds: int) -> str:
    """Record an outcome, again and again for a minute while the database is away.

    Where it stays away, a mail that left is noted in the spool, which a later
    round takes in. For any other outcome the lease decides: the message
    becomes uncertain, and is never sent again by itself.
    """
    if outcome.phase in (Phase.DATA, Phase.ACCEPTED):
        note_in_journal(claim, _JOURNALLED_AS.get(outcome.result, Word.REFUSED), now=clock())
    deadline = time.monotonic() + RECORD_SECONDS
    for attempt in count():
        try:
            return record_outcome(claim, outcome, now=clock(), milliseconds=milliseconds)
        except DatabaseError:
            if time.monotonic() >= deadline:
                logger.exception(
                    "message %s: %s could not be recorded", claim.message.uuid, outcome.result
                )
                if outcome.result is Result.SENT:
                    _spool(claim, clock())
                raise
            _wait_and_reconnect(attempt)
    raise AssertionError("the loop returns or raises")


def _spool(claim: Claim, at: datetime) -> None:
    try:
        spool_mail(SpooledMail(claim.message.uuid, claim.message.token, at))
    except OSError:
        # Neither database nor disk: the message becomes uncertain by its lease.
        logger.exception("message %s: sent, and not even spooled", claim.message.uuid)


def _take_in(mail: SpooledMail) -> None:
    """Record what the spool knows; a message that went on meanwhile is left as it is."""
    message = Message.objects.filter(uuid=mail.uuid).select_related("contact").first()
    if message is None:
        return
    message.token = mail.token
    outcome = Outcome(Result.SENT, Phase.ACCEPTED, code="250", detail="noted in the spool")
    record_outcome(Claim(message, ()), outcome, now=mail.at, milliseconds=0)


def _wait_and_reconnect(attempt: int, sleep: Callable[[float], None] = time.sleep) -> None:
    sleep(min(0.1 * 2 ** min(attempt, 6), 5))
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _rehearse(mode: ModeInForce, now: datetime, counts: Counter[str]) -> DeliveryResult:
    """Judge and render what waits, as if it were live, and write nothing."""
    live = ModeInForce(Mode.LIVE, mode.why, mode.live_since or now)
    waiting = list(_waiting(now).select_related("contact")[:DRY_RUN_LIMIT])
    nudges = load_nudges([message.pk for message in waiting])
    would_send, would_hold = 0, Counter[str]()
    for message in waiting:
        own = nudges.get(message.pk, ())
        verdicts = judge_message(message, own, mode=live, now=now)
        clear = [nudge for nudge, verdict in verdicts if verdict.action is GateAction.GO]
        if not clear:
            would_hold[verdicts[0][1].code if verdicts else "no_pairs"] += 1
            continue
        compose_mail(message, nudges=clear, now=now)
        would_send += 1
    return _result(mode, counts, would_send=would_send, would_hold=dict(would_hold))


def _recover(now: datetime) -> dict[str, int]:
    """Bring back what dead workers left behind, by the database's clock; count it by state."""
    claimed = Message.objects.filter(state=Message.State.CLAIMED, lease_until__lte=Now())
    poisonous = claimed.filter(attempts_made__gte=get_policy().max_attempts)
    park(poisonous.filter(handed_at__isnull=False), reason="too_many_attempts")
    failed = _end(poisonous, Message.State.FAILED, Nudge.State.FAILED, reason="too_many_attempts")
    claimed.update(state=Message.State.READY, token="", lease_until=None)
    handing = Message.objects.filter(state=Message.State.HANDING, lease_until__lte=Now())
    uncertain = _end(handing, Message.State.UNCERTAIN, Nudge.State.UNCERTAIN, reason="worker_died")
    resolve_by_reports(now=now)
    park_expired(now)
    repeated = release_repeatable(now)
    old = Message.objects.filter(state=Message.State.UNCERTAIN, handed_at__lte=now - ABANDON_AFTER)
    abandoned = _end(old, Message.State.ABANDONED, Nudge.State.ABANDONED, reason="no_evidence")
    return {
        "failed": failed,
        "uncertain": uncertain,
        "repeated": repeated,
        "abandoned": abandoned,
    }


def _end(messages: QuerySet[Message], state: str, nudge_state: str, *, reason: str) -> int:
    with transaction.atomic(durable=True):
        uuids = dict(messages.select_for_update().values_list("pk", "uuid"))
        ids = list(uuids)
        if not ids:
            return 0
        ended = messages.filter(pk__in=ids).update(state=state, reason=reason, lease_until=None)
        Nudge.objects.filter(
            message_id__in=ids, state__in=(Nudge.State.QUEUED, Nudge.State.UNCERTAIN)
        ).update(state=nudge_state, reason=reason)
    for uuid in uuids.values():
        note_event(f"message.{state}", message=str(uuid), reason=reason)
    return ended
