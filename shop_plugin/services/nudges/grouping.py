"""One person, one mail: the due stages of a person's pairs become one message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from shop_plugin.domain.nudge_gates import GateAction, GateVerdict, evaluate_person_gates
from shop_plugin.domain.nudge_policy import DuePair, NudgePolicy, Stage, choose_pairs
from shop_plugin.domain.sending_window import find_next_opening
from shop_plugin.models import Contact, Message, Nudge
from shop_plugin.services.bulk.rows import update_rows
from shop_plugin.services.pairs.gate_facts import PersonFacts, facts_about, load_people

NUDGES_PER_PAGE = 500
# A person with a mail on its way gets no second one composed beside it.
OPEN_STATES = (
    Message.State.READY,
    Message.State.CLAIMED,
    Message.State.HANDING,
    Message.State.RETRY_WAIT,
)


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What grouping made: messages, pairs in them, and people who must wait for the caps."""

    messages: int = 0
    pairs: int = 0
    deferred: int = 0

    def __add__(self, other: GroupResult) -> GroupResult:
        return GroupResult(
            self.messages + other.messages, self.pairs + other.pairs, self.deferred + other.deferred
        )


class Wait(NamedTuple):
    """Until when a person waits, and the code of the gate that says so."""

    until: datetime
    code: str


def group_nudges(*, now: datetime, policy: NudgePolicy) -> GroupResult:
    """Put the due nudges of each person into one message, or let them wait for the caps."""
    result = GroupResult()
    for people in _pages_of_people(now):
        result += _group_page(people, now, policy)
    return result


def _pages_of_people(now: datetime) -> Iterator[set[int]]:
    """Yield those with due nudges and no mail on its way, found from the nudges, in their order.

    Somebody of whom nudges still wait may be in several pages; in a later one
    there is a mail on its way, or nothing to say before a later time.
    """
    on_its_way = Message.objects.filter(
        contact=OuterRef("purchase__contact_id"), state__in=OPEN_STATES
    )
    due = Nudge.objects.filter(~Exists(on_its_way), state=Nudge.State.DUE, not_before__lte=now)
    rows = due.order_by("not_before", "pk").values_list("not_before", "pk", "purchase__contact_id")
    after = Q()
    while page := list(rows.filter(after)[:NUDGES_PER_PAGE]):
        last_at, last_pk, _contact_id = page[-1]
        yield {contact_id for _at, _pk, contact_id in page}
        # The first part is what an index can take; the second tells within one moment.
        after = Q(not_before__gte=last_at) & (Q(not_before__gt=last_at) | Q(pk__gt=last_pk))


@transaction.atomic
def _group_page(contact_ids: Collection[int], now: datetime, policy: NudgePolicy) -> GroupResult:
    """Group under the lock of these people's rows, so that two sweeps cannot group one twice."""
    locked = list(Contact.objects.filter(pk__in=contact_ids).order_by("pk").select_for_update())
    people = load_people(locked, now=now)
    busy = set(
        Message.objects.filter(contact_id__in=people, state__in=OPEN_STATES).values_list(
            "contact_id", flat=True
        )
    )
    waiting = _waiting_nudges(set(people) - busy)
    result = GroupResult()
    messages: list[Message] = []
    members: list[tuple[Message, list[int]]] = []
    deferred: list[tuple[int, datetime, str]] = []
    for contact_id, pairs in waiting.items():
        person = people[contact_id]
        wait = find_wait(person, policy=policy, now=now)
        if wait is not None:
            deferred += [(pair.key, wait.until, wait.code) for pair in pairs]
            result += GroupResult(deferred=1)
            continue
        today = now.astimezone(person.zone).date()
        chosen = [pair.key for pair in choose_pairs(pairs, today=today, policy=policy)]
        if chosen:
            opening = find_next_opening(now, zone=person.zone, window=policy.window)
            message = Message(contact_id=contact_id, not_before=opening, created_at=now)
            messages.append(message)
            members.append((message, chosen))
    Message.objects.bulk_create(messages)
    update_rows(Nudge, "id", ("not_before", "reason"), deferred, dated=("changed_at",))
    _join(members)
    return result + GroupResult(len(messages), sum(len(ids) for _message, ids in members))


def _waiting_nudges(contact_ids: Iterable[int]) -> dict[int, list[DuePair]]:
    rows = Nudge.objects.filter(
        state=Nudge.State.DUE, purchase__contact_id__in=list(contact_ids)
    ).order_by("pk")
    waiting: dict[int, list[DuePair]] = {}
    for contact_id, pk, stage, due_on in rows.values_list(
        "purchase__contact_id", "pk", "stage", "due_on"
    ):
        waiting.setdefault(contact_id, []).append(DuePair(pk, Stage(stage), due_on))
    return waiting


def find_wait(person: PersonFacts, *, policy: NudgePolicy, now: datetime) -> Wait | None:
    """Return until when the caps make a person wait, or ``None``. Nothing is dropped by a cap."""
    verdicts = evaluate_person_gates(facts_about(person, now=now), policy=policy, now=now)
    return latest_wait(verdicts, person, policy)


def latest_wait(
    verdicts: Iterable[GateVerdict], person: PersonFacts, policy: NudgePolicy
) -> Wait | None:
    """Return the latest time that gates about a person name, inside the window."""
    waits = [
        Wait(verdict.not_before, verdict.code)
        for verdict in verdicts
        if verdict.action is GateAction.DEFER and verdict.not_before is not None
    ]
    if not waits:
        return None
    until, code = max(waits)
    return Wait(find_next_opening(until, zone=person.zone, window=policy.window), code)


def _join(members: Sequence[tuple[Message, list[int]]]) -> None:
    queued = Nudge.State.QUEUED.value
    rows = [(nudge_id, message.pk, queued, "") for message, ids in members for nudge_id in ids]
    update_rows(Nudge, "id", ("message_id", "state", "reason"), rows, dated=("changed_at",))
