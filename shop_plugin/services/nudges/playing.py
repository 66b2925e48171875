"""Planner, gates and outbox played day by day, by the planner's own rules. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta

from shop_plugin.domain.consent_rules import ConsentBasis
from shop_plugin.domain.nudge_gates import (
    HOST_ERROR,
    GateFacts,
    evaluate_person_gates,
    find_final_reason,
)
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
from shop_plugin.services.nudges.grouping import OPEN_STATES, Wait, latest_wait
from shop_plugin.services.nudges.planning import SUPERSEDED
from shop_plugin.services.nudges.play_rows import nudges_of, pairs_until
from shop_plugin.services.pairs.gate_facts import PersonFacts, gate_facts, load_people
from shop_plugin.services.shop.clock import shop_zone
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of

PEOPLE_PER_QUERY = 1000


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """One day: how many mails, about how many pairs, and the pairs by stage."""

    day: date
    mails: int
    pairs: int
    by_stage: dict[int, int]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a forecast takes for granted, to see what a gate keeps back."""

    addresses: bool = False
    consent: bool = False

    def names(self) -> tuple[str, ...]:
        """Return what is taken for granted, by name."""
        return tuple(name for name, value in asdict(self).items() if value)


@dataclass(frozen=True, slots=True)
class Entry:
    """What befalls a stage of a pair on a day of the play.

    ``event`` is "skipped", "waits", "queued" or "sent"; ``until`` is the day
    that waiting ends.
    """

    day: date
    purchase_id: int
    stage: int
    event: str
    reason: str = ""
    until: date | None = None


@dataclass(eq=False, slots=True)
class _Waiting:
    """A stage that is due and not sent yet. ``since`` is the day from which lateness counts."""

    pair: Purchase
    stage: Stage
    due_on: date
    since: date
    wake_on: date
    is_backfilled: bool = False


@dataclass(eq=False, slots=True)
class _Person:
    """A person (all contacts with one address) in the play."""

    facts: PersonFacts
    waiting: list[_Waiting] = field(default_factory=list)
    pending: list[_Waiting] = field(default_factory=list)
    pairs: list[Purchase] = field(default_factory=list)
    held_by: str = ""


class Play:
    """The state of a forecast while its days go by.

    ``days``, ``not_sent``, ``mailed`` and ``diary`` fill as days are played;
    the diary only with ``keeps_diary``, for it has a line per pair.
    """

    def __init__(
        self,
        first: date,
        last: date,
        live_since: date,
        assume: Assumptions,
        *,
        keeps_diary: bool = False,
    ) -> None:
        self.first, self.last, self.live_on = first, last, live_since
        self.assume = assume
        self.days: list[ForecastDay] = []
        self.not_sent: Counter[str] = Counter()
        self.mailed: set[str] = set()
        self.diary: list[Entry] = []
        self._keeps_diary = keeps_diary
        self._live_since = resolve_local_time(live_since, time(0), zone=shop_zone())
        self._policy: NudgePolicy = get_policy()
        self._people: dict[int, _Person] = {}
        self._mails_by_hash: dict[str, list[datetime]] = {}
        self._next: dict[int, date | None] = {}
        self._done: dict[tuple[int, int], set[Stage]] = defaultdict(set)
        self._calendar: dict[date, set[int]] = defaultdict(set)
        self._outbox: dict[date, list[int]] = defaultdict(list)

    # ---- what there is -----------------------------------------------------------------

    def load(
        self,
        now: datetime,
        *,
        contact_ids: Collection[int] | None = None,
        with_inactive: bool = True,
    ) -> None:
        """Read pairs, people and what is planned already: some queries per thousand people.

        With ``contact_ids`` only what is theirs.
        """
        horizon = self.last + timedelta(days=self._policy.digest_days)
        pairs = list(pairs_until(horizon, contact_ids=contact_ids, with_inactive=with_inactive))
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
            self._post(contact_id, self.first)

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
        for nudge in nudges_of(pairs):
            pair = by_pk[nudge.purchase_id]
            self._done[pair.pk, nudge.cycle].add(Stage(nudge.stage))
            if nudge.cycle != pair.cycle or pair.status != Purchase.Status.ACTIVE:
                continue
            not_before = nudge.not_before.date()
            item = _Waiting(
                pair,
                Stage(nudge.stage),
                nudge.due_on,
                not_before,
                not_before,
                nudge.is_backfilled,
            )
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
        self.not_sent[pair.status] += sum(
            self.first <= due_on <= self.last and stage not in done
            for stage, due_on in dates.items()
        )

    # ---- what is told ------------------------------------------------------------------

    def count_waiting(self) -> Counter[str]:
        """Return how many stages that came due in the span still wait, by what holds them."""
        still: Counter[str] = Counter()
        for person in self._people.values():
            for waiting in (*person.waiting, *person.pending):
                if waiting.due_on <= self.last:
                    still[person.held_by or "due"] += 1
        return still

    def knows(self, pair: Purchase) -> bool:
        """Tell whether the owner of a pair is in the play."""
        return pair.contact_id in self._people

    def facts_on(self, pair: Purchase, *, due_on: date, day: date) -> tuple[GateFacts, datetime]:
        """Return what the gates would be asked about a pair on a day, and at which moment."""
        person = self._people[pair.contact_id]
        moment = self._moment(person, day)
        return self._facts(person, pair, due_on, moment), moment

    def _note(
        self, day: date, item: _Waiting, event: str, reason: str = "", until: date | None = None
    ) -> None:
        if self._keeps_diary:
            self.diary.append(Entry(day, item.pair.pk, int(item.stage), event, reason, until))

    # ---- one day -----------------------------------------------------------------------

    def play_day(self, day: date) -> None:
        """Plan what is due, group it, and send what the day allows."""
        for contact_id in sorted(self._calendar.pop(day, ())):
            self._plan_and_group(contact_id, day)
        self._send(day)

    def _wake(self, contact_id: int, day: date) -> None:
        self._calendar[max(day, self.first)].add(contact_id)

    def _post(self, contact_id: int, day: date) -> None:
        self._outbox[max(day, self.first)].append(contact_id)

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
        wait = self._find_wait(person, person.waiting[0], moment, day)
        if wait is not None:
            for item in person.waiting:
                item.since = item.wake_on = wait.until.astimezone(person.facts.zone).date()
            person.held_by = wait.code
            for item in person.waiting:
                self._note(day, item, "waits", wait.code, item.wake_on)
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
        leaves_on = moment.astimezone(person.facts.zone).date()
        for item in person.pending:
            self._note(day, item, "queued", "window" if leaves_on > day else "", leaves_on)
        self._post(contact_id, leaves_on)

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
            self.not_sent[SUPERSEDED] += len(passed.superseded)
            for stage in passed.superseded:
                self._note(day, _Waiting(pair, stage, day, day, day), "skipped", SUPERSEDED)
            done.update(passed.superseded)
            if passed.latest is None:
                continue
            done.add(passed.latest)
            due_on = dates[passed.latest]
            reason = find_final_reason(
                self._facts(person, pair, due_on, moment), policy=self._policy, now=moment
            )
            waiting = _Waiting(pair, passed.latest, due_on, day, day)
            if reason:
                self.not_sent[reason] += 1
                self._note(day, waiting, "skipped", reason)
                continue
            for earlier in [item for item in person.waiting if item.pair is pair]:
                person.waiting.remove(earlier)
                self.not_sent[SUPERSEDED] += 1
                self._note(day, earlier, "skipped", SUPERSEDED)
            person.waiting.append(waiting)

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
        if self.assume.addresses and not facts.is_erased:
            facts = replace(facts, has_address=True)
        return replace(facts, consent=ConsentBasis.EXPRESS) if self.assume.consent else facts

    @staticmethod
    def _key(person: _Person) -> str:
        return person.facts.contact.email_hash or f"contact-{person.facts.contact.pk}"

    def _find_wait(
        self, person: _Person, item: _Waiting, moment: datetime, day: date
    ) -> Wait | None:
        """Return until when the caps make a person wait, and by which; not until later that day."""
        facts = self._facts(person, item.pair, item.due_on, moment)
        verdicts = evaluate_person_gates(facts, policy=self._policy, now=moment)
        wait = latest_wait(verdicts, person.facts, self._policy)
        if wait is not None and wait.code == HOST_ERROR:
            # Asked again each hour; nobody knows when it is mended, and no day is promised.
            return wait._replace(until=wait.until + timedelta(days=1))
        if wait is None or wait.until.astimezone(person.facts.zone).date() <= day:
            return None
        return wait

    def _send(self, day: date) -> None:
        allowed = daily_allowance(days_live=(day - self.live_on).days, policy=self._policy)
        mails, by_stage = 0, Counter[int]()
        for contact_id in self._outbox.pop(day, ()):
            person = self._people[contact_id]
            if mails >= allowed:
                person.held_by = "ramp"
                for item in person.pending:
                    self._note(day, item, "waits", "ramp", day + timedelta(days=1))
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
            for item in leaving:
                self._note(day, item, "sent")
            by_stage.update(int(item.stage) for item in leaving)
            self._mails_by_hash[self._key(person)].append(moment)
            self.mailed.add(self._key(person))
        if mails:
            self.days.append(
                ForecastDay(day, mails, by_stage.total(), dict(sorted(by_stage.items())))
            )

    def _defer_by_caps(self, person: _Person, contact_id: int, moment: datetime, day: date) -> bool:
        """Let a message wait where another account with the same address was written to."""
        wait = self._find_wait(person, person.pending[0], moment, day)
        if wait is None:
            return False
        until = wait.until.astimezone(person.facts.zone).date()
        for waiting in person.pending:
            waiting.since = until
            self._note(day, waiting, "waits", wait.code, until)
        person.held_by = wait.code
        self._post(contact_id, until)
        return True

    def _leaving(self, person: _Person, moment: datetime) -> list[_Waiting]:
        """Return what of a message the fence lets through; count the rest."""
        leaving = []
        for item in person.pending:
            facts = self._facts(person, item.pair, item.due_on, moment, since=item.since)
            facts = replace(facts, is_backfilled=item.is_backfilled)
            reason = find_final_reason(facts, policy=self._policy, now=moment)
            if reason:
                self.not_sent[reason] += 1
                self._note(moment.astimezone(person.facts.zone).date(), item, "skipped", reason)
            else:
                leaving.append(item)
        return leaving


def _is_open(message: Message | None) -> bool:
    return message is not None and message.state in OPEN_STATES
