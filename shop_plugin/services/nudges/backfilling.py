"""What fell due before the shop went live, mailed after all: by an explicit act, so many a day.

The guard keeps such stages back for good (``skipped: backfill``). This opens
it for one kind of shoe and no further back than is said, after a preview whose
count has to be typed. Every other gate stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.nudge_gates import Gate, find_final_reason
from shop_plugin.domain.nudge_policy import Mode
from shop_plugin.domain.sending_window import find_next_opening, resolve_local_time
from shop_plugin.models import AuditEntry, Nudge, Purchase
from shop_plugin.services.pairs.gate_facts import PersonFacts, gate_facts, load_people
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import read_control
from shop_plugin.services.shop.policy import get_policy

NUDGES_PER_PAGE = 500


class BackfillChangedError(Exception):
    """Raised when the confirmed number is not the number of people any more; holds the new one."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """What a backfill would do, or did: stages, people, the days it takes, and what stays back.

    ``held_back`` counts stages by the gate that rules them out all the same.
    """

    category: str
    stages: int
    people: int
    first_on: date
    last_on: date
    held_back: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plan:
    category: UseCategory
    per_day: int
    now: datetime
    earliest: date


def preview_backfill(
    *, category: UseCategory, max_late_days: int, per_day: int, now: datetime
) -> Backfill:
    """Return what a backfill of one kind of shoe would do. Changes nothing.

    :raises ValueError: for fewer than one day or one mail a day.
    """
    return _run(_make_plan(category, max_late_days, per_day, now), apply=False)


def start_backfill(
    *,
    category: UseCategory,
    max_late_days: int,
    per_day: int,
    confirmed_people: int,
    now: datetime,
    actor_id: int | None = None,
) -> Backfill:
    """Let the stages of a preview come due again, so many people a day, the latest due first.

    In chunks; one that is interrupted is continued by a new preview. Written
    into the audit.

    :raises ValueError: for fewer than one day or one mail a day.
    :raises BackfillChangedError: when other than the confirmed number of people would be mailed.
    """
    plan = _make_plan(category, max_late_days, per_day, now)
    preview = _run(plan, apply=False)
    if preview.people != confirmed_people:
        raise BackfillChangedError(preview.people)
    done = _run(plan, apply=True)
    AuditEntry.objects.create(
        action="backfill",
        subject=f"category:{category.value}",
        after={
            "stages": done.stages,
            "people": done.people,
            "max_late_days": max_late_days,
            "per_day": per_day,
        },
        actor_id=actor_id,
        at=now,
    )
    return done


def _make_plan(category: UseCategory, max_late_days: int, per_day: int, now: datetime) -> _Plan:
    if max_late_days < 1 or per_day < 1:
        raise ValueError("at least one day late and one mail a day")
    return _Plan(category, per_day, now, shop_day(now) - timedelta(days=max_late_days))


def _run(plan: _Plan, *, apply: bool) -> Backfill:
    today = shop_day(plan.now)
    held_back: Counter[str] = Counter()
    place: dict[object, int] = {}  # of each person in the queue
    stages = 0
    for page in _pages(plan):
        people = load_people({nudge.purchase.contact for nudge in page}, now=plan.now)
        opened = []
        for nudge in page:
            person = people[nudge.purchase.contact_id]
            reason = _find_reason(nudge, person, plan.now)
            if reason:
                held_back[reason] += 1
                continue
            key = person.contact.email_hash or person.contact.pk
            day = today + timedelta(days=place.setdefault(key, len(place)) // plan.per_day)
            nudge.not_before = _opening(day, person, plan.now)
            opened.append(nudge)
        stages += len(opened)
        if apply:
            _open(opened)
    days = max((len(place) - 1) // plan.per_day, 0)
    return Backfill(
        category=plan.category.value,
        stages=stages,
        people=len(place),
        first_on=today,
        last_on=today + timedelta(days=days),
        held_back=dict(held_back.most_common()),
    )


def _pages(plan: _Plan) -> Iterator[list[Nudge]]:
    """Yield the stages that the guard kept back, the latest due first, in pages of a fixed list."""
    keys = list(_kept_back(plan).order_by("-due_on", "pk").values_list("pk", flat=True))
    for start in range(0, len(keys), NUDGES_PER_PAGE):
        page = keys[start : start + NUDGES_PER_PAGE]
        rows = Nudge.objects.select_related("purchase__contact", "purchase__listing").defer(
            "purchase__listing__description", "purchase__listing__raw_attributes"
        )
        by_key = rows.in_bulk(page)
        yield [by_key[key] for key in page if key in by_key]


def _kept_back(plan: _Plan) -> QuerySet[Nudge]:
    """Return the latest stage of each pair, where the guard kept it back and no more is to come."""
    later = Nudge.objects.filter(
        purchase=OuterRef("purchase"), cycle=OuterRef("cycle"), stage__gt=OuterRef("stage")
    )
    return Nudge.objects.filter(
        ~Exists(later),
        state=Nudge.State.SKIPPED,
        reason=Gate.BACKFILL.value,
        due_on__gte=plan.earliest,
        cycle=F("purchase__cycle"),
        purchase__use_category=plan.category.value,
        purchase__status=Purchase.Status.ACTIVE,
    )


def _find_reason(nudge: Nudge, person: PersonFacts, now: datetime) -> str:
    facts = gate_facts(
        person,
        nudge.purchase,
        due_on=nudge.due_on,
        mode=Mode.LIVE,
        live_since=read_control().live_since,
        now=now,
        deferred_until=shop_day(now),
        is_backfilled=True,
    )
    return find_final_reason(facts, policy=get_policy(), now=now)


def _opening(day: date, person: PersonFacts, now: datetime) -> datetime:
    midnight = resolve_local_time(day, time(0), zone=person.zone)
    return find_next_opening(max(midnight, now), zone=person.zone, window=get_policy().window)


@transaction.atomic
def _open(nudges: list[Nudge]) -> None:
    """Let stages come due again, where nobody changed them meanwhile."""
    kept_back = Nudge.objects.filter(
        pk__in=[nudge.pk for nudge in nudges],
        state=Nudge.State.SKIPPED,
        reason=Gate.BACKFILL.value,
    ).select_for_update()
    still = set(kept_back.values_list("pk", flat=True))
    opened = [nudge for nudge in nudges if nudge.pk in still]
    for nudge in opened:
        nudge.state, nudge.reason, nudge.is_backfilled = Nudge.State.DUE, "", True
    Nudge.objects.bulk_update(
        opened, ["state", "reason", "is_backfilled", "not_before"], batch_size=500
    )
