"""The queue of webhooks worked off: the rows are the queue, one event is one transaction.

Any number of workers may run this at once. A try is written down before it is
made, with a time before which nobody else tries: so a worker that is killed
costs that time and nothing else, and an event that kills every worker is given
up like one that fails.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection as database
from django.db import transaction
from django.db.models import F

from shop_plugin.conf import get_settings, load_webhook_reader, webhook_connections
from shop_plugin.domain.host_changes import Delivery, RefusedDelivery
from shop_plugin.models import AuditEntry, HostEvent
from shop_plugin.services.intake.host_changes import AppliedChange, apply_change
from shop_plugin.services.intake.withdrawals import withdraw_all_of
from shop_plugin.services.pairs.purchases import mark_replaced
from shop_plugin.services.pairs.returns import count_returns, find_uncounted
from shop_plugin.services.people.host_wishes import erase_customers_of

logger = logging.getLogger("footback.webhooks")

#: After a try the next one is this far away at least, and four times as far after each.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=6)
#: A host's clock may be so much ahead; a later change is taken to be of the moment it came in.
CLOCK_TOLERANCE = timedelta(minutes=5)
EXPORT_OF, ERASE_SHOP = "export_of", "erase_shop"
_State = HostEvent.State
_WITH_BODY = (_State.FAILED, _State.REFUSED)


@dataclass(frozen=True, slots=True)
class HostEventWork:
    """What a round did with webhooks, by what became of them; whether more were waiting."""

    applied: int = 0
    ignored: int = 0
    held: int = 0
    refused: int = 0
    failed: int = 0
    retried: int = 0
    returns_counted: int = 0
    is_more: bool = False

    @property
    def total(self) -> int:
        """Return how many webhooks were looked at."""
        return sum((self.applied, self.ignored, self.held, self.refused, self.failed, self.retried))


def work_on_host_events(*, now: datetime, budget_seconds: float | None = None) -> HostEventWork:
    """Carry out what hosts pushed, the oldest first, until nothing waits or the time is used up.

    The budget is ``TICK_BUDGET_SECONDS`` unless given; one event is done in
    any case. An event that fails is tried again later and keeps nobody back.
    """
    budget = get_settings().TICK_BUDGET_SECONDS if budget_seconds is None else budget_seconds
    started = time.monotonic()
    counts: Counter[str] = Counter(returns_counted=_count_late_returns(now))
    while True:
        at = now + timedelta(seconds=time.monotonic() - started)
        event = _claim(at)
        if event is None:
            return _work(counts)
        outcome = _carry_out(event, at)
        if outcome:
            counts[outcome] += 1
        if time.monotonic() - started >= budget:
            return _work(counts, is_more=True)


def _work(counts: Counter[str], *, is_more: bool = False) -> HostEventWork:
    return HostEventWork(**dict(counts), is_more=is_more)


def try_again(*, event_ids: Iterable[int], actor: AbstractBaseUser, now: datetime) -> int:
    """Let events that failed or could not be read wait anew; return how many had a body left."""
    with transaction.atomic():
        rows = HostEvent.objects.filter(
            pk__in=list(event_ids), state__in=_WITH_BODY, body__isnull=False
        )
        keys = list(rows.values_list("pk", flat=True))
        rows.filter(pk__in=keys).update(
            state=_State.WAITING, attempts=0, not_before=now, error="", finished_at=None
        )
        _audit("retry_webhooks", keys, actor, now)
    return len(keys)


def confirm_held(*, event_id: int, actor: AbstractBaseUser, now: datetime) -> bool:
    """Let a held event be carried out or be called done; tell whether it was waiting for that.

    A question what is held about somebody is called done: staff have answered
    it. The erasure of all customers of a source begins, in small steps.
    """
    with transaction.atomic():
        event = HostEvent.objects.select_for_update().filter(pk=event_id, state=_State.HELD).first()
        if event is None:
            return False
        is_erasure = bool(event.counts.get(ERASE_SHOP))
        event.state = _State.WAITING if is_erasure else _State.APPLIED
        event.attempts, event.not_before, event.confirmed_by_id = 0, now, actor.pk
        event.finished_at = None if is_erasure else now
        event.save(update_fields=["state", "attempts", "not_before", "confirmed_by", "finished_at"])
        _audit("confirm_webhook", [event.pk], actor, now)
    return True


def _claim(now: datetime) -> HostEvent | None:
    """Take the next event that is due, and write down that it is tried."""
    while True:
        with transaction.atomic():
            due = HostEvent.objects.filter(state=_State.WAITING, not_before__lte=now)
            due = due.order_by("not_before", "pk")
            if database.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True, of=("self",))
            event = due.first()
            if event is None:
                return None
            mine = HostEvent.objects.filter(
                pk=event.pk, state=_State.WAITING, attempts=event.attempts
            )
            if event.attempts >= get_settings().MOST_HOST_EVENT_TRIES:
                words = event.error or "its worker died each time"
                mine.update(state=_State.FAILED, error=words, finished_at=now)
                continue
            wait = min(FIRST_WAIT * 4 ** min(event.attempts, 8), LONGEST_WAIT)
            if mine.update(attempts=F("attempts") + 1, not_before=now + wait):
                event.attempts += 1
                return event


def _carry_out(event: HostEvent, now: datetime) -> str:
    """Carry an event out; return what became of it, empty where another worker was faster."""
    try:
        # Without its body an event waits only once staff let it be carried out.
        if event.body is None and event.counts.get(ERASE_SHOP):
            return _erase_shop(event, now)
        return _apply(event, now)
    except RefusedDelivery as error:
        _finish(event, _State.REFUSED, now, error=f"{error.code}: {error}", keeps_body=True)
        return "refused"
    except Exception as error:
        # A reader is foreign code, and a row may be what nobody thought of.
        return _note_failure(event, error, now)


def _apply(event: HostEvent, now: datetime) -> str:
    connection = webhook_connections()[event.connection]
    delivery = Delivery(event.delivery_id, event.topic, event.sent_at)
    change = load_webhook_reader(event.connection).read(
        delivery=delivery, body=bytes(event.body or b""), source=connection.source
    )
    with transaction.atomic():
        if not _is_mine(event):
            return ""
        done = apply_change(
            change=change,
            source=connection.source,
            at=_moment_of(event, change.changed_at),
            reason=f"webhook of {event.connection}",
            now=now,
        )
        state = _state_after(done)
        _finish(event, state, now, counts=_counts_of(done))
    return str(state.value)


def _erase_shop(event: HostEvent, now: datetime) -> str:
    """Erase the next customers of a source; the event waits on until none is left."""
    source = str(event.counts[ERASE_SHOP])
    with transaction.atomic():
        if not _is_mine(event):
            return ""
        erased = erase_customers_of(source=source, now=now, reason=f"webhook of {event.connection}")
        counts = {
            **event.counts,
            "people_erased": int(event.counts.get("people_erased", 0)) + erased,
        }
        if erased:
            HostEvent.objects.filter(pk=event.pk).update(counts=counts, attempts=0, not_before=now)
            return "held"
        counts["listings_withdrawn"] = withdraw_all_of(source=source, now=now)
        _finish(event, _State.APPLIED, now, counts=counts)
    return "applied"


def _is_mine(event: HostEvent) -> bool:
    """Lock an event; tell whether nobody else has tried it since."""
    row = HostEvent.objects.filter(pk=event.pk, state=_State.WAITING, attempts=event.attempts)
    return row.select_for_update(of=("self",)).values_list("pk").first() is not None


def _moment_of(event: HostEvent, changed_at: datetime | None) -> datetime:
    """Return as of when an event speaks: as the host says, but never later than it came in."""
    at = changed_at or event.sent_at or event.received_at
    return at if at <= event.received_at + CLOCK_TOLERANCE else event.received_at


def _state_after(done: AppliedChange) -> HostEvent.State:
    if done.export_of or done.asks_to_erase_shop:
        return _State.HELD
    return _State.IGNORED if done.is_nothing else _State.APPLIED


def _counts_of(done: AppliedChange) -> dict[str, object]:
    counts: dict[str, object] = dict(done.counts)
    if done.problems:
        counts["problems"] = list(done.problems)
    if done.export_of:
        counts[EXPORT_OF] = list(done.export_of)
    if done.asks_to_erase_shop:
        counts[ERASE_SHOP] = done.source
    return counts


def _finish(
    event: HostEvent,
    state: HostEvent.State,
    now: datetime,
    *,
    counts: dict[str, object] | None = None,
    error: str = "",
    keeps_body: bool = False,
) -> None:
    rows = HostEvent.objects.filter(pk=event.pk, state=_State.WAITING, attempts=event.attempts)
    gone: dict[str, object] = {} if keeps_body else {"body": None}
    if counts is not None:
        gone["counts"] = counts
    rows.update(state=state, finished_at=now, error=error[:300], **gone)


def _note_failure(event: HostEvent, error: Exception, now: datetime) -> str:
    """Write down why a try failed. An error's own words may hold an address; its place does not."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = f"{type(error).__name__} in {place.name}, line {place.lineno}"
    if isinstance(error, KeyError) and event.connection not in webhook_connections():
        words = "the connection is not in WEBHOOKS any more"
    is_over = event.attempts >= get_settings().MOST_HOST_EVENT_TRIES
    logger.error(
        "webhook %d of %s failed at try %d%s: %s",
        event.pk,
        event.connection,
        event.attempts,
        ", and is given up" if is_over else "",
        words,
    )
    if is_over:
        _finish(event, _State.FAILED, now, error=words, keeps_body=True)
        return "failed"
    HostEvent.objects.filter(pk=event.pk, state=_State.WAITING, attempts=event.attempts).update(
        error=words[:300]
    )
    return "retried"


def _count_late_returns(now: datetime) -> int:
    keys = find_uncounted()
    owners = count_returns(keys=keys, now=now)
    if owners:
        mark_replaced(contact_ids=owners, now=now)
    return len(keys)


def _audit(action: str, keys: list[int], actor: AbstractBaseUser, now: datetime) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(action=action, subject=f"webhook:{key}", actor_id=actor.pk, at=now)
        for key in keys
    )
