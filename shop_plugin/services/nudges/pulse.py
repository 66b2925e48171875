"""Is the mailer alive, and how far behind is it? For probes that ask every few seconds.

Few queries, none that reads a row per mail: what is asked often must cost
little. No address, name or title is among the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Count, Min

from shop_plugin.domain.mail_reports import Fate
from shop_plugin.domain.nudge_policy import MessageState, NudgeState
from shop_plugin.models import Attempt, Message, Nudge, NudgeControl
from shop_plugin.services.nudges.provider_reports import count_reports
from shop_plugin.services.shop.modes import get_mode
from shop_plugin.services.transport.spool import list_spooled

#: A round is rung for every minute; this many without one say that nobody works.
SILENT_AFTER = timedelta(minutes=10)
#: A mail that could have left for so long waits for something that does not come.
OVERDUE_AFTER = timedelta(hours=1)
RATE_WINDOW = timedelta(minutes=15)
REPORTS_WINDOW = timedelta(hours=24)

_WAITING = (MessageState.READY, MessageState.RETRY_WAIT)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the mailer stands. Ages are in seconds, ``None`` where there is nothing to be old.

    ``attempts`` counts the tries of the last 15 minutes by how far they came
    and the first digit of the reply ("accepted 2", "rcpt 4", "data -").
    ``reports`` counts what mail providers told in the last 24 hours, by what
    became of the mail; "unknown" are those that fit no mail here. ``breaker``
    is the one that stopped the mailer, or empty. ``troubles`` are codes: silent,
    overdue, paused, stopped, breaker, environment, spool, sender_refused; empty
    where all is well.
    """

    mode: str
    why: str
    seconds_since_round: float | None
    oldest_due_seconds: float | None
    messages: Mapping[str, int] = field(default_factory=dict)
    nudges: Mapping[str, int] = field(default_factory=dict)
    attempts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reports: Mapping[str, int] = field(default_factory=dict)
    transport_failures: int = 0
    paused_seconds: float = 0
    spooled: int = 0
    breaker: str = ""
    troubles: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Tell whether nothing needs a person."""
        return not self.troubles


def take_pulse(*, now: datetime) -> Pulse:
    """Return how the mailer stands by the database's clock."""
    mode = get_mode()
    control = NudgeControl.objects.filter(pk=1).first() or NudgeControl()
    last = control.last_tick_at
    oldest = Message.objects.filter(state__in=_WAITING, not_before__lte=now).aggregate(
        oldest=Min("not_before")
    )["oldest"]
    paused = _age(control.transport_paused_until, now)
    pulse = Pulse(
        mode=mode.name.value,
        why=mode.why,
        seconds_since_round=_age(last, now),
        oldest_due_seconds=_age(oldest, now),
        messages=_count_states(Message, MessageState),
        nudges=_count_states(Nudge, NudgeState),
        attempts=_count_attempts(now),
        reports=_count_reports(now),
        transport_failures=control.transport_failures,
        paused_seconds=max(-paused, 0) if paused is not None else 0,
        spooled=_count_spooled(),
        breaker=mode.breaker,
    )
    return _judge(pulse, is_silent=last is None or now - last > SILENT_AFTER)


def _judge(pulse: Pulse, *, is_silent: bool) -> Pulse:
    overdue = pulse.oldest_due_seconds or 0
    is_live = pulse.mode in ("live", "redirect")
    troubles = {
        "silent": is_live and is_silent,
        "overdue": is_live and overdue > OVERDUE_AFTER.total_seconds(),
        "paused": pulse.paused_seconds > 0,
        "stopped": pulse.why == "stopped",
        "breaker": bool(pulse.breaker),
        "environment": pulse.why == "environment_changed",
        "spool": pulse.spooled > 0,
        "sender_refused": pulse.reports.get(Fate.SENDER_REFUSED, 0) > 0,
    }
    return replace(pulse, troubles=tuple(code for code, is_so in troubles.items() if is_so))


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (now - moment).total_seconds()


def _count_states(
    model: type[Message] | type[Nudge], states: Iterable[MessageState | NudgeState]
) -> dict[str, int]:
    found = dict(model._default_manager.values_list("state").annotate(count=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in states}


def _count_attempts(now: datetime) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    recent = Attempt.objects.filter(at__gt=now - RATE_WINDOW)
    for phase, code, count in recent.values_list("phase", "code").annotate(count=Count("pk")):
        key = (phase, code[:1] if code[:1].isdigit() else "-")
        counts[key] = counts.get(key, 0) + count
    return counts


def _count_reports(now: datetime) -> dict[str, int]:
    counts = count_reports(since=now - REPORTS_WINDOW)
    return {**counts.by_fate, "unknown": counts.unknown}


def _count_spooled() -> int:
    try:
        return len(list_spooled())
    except OSError:
        return 0  # the doctor tells
