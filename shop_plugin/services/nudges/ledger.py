"""Why a person was or was not written to, pair by pair and day by day: for whoever answers them.

The past is what the rows say. Today and later is the planner's own play for
this one person, so that what is told here is what the rounds then do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q

from shop_plugin.domain.consent_rules import ConsentBasis
from shop_plugin.domain.nudge_gates import GateVerdict, evaluate_gates
from shop_plugin.models import Attempt, AuditEntry, Contact, Nudge, Purchase
from shop_plugin.services.nudges.playing import Assumptions, Entry, Play
from shop_plugin.services.pairs.gate_facts import PersonFacts, is_never_named, load_people
from shop_plugin.services.people.consent import find_suppression, hash_email
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.modes import ModeInForce, get_mode
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of

#: How far ahead the planner is played, in days: every cap of a year is over by then.
DAYS_AHEAD = 400
MOST_ACCOUNTS = 20
MOST_PAIRS = 100

_WAITING = (Nudge.State.DUE, Nudge.State.QUEUED)
_RULED_OUT = (Nudge.State.SKIPPED, Nudge.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class StageLine:
    """What is written down of one stage of a pair. ``tries`` are (time, step, reply) of its mail.

    ``not_before`` is the day until which it waits, where it still does.
    """

    stage: int
    cycle: int
    state: str
    reason: str
    due_on: date
    written_on: date
    not_before: date | None
    sent_at: datetime | None
    tries: tuple[tuple[datetime, str, str], ...]


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """What a day says of a pair.

    ``code`` is "sent", "would_send", "sent_before", "waits", "ruled_out",
    "not_due", "ended" (every stage was said) or "no_life" (wear is not what
    ends it). ``reason`` is a gate's code or empty, ``when`` the day that the
    code speaks of, ``next_on`` the day on which a mail would leave.
    """

    code: str
    reason: str = ""
    stage: int | None = None
    when: date | None = None
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class PairLedger:
    """One pair: what was written down, what the asked day says, and what comes.

    ``title`` is empty for a kind that is never named. ``gates`` are asked for
    today and later, where something of the pair is still to be said.
    """

    purchase_id: int
    title: str
    status: str
    bought_on: date
    worn_since: date
    basis: str
    stages: tuple[StageLine, ...]
    verdict: DayVerdict
    gates: tuple[GateVerdict, ...]
    ahead: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class PersonLedger:
    """All that decides about a person. No address is in it.

    ``accounts`` are the shop's own keys. ``blocked_by`` says why nothing may be
    sent to the address at all, and ``blocked_at`` since when; both can be
    known where no account is any more. ``candidates`` are the customers that a
    number fits, where it fits several.
    """

    day: date
    today: date
    mode: ModeInForce
    accounts: tuple[str, ...] = ()
    zone: str = ""
    consents: tuple[str, ...] = ()
    mails_in_last_year: int = 0
    blocked_by: str = ""
    blocked_at: datetime | None = None
    pairs: tuple[PairLedger, ...] = ()
    candidates: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Tell whether there is anything to say."""
        return bool(self.accounts or self.blocked_by)


def explain_person(
    *, identifier: str, now: datetime, day: date | None = None, actor_id: int | None = None
) -> PersonLedger:
    """Return why the person behind an address or a customer id is or is not written to on a day.

    Without a ``day`` it is today. Days more than :data:`DAYS_AHEAD` ahead are
    taken as the last of them. Who asked is written into the audit, and not
    what they typed. Changes nothing else.
    """
    today = shop_day(now)
    last = today + timedelta(days=DAYS_AHEAD)
    asked = min(day or today, last)
    accounts, email_hash, candidates = _find(identifier.strip())
    AuditEntry.objects.create(
        action="view_ledger",
        subject=f"contact:{accounts[0].pk if accounts else 'none'}",
        actor_id=actor_id,
        at=now,
    )
    mode = get_mode()
    blocked = find_suppression(email_hash, now=now)
    ledger = PersonLedger(
        day=asked,
        today=today,
        mode=mode,
        blocked_by=blocked.reason if blocked else "",
        blocked_at=blocked.at if blocked else None,
        candidates=candidates,
    )
    if not accounts:
        return ledger
    people = load_people(accounts, now=now)
    person = people[accounts[0].pk]
    return replace(
        ledger,
        accounts=tuple(str(account) for account in accounts),
        zone=str(person.zone),
        consents=tuple(_basis_of(people[account.pk]) for account in accounts),
        mails_in_last_year=len(person.mails),
        pairs=_explain_pairs([account.pk for account in accounts], asked, last, mode, now),
    )


def _find(identifier: str) -> tuple[list[Contact], str, tuple[str, ...]]:
    """Return the person's accounts, oldest first, the hash of the address, and who else it may be.

    A customer is named by the host's id, or by "source:id" where two sources share one.
    """
    if not identifier or "\x00" in identifier:
        return [], "", ()
    if "@" in identifier:
        email_hash = hash_email(identifier)
    else:
        source, _, external_id = identifier.partition(":")
        named = Q(external_id=identifier[:191]) | Q(source=source[:64], external_id=external_id)
        found = list(Contact.objects.filter(named).order_by("pk")[:MOST_ACCOUNTS])
        if len({contact.email_hash or contact.pk for contact in found}) > 1:
            return [], "", tuple(str(contact) for contact in found)
        if not found or not found[0].email_hash:
            return found, "", ()
        email_hash = found[0].email_hash
    same = Contact.objects.filter(email_hash=email_hash).order_by("pk")
    return list(same[:MOST_ACCOUNTS]), email_hash, ()


def _basis_of(person: PersonFacts) -> str:
    return ConsentBasis(person.consent).value


def _explain_pairs(
    contact_ids: Sequence[int], day: date, last: date, mode: ModeInForce, now: datetime
) -> tuple[PairLedger, ...]:
    rows = _load_pairs(contact_ids)
    today = shop_day(now)
    live_on = shop_day(mode.live_since) if mode.live_since else today
    play = Play(today, last, live_on, Assumptions(), keeps_diary=True)
    play.load(now, contact_ids=contact_ids)
    gates: dict[int, tuple[GateVerdict, ...]] = {}
    for offset in range((last - today).days + 1):
        moment = today + timedelta(days=offset)
        if moment == day:
            gates = {pair.pk: _ask_gates(play, pair, day, mode) for pair in rows}
        play.play_day(moment)
    ahead: dict[int, list[Entry]] = {}
    for entry in play.diary:
        ahead.setdefault(entry.purchase_id, []).append(entry)
    return tuple(
        _explain_pair(pair, day, today, gates.get(pair.pk, ()), tuple(ahead.get(pair.pk, ())))
        for pair in rows
    )


def _load_pairs(contact_ids: Sequence[int]) -> list[Purchase]:
    """Return the pairs, newest first, with their stages, mails and tries: four queries."""
    tries = Prefetch("message__attempts", Attempt.objects.order_by("at", "pk"))
    stages = Nudge.objects.select_related("message").prefetch_related(tries).order_by("pk")
    pairs = (
        Purchase.objects.filter(contact_id__in=list(contact_ids))
        .select_related("listing")
        .defer("listing__description", "listing__raw_attributes")
        .prefetch_related(Prefetch("nudges", stages))
    )
    return list(pairs.order_by("-ordered_at", "-pk")[:MOST_PAIRS])


def _ask_gates(play: Play, pair: Purchase, day: date, mode: ModeInForce) -> tuple[GateVerdict, ...]:
    waiting = [nudge for nudge in pair.nudges.all() if nudge.state in _WAITING]
    due_on = waiting[-1].due_on if waiting else pair.next_due_on
    if due_on is None or not play.knows(pair):
        return ()
    facts, moment = play.facts_on(pair, due_on=due_on, day=day)
    facts = replace(facts, mode=mode.name, is_stopped=mode.why == "stopped")
    if waiting:
        facts = replace(
            facts,
            deferred_until=waiting[-1].not_before.date(),
            is_backfilled=waiting[-1].is_backfilled,
        )
    return evaluate_gates(facts, policy=get_policy(), now=moment)


def _explain_pair(
    pair: Purchase,
    day: date,
    today: date,
    gates: tuple[GateVerdict, ...],
    ahead: tuple[Entry, ...],
) -> PairLedger:
    nudges = list(pair.nudges.all())
    verdict = (
        _judge_past(pair, nudges, day) if day < today else _judge_ahead(pair, nudges, day, ahead)
    )
    return PairLedger(
        purchase_id=pair.pk,
        title="" if is_never_named(pair) else pair.title,
        status=pair.status,
        bought_on=shop_day(pair.ordered_at),
        worn_since=pair.wear_start_on,
        basis=pair.wear_start_basis,
        stages=tuple(_line(nudge) for nudge in nudges),
        verdict=verdict,
        gates=gates,
        ahead=ahead,
    )


def _line(nudge: Nudge) -> StageLine:
    message = nudge.message
    waits = nudge.state in _WAITING
    until = message.not_before if message and nudge.state == Nudge.State.QUEUED else None
    return StageLine(
        stage=nudge.stage,
        cycle=nudge.cycle,
        state=nudge.state,
        reason=nudge.reason or (message.reason if message and waits else ""),
        due_on=nudge.due_on,
        written_on=shop_day(nudge.created_at),
        not_before=shop_day(until or nudge.not_before) if waits else None,
        sent_at=message.sent_at if message and nudge.state == Nudge.State.SENT else None,
        tries=tuple((item.at, item.phase, item.code) for item in message.attempts.all())
        if message
        else (),
    )


def _judge_ahead(
    pair: Purchase, nudges: Sequence[Nudge], day: date, ahead: Sequence[Entry]
) -> DayVerdict:
    """Say what today or a later day brings, by the play; by the rows where it brings nothing."""
    next_on = next(
        (entry.day for entry in ahead if entry.event == "sent" and entry.day >= day), None
    )
    before = [entry for entry in ahead if entry.day <= day]
    if not before:
        coming = next(iter(ahead), None)
        if coming is not None:
            return DayVerdict(
                "not_due", stage=coming.stage, when=pair.next_due_on or coming.day, next_on=next_on
            )
        return _judge_past(pair, nudges, day)
    entry = before[-1]
    if entry.event == "sent":
        if entry.day == day:
            return DayVerdict("would_send", stage=entry.stage, when=day, next_on=day)
        return DayVerdict("sent_before", stage=entry.stage, when=entry.day, next_on=next_on)
    if entry.event == "skipped":
        return DayVerdict("ruled_out", entry.reason, entry.stage, entry.day, next_on)
    return DayVerdict("waits", entry.reason, entry.stage, entry.until, next_on)


def _judge_past(pair: Purchase, nudges: Sequence[Nudge], day: date) -> DayVerdict:
    """Say what a day brought, by what is written down."""
    written = [nudge for nudge in nudges if shop_day(nudge.created_at) <= day]
    if not written:
        first = nudges[0] if nudges else None
        coming = first.due_on if first else pair.next_due_on
        if pair.status != Purchase.Status.ACTIVE and not nudges:
            return DayVerdict("ruled_out", pair.status)
        if coming is None:
            return DayVerdict("no_life" if life_of(pair) is None else "ended")
        stage = first.stage if first else pair.next_stage
        # Due is not sent: only what has left since is known to have been the next mail.
        return DayVerdict("not_due", stage=stage, when=coming, next_on=_sent_on(first))
    nudge = written[-1]
    sent_on = _sent_on(nudge)
    if sent_on is not None:
        if sent_on <= day:
            return DayVerdict("sent" if sent_on == day else "sent_before", "", nudge.stage, sent_on)
        return DayVerdict("waits", "", nudge.stage, sent_on, sent_on)
    line = _line(nudge)
    if nudge.state in _RULED_OUT:
        return DayVerdict("ruled_out", nudge.reason, nudge.stage, line.written_on)
    if nudge.state in _WAITING:
        return DayVerdict("waits", line.reason, nudge.stage, line.not_before)
    return DayVerdict("ruled_out", nudge.reason or nudge.state, nudge.stage, line.written_on)


def _sent_on(nudge: Nudge | None) -> date | None:
    """Return the day on which a stage was sent, where it was."""
    if nudge is None or nudge.state != Nudge.State.SENT or nudge.message is None:
        return None
    sent_at = nudge.message.sent_at
    return None if sent_at is None else shop_day(sent_at)
