"""From pairs to messages: which stage is due, for whom, and what shares a mail.

Level-triggered: a sweep asks what is due by now and has no row yet, never what
is due today. So it may run twice at once, late, or after days of silence; a
stage is written down once, by the database's own constraint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_gates import find_final_reason
from shop_plugin.domain.nudge_policy import (
    Mode,
    NudgePolicy,
    Stage,
    find_passed_stages,
    stage_dates,
)
from shop_plugin.models import Nudge, Purchase
from shop_plugin.services.bulk.rows import among, insert_rows, update_rows
from shop_plugin.services.nudges.grouping import group_nudges
from shop_plugin.services.pairs.gate_facts import (
    CONTACT_COLUMNS,
    PAIR_COLUMNS,
    PersonFacts,
    gate_facts,
    load_people,
)
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import read_control
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of

SUPERSEDED = "superseded"
_ASKED_BY_SWEEP = (
    *PAIR_COLUMNS,
    *(f"contact__{column}" for column in CONTACT_COLUMNS),
    "listing_id",
    "cycle",
    "wear_start_on",
    "life_low_days",
    "life_mid_days",
    "life_high_days",
    "next_stage",
    "next_due_on",
)


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What a sweep wrote down. ``skipped`` counts stages that will never be sent, by reason."""

    due: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    cancelled: int = 0
    messages: int = 0
    pairs_in_messages: int = 0
    people_deferred: int = 0


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What stays the same over one sweep."""

    now: datetime
    today: date
    live_since: datetime
    policy: NudgePolicy


def plan_nudges(*, now: datetime) -> PlanResult:
    """Write down every stage that is due and put each person's stages into one message.

    A stage whose day passed long before the shop went live is skipped as
    ``backfill``; where the shop is not live yet, as if it went live now.
    Running it again changes nothing.
    """
    if not _is_anything_due(shop_day(now)):
        return PlanResult()
    sweep = _Sweep(now, shop_day(now), read_control().live_since or now, get_policy())
    cancelled = _cancel_of_inactive_pairs()
    counts: Counter[str] = Counter()
    for page in _pages(_due_pairs(sweep.today)):
        counts += _plan_page(page, sweep, horizon=sweep.today)
    for page in _pages(_pairs_joining_a_digest(sweep)):
        near = sweep.today + timedelta(days=sweep.policy.digest_days)
        counts += _plan_page(page, sweep, horizon=near)
    grouped = group_nudges(now=now, policy=sweep.policy)
    due = counts.pop("", 0)
    return PlanResult(
        due=due,
        skipped=dict(counts),
        cancelled=cancelled,
        messages=grouped.messages,
        pairs_in_messages=grouped.pairs,
        people_deferred=grouped.deferred,
    )


def _is_anything_due(today: date) -> bool:
    """Tell whether a pair's day came or a stage waits: all that most rounds have to ask."""
    return _due_pairs(today).exists() or Nudge.objects.filter(state=Nudge.State.DUE).exists()


def _due_pairs(today: date) -> QuerySet[Purchase]:
    return Purchase.objects.filter(status=Purchase.Status.ACTIVE, next_due_on__lte=today).exclude(
        snoozed_until__gt=today
    )


def _pairs_joining_a_digest(sweep: _Sweep) -> QuerySet[Purchase]:
    """Return pairs due soon whose owner gets a mail today anyway."""
    waiting = Nudge.objects.filter(state=Nudge.State.DUE, not_before__lte=sweep.now)
    near = sweep.today + timedelta(days=sweep.policy.digest_days)
    pairs = _due_pairs(near).filter(next_due_on__gt=sweep.today)
    return pairs.exclude(snoozed_until__gt=sweep.today).filter(
        contact_id__in=waiting.values("purchase__contact_id")
    )


def _pages(pairs: QuerySet[Purchase]) -> Iterable[list[int]]:
    """Yield the keys of the pairs in pages. Pages that were planned fall out of the query."""
    size = get_settings().CHUNK_SIZE
    ordered = pairs.order_by("next_due_on", "pk").values_list("next_due_on", "pk")
    after = Q()
    while page := list(ordered.filter(after)[:size]):
        last_on, last_pk = page[-1]
        yield [pk for _due_on, pk in page]
        after = Q(next_due_on__gt=last_on) | Q(next_due_on=last_on, pk__gt=last_pk)


def _lock_pairs(keys: Sequence[int], sweep: _Sweep, *, horizon: date) -> list[Purchase]:
    """Return those of the pairs that are still due, locked: their owner may just be answering."""
    due = _due_pairs(horizon).exclude(snoozed_until__gt=sweep.today).filter(among("pk", keys))
    related = due.select_related("contact", "listing").only(*_ASKED_BY_SWEEP)
    # In the order in which an import locks them, so that the two wait and never block each other.
    locked = related.order_by("pk").select_for_update(of=("self",))
    return sorted(locked, key=lambda pair: (pair.next_due_on, pair.pk))


@transaction.atomic
def _plan_page(keys: Sequence[int], sweep: _Sweep, *, horizon: date) -> Counter[str]:
    """Write the stages of these pairs that are due by the horizon; count them by reason."""
    page = _lock_pairs(keys, sweep, horizon=horizon)
    people = load_people({pair.contact for pair in page}, now=sweep.now)
    done = _stages_done(page)
    nudges: list[_NudgeRow] = []
    latest: dict[Stage, list[int]] = {}
    for pair in page:
        dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
        passed = find_passed_stages(dates, today=horizon, done=done.get((pair.pk, pair.cycle), ()))
        pair.next_stage = passed.upcoming
        pair.next_due_on = dates[passed.upcoming] if passed.upcoming else None
        for stage in passed.superseded:
            nudges.append(_nudge(pair, stage, dates[stage], sweep.now, SUPERSEDED))
        if passed.latest is not None:
            due_on = dates[passed.latest]
            reason = find_reason_to_skip(people[pair.contact_id], pair, due_on, sweep)
            nudges.append(_nudge(pair, passed.latest, due_on, sweep.now, reason))
            latest.setdefault(passed.latest, []).append(pair.pk)
    _supersede_earlier(latest)
    insert_rows(Nudge, _NudgeRow._fields, nudges, unique=("purchase_id", "stage", "cycle"))
    update_rows(
        Purchase,
        "id",
        ("next_stage", "next_due_on"),
        [(pair.pk, pair.next_stage, pair.next_due_on) for pair in page],
    )
    return Counter(nudge.reason for nudge in nudges)


def find_reason_to_skip(person: PersonFacts, pair: Purchase, due_on: date, sweep: _Sweep) -> str:
    """Return why a stage will never be sent, or an empty text; only what no waiting can change."""
    facts = gate_facts(
        person,
        pair,
        due_on=due_on,
        mode=Mode.LIVE,
        live_since=sweep.live_since,
        now=sweep.now,
    )
    return find_final_reason(facts, policy=sweep.policy, now=sweep.now)


def _stages_done(page: Sequence[Purchase]) -> dict[tuple[int, int], set[Stage]]:
    done: dict[tuple[int, int], set[Stage]] = {}
    rows = Nudge.objects.filter(among("purchase_id", [pair.pk for pair in page]))
    for purchase_id, cycle, stage in rows.values_list("purchase_id", "cycle", "stage"):
        done.setdefault((purchase_id, cycle), set()).add(Stage(stage))
    return done


class _NudgeRow(NamedTuple):
    """The columns of a new nudge; the others are the database's own."""

    purchase_id: int
    stage: int
    cycle: int
    state: str
    reason: str
    due_on: date
    is_backfilled: bool
    not_before: datetime
    created_at: datetime


def _nudge(pair: Purchase, stage: int, due_on: date, now: datetime, reason: str) -> _NudgeRow:
    state = Nudge.State.SKIPPED if reason else Nudge.State.DUE
    return _NudgeRow(
        purchase_id=pair.pk,
        stage=int(stage),
        cycle=pair.cycle,
        state=state.value,
        reason=reason[:60],
        due_on=due_on,
        is_backfilled=False,
        not_before=now,
        created_at=now,
    )


def _supersede_earlier(latest: Mapping[Stage, Sequence[int]]) -> None:
    """Skip earlier stages that still wait: their message would say less than the new one.

    ``latest`` are the keys of pairs by the stage that they reached.
    """
    for stage, keys in latest.items():
        if stage > min(Stage):
            Nudge.objects.filter(
                among("purchase_id", keys),
                cycle=F("purchase__cycle"),
                stage__lt=stage,
                state=Nudge.State.DUE,
            ).update(state=Nudge.State.SKIPPED, reason=SUPERSEDED)


def _cancel_of_inactive_pairs() -> int:
    """Cancel waiting nudges of pairs that were returned, replaced or stopped since."""
    cancelled = 0
    waiting = Nudge.objects.filter(state=Nudge.State.DUE)
    for status in Purchase.Status.values:
        if status != Purchase.Status.ACTIVE:
            gone = waiting.filter(purchase__status=status)
            cancelled += gone.update(state=Nudge.State.CANCELLED, reason=status)
    old_cycle = waiting.exclude(cycle=F("purchase__cycle"))
    return cancelled + old_cycle.update(state=Nudge.State.CANCELLED, reason="exchanged")
