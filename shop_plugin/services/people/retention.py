"""How long things are kept: what is older is counted, and deleted where the shop says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from shop_plugin.conf import get_settings
from shop_plugin.models import (
    Attempt,
    AuditEntry,
    BulkEdit,
    BulkEditOutcome,
    BulkEditValue,
    CatalogueDay,
    Consent,
    Contact,
    GuideReport,
    HostEvent,
    HostNews,
    IdempotencyRecord,
    Message,
    Purchase,
    RefusedRow,
    ValueReport,
    WebhookEvent,
)
from shop_plugin.services.access.idempotency import KEPT_FOR
from shop_plugin.services.evidence.earlier_texts import unneeded_texts

_BATCH = 2000
# A mail in any other state may still move.
_AT_REST = (
    Message.State.SENT,
    Message.State.FAILED,
    Message.State.CANCELLED,
    Message.State.EXPIRED,
    Message.State.ABANDONED,
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How many rows are older than they are kept, and whether they were deleted."""

    is_applied: bool
    attempts: int = 0
    messages: int = 0
    webhook_events: int = 0
    consents: int = 0
    refused_rows: int = 0
    earlier_texts: int = 0
    catalogue_days: int = 0
    guide_reports: int = 0
    value_reports: int = 0
    host_events: int = 0
    failed_bodies: int = 0
    host_news: int = 0
    bulk_edit_rows: int = 0
    idempotency_records: int = 0

    @property
    def total(self) -> int:
        """Return the number of all rows."""
        return sum(self.counts().values())

    def counts(self) -> dict[str, int]:
        """Return the numbers by what they count."""
        plain = asdict(self)
        del plain["is_applied"]
        return plain


def keep_house(*, now: datetime, apply: bool = False) -> Retention:
    """Count what is older than the settings keep it; with ``apply``, delete it in small batches.

    Nothing that may still move is touched, and no "no" of a person is ever
    forgotten: that is a hash on a list of its own. Running it again finds
    nothing.
    """
    counts = Counter[str]()
    for name, rows in _old(now):
        counts[name] += _delete(rows) if apply else rows.count()
    bodies = _old_bodies(now)
    counts["failed_bodies"] = bodies.update(body=None) if apply else bodies.count()
    result = Retention(is_applied=apply, **counts)
    if apply and result.total:
        AuditEntry.objects.create(
            action="retention", subject="retention", after=result.counts(), at=now
        )
    return result


def _old_bodies(now: datetime) -> QuerySet[HostEvent]:
    """Return the webhooks that were not carried out and whose bodies are kept too long."""
    until = now - timedelta(days=get_settings().KEEP_FAILED_BODIES_DAYS)
    states = (HostEvent.State.FAILED, HostEvent.State.REFUSED)
    return HostEvent.objects.filter(state__in=states, body__isnull=False, received_at__lt=until)


def _old(now: datetime) -> Iterator[tuple[str, QuerySet[Model]]]:
    """Yield what is too old, attempts before their mails, so that each row is counted once."""
    options = get_settings()

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    messages: QuerySet[Model] = Message.objects.annotate(
        last=Coalesce("sent_at", "handed_at", "created_at")
    ).filter(last__lt=before(options.KEEP_MESSAGES_DAYS), state__in=_AT_REST)
    yield "attempts", Attempt.objects.filter(at__lt=before(options.KEEP_ATTEMPTS_DAYS))
    yield "messages", messages
    events = WebhookEvent.objects.filter(received_at__lt=before(options.KEEP_WEBHOOK_EVENTS_DAYS))
    yield "webhook_events", events
    yield "consents", _consents_of_ended_relations(before(options.KEEP_CONSENT_DAYS))
    yield (
        "refused_rows",
        RefusedRow.objects.filter(run__started_at__lt=before(options.KEEP_REFUSED_ROWS_DAYS)),
    )
    yield "earlier_texts", unneeded_texts()
    old = before(options.KEEP_REPORTS_DAYS)
    yield "catalogue_days", CatalogueDay.objects.filter(day__lt=old.date())
    yield "guide_reports", GuideReport.objects.filter(asked_at__lt=old)
    yield (
        "value_reports",
        ValueReport.objects.filter(answered_at__lt=before(options.KEEP_VALUE_REPORTS_DAYS)),
    )
    at_rest = before(options.KEEP_WEBHOOK_EVENTS_DAYS)
    # What waits for a person is kept however long it takes.
    yield (
        "host_events",
        HostEvent.objects.filter(finished_at__lt=at_rest).exclude(
            state__in=(HostEvent.State.WAITING, HostEvent.State.HELD)
        ),
    )
    yield "host_news", HostNews.objects.filter(finished_at__lt=at_rest)
    edits = _edits_past_undo(before(options.KEEP_BULK_EDITS_DAYS)).values("pk")
    yield "bulk_edit_rows", BulkEditOutcome.objects.filter(bulk_edit__in=edits)
    yield "bulk_edit_rows", BulkEditValue.objects.filter(bulk_edit__in=edits)
    yield "idempotency_records", IdempotencyRecord.objects.filter(at__lte=now - KEPT_FOR)


def _edits_past_undo(end: datetime) -> QuerySet[BulkEdit]:
    """Return the edits that ended before that time, but for those that are just being undone."""
    undos = BulkEdit.objects.filter(undo_of=OuterRef("pk"), finished_at=None)
    return BulkEdit.objects.filter(~Exists(undos), finished_at__lt=end).order_by()


def _consents_of_ended_relations(end: datetime) -> QuerySet[Model]:
    """Return the consents of people with no pair in use and nothing new since that time."""
    in_use = Purchase.objects.filter(contact=OuterRef("pk"), status=Purchase.Status.ACTIVE)
    ended = (
        Contact.objects.annotate(
            last_order=Max("purchases__ordered_at"), last_word=Max("consents__at")
        )
        .filter(~Exists(in_use), Q(last_order__lt=end) | Q(last_order=None), last_word__lt=end)
        .order_by()
    )
    return Consent.objects.filter(contact__in=ended.values("pk"))


def _delete(rows: QuerySet[Model]) -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            rows.model._default_manager.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
