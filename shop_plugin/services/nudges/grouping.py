"""One person, one mail: the due stages of a person's pairs become one message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from shop_plugin.domain.nudge_gates import GateAction, GateVerdict, evaluate_person_gates
from shop_plugin.domain.nudge_policy import DuePair, NudgePolicy, Stage, choose_pairs
from shop_plugin.domain.sending_window import find_next_opening
from shop_plugin.models import Contact, Message, Nudge
from shop_plugin.services.bulk.rows import among, insert_rows, update_rows
from shop_plugin.services.pairs.gate_facts import (
    CONTACT_COLUMNS,
    PersonLimits,
    facts_about,
    load_limits,
)

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


class _MessageRow(NamedTuple):
    """The columns of a new message; the others are null."""

    uuid: UUID
    contact_id: int
    not_before: datetime
    created_at: datetime
    state: str = Message.State.READY.value
    token: str = ""
    attempts_made: int = 0
    message_id_header: str = ""
    last_code: str = ""
    reason: str = ""
    is_redirected: bool = False


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
    rows = Contact.objects.filter(among("pk", contact_ids)).only(*CONTACT_COLUMNS)
    people = load_limits(rows.order_by("pk").select_for_update(), now=now)
    busy = set(
        Message.objects.filter(among("contact_id", people), state__in=OPEN_STATES).values_list(
            "contact_id", flat=True
        )
    )
    waiting = _waiting_nudges(set(people) - busy)
    result = GroupResult()
    openings: dict[int, datetime] = {}
    members: dict[int, list[int]] = {}
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
            openings[contact_id] = find_next_opening(now, zone=person.zone, window=policy.window)
            members[contact_id] = chosen
    update_rows(Nudge, "id", ("not_before", "reason"), deferred, dated=("changed_at",))
    _join(_add_messages(openings, now), members)
    return result + GroupResult(len(members), sum(len(chosen) for chosen in members.values()))


def _waiting_nudges(contact_ids: Collection[int]) -> dict[int, list[DuePair]]:
    rows = Nudge.objects.filter(
        among("purchase__contact_id", contact_ids), state=Nudge.State.DUE
    ).order_by("pk")
    waiting: dict[int, list[DuePair]] = {}
    for contact_id, pk, stage, due_on in rows.values_list(
        "purchase__contact_id", "pk", "stage", "due_on"
    ):
        waiting.setdefault(contact_id, []).append(DuePair(pk, Stage(stage), due_on))
    return waiting


def find_wait(person: PersonLimits, *, policy: NudgePolicy, now: datetime) -> Wait | None:
    """Return until when the caps make a person wait, or ``None``. Nothing is dropped by a cap."""
    verdicts = evaluate_person_gates(facts_about(person, now=now), policy=policy, now=now)
    return latest_wait(verdicts, person, policy)


def latest_wait(
    verdicts: Iterable[GateVerdict], person: PersonLimits, policy: NudgePolicy
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


def _add_messages(openings: Mapping[int, datetime], now: datetime) -> dict[int, int]:
    """Add a message for each person, not before a time; return their keys by person."""
    rows = [_MessageRow(uuid4(), contact_id, at, now) for contact_id, at in openings.items()]
    insert_rows(Message, _MessageRow._fields, rows)
    # Under the lock there was no other on its way to them.
    added = Message.objects.filter(among("contact_id", openings), state=Message.State.READY)
    return dict(added.values_list("contact_id", "pk"))


def _join(messages: Mapping[int, int], members: Mapping[int, Sequence[int]]) -> None:
    """Put the nudges of each person into their message; both are given by person."""
    queued = Nudge.State.QUEUED.value
    rows = [
        (nudge_id, messages[contact_id], queued, "")
        for contact_id, chosen in members.items()
        for nudge_id in chosen
    ]
    update_rows(Nudge, "id", ("message_id", "state", "reason"), rows, dated=("changed_at",))
