"""Reports of a mail provider about mails of ours: each has one effect, however often it comes.

A report is matched by the uuid that the mail carried, never by an address. It
suppresses an address only where it is for the very address that the message
was written to. Of a mail's bounces the first one counts; one for good
outweighs an earlier one for now.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from shop_plugin.domain.mail_reports import (
    LASTING,
    SOFT_BOUNCE_REST,
    SOFT_BOUNCE_WINDOW,
    SOFT_BOUNCES,
    Fate,
)
from shop_plugin.models import Message, Suppression, WebhookEvent
from shop_plugin.services.nudges.reconciliation import (
    ARRIVED,
    NotUncertainError,
    resolve_uncertain,
)
from shop_plugin.services.people.consent import (
    hash_email,
    lock_person,
    suppress_address,
    unsubscribe_contact,
)
from shop_plugin.services.shop.event_log import note_event

logger = logging.getLogger("footback.nudges")

DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """One report, as plain values: of which mail (``uuid``), what became of it, and when.

    ``event_id`` is the provider's own, the same for every copy of the report.
    ``recipient`` is empty where the provider does not tell.
    """

    provider: str
    event_id: str
    uuid: UUID
    fate: Fate
    occurred_at: datetime
    code: str = ""
    recipient: str = ""


def take_report(report: ProviderReport, *, now: datetime) -> str:
    """Take one report in and let it have its effect, once; return what came of it.

    "duplicate" for a report that is known, else an outcome of
    :class:`WebhookEvent`: applied, noted (an earlier report of the same mail
    had said as much), unknown (no such message here), other_address. All in
    one transaction: a report that fails half-way is not known afterwards, and
    the provider's next try finds everything as it was.
    """
    with transaction.atomic():
        message = Message.objects.filter(uuid=report.uuid).select_related("contact").first()
        if message is not None:
            # The same lock, in the same order, as the fence and an unsubscription take.
            lock_person(message.contact_id)
        event, is_new = WebhookEvent.objects.get_or_create(
            provider=report.provider[:40],
            event_id=report.event_id[:191],
            defaults={
                "fate": report.fate.value,
                "outcome": WebhookEvent.Outcome.UNKNOWN,
                "code": report.code[:12],
                "message": message,
                "occurred_at": report.occurred_at,
                "received_at": now,
            },
        )
        if not is_new:
            return DUPLICATE
        outcome = _apply(report, event, message, now)
        if outcome != event.outcome:
            WebhookEvent.objects.filter(pk=event.pk).update(outcome=outcome)
    note_event(
        f"report.{outcome}",
        message=str(report.uuid),
        provider=report.provider,
        fate=report.fate.value,
        code=report.code,
    )
    if report.fate is Fate.SENDER_REFUSED:
        logger.error(
            "mail provider %s: the sender is refused (%s)", event.provider, event.code or "no code"
        )
    return str(outcome)


def resolve_by_reports(*, now: datetime) -> int:
    """Resolve uncertain messages of which a report had come before they were; return how many.

    A report may be faster than the worker that handed the mail over, and the
    worker may have died before it wrote down what it did.
    """
    told = Message.objects.filter(
        state=Message.State.UNCERTAIN, reports__outcome=WebhookEvent.Outcome.APPLIED
    ).distinct()
    return sum(_resolve(uuid, now) for uuid in told.values_list("uuid", flat=True))


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """What providers told within a time: by fate where applied, and how much was of no mail."""

    by_fate: Mapping[str, int]
    unknown: int


def count_reports(*, since: datetime) -> ReportCounts:
    """Return what providers told since a moment, in one small query."""
    recent = WebhookEvent.objects.filter(received_at__gt=since)
    rows = recent.values_list("fate", "outcome").annotate(count=Count("pk"))
    counts = {(fate, outcome): count for fate, outcome, count in rows}
    by_fate = {
        fate.value: sum(
            counts.get((fate.value, outcome), 0)
            for outcome in (WebhookEvent.Outcome.APPLIED, WebhookEvent.Outcome.NOTED)
        )
        for fate in Fate
    }
    known = sum(by_fate.values())
    return ReportCounts(by_fate, sum(counts.values()) - known)


def _apply(
    report: ProviderReport, event: WebhookEvent, message: Message | None, now: datetime
) -> str:
    if message is None:
        return WebhookEvent.Outcome.UNKNOWN
    own_hash = message.contact.email_hash
    if report.recipient and not message.is_redirected and hash_email(report.recipient) != own_hash:
        return WebhookEvent.Outcome.OTHER_ADDRESS
    # Whatever became of it later: the mail server had taken it.
    _resolve(message.uuid, now)
    if _is_settled(report, event, message):
        return WebhookEvent.Outcome.NOTED
    if not message.is_redirected:
        _carry_over(report, message, now)
    return WebhookEvent.Outcome.APPLIED


def _is_settled(report: ProviderReport, event: WebhookEvent, message: Message) -> bool:
    """Tell whether an earlier report of the mail had said the same or worse."""
    earlier = set(
        message.reports.filter(outcome=WebhookEvent.Outcome.APPLIED)
        .exclude(pk=event.pk)
        .values_list("fate", flat=True)
    )
    if report.fate in earlier:
        return True
    return report.fate is Fate.SOFT_BOUNCED and bool(earlier & LASTING)


def _carry_over(report: ProviderReport, message: Message, now: datetime) -> None:
    """Let a report have its effect on the person's address."""
    email_hash = message.contact.email_hash
    if report.fate is Fate.UNSUBSCRIBED:
        unsubscribe_contact(contact_id=message.contact_id, source="mail provider", now=now)
    elif report.fate is Fate.COMPLAINED:
        suppress_address(email_hash=email_hash, reason=Suppression.Reason.COMPLAINT, now=now)
    elif report.fate is Fate.BOUNCED:
        suppress_address(email_hash=email_hash, reason=Suppression.Reason.HARD_BOUNCE, now=now)
    elif report.fate is Fate.SOFT_BOUNCED and _bounced_often(report, message):
        suppress_address(
            email_hash=email_hash,
            reason=Suppression.Reason.SOFT_BOUNCES,
            now=now,
            ends_at=now + SOFT_BOUNCE_REST,
        )


def _bounced_often(report: ProviderReport, message: Message) -> bool:
    """Tell whether this and earlier mails to the address bounced for now too often lately."""
    others = (
        WebhookEvent.objects.filter(
            message__contact__email_hash=message.contact.email_hash,
            message__is_redirected=False,
            fate=Fate.SOFT_BOUNCED.value,
            outcome=WebhookEvent.Outcome.APPLIED,
            occurred_at__gt=report.occurred_at - SOFT_BOUNCE_WINDOW,
            occurred_at__lt=report.occurred_at + SOFT_BOUNCE_WINDOW,
        )
        .exclude(message_id=message.pk)
        .values("message_id")
        .distinct()
        .count()
    )
    return bool(message.contact.email_hash) and others + 1 >= SOFT_BOUNCES


def _resolve(uuid: UUID, now: datetime) -> bool:
    try:
        resolve_uncertain(uuid=uuid, evidence=ARRIVED, now=now, reason="provider's report")
    except NotUncertainError:
        return False
    return True
