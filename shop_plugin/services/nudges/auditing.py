"""The laws of the mailer, checked on the live database: what may never be, and where it is.

The database keeps some of them by constraints; they are asked all the same,
for a restored backup or a hand in the tables may have broken them. Each check
is one query, bounded in what it brings back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_policy import (
    COUNTED_STATES,
    MIN_STAGE_GAP_DAYS,
    MessageState,
    NudgeState,
    Stage,
)
from shop_plugin.models import Attempt, AuditEntry, Message, Nudge, Purchase, Suppression
from shop_plugin.services.nudges.mailing import message_id_header
from shop_plugin.services.nudges.restoring import find_gone_back
from shop_plugin.services.pairs.pair_changes import ANSWERED, UNDONE
from shop_plugin.services.shop.clock import shop_day

#: Keys of offending rows that a violation names.
SHOWN = 5
# What a tick may still be busy with is no violation yet.
_GRACE = timedelta(hours=1)
_PLAN_GRACE = timedelta(days=2)
_YEAR = timedelta(days=365)
_LATEST = 2_000

_LEFT = (*COUNTED_STATES, MessageState.FAILED)
_ENDED_WITH_MESSAGE: Mapping[str, str] = {
    MessageState.SENT: NudgeState.SENT,
    MessageState.UNCERTAIN: NudgeState.UNCERTAIN,
    MessageState.FAILED: NudgeState.FAILED,
    MessageState.ABANDONED: NudgeState.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A law that does not hold: its id, how many rows break it, and the keys of some."""

    law: str
    text: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found. ``checked`` names every law that was asked, in order."""

    at: datetime
    checked: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether every law holds."""
        return not self.violations


_Found = tuple[int, tuple[str, ...]]
_Check = Callable[[datetime], _Found]


def audit_nudges(*, now: datetime) -> Audit:
    """Ask every law of :data:`LAWS` and return those that do not hold. Changes nothing."""
    violations = []
    for law, (text, check) in LAWS.items():
        count, examples = check(now)
        if count:
            violations.append(Violation(law, text, count, examples))
    return Audit(now, tuple(LAWS), tuple(violations))


def _rows(rows: QuerySet, key: str = "pk") -> _Found:  # type: ignore[type-arg]
    count = rows.count()
    return count, tuple(str(item) for item in rows.values_list(key, flat=True)[:SHOWN])


def _once(now: datetime) -> _Found:
    doubled = (
        Nudge.objects.values("purchase_id", "stage", "cycle")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
    )
    examples = doubled.values_list("purchase_id", flat=True)[:SHOWN]
    return doubled.count(), tuple(f"purchase {pk}" for pk in examples)


def _one_message(now: datetime) -> _Found:
    """A nudge is of the message's own person, and joined it before it left."""
    stranger = ~Q(message__contact_id=F("purchase__contact_id"))
    joined_late = Q(message__state__in=_LEFT, created_at__gt=F("message__handed_at"))
    return _rows(Nudge.objects.filter(message__isnull=False).filter(stranger | joined_late))


def _held_by_token(now: datetime) -> _Found:
    held = Q(state__in=(MessageState.CLAIMED, MessageState.HANDING))
    return _rows(Message.objects.filter(held & (Q(token="") | Q(lease_until=None))), "uuid")


def _accepted_once(now: datetime) -> _Found:
    """No mail server said yes to one message twice, unless it knows repeats by their key."""
    if get_settings().IDEMPOTENCY_HEADER:
        return 0, ()
    twice = (
        Attempt.objects.filter(phase="accepted")
        .values("message__uuid")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
    )
    return twice.count(), tuple(str(row["message__uuid"]) for row in twice[:SHOWN])


def _not_after_no(now: datetime) -> _Found:
    """Nothing began its hand-over after its address was suppressed."""
    forbidden = Suppression.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=OuterRef("handed_at")),
        email_hash=OuterRef("contact__email_hash"),
        at__lt=OuterRef("handed_at"),
    )
    left = Message.objects.filter(
        state__in=COUNTED_STATES, is_redirected=False, handed_at__isnull=False
    )
    return _rows(left.filter(Exists(forbidden)), "uuid")


def _one_outcome(now: datetime) -> _Found:
    """A nudge has the fate of its message, and one that waits in a message waits for it."""
    differs = Q()
    for message_state, nudge_state in _ENDED_WITH_MESSAGE.items():
        waiting = Q(state__in=(NudgeState.QUEUED, NudgeState.DUE))
        other = Q(state__in=set(_ENDED_WITH_MESSAGE.values()) - {nudge_state})
        differs |= Q(message__state=message_state) & (waiting | other)
    orphaned = Q(state=NudgeState.QUEUED, message=None)
    cancelled = Q(
        state=NudgeState.QUEUED,
        message__state__in=(MessageState.CANCELLED, MessageState.EXPIRED),
    )
    return _rows(Nudge.objects.filter(differs | orphaned | cancelled))


def _none_forgotten(now: datetime) -> _Found:
    """A pair whose day passed has its nudge, unless its owner put it off.

    What an owner has just said of a pair, or taken back, moves the dates of all their pairs;
    the next round plans them.
    """
    day = shop_day(now - _PLAN_GRACE)
    forgotten = Purchase.objects.filter(status=Purchase.Status.ACTIVE, next_due_on__lt=day).exclude(
        snoozed_until__gte=day
    )
    heard = AuditEntry.objects.filter(action__in=(ANSWERED, UNDONE), at__gte=now - _GRACE)
    pairs = [int(subject.partition(":")[2]) for subject in heard.values_list("subject", flat=True)]
    owners = Purchase.objects.filter(pk__in=pairs).values("contact_id")
    return _rows(forgotten.exclude(contact_id__in=owners))


def _none_stuck(now: datetime) -> _Found:
    late = now - _GRACE
    stuck = Message.objects.filter(
        state__in=(MessageState.CLAIMED, MessageState.HANDING), lease_until__lt=late
    )
    return _rows(stuck, "uuid")


def _caps_hold(now: datetime) -> _Found:
    """No address got more mails in a year than allowed, nor two closer than the gap allows.

    Looked at are the addresses of the latest mails; a redirected mail went to
    none of them. Caps that were lowered since are broken until a year is over.
    """
    options = get_settings()
    counted = Message.objects.filter(
        state__in=COUNTED_STATES,
        is_redirected=False,
        handed_at__gt=now - _YEAR,
        contact__email_hash__gt="",
    )
    latest = counted.order_by("-handed_at").values_list("contact__email_hash", flat=True)[:_LATEST]
    people = (
        counted.filter(contact__email_hash__in=set(latest))
        .values("contact__email_hash")
        .annotate(count=Count("pk"), first=Min("handed_at"), last=Max("handed_at"))
    )
    gap = timedelta(days=options.MIN_DAYS_BETWEEN_MAILS)
    broken = [
        row["contact__email_hash"][:12]
        for row in people
        if row["count"] > options.MAX_MAILS_PER_YEAR
        or (row["count"] > 1 and row["last"] - row["first"] < gap * (row["count"] - 1) - _GRACE)
    ]
    return len(broken), tuple(f"address {item}" for item in broken[:SHOWN])


def _in_order(now: datetime) -> _Found:
    """The second stage of a pair never left before its first, nor closer than 21 days after it."""
    first_is_later = Nudge.objects.filter(
        purchase=OuterRef("purchase"),
        cycle=OuterRef("cycle"),
        stage=Stage.INSPECT,
        message__handed_at__gt=OuterRef("message__handed_at") - timedelta(days=MIN_STAGE_GAP_DAYS),
        message__state__in=COUNTED_STATES,
    )
    second = Nudge.objects.filter(
        stage=Stage.REPLACE, message__state__in=COUNTED_STATES, message__handed_at__isnull=False
    )
    return _rows(second.filter(Exists(first_is_later)))


def _constant_id(now: datetime) -> _Found:
    """Every mail of the last day carries the Message-ID of its own uuid."""
    recent = Message.objects.filter(
        handed_at__gt=now - timedelta(days=1), message_id_header__gt=""
    ).order_by("-handed_at")[:_LATEST]
    # Only the part before the "@": the sender's domain may have been changed since.
    wrong = [
        str(message.uuid)
        for message in recent
        if message.message_id_header.partition("@")[0]
        != message_id_header(message).partition("@")[0]
    ]
    return len(wrong), tuple(wrong[:SHOWN])


def _never_put_back(now: datetime) -> _Found:
    """What left stays known: no mail of this machine's journal waits as if it had never left."""
    gone_back = find_gone_back()
    return gone_back.mails, gone_back.message_ids[:SHOWN]


#: Each law's id (docs/reference/nudge-states.md), what it says when broken, and its check.
LAWS: Mapping[str, tuple[str, _Check]] = {
    "I1": ("a stage of a pair was written down twice", _once),
    "I2": ("a note is in a mail of another person, or joined it after it left", _one_message),
    "I3": ("a mail is held without a token or a lease", _held_by_token),
    "I4": ("the mail server accepted one mail twice", _accepted_once),
    "I5": ("a mail left after its address was suppressed", _not_after_no),
    "I6": ("a mail is held by a worker that is gone, and nobody takes it back", _none_stuck),
    "I7a": ("a note and its mail have different fates", _one_outcome),
    "I7b": ("a pair is overdue by two days and has no note", _none_forgotten),
    "I8": ("an address got more mails than its caps allow", _caps_hold),
    "I9": ("the second note about a pair left before, or right after, the first", _in_order),
    "I12": ("a mail carries the Message-ID of another", _constant_id),
    "I15": ("mails left of which the database knows nothing: it was put back", _never_put_back),
}
