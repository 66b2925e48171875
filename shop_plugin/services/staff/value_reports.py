"""Staff answer what readers reported: fixed, not wrong, cannot tell; each answer is audited."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from shop_plugin.models import AuditEntry, ValueReport
from shop_plugin.services.staff.review import name_subject

ANSWERS = (ValueReport.State.FIXED, ValueReport.State.NOT_WRONG, ValueReport.State.CANNOT_TELL)


class AlreadyAnswered(Exception):
    """Somebody answered the report meanwhile."""


def open_reports(listing_id: int | None = None) -> QuerySet[ValueReport]:
    """Return the reports that wait, the oldest first; of one listing or of all."""
    reports = ValueReport.objects.filter(state=ValueReport.State.OPEN)
    if listing_id is not None:
        reports = reports.filter(listing_id=listing_id)
    return reports.order_by("reported_at", "pk")


def answer_report(
    *, report_id: int, answer: str, note: str, author: AbstractBaseUser | None, now: datetime
) -> None:
    """Answer a report; the answer stands in the audit log of the listing.

    "Fixed" only says so: the value is set on the screen of the listing.

    :raises ValueError: for what is no answer.
    :raises ValueReport.DoesNotExist: for an id that is no report.
    :raises AlreadyAnswered: when it was answered before.
    """
    if answer not in ANSWERS:
        raise ValueError(f"{answer!r} is no answer")
    author_id = None if author is None else author.pk
    with transaction.atomic():
        report = ValueReport.objects.select_for_update(of=("self",)).get(pk=report_id)
        if report.state != ValueReport.State.OPEN:
            raise AlreadyAnswered(report_id)
        report.state, report.note = answer, note.strip()[:300]
        report.answered_by_id, report.answered_at = author_id, now
        report.save(update_fields=["state", "note", "answered_by", "answered_at"])
        AuditEntry.objects.create(
            action="answer_report",
            subject=name_subject(report.listing_id),
            before={"attribute": report.attribute, "state": ValueReport.State.OPEN.value},
            after={"attribute": report.attribute, "state": answer},
            reason=report.note,
            actor_id=author_id,
            at=now,
        )
