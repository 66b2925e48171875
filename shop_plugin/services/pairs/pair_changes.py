"""What a person may say of a pair, and what it does: the same from a mail and from "My shoes".

Every change is an audit entry with the state before and after; that is also
where the standing ones are read from, so that the last can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db.models import Max

from shop_plugin.domain.lifespan import DAYS_PER_WEEK, adjust_personal_factor
from shop_plugin.domain.nudge_policy import (
    MIN_STAGE_GAP_DAYS,
    Stage,
    find_passed_stages,
    stage_dates,
)
from shop_plugin.models import AuditEntry, Message, Nudge, Purchase
from shop_plugin.services.people.consent import lock_person
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.wear.life import CONFIRMED, life_of, set_wear
from shop_plugin.services.wear.rotation import settle_rotation

SNOOZE_DAYS: Final = (30, 60, 90)

ANSWERED: Final = "answer"
UNDONE: Final = "answer_undone"

# What a change may touch, and taking it back brings back.
_STATE = (
    "status",
    "personal_factor",
    "days_per_week",
    "snoozed_until",
    "cycle",
    "wear_start_on",
    "wear_start_basis",
    "is_kept",
)
_DAYS_IN_STATE = ("snoozed_until", "wear_start_on")
_REPLANNED = (
    "pairs_in_rotation",
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
_PUT_AWAY = (Purchase.Status.RETIRED, Purchase.Status.GIVEN)
_NOT_YET_HANDED = (Message.State.READY, Message.State.CLAIMED, Message.State.RETRY_WAIT)


class Answer(StrEnum):
    """What can be said of a pair."""

    STILL_FINE = "still_fine"
    WORN_OUT = "worn_out"
    NOT_WORN = "not_worn"
    DAYS = "days"
    SNOOZE = "snooze"
    STOP = "stop"
    STARTED = "started"
    REPLACED = "replaced"
    GIVEN = "given_away"
    KEPT = "kept"
    AGAIN = "again"

    @property
    def ends_notes(self) -> bool:
        """Tell whether no note about the pair follows."""
        return self in _ENDING


_ENDING = (Answer.WORN_OUT, Answer.NOT_WORN, Answer.STOP, Answer.REPLACED, Answer.GIVEN)


class Result(StrEnum):
    """What came of it."""

    DONE = "done"
    UNDONE = "undone"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class Wish(NamedTuple):
    """What is said of a pair.

    ``days`` are days of wear a week (1 to 7) with :attr:`Answer.DAYS`, and days
    to wait with :attr:`Answer.SNOOZE` (30 where none are named). ``on`` is the
    first day of wear, with :attr:`Answer.STARTED`.
    """

    answer: Answer
    days: int | None = None
    on: date | None = None


class ImpossibleWishError(ValueError):
    """The wish lacks what belongs to it, or names what cannot be."""


def check_wish(wish: Wish, *, bought_on: date | None = None, today: date | None = None) -> None:
    """Refuse a wish that cannot be carried out.

    :raises ImpossibleWishError: for days a week beyond 1 to 7, a wait that is
        not offered, a first day before the order or after today, or any of
        these with another answer.
    """
    answer, days, on = wish
    if answer is Answer.DAYS:
        is_possible = days in range(1, DAYS_PER_WEEK + 1)
    elif answer is Answer.SNOOZE:
        is_possible = days is None or days in SNOOZE_DAYS
    else:
        is_possible = days is None
    if not is_possible:
        raise ImpossibleWishError("days of wear a week go from 1 to 7, and with that answer alone")
    if (answer is Answer.STARTED) != (on is not None):
        raise ImpossibleWishError("a first day belongs to that answer, and to it alone")
    if on is not None and not (bought_on or on) <= on <= (today or on):
        raise ImpossibleWishError("a pair is first worn between its order and today")


@dataclass(frozen=True, slots=True)
class History:
    """What stands of a pair, oldest first; ``last`` is the key of the newest entry of any kind."""

    standing: tuple[AuditEntry, ...]
    last: int

    @property
    def newest(self) -> AuditEntry | None:
        """Return the change that an undo would take back."""
        return self.standing[-1] if self.standing else None

    def of_mail(self, message_id: int) -> AuditEntry | None:
        """Return the answer that stands of a mail."""
        return next((e for e in self.standing if said_in(e)["message"] == message_id), None)


def read_histories(pair_ids: Sequence[int]) -> dict[int, History]:
    """Return what stands of each pair. One query."""
    keys = {f"purchase:{pk}": pk for pk in pair_ids}
    entries = AuditEntry.objects.filter(subject__in=keys, action__in=(ANSWERED, UNDONE))
    standing: dict[int, list[AuditEntry]] = {pk: [] for pk in pair_ids}
    last = dict.fromkeys(pair_ids, 0)
    for entry in entries.order_by("pk"):
        pk = keys[entry.subject]
        said, own = said_in(entry), standing[pk]
        if entry.action == UNDONE:
            standing[pk] = [other for other in own if other.pk != said["undid"]]
        else:
            # A mail holds one answer: a later one takes the place of the first.
            message = said["message"]
            kept = [e for e in own if message is None or said_in(e)["message"] != message]
            standing[pk] = [*kept, entry]
        last[pk] = entry.pk
    return {pk: History(tuple(standing[pk]), last[pk]) for pk in pair_ids}


def said_in(entry: AuditEntry) -> Mapping[str, Any]:
    """Return what an entry says beside the state of the pair."""
    said: Mapping[str, Any] = entry.after or {}
    return said


def wish_of(entry: AuditEntry) -> Wish:
    """Return the wish that an entry records."""
    said = said_in(entry)
    on = said.get("on")
    return Wish(Answer(said["answer"]), said["days"], date.fromisoformat(on) if on else None)


def lock_wardrobe(contact_id: int) -> list[Purchase]:
    """Lock all pairs of a contact, then its person; return the pairs with their shoes.

    Import, planner and this take the pairs in the order of their keys, so that
    each waits for the other and none blocks. The fence before a mail leaves
    takes the person's lock, so that either it or this is first. Must be called
    inside a transaction.
    """
    pairs = list(
        Purchase.objects.filter(contact_id=contact_id)
        .select_related("contact", "listing__profile")
        .defer("listing__description", "listing__raw_attributes")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    lock_person(contact_id)
    return pairs


def is_closed(pair: Purchase) -> bool:
    """Tell whether nothing can be said of a pair any more. It comes with its contact."""
    return (
        pair.status in _CLOSED
        or pair.quantity_returned >= pair.quantity
        or pair.contact.erased_at is not None
    )


def accepts(pair: Purchase, answer: Answer) -> bool:
    """Tell whether an answer may change a pair: of a replaced one, that it is worn still."""
    if answer is Answer.KEPT and pair.status == Purchase.Status.REPLACED:
        return pair.quantity_returned < pair.quantity and pair.contact.erased_at is None
    return not is_closed(pair)


def make_change(
    pair: Purchase,
    wardrobe: Sequence[Purchase],
    wish: Wish,
    *,
    now: datetime,
    where: str,
    message_id: int | None = None,
    instead_of: AuditEntry | None = None,
) -> AuditEntry:
    """Carry out a wish under the lock of :func:`lock_wardrobe`, and write it down.

    ``instead_of`` is taken back first, without a trace of its own.

    :raises ImpossibleWishError: for what :func:`check_wish` refuses.
    """
    today = shop_day(now)
    check_wish(wish, bought_on=shop_day(pair.ordered_at), today=today)
    if instead_of is not None:
        _restore(pair, instead_of)
    before = _state_of(pair)
    _carry_out(pair, wish)
    set_wear(pair, pair.listing)
    _share_wear(pair, wardrobe, now=now)
    if wish.answer is Answer.SNOOZE:
        _snooze(pair, until=today + timedelta(days=wish.days or SNOOZE_DAYS[0]))
    elif not wish.answer.ends_notes:
        _keep_distance(pair, today=today)
    said = {
        "answer": wish.answer.value,
        "days": wish.days,
        "on": wish.on and wish.on.isoformat(),
        "message": message_id,
        "newest_message": _newest_message(pair),
    }
    return _save(pair, ANSWERED, before, said, where=where, now=now)


def take_back(
    pair: Purchase, wardrobe: Sequence[Purchase], entry: AuditEntry, *, now: datetime, where: str
) -> AuditEntry:
    """Bring back what a change did, except where somebody has changed it again since.

    Returns what was written down of it.
    """
    before = _state_of(pair)
    _restore(pair, entry)
    set_wear(pair, pair.listing)
    _share_wear(pair, wardrobe, now=now)
    said = {"undid": entry.pk, "message": said_in(entry)["message"]}
    return _save(pair, UNDONE, before, said, where=where, now=now)


def find_next_note(pair: Purchase, *, today: date) -> date | None:
    """Return from which day a note about the pair may follow, today at the earliest."""
    done = Nudge.objects.filter(purchase=pair, cycle=pair.cycle).values_list("stage", flat=True)
    return next_note_after(pair, [Stage(stage) for stage in done], today=today)


def next_note_after(pair: Purchase, done: Sequence[Stage], *, today: date) -> date | None:
    """Return the same, where the stages that have a note in the pair's cycle are known."""
    if pair.status != Purchase.Status.ACTIVE or pair.is_gift:
        return None
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    passed = find_passed_stages(dates, today=today, done=done)
    if passed.latest is not None:
        return max(today, pair.snoozed_until or today)
    if passed.upcoming is not None:
        return max(dates[passed.upcoming], pair.snoozed_until or today)
    return None


def _carry_out(pair: Purchase, wish: Wish) -> None:
    answer = wish.answer
    if answer is Answer.STOP:
        pair.status = Purchase.Status.STOPPED
    elif answer is Answer.GIVEN:
        pair.status = Purchase.Status.GIVEN
    elif answer.ends_notes:
        # "Replaced" is what the orders say of a pair, and a later import may take that back.
        pair.status = Purchase.Status.RETIRED
    else:
        _withdraw_waiting(pair)
        if pair.status in _PUT_AWAY or answer in (Answer.SNOOZE, Answer.KEPT, Answer.AGAIN):
            pair.status = Purchase.Status.ACTIVE
    if answer is Answer.STILL_FINE:
        pair.personal_factor = adjust_personal_factor(pair.personal_factor, is_still_fine=True)
    elif answer is Answer.DAYS:
        pair.days_per_week = wish.days
    elif answer is Answer.STARTED and wish.on is not None:
        pair.wear_start_on, pair.wear_start_basis = wish.on, CONFIRMED
    elif answer is Answer.KEPT:
        pair.is_kept = True


def _share_wear(pair: Purchase, wardrobe: Sequence[Purchase], *, now: datetime) -> None:
    """Let the change take effect on the pairs that are worn in turn with this one."""
    others = [other for other in settle_rotation(wardrobe) if other is not pair]
    for other in others:
        _withdraw_waiting(other)
        other.updated_at = now
    Purchase.objects.bulk_update(others, _REPLANNED)


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
    next_on = find_next_note(pair, today=until)
    if next_on is None or next_on > until:
        last = Nudge.objects.filter(purchase=pair).aggregate(last=Max("cycle"))["last"] or 0
        pair.cycle = max(pair.cycle, last) + 1


def _keep_distance(pair: Purchase, *, today: date) -> None:
    """Let no note follow an answer sooner than two stages follow each other."""
    next_on = find_next_note(pair, today=today)
    earliest = today + timedelta(days=MIN_STAGE_GAP_DAYS)
    if next_on is not None and next_on < earliest:
        pair.snoozed_until = earliest


def _newest_message(pair: Purchase) -> int:
    """Return the key of the newest mail about the pair, 0 without one."""
    newest = Nudge.objects.filter(purchase=pair).aggregate(newest=Max("message_id"))["newest"]
    return newest or 0


def _state_of(pair: Purchase) -> dict[str, Any]:
    state = {name: getattr(pair, name) for name in _STATE}
    for name in _DAYS_IN_STATE:
        state[name] = state[name] and state[name].isoformat()
    return state


def _restore(pair: Purchase, entry: AuditEntry) -> None:
    now, before, after = _state_of(pair), entry.before or {}, entry.after or {}
    for name in _STATE:
        if name in before and now[name] == after.get(name):
            value = before[name]
            if name in _DAYS_IN_STATE and value is not None:
                value = date.fromisoformat(value)
            setattr(pair, name, value)


def _save(
    pair: Purchase,
    action: str,
    before: Mapping[str, Any],
    said: Mapping[str, Any],
    *,
    where: str,
    now: datetime,
) -> AuditEntry:
    pair.updated_at = now
    pair.save(update_fields=[*_STATE, *_REPLANNED])
    return AuditEntry.objects.create(
        action=action,
        subject=f"purchase:{pair.pk}",
        before=dict(before),
        after={**_state_of(pair), **said},
        reason=where,
        at=now,
    )
