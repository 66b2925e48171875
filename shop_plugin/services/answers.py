"""What a person says of a pair, through the link of a mail: recorded once, and it can be undone.

The signed link is the proof of who may say it: it names one pair and the mail
it came with. Each mail holds at most one answer per pair; another answer from
the same mail takes the place of the first. Every change is an audit entry,
which is also where the standing answers are read from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Max

from shop_plugin.domain.lifespan import adjust_personal_factor
from shop_plugin.domain.nudge_policy import (
    MIN_STAGE_GAP_DAYS,
    Stage,
    find_passed_stages,
    stage_dates,
)
from shop_plugin.models import AuditEntry, Message, Nudge, Purchase
from shop_plugin.services.answer_links import AnswerLink, BrokenLinkError, read_link
from shop_plugin.services.consent import lock_person
from shop_plugin.services.shop_clock import shop_day
from shop_plugin.services.wear import describe_inputs, life_of, pair_name, set_wear

SNOOZE_DAYS = 30

ANSWERED: Final = "answer"
UNDONE: Final = "answer_undone"

# What an answer may change, and an undo brings back.
_STATE = ("status", "personal_factor", "days_per_week", "snoozed_until", "cycle")
_REPLANNED = (
    "life_low_days",
    "life_mid_days",
    "life_high_days",
    "life_inputs",
    "next_stage",
    "next_due_on",
    "updated_at",
)
# Not the person's to decide: the pair went back, or the shop's records name a newer one.
_CLOSED = (Purchase.Status.RETURNED, Purchase.Status.CANCELLED, Purchase.Status.REPLACED)
_NOT_YET_HANDED = (Message.State.READY, Message.State.CLAIMED, Message.State.RETRY_WAIT)


class Answer(StrEnum):
    """What can be said of a pair."""

    STILL_FINE = "still_fine"
    WORN_OUT = "worn_out"
    NOT_WORN = "not_worn"
    DAYS = "days"
    SNOOZE = "snooze"
    STOP = "stop"

    @property
    def ends_notes(self) -> bool:
        """Tell whether no note about the pair follows."""
        return self in (Answer.WORN_OUT, Answer.NOT_WORN, Answer.STOP)


class Result(StrEnum):
    """What came of an answer."""

    DONE = "done"
    UNDONE = "undone"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class Wish(NamedTuple):
    """An answer; ``days`` (of wear a week, 1 to 7) goes with :attr:`Answer.DAYS` alone."""

    answer: Answer
    days: int | None = None


@dataclass(frozen=True, slots=True)
class PairPage:
    """What the answer page shows of a pair; nothing of the person."""

    name: str
    bought_on: date
    worn_since: date
    ends_from: date | None
    ends_until: date | None
    inputs: str
    is_closed: bool
    standing: Wish | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an answer, and the day from which a note about the pair may follow, if any."""

    result: Result
    wish: Wish | None
    next_on: date | None
    page: PairPage


def get_pair_page(*, signed: str) -> PairPage:
    """Return what there is to show of the pair behind a link. Changes nothing.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    """
    link = read_link(signed)
    pair = _pairs().filter(pk=link.purchase_id).first()
    if pair is None:
        raise BrokenLinkError
    return _page(pair, _standing(pair).get(link.message_id))


def record_answer(*, signed: str, wish: Wish, now: datetime) -> Outcome:
    """Carry out what a person says of a pair; the same answer from the same mail acts once.

    An answer from a mail that is older than one already answered changes
    nothing, unless it ends the notes: a "no" holds from wherever it comes.
    Once this has returned, no mail that says otherwise begins its hand-over.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    :raises ValueError: for days a week without or beyond 1 to 7.
    """
    if (wish.answer is Answer.DAYS) != (wish.days in range(1, 8)):
        raise ValueError("days of wear a week go from 1 to 7, and with that answer alone")
    link = read_link(signed)
    with transaction.atomic():
        pair = _lock_pair(link)
        standing = _standing(pair)
        own = standing.get(link.message_id)
        if _is_closed(pair):
            return _outcome(Result.CLOSED, pair, own, now)
        if own is not None and _wish_of(own) == wish:
            return _outcome(Result.DONE, pair, own, now)
        if max(standing, default=0) > link.message_id and not wish.answer.ends_notes:
            return _outcome(Result.SUPERSEDED, pair, own, now)
        if own is not None and own.pk == max(entry.pk for entry in standing.values()):
            _restore(pair, own)
        before = _state_of(pair)
        _carry_out(pair, wish, today=shop_day(now))
        entry = _save(pair, ANSWERED, link, before, now, wish)
        return _outcome(Result.DONE, pair, entry, now)


def undo_answer(*, signed: str, now: datetime) -> Outcome:
    """Take back the answer that this mail's link gave, where no later one stands on it.

    What somebody else changed since (a return, a newer answer) stays.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    """
    link = read_link(signed)
    with transaction.atomic():
        pair = _lock_pair(link)
        standing = _standing(pair)
        own = standing.get(link.message_id)
        if _is_closed(pair):
            return _outcome(Result.CLOSED, pair, own, now)
        if own is None:
            return _outcome(Result.UNDONE, pair, None, now)
        if own.pk != max(entry.pk for entry in standing.values()):
            return _outcome(Result.SUPERSEDED, pair, own, now)
        before = _state_of(pair)
        _restore(pair, own)
        set_wear(pair, pair.listing)
        _save(pair, UNDONE, link, before, now, None)
        return _outcome(Result.UNDONE, pair, None, now)


def _pairs() -> Any:
    return Purchase.objects.select_related("contact", "listing__profile").defer(
        "listing__description", "listing__raw_attributes"
    )


def _lock_pair(link: AnswerLink) -> Purchase:
    """Lock the pair, then its person: the order in which an import takes them too.

    The fence before a mail leaves takes the person's lock, so one is first.
    """
    found: Purchase | None = (
        _pairs().select_for_update(of=("self",)).filter(pk=link.purchase_id).first()
    )
    if found is None:
        raise BrokenLinkError
    lock_person(found.contact_id)
    return found


def _is_closed(pair: Purchase) -> bool:
    return (
        pair.status in _CLOSED
        or pair.quantity_returned >= pair.quantity
        or pair.contact.erased_at is not None
    )


def _carry_out(pair: Purchase, wish: Wish, *, today: date) -> None:
    answer = wish.answer
    if answer is Answer.STOP:
        pair.status = Purchase.Status.STOPPED
    elif answer.ends_notes:
        # "Replaced" is what the orders say of a pair, and a later import may take that back.
        pair.status = Purchase.Status.RETIRED
    else:
        _withdraw_waiting(pair)
        if pair.status == Purchase.Status.RETIRED or answer is Answer.SNOOZE:
            pair.status = Purchase.Status.ACTIVE
    if answer is Answer.STILL_FINE:
        pair.personal_factor = adjust_personal_factor(pair.personal_factor, is_still_fine=True)
    elif answer is Answer.DAYS:
        pair.days_per_week = wish.days
    set_wear(pair, pair.listing)
    if answer is Answer.SNOOZE:
        _snooze(pair, until=today + timedelta(days=SNOOZE_DAYS))
    elif not answer.ends_notes:
        _keep_distance(pair, today=today)


def _withdraw_waiting(pair: Purchase) -> None:
    """Drop what was planned about the pair but not handed over; the planner reckons it anew.

    A mail left without a pair is cancelled at its gate.
    """
    waiting = Nudge.objects.filter(purchase=pair, cycle=pair.cycle)
    waiting.filter(state=Nudge.State.DUE).delete()
    waiting.filter(state=Nudge.State.QUEUED, message__state__in=_NOT_YET_HANDED).delete()


def _snooze(pair: Purchase, *, until: date) -> None:
    """Let the pair wait until a day, and see to it that something is said then.

    Where every stage that would be due was said already, the pair begins a new cycle.
    """
    pair.snoozed_until = until
    next_on = _find_next(pair, today=until)
    if next_on is None or next_on > until:
        last = Nudge.objects.filter(purchase=pair).aggregate(last=Max("cycle"))["last"] or 0
        pair.cycle = max(pair.cycle, last) + 1


def _keep_distance(pair: Purchase, *, today: date) -> None:
    """Let no note follow an answer sooner than two stages follow each other."""
    next_on = _find_next(pair, today=today)
    earliest = today + timedelta(days=MIN_STAGE_GAP_DAYS)
    if next_on is not None and next_on < earliest:
        pair.snoozed_until = earliest


def _find_next(pair: Purchase, *, today: date) -> date | None:
    """Return from which day a note about the pair may follow, today at the earliest."""
    if pair.status != Purchase.Status.ACTIVE or pair.is_gift:
        return None
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    done = Nudge.objects.filter(purchase=pair, cycle=pair.cycle).values_list("stage", flat=True)
    passed = find_passed_stages(dates, today=today, done=[Stage(stage) for stage in done])
    if passed.latest is not None:
        return max(today, pair.snoozed_until or today)
    if passed.upcoming is not None:
        return max(dates[passed.upcoming], pair.snoozed_until or today)
    return None


def _state_of(pair: Purchase) -> dict[str, Any]:
    state = {name: getattr(pair, name) for name in _STATE}
    return {**state, "snoozed_until": pair.snoozed_until and pair.snoozed_until.isoformat()}


def _restore(pair: Purchase, entry: AuditEntry) -> None:
    """Bring back what an answer changed, except where somebody has changed it again since."""
    now, before, after = _state_of(pair), entry.before or {}, entry.after or {}
    for name in _STATE:
        if name in before and now[name] == after.get(name):
            value = before[name]
            if name == "snoozed_until" and value is not None:
                value = date.fromisoformat(value)
            setattr(pair, name, value)


def _save(
    pair: Purchase,
    action: str,
    link: AnswerLink,
    before: Mapping[str, Any],
    now: datetime,
    wish: Wish | None,
) -> AuditEntry:
    pair.updated_at = now
    pair.save(update_fields=[*_STATE, *_REPLANNED])
    said = {"answer": wish.answer.value, "days": wish.days} if wish else {}
    return AuditEntry.objects.create(
        action=action,
        subject=f"purchase:{pair.pk}",
        before=dict(before),
        after={**_state_of(pair), **said, "message": link.message_id},
        reason="link in a mail",
        at=now,
    )


def _standing(pair: Purchase) -> dict[int, AuditEntry]:
    """Return the answer that holds of each mail, by message id."""
    entries = AuditEntry.objects.filter(
        subject=f"purchase:{pair.pk}", action__in=(ANSWERED, UNDONE)
    ).order_by("pk")
    standing: dict[int, AuditEntry] = {}
    for entry in entries:
        message_id = _said_in(entry)["message"]
        if entry.action == UNDONE:
            standing.pop(message_id, None)
        else:
            standing[message_id] = entry
    return standing


def _wish_of(entry: AuditEntry) -> Wish:
    said = _said_in(entry)
    return Wish(Answer(said["answer"]), said["days"])


def _said_in(entry: AuditEntry) -> Mapping[str, Any]:
    said: Mapping[str, Any] = entry.after or {}
    return said


def _outcome(result: Result, pair: Purchase, own: AuditEntry | None, now: datetime) -> Outcome:
    return Outcome(
        result=result,
        wish=_wish_of(own) if own is not None else None,
        next_on=_find_next(pair, today=shop_day(now)),
        page=_page(pair, own),
    )


def _page(pair: Purchase, own: AuditEntry | None) -> PairPage:
    life = life_of(pair)
    start = pair.wear_start_on
    return PairPage(
        name=pair_name(pair),
        bought_on=pair.ordered_at.date(),
        worn_since=start,
        ends_from=start + timedelta(days=life.low_days) if life else None,
        ends_until=(
            start + timedelta(days=life.high_days) if life and not life.is_too_wide else None
        ),
        inputs=describe_inputs(pair),
        is_closed=_is_closed(pair),
        standing=_wish_of(own) if own is not None else None,
    )
