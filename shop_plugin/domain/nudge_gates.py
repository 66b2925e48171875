"""Whether a mail about a pair may leave now: every gate, in its order, with its reason.

The same gates decide a forecast, a preview ("why not?") and the real
hand-over. The first that says anything but "go" decides; all are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.consent_rules import (
    ConsentBasis,
    find_end_of_consent,
    load_consent_rules,
)
from shop_plugin.domain.nudge_policy import Mode, NudgePolicy
from shop_plugin.domain.sending_window import find_next_opening, resolve_local_time
from shop_plugin.domain.sensitive_kinds import is_sensitive

_YEAR = timedelta(days=365)
#: The host's own function failed: neither a yes nor a no.
HOST_ERROR = "host_error"


class Gate(StrEnum):
    """Every reason not to write, in the order they are asked."""

    STOPPED = "stopped"
    MODE = "mode"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    NO_ADDRESS = "no_address"
    NO_BASIS = "no_basis"
    CONSENT_LAPSED = "consent_lapsed"
    PAIR_INACTIVE = "pair_inactive"
    RECALLED = "recalled"
    GIFT = "gift"
    CHILD = "child"
    SENSITIVE = "sensitive"
    REPLACED = "replaced"
    BACKFILL = "backfill"
    TOO_LATE = "too_late"
    HOLD_OUT = "hold_out"
    SNOOZED = "snoozed"
    MIN_GAP = "min_gap"
    YEAR_CAP = "year_cap"
    HOST = "host"
    WINDOW = "window"


#: Gates that let a whole person wait, not one pair.
PERSON_GATES = (Gate.MIN_GAP, Gate.YEAR_CAP, Gate.HOST)


class GateAction(StrEnum):
    """What follows from a gate.

    go: nothing against it. hold: nothing changes, ask again. defer: wait until a time.
    skip: this nudge will never be sent. cancel: the pair or person is out.
    """

    GO = "go"
    HOLD = "hold"
    DEFER = "defer"
    SKIP = "skip"
    CANCEL = "cancel"


class GateVerdict(NamedTuple):
    """What one gate says: a stable ``code`` (empty on "go"), and ``not_before`` in UTC."""

    gate: Gate
    action: GateAction
    code: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """All that decides about one nudge of one person at one moment. Times are aware.

    ``own_days_between`` and ``own_mails_per_year`` are what the person wishes;
    it can only make mails fewer than the shop's policy does.
    """

    mode: Mode
    due_on: date
    zone: tzinfo
    use_category: UseCategory = UseCategory.OTHER
    is_stopped: bool = False
    is_suppressed: bool = False
    is_erased: bool = False
    has_address: bool = True
    consent: ConsentBasis = ConsentBasis.NONE
    optout_offered: bool = False
    country: str = ""
    last_purchase_at: datetime | None = None
    pair_status: str = "active"
    quantity_active: int = 1
    is_recalled: bool = False
    is_gift: bool = False
    category_text: str = ""
    title: str = ""
    has_newer_pair: bool = False
    live_since: datetime | None = None
    is_backfilled: bool = False
    snoozed_until: date | None = None
    deferred_until: date | None = None
    last_mail_at: datetime | None = None
    mails_in_last_year: int = 0
    oldest_mail_of_year_at: datetime | None = None
    own_days_between: int | None = None
    own_mails_per_year: int | None = None
    is_held_out: bool = False
    host_allows: bool = True
    host_failed: bool = False


def evaluate_gates(
    facts: GateFacts, *, policy: NudgePolicy, now: datetime
) -> tuple[GateVerdict, ...]:
    """Return what every gate says, in the order in which they decide. ``now`` is aware."""
    return (
        _when(facts.is_stopped, Gate.STOPPED, GateAction.HOLD),
        _when(facts.mode in (Mode.OFF, Mode.DRY_RUN), Gate.MODE, GateAction.HOLD, facts.mode),
        *evaluate_final_gates(facts, policy=policy, now=now),
        _snooze(facts, now),
        *evaluate_person_gates(facts, policy=policy, now=now),
        _window(facts, policy, now),
    )


def evaluate_final_gates(
    facts: GateFacts, *, policy: NudgePolicy, now: datetime
) -> tuple[GateVerdict, ...]:
    """Return what those gates say that rule a nudge out for good, in their order."""
    return (
        _when(facts.is_suppressed, Gate.SUPPRESSED, GateAction.CANCEL),
        _when(facts.is_erased, Gate.ERASED, GateAction.CANCEL),
        _when(not facts.has_address, Gate.NO_ADDRESS, GateAction.SKIP),
        _when(not _has_basis(facts), Gate.NO_BASIS, GateAction.SKIP),
        _when(_has_lapsed(facts, now), Gate.CONSENT_LAPSED, GateAction.SKIP),
        _when(
            facts.pair_status != "active" or facts.quantity_active < 1,
            Gate.PAIR_INACTIVE,
            GateAction.CANCEL,
            facts.pair_status if facts.pair_status != "active" else "returned",
        ),
        _when(facts.is_recalled, Gate.RECALLED, GateAction.SKIP),
        _when(facts.is_gift, Gate.GIFT, GateAction.SKIP),
        _when(facts.use_category is UseCategory.KIDS, Gate.CHILD, GateAction.SKIP),
        _when(
            is_sensitive(facts.category_text, facts.title, words=policy.sensitive_categories),
            Gate.SENSITIVE,
            GateAction.SKIP,
        ),
        _when(facts.has_newer_pair, Gate.REPLACED, GateAction.SKIP),
        _when(_is_backfill(facts, policy), Gate.BACKFILL, GateAction.SKIP),
        _when(_is_too_late(facts, policy, now), Gate.TOO_LATE, GateAction.SKIP),
        # The last that rules out for good: the group holds exactly those who would be mailed.
        _when(facts.is_held_out, Gate.HOLD_OUT, GateAction.SKIP),
    )


def evaluate_person_gates(
    facts: GateFacts, *, policy: NudgePolicy, now: datetime
) -> tuple[GateVerdict, ...]:
    """Return what the gates say that let a whole person wait (:data:`PERSON_GATES`)."""
    return (_gap(facts, policy, now), _year_cap(facts, policy, now), _host(facts, now))


def find_final_reason(facts: GateFacts, *, policy: NudgePolicy, now: datetime) -> str:
    """Return the code of the first gate that rules a nudge out for good, or an empty text."""
    for verdict in evaluate_final_gates(facts, policy=policy, now=now):
        if verdict.action is not GateAction.GO:
            return verdict.code
    return ""


def decide(facts: GateFacts, *, policy: NudgePolicy, now: datetime) -> GateVerdict:
    """Return the verdict that decides: the first gate with anything but "go", else a "go".

    When several gates only defer, the mail waits for the latest of their
    times, moved into the sending window.
    """
    verdicts = evaluate_gates(facts, policy=policy, now=now)
    failed = [verdict for verdict in verdicts if verdict.action is not GateAction.GO]
    if not failed:
        return verdicts[-1]
    final = [verdict for verdict in failed if verdict.action is not GateAction.DEFER]
    if final:
        return final[0]
    latest = max(verdict.not_before for verdict in failed if verdict.not_before is not None)
    opening = find_next_opening(latest, zone=facts.zone, window=policy.window)
    return failed[0]._replace(not_before=opening)


def _when(
    is_closed: bool,
    gate: Gate,
    action: GateAction,
    code: str = "",
    later: datetime | None = None,
) -> GateVerdict:
    if not is_closed:
        return GateVerdict(gate, GateAction.GO)
    not_before = None if later is None else later.astimezone(UTC)
    return GateVerdict(gate, action, code or gate.value, not_before)


def _has_basis(facts: GateFacts) -> bool:
    rule = load_consent_rules().rule(facts.consent, country=facts.country)
    return rule is not None and (facts.optout_offered or not rule.needs_offer)


def _has_lapsed(facts: GateFacts, now: datetime) -> bool:
    end = find_end_of_consent(
        facts.consent, country=facts.country, last_purchase_at=facts.last_purchase_at
    )
    return end is not None and now > end


def _is_backfill(facts: GateFacts, policy: NudgePolicy) -> bool:
    if facts.live_since is None or facts.is_backfilled:
        return False
    since = facts.live_since.astimezone(facts.zone).date()
    return facts.due_on < since - timedelta(days=policy.backfill_days)


def _is_too_late(facts: GateFacts, policy: NudgePolicy, now: datetime) -> bool:
    # Neither a wish to be asked later nor waiting for the caps is lateness.
    due_on = facts.due_on
    for later in (facts.snoozed_until, facts.deferred_until):
        if later is not None:
            due_on = max(due_on, later)
    return _today(facts, now) > due_on + timedelta(days=policy.max_lateness_days)


def _today(facts: GateFacts, now: datetime) -> date:
    return now.astimezone(facts.zone).date()


def _snooze(facts: GateFacts, now: datetime) -> GateVerdict:
    until = facts.snoozed_until
    if until is None or until <= _today(facts, now):
        return GateVerdict(Gate.SNOOZED, GateAction.GO)
    later = resolve_local_time(until, time(0), zone=facts.zone)
    return GateVerdict(Gate.SNOOZED, GateAction.DEFER, Gate.SNOOZED.value, later)


def _gap(facts: GateFacts, policy: NudgePolicy, now: datetime) -> GateVerdict:
    if facts.last_mail_at is None:
        return GateVerdict(Gate.MIN_GAP, GateAction.GO)
    days = max(policy.min_days_between_mails, facts.own_days_between or 0)
    later = facts.last_mail_at + timedelta(days=days)
    return _when(now < later, Gate.MIN_GAP, GateAction.DEFER, later=later)


def _year_cap(facts: GateFacts, policy: NudgePolicy, now: datetime) -> GateVerdict:
    most = policy.max_mails_per_year
    if facts.own_mails_per_year is not None:
        most = min(most, facts.own_mails_per_year)
    is_full = facts.mails_in_last_year >= most
    oldest = facts.oldest_mail_of_year_at or now
    later = max(now, oldest + _YEAR)
    return _when(is_full, Gate.YEAR_CAP, GateAction.DEFER, later=later)


def _host(facts: GateFacts, now: datetime) -> GateVerdict:
    """Defer for a day where the host says no, for an hour where its function fails."""
    code, pause = (HOST_ERROR, timedelta(hours=1)) if facts.host_failed else ("", timedelta(days=1))
    is_closed = facts.host_failed or not facts.host_allows
    return _when(is_closed, Gate.HOST, GateAction.DEFER, code, later=now + pause)


def _window(facts: GateFacts, policy: NudgePolicy, now: datetime) -> GateVerdict:
    opening = find_next_opening(now, zone=facts.zone, window=policy.window)
    return _when(opening > now, Gate.WINDOW, GateAction.DEFER, later=opening)
