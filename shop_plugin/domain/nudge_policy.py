"""When to write about a pair, how much, and what may happen to a message.

Pure rules: no clock, no database, no mail. A service gathers the facts, asks
here and in :mod:`~shop_plugin.domain.nudge_gates`, and carries out the answer,
so that a preview, a forecast and the real run can never decide differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from shop_plugin.domain.lifespan import WHOLE, LifeRange
from shop_plugin.domain.sending_window import SendingWindow


class Stage(IntEnum):
    """What a nudge says: have a look first, then repair or replace; nothing after."""

    INSPECT = 1
    REPLACE = 2


#: Share of the middle life, in thousandths, at which a stage is due.
STAGE_SHARES: Mapping[Stage, int] = MappingProxyType({Stage.INSPECT: 800, Stage.REPLACE: WHOLE})
#: Two mails about one pair are never closer than this.
MIN_STAGE_GAP_DAYS = 21
#: What wear is taken to start after, by what is known of the parcel.
FULFILLED_TO_WEAR_DAYS = 3
ORDERED_TO_WEAR_DAYS = 7
#: Added as long as the shopper has not said when wear began: late is better than early.
UNCONFIRMED_DELAY_DAYS = 14
# A host's "no date" may be the last day there is (9999-12-31), from which nothing can be reckoned.
_LAST_START = date(9900, 1, 1)


class WearStart(NamedTuple):
    """The day wear is taken to start, and what that rests on.

    ``basis`` is "confirmed", "delivered", "fulfilled" or "ordered".
    """

    day: date
    basis: str


def find_start_of_wear(
    *,
    ordered_at: datetime,
    fulfilled_at: datetime | None = None,
    delivered_at: datetime | None = None,
    confirmed_on: date | None = None,
    zone: tzinfo | None = None,
) -> WearStart:
    """Return the first day of wear.

    A day the shopper names holds as it is. Otherwise the day of delivery,
    else three days after the parcel left, else seven after the order, and 14
    days more because shoes are often kept for later. Times are aware; the day
    is that of ``zone``, or of the time's own zone without one.
    """
    if confirmed_on is not None:
        return WearStart(confirmed_on, "confirmed")
    for basis, moment, days in (
        ("delivered", delivered_at, 0),
        ("fulfilled", fulfilled_at, FULFILLED_TO_WEAR_DAYS),
        ("ordered", ordered_at, ORDERED_TO_WEAR_DAYS),
    ):
        if moment is not None:
            local = moment.astimezone(zone) if zone is not None else moment
            day = min(local.date(), _LAST_START)
            return WearStart(day + timedelta(days=days + UNCONFIRMED_DELAY_DAYS), basis)
    raise ValueError("an order has a time")


def stages_of(life: LifeRange | None) -> tuple[Stage, ...]:
    """Return the stages a pair may get: none without a life, the first only for a wide range."""
    if life is None:
        return ()
    return (Stage.INSPECT,) if life.is_too_wide else (Stage.INSPECT, Stage.REPLACE)


def stage_dates(*, wear_start_on: date, life: LifeRange | None) -> dict[Stage, date]:
    """Return on which day each stage of a pair is due, in order, never closer than the gap."""
    dates: dict[Stage, date] = {}
    earliest = wear_start_on
    for stage in stages_of(life):
        assert life is not None
        due = wear_start_on + timedelta(days=life.mid_days * STAGE_SHARES[stage] // WHOLE)
        dates[stage] = due = max(due, earliest)
        earliest = due + timedelta(days=MIN_STAGE_GAP_DAYS)
    return dates


class PassedStages(NamedTuple):
    """What a sweep finds for a pair: the stage to send, those it is too late for, the next."""

    latest: Stage | None
    superseded: tuple[Stage, ...]
    upcoming: Stage | None


def find_passed_stages(
    dates: Mapping[Stage, date], *, today: date, done: Iterable[Stage] = ()
) -> PassedStages:
    """Return which stage applies today. A late sweep sends the latest only.

    ``done`` are the stages that already have a nudge; a stage at or before
    the last one of them is never due again.
    """
    last_done = max((int(stage) for stage in done), default=0)
    pending = [stage for stage in sorted(dates) if stage > last_done]
    passed = [stage for stage in pending if dates[stage] <= today]
    upcoming = [stage for stage in pending if dates[stage] > today]
    return PassedStages(
        passed[-1] if passed else None,
        tuple(passed[:-1]),
        upcoming[0] if upcoming else None,
    )


# ---- states ---------------------------------------------------------------------------


class MessageState(StrEnum):
    """The states of an outbox row."""

    READY = "ready"
    CLAIMED = "claimed"
    HANDING = "handing"
    SENT = "sent"
    RETRY_WAIT = "retry_wait"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ABANDONED = "abandoned"


class NudgeState(StrEnum):
    """The states of one thing to say about one pair."""

    DUE = "due"
    QUEUED = "queued"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    ABANDONED = "abandoned"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


_M, _N = MessageState, NudgeState

#: From each state of a message, the states it may go to. A second hand-over is possible only
#: after an explicit refusal (retry_wait), or from uncertain -> ready: by evidence that nothing
#: arrived, or where the transport knows a repeat by its key. One that was to be repeated and must
#: not be any more goes back to uncertain.
MESSAGE_TRANSITIONS: Mapping[MessageState, frozenset[MessageState]] = MappingProxyType(
    {
        _M.READY: frozenset({_M.CLAIMED, _M.CANCELLED, _M.UNCERTAIN}),
        _M.CLAIMED: frozenset(
            {
                _M.READY,
                _M.HANDING,
                _M.RETRY_WAIT,
                _M.FAILED,
                _M.CANCELLED,
                _M.EXPIRED,
                _M.UNCERTAIN,
            }
        ),
        _M.HANDING: frozenset({_M.SENT, _M.RETRY_WAIT, _M.FAILED, _M.UNCERTAIN}),
        _M.RETRY_WAIT: frozenset({_M.CLAIMED, _M.CANCELLED, _M.UNCERTAIN}),
        _M.UNCERTAIN: frozenset({_M.SENT, _M.READY, _M.ABANDONED}),
        _M.SENT: frozenset(),
        _M.FAILED: frozenset(),
        _M.CANCELLED: frozenset(),
        _M.EXPIRED: frozenset(),
        _M.ABANDONED: frozenset(),
    }
)

#: From each state of a nudge, the states it may go to. Skipped -> due is a backfill, asked for by
#: staff. Deferring keeps it due or queued; one that
#: a person's answer makes pointless before it left is deleted, so that its stage is reckoned anew.
NUDGE_TRANSITIONS: Mapping[NudgeState, frozenset[NudgeState]] = MappingProxyType(
    {
        _N.DUE: frozenset({_N.QUEUED, _N.SKIPPED, _N.CANCELLED}),
        _N.QUEUED: frozenset({_N.SENT, _N.UNCERTAIN, _N.FAILED, _N.SKIPPED, _N.CANCELLED}),
        _N.UNCERTAIN: frozenset({_N.SENT, _N.QUEUED, _N.ABANDONED}),
        _N.SENT: frozenset(),
        _N.FAILED: frozenset(),
        _N.ABANDONED: frozenset(),
        _N.SKIPPED: frozenset({_N.DUE}),
        _N.CANCELLED: frozenset(),
    }
)

#: States that count against a person's caps: the mail left, or may have.
COUNTED_STATES = frozenset({_M.HANDING, _M.SENT, _M.UNCERTAIN, _M.ABANDONED})


def can_move_message(old: MessageState, new: MessageState) -> bool:
    """Tell whether a message may go from one state to another."""
    return new in MESSAGE_TRANSITIONS[old]


def can_move_nudge(old: NudgeState, new: NudgeState) -> bool:
    """Tell whether a nudge may go from one state to another."""
    return new in NUDGE_TRANSITIONS[old]


# ---- policy ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NudgePolicy:
    """The numbers a shop may choose; the defaults are those of the settings."""

    window: SendingWindow = field(default_factory=SendingWindow)
    min_days_between_mails: int = 30
    max_mails_per_year: int = 6
    max_pairs_per_mail: int = 5
    digest_days: int = 7
    backfill_days: int = 14
    max_lateness_days: int = 30
    ramp_start_per_day: int = 200
    max_mails_per_day: int = 20_000
    max_attempts: int = 8
    sensitive_categories: frozenset[str] = frozenset()


class Mode(StrEnum):
    """How loud the mailer is, from silent to live."""

    OFF = "off"
    DRY_RUN = "dry_run"
    REDIRECT = "redirect"
    LIVE = "live"


def quieter_mode(first: Mode, second: Mode) -> Mode:
    """Return the quieter of two modes: the setting limits what the switch may do."""
    order = list(Mode)
    return min(first, second, key=order.index)


def daily_allowance(*, days_live: int, policy: NudgePolicy) -> int:
    """Return how many mails may leave on a day: doubling from the start up to the limit."""
    if days_live < 0:
        return 0
    # 63 doublings pass any limit; a larger shift would only cost memory.
    return min(policy.max_mails_per_day, policy.ramp_start_per_day << min(days_live, 63))


_FIRST_RETRY_SECONDS = 60
_LAST_RETRY_SECONDS = 6 * 3600


def retry_delay(attempts_made: int, *, jitter: int = 0) -> timedelta:
    """Return how long to wait after so many attempts: a minute, then four times more, up to 6 h.

    ``jitter`` is a random share in thousandths, 0 to 1000, that the caller
    draws; it adds up to a quarter, so that a crowd does not come back at once.

    :raises ValueError: before the first attempt, or for a jitter out of range.
    """
    if attempts_made < 1:
        raise ValueError("a retry follows at least one attempt")
    if not 0 <= jitter <= WHOLE:
        raise ValueError("jitter lies from 0 to 1000 thousandths")
    seconds = min(_LAST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 4 ** min(attempts_made - 1, 8))
    return timedelta(seconds=seconds + seconds * jitter // (4 * WHOLE))


class DuePair(NamedTuple):
    """A pair that waits for its mail. ``key`` is the caller's own."""

    key: int
    stage: Stage
    due_on: date


def choose_pairs(
    waiting: Iterable[DuePair], *, today: date, policy: NudgePolicy
) -> tuple[DuePair, ...]:
    """Return the pairs of one person that share the next mail: worst first, at most the limit.

    Taken are those due within the digest's days, if at least one is due today.
    """
    items = list(waiting)
    if not any(item.due_on <= today for item in items):
        return ()
    horizon = today + timedelta(days=policy.digest_days)
    near = [item for item in items if item.due_on <= horizon]
    near.sort(key=lambda item: (-item.stage, item.due_on, item.key))
    return tuple(near[: policy.max_pairs_per_mail])
