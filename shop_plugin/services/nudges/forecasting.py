"""What would be sent over a span of days, by the planner's own rules. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q

from shop_plugin.domain.consent_rules import ConsentBasis
from shop_plugin.domain.nudge_gates import GateFacts, evaluate_gates
from shop_plugin.domain.nudge_policy import (
    DuePair,
    Mode,
    NudgePolicy,
    Stage,
    choose_pairs,
    daily_allowance,
    find_passed_stages,
    stage_dates,
)
from shop_plugin.domain.sending_window import find_next_opening, resolve_local_time
from shop_plugin.models import Contact, Message, Nudge, Purchase
from shop_plugin.services.nudges.grouping import OPEN_STATES, latest_wait
from shop_plugin.services.nudges.planning import SUPERSEDED, first_final_reason
from shop_plugin.services.pairs.gate_facts import PersonFacts, gate_facts, load_people
from shop_plugin.services.shop.clock import shop_zone
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of

PEOPLE_PER_QUERY = 1000
_NEVER = date.max


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """One day: how many mails, about how many pairs, and the pairs by stage."""

    day: date
    mails: int
    pairs: int
    by_stage: dict[int, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a span of days would bring.

    Everything but ``mails`` and ``people`` counts stages of pairs:
    ``considered`` is the sum of those sent (``by_stage``), those never sent
    (``not_sent``, by reason) and those that still wait when the span ends
    (``still_waiting``, by reason).
    """

    first_day: date
    last_day: date
    live_since: date
    mails: int
    people: int
    by_stage: dict[int, int]
    days: tuple[ForecastDay, ...]
    not_sent: dict[str, int]
    still_waiting: dict[str, int]
    assumed: tuple[str, ...] = ()

    @property
    def pairs(self) -> int:
        """Return how many stages of pairs would be sent."""
        return sum(self.by_stage.values())

    @property
    def considered(self) -> int:
        """Return how many stages of pairs come due in the span, or came due before it."""
        return self.pairs + sum(self.not_sent.values()) + sum(self.still_waiting.values())

    def as_plain(self) -> dict[str, Any]:
        """Return a plain structure for JSON, days as ISO dates."""
        plain = asdict(self)
        for key in ("first_day", "last_day", "live_since"):
            plain[key] = plain[key].isoformat()
        plain["days"] = [{**item, "day": item["day"].isoformat()} for item in plain["days"]]
        return {**plain, "pairs": self.pairs, "considered": self.considered}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a forecast takes for granted, to see what a gate keeps back."""

    addresses: bool = False
    consent: bool = False

    def names(self) -> tuple[str, ...]:
        """Return what is taken for granted, by name."""
        return tuple(name for name, value in asdict(self).items() if value)


def forecast_nudges(
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    live_since: date | None = None,
    assume: Assumptions | None = None,
) -> Forecast:
    """Play planner, gates and outbox day by day, as if the mode were live, and change nothing.

    Each day is played at every person's own first sending minute. The shop is
    taken to go live on the first day, unless ``live_since`` says otherwise.
    What people will buy, return or answer in the span cannot be known and is
    not in it.

    :raises ValueError: when the last day lies before the first.
    """
    if last_day < first_day:
        raise ValueError(f"the last day {last_day} lies before the first day {first_day}")
    play = _Play(first_day, last_day, live_since or first_day, assume or Assumptions())
    play.load(now)
    for offset in range((last_day - first_day).days + 1):
        play.play_day(first_day + timedelta(days=offset))
    return play.result()


@dataclass(eq=False, slots=True)
class _Waiting:
    """A stage that is due and not sent yet. ``since`` is the day from which lateness counts."""

    pair: Purchase
    stage: Stage
    due_on: date
    since: date
    wake_on: date


@dataclass(eq=False, slots=True)
class _Person:
    """A person (all contacts with one address) in the play."""

    facts: PersonFacts
    waiting: list[_Waiting] = field(default_factory=list)
    pending: list[_Waiting] = field(default_factory=list)
    pairs: list[Purchase] = field(default_factory=list)
    held_by: str = ""


class _Play:
    """The state of a forecast while its days go by."""

    def __init__(self, first: date, last: date, live_since: date, assume: Assumptions) -> None:
        self._first, self._last, self._live_on = first, last, live_since
        self._live_since = resolve_local_time(live_since, time(0), zone=shop_zone())
        self._assume = assume
        self._policy: NudgePolicy = get_policy()
        self._people: dict[int, _Person] = {}
        self._mails_by_hash: dict[str, list[datetime]] = {}
        self._next: dict[int, date | None] = {}
        self._done: dict[tuple[int, int], set[Stage]] = defaultdict(set)
        self._calendar: dict[date, set[int]] = defaultdict(set)
        self._outbox: dict[date, list[int]] = defaultdict(list)
        self._not_sent: Counter[str] = Counter()
        self._days: list[ForecastDay] = []
        self._mailed: set[str] = set()

    # ---- what there is -----------------------------------------------------------------

    def load(self, now: datetime) -> None:
        """Read pairs, people and what is planned already: some queries per thousand people."""
        horizon = self._last + timedelta(days=self._policy.digest_days)
        pairs = list(_pairs_until(horizon))
        self._load_people(pairs, now)
        queued = self._load_nudges(pairs)
        for pair in pairs:
            if pair.status != Purchase.Status.ACTIVE:
                self._count_inactive(pair)
                continue
            self._people[pair.contact_id].pairs.append(pair)
            self._next[pair.pk] = pair.next_due_on
            if pair.next_due_on is not None:
                self._wake(
                    pair.contact_id, max(pair.next_due_on, pair.snoozed_until or pair.next_due_on)
                )
        for contact_id, items in queued.items():
            person = self._people[contact_id]
            person.pending = items
            self._post(contact_id, self._first)

    def _load_people(self, pairs: Sequence[Purchase], now: datetime) -> None:
        ids = sorted({pair.contact_id for pair in pairs})
        for start in range(0, len(ids), PEOPLE_PER_QUERY):
            page = ids[start : start + PEOPLE_PER_QUERY]
            contacts = Contact.objects.filter(pk__in=page)
            for contact_id, facts in load_people(contacts, now=now).items():
                self._people[contact_id] = _Person(facts)
                key = facts.contact.email_hash or f"contact-{contact_id}"
                self._mails_by_hash.setdefault(key, list(facts.mails))

    def _load_nudges(self, pairs: Sequence[Purchase]) -> dict[int, list[_Waiting]]:
        """Take over what is written down already; return what waits in open messages."""
        by_pk = {pair.pk: pair for pair in pairs}
        queued: dict[int, list[_Waiting]] = defaultdict(list)
        rows = Nudge.objects.select_related("message").only(
            "purchase_id", "stage", "cycle", "state", "due_on", "not_before", "message__state"
        )
        for nudge in rows.iterator(chunk_size=2000):
            pair = by_pk.get(nudge.purchase_id)
            if pair is None:
                continue
            self._done[pair.pk, nudge.cycle].add(Stage(nudge.stage))
            if nudge.cycle != pair.cycle or pair.status != Purchase.Status.ACTIVE:
                continue
            not_before = nudge.not_before.date()
            item = _Waiting(pair, Stage(nudge.stage), nudge.due_on, not_before, not_before)
            if nudge.state == Nudge.State.DUE:
                self._people[pair.contact_id].waiting.append(item)
                self._wake(pair.contact_id, not_before)
            elif nudge.state == Nudge.State.QUEUED and _is_open(nudge.message):
                queued[pair.contact_id].append(item)
        return queued

    def _count_inactive(self, pair: Purchase) -> None:
        """Count the stages that a returned, replaced or stopped pair would have had in the span."""
        dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
        done = self._done[pair.pk, pair.cycle]
        self._not_sent[pair.status] += sum(
            self._first <= due_on <= self._last and stage not in done
            for stage, due_on in dates.items()
        )

    # ---- one day -----------------------------------------------------------------------

    def play_day(self, day: date) -> None:
        """Plan what is due, group it, and send what the day allows."""
        for contact_id in sorted(self._calendar.pop(day, ())):
            self._plan_and_group(contact_id, day)
        self._send(day)

    def _wake(self, contact_id: int, day: date) -> None:
        self._calendar[max(day, self._first)].add(contact_id)

    def _post(self, contact_id: int, day: date) -> None:
        self._outbox[max(day, self._first)].append(contact_id)

    def _plan_and_group(self, contact_id: int, day: date) -> None:
        person = self._people[contact_id]
        moment = self._moment(person, day)
        self._plan(person, day, moment, horizon=day)
        if person.pending:
            return  # it goes on when the mail has left
        if not any(item.wake_on <= day for item in person.waiting):
            return
        near = day + timedelta(days=self._policy.digest_days)
        self._plan(person, day, moment, horizon=near)
        wait, code = self._find_wait(person, person.waiting[0], moment, day)
        if wait is not None:
            for item in person.waiting:
                item.since = item.wake_on = wait.astimezone(person.facts.zone).date()
            person.held_by = code
            self._wake(contact_id, person.waiting[0].wake_on)
            return
        chosen = choose_pairs(
            [DuePair(index, item.stage, item.due_on) for index, item in enumerate(person.waiting)],
            today=day,
            policy=self._policy,
        )
        if not chosen:
            self._wake(contact_id, day + timedelta(days=1))
            return
        person.pending = [person.waiting[pair.key] for pair in chosen]
        person.waiting = [item for item in person.waiting if item not in person.pending]
        person.held_by = "window"
        self._post(contact_id, moment.astimezone(person.facts.zone).date())

    def _moment(self, person: _Person, day: date) -> datetime:
        midnight = resolve_local_time(day, time(0), zone=person.facts.zone)
        return find_next_opening(midnight, zone=person.facts.zone, window=self._policy.window)

    def _plan(self, person: _Person, day: date, moment: datetime, *, horizon: date) -> None:
        """Do for one person what a sweep does: the stages due by the horizon begin to wait."""
        for pair in person.pairs:
            next_on = self._next[pair.pk]
            is_asleep = pair.snoozed_until is not None and pair.snoozed_until > day
            if next_on is None or next_on > horizon or is_asleep:
                continue
            done = self._done[pair.pk, pair.cycle]
            dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
            passed = find_passed_stages(dates, today=horizon, done=done)
            self._next[pair.pk] = dates[passed.upcoming] if passed.upcoming else None
            if passed.upcoming:
                self._wake(pair.contact_id, dates[passed.upcoming])
            self._not_sent[SUPERSEDED] += len(passed.superseded)
            done.update(passed.superseded)
            if passed.latest is None:
                continue
            done.add(passed.latest)
            due_on = dates[passed.latest]
            reason = first_final_reason(
                self._facts(person, pair, due_on, moment), policy=self._policy, now=moment
            )
            if reason:
                self._not_sent[reason] += 1
                continue
            for earlier in [item for item in person.waiting if item.pair is pair]:
                person.waiting.remove(earlier)
                self._not_sent[SUPERSEDED] += 1
            person.waiting.append(_Waiting(pair, passed.latest, due_on, day, day))

    def _facts(
        self,
        person: _Person,
        pair: Purchase,
        due_on: date,
        moment: datetime,
        since: date | None = None,
    ) -> GateFacts:
        mails = self._mails_by_hash[self._key(person)]
        facts = gate_facts(
            replace(person.facts, mails=tuple(mails)),
            pair,
            due_on=due_on,
            deferred_until=since,
            mode=Mode.LIVE,
            live_since=self._live_since,
            now=moment,
        )
        if self._assume.addresses and not facts.is_erased:
            facts = replace(facts, has_address=True)
        return replace(facts, consent=ConsentBasis.EXPRESS) if self._assume.consent else facts

    @staticmethod
    def _key(person: _Person) -> str:
        return person.facts.contact.email_hash or f"contact-{person.facts.contact.pk}"

    def _find_wait(
        self, person: _Person, item: _Waiting, moment: datetime, day: date
    ) -> tuple[datetime | None, str]:
        """Return until when the caps make a person wait, and by which; not until later that day."""
        facts = self._facts(person, item.pair, item.due_on, moment)
        verdicts = evaluate_gates(facts, policy=self._policy, now=moment)
        wait = latest_wait(verdicts, person.facts, self._policy)
        if wait is None or wait.astimezone(person.facts.zone).date() <= day:
            return None, ""
        return wait, next((verdict.code for verdict in verdicts if verdict.not_before), "")

    def _send(self, day: date) -> None:
        allowed = daily_allowance(days_live=(day - self._live_on).days, policy=self._policy)
        mails, by_stage = 0, Counter[int]()
        for contact_id in self._outbox.pop(day, ()):
            person = self._people[contact_id]
            if mails >= allowed:
                person.held_by = "ramp"
                self._post(contact_id, day + timedelta(days=1))
                continue
            moment = self._moment(person, day)
            if moment.astimezone(person.facts.zone).date() > day:
                self._post(contact_id, moment.astimezone(person.facts.zone).date())
                continue
            leaving = self._leaving(person, moment)
            if leaving and self._defer_by_caps(person, contact_id, moment, day):
                continue
            person.pending = []
            self._wake(contact_id, day + timedelta(days=1))
            if not leaving:
                continue
            mails += 1
            by_stage.update(int(item.stage) for item in leaving)
            self._mails_by_hash[self._key(person)].append(moment)
            self._mailed.add(self._key(person))
        if mails:
            self._days.append(
                ForecastDay(day, mails, by_stage.total(), dict(sorted(by_stage.items())))
            )

    def _defer_by_caps(self, person: _Person, contact_id: int, moment: datetime, day: date) -> bool:
        """Let a message wait where another account with the same address was written to."""
        wait, _code = self._find_wait(person, person.pending[0], moment, day)
        if wait is None:
            return False
        for waiting in person.pending:
            waiting.since = wait.astimezone(person.facts.zone).date()
        person.held_by = "min_gap"
        self._post(contact_id, wait.astimezone(person.facts.zone).date())
        return True

    def _leaving(self, person: _Person, moment: datetime) -> list[_Waiting]:
        """Return what of a message the fence lets through; count the rest."""
        leaving = []
        for item in person.pending:
            facts = self._facts(person, item.pair, item.due_on, moment, since=item.since)
            reason = first_final_reason(facts, policy=self._policy, now=moment)
            if reason:
                self._not_sent[reason] += 1
            else:
                leaving.append(item)
        return leaving

    # ---- the end -----------------------------------------------------------------------

    def result(self) -> Forecast:
        """Return all that happened."""
        by_stage: Counter[int] = Counter()
        for item in self._days:
            by_stage.update(item.by_stage)
        still: Counter[str] = Counter()
        for person in self._people.values():
            for waiting in (*person.waiting, *person.pending):
                if waiting.due_on <= self._last:
                    still[person.held_by or "due"] += 1
        return Forecast(
            first_day=self._first,
            last_day=self._last,
            live_since=self._live_on,
            mails=sum(item.mails for item in self._days),
            people=len(self._mailed),
            by_stage=dict(sorted(by_stage.items())),
            days=tuple(self._days),
            not_sent=dict((+self._not_sent).most_common()),
            still_waiting=dict(still.most_common()),
            assumed=self._assume.names(),
        )


def _pairs_until(day: date) -> Iterator[Purchase]:
    """Yield the pairs with a stage due by the day, and the inactive ones, few columns of each."""
    active = Q(status=Purchase.Status.ACTIVE)
    planned = Nudge.objects.filter(state__in=(Nudge.State.DUE, Nudge.State.QUEUED))
    concerned = (
        (active & Q(next_due_on__lte=day))
        | (active & Q(pk__in=planned.values("purchase_id")))
        | (~active & Q(wear_start_on__lte=day, life_mid_days__isnull=False))
    )
    rows: Iterable[Purchase] = (
        Purchase.objects.filter(concerned)
        .select_related("listing")
        .only(
            "contact_id",
            "use_category",
            "status",
            "quantity",
            "quantity_returned",
            "is_gift",
            "optout_offered",
            "wear_start_on",
            "life_low_days",
            "life_mid_days",
            "life_high_days",
            "cycle",
            "next_due_on",
            "snoozed_until",
            "listing__category_text",
        )
        .order_by("pk")
        .iterator(chunk_size=2000)
    )
    yield from rows


def _is_open(message: Message | None) -> bool:
    return message is not None and message.state in OPEN_STATES
