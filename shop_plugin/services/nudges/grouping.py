"""One person, one mail: the due stages of a person's pairs become one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef

from shop_plugin.domain.nudge_gates import Gate, GateAction, GateVerdict, evaluate_gates
from shop_plugin.domain.nudge_policy import DuePair, Mode, NudgePolicy, Stage, choose_pairs
from shop_plugin.domain.sending_window import find_next_opening
from shop_plugin.models import Contact, Message, Nudge
from shop_plugin.services.pairs.gate_facts import PersonFacts, gate_facts, load_people

PEOPLE_PER_PAGE = 200
# Gates that make the whole person wait, not one pair.
PERSON_GATES = (Gate.MIN_GAP, Gate.YEAR_CAP, Gate.HOST)
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
    last = 0
    while page := _people_with_due_nudges(now, after=last):
        last = page[-1]
        result += _group_page(page, now, policy)
    return result


def _people_with_due_nudges(now: datetime, *, after: int) -> list[int]:
    due = Nudge.objects.filter(
        purchase__contact=OuterRef("pk"), state=Nudge.State.DUE, not_before__lte=now
    )
    on_its_way = Message.objects.filter(contact=OuterRef("pk"), state__in=OPEN_STATES)
    people = Contact.objects.filter(Exists(due), ~Exists(on_its_way), pk__gt=after)
    return list(people.order_by("pk").values_list("pk", flat=True)[:PEOPLE_PER_PAGE])


@transaction.atomic
def _group_page(contact_ids: Sequence[int], now: datetime, policy: NudgePolicy) -> GroupResult:
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
    for contact_id, nudges in waiting.items():
        person = people[contact_id]
        wait = find_wait(person, nudges[0], policy=policy, now=now)
        if wait is not None:
            Nudge.objects.filter(pk__in=[nudge.pk for nudge in nudges]).update(
                not_before=wait.until, reason=wait.code
            )
            result += GroupResult(deferred=1)
            continue
        chosen = _choose(person, nudges, now, policy)
        if chosen:
            opening = find_next_opening(now, zone=person.zone, window=policy.window)
            message = Message(contact_id=contact_id, not_before=opening, created_at=now)
            messages.append(message)
            members.append((message, chosen))
    Message.objects.bulk_create(messages)
    _join(members)
    return result + GroupResult(len(messages), sum(len(ids) for _message, ids in members))


def _waiting_nudges(contact_ids: Iterable[int]) -> dict[int, list[Nudge]]:
    rows = (
        Nudge.objects.filter(state=Nudge.State.DUE, purchase__contact_id__in=list(contact_ids))
        .select_related("purchase__listing")
        .defer("purchase__listing__description", "purchase__listing__raw_attributes")
        .order_by("-stage", "due_on", "pk")
    )
    waiting: dict[int, list[Nudge]] = {}
    for nudge in rows:
        waiting.setdefault(nudge.purchase.contact_id, []).append(nudge)
    return waiting


def find_wait(
    person: PersonFacts, nudge: Nudge, *, policy: NudgePolicy, now: datetime
) -> Wait | None:
    """Return until when the caps make a person wait, or ``None``. Nothing is dropped by a cap."""
    facts = gate_facts(
        person, nudge.purchase, due_on=nudge.due_on, mode=Mode.LIVE, live_since=None, now=now
    )
    return latest_wait(evaluate_gates(facts, policy=policy, now=now), person, policy)


def latest_wait(
    verdicts: Iterable[GateVerdict], person: PersonFacts, policy: NudgePolicy
) -> Wait | None:
    """Return the latest time that the gates about the person name, inside the window."""
    waits = [
        Wait(verdict.not_before, verdict.code)
        for verdict in verdicts
        if verdict.gate in PERSON_GATES
        and verdict.action is GateAction.DEFER
        and verdict.not_before is not None
    ]
    if not waits:
        return None
    until, code = max(waits)
    return Wait(find_next_opening(until, zone=person.zone, window=policy.window), code)


def _choose(
    person: PersonFacts, nudges: Sequence[Nudge], now: datetime, policy: NudgePolicy
) -> list[int]:
    today = now.astimezone(person.zone).date()
    waiting = [DuePair(nudge.pk, Stage(nudge.stage), nudge.due_on) for nudge in nudges]
    return [pair.key for pair in choose_pairs(waiting, today=today, policy=policy)]


def _join(members: Sequence[tuple[Message, list[int]]]) -> None:
    nudges = [
        Nudge(pk=nudge_id, message=message, state=Nudge.State.QUEUED, reason="")
        for message, ids in members
        for nudge_id in ids
    ]
    Nudge.objects.bulk_update(nudges, ["message", "state", "reason"], batch_size=500)
