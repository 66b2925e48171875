"""Reports on the guide: asked for by a person, computed in the background, kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from shop_plugin.domain.guide import GuideError
from shop_plugin.domain.guide_shifts import shift_guide
from shop_plugin.domain.guide_terms import Guide
from shop_plugin.models import GuideReport
from shop_plugin.services.evidence.rescoring import compare_guides, count_classes
from shop_plugin.services.shop.guides import find_guide, guide_in_force

# Whoever gave no sign for so long is gone; the report is computed from its beginning.
SILENT_AFTER = timedelta(minutes=5)

_State = GuideReport.State


class ReportCancelled(Exception):
    """Somebody cancelled the report, or another process took it over."""


def ask_for_report(
    *, kind: str, subject: str, by: int, author: AbstractBaseUser | None, now: datetime
) -> int:
    """Put a report on the list of work and return its id.

    :raises GuideError: for a guide that is not there or cannot be moved so.
    :raises KeyError: for a line there is not.
    """
    _other_guide(kind, subject, by)
    return GuideReport.objects.create(
        kind=kind,
        subject=subject,
        by=by,
        author_id=None if author is None else author.pk,
        asked_at=now,
    ).pk


def cancel_report(*, report_id: int, now: datetime) -> bool:
    """Cancel a report that is not done; tell whether there was anything to cancel."""
    due = GuideReport.objects.filter(pk=report_id, state__in=(_State.WAITING, _State.RUNNING))
    return bool(due.update(state=_State.CANCELLED, finished_at=now))


def work_on_reports(*, now: datetime) -> int:
    """Compute the reports that wait, the oldest first; return how many were done.

    Two processes never compute the same one. One that was left half done is
    begun anew. A failure is written into its row and stops nothing.
    """
    done = 0
    while (report := _claim(now)) is not None:
        try:
            _compute(report)
            done += 1
        except ReportCancelled:
            continue
        except GuideError as error:
            _finish(report, _State.FAILED, error=str(error)[:500])
    return done


def _claim(now: datetime) -> GuideReport | None:
    due = GuideReport.objects.filter(
        Q(state=_State.WAITING) | Q(state=_State.RUNNING, beat_at__lt=now - SILENT_AFTER)
    )
    with transaction.atomic():
        report = due.order_by("asked_at", "pk").first()
        if report is None:
            return None
        mine = GuideReport.objects.filter(
            pk=report.pk, state=report.state, beat_at=report.beat_at
        ).update(state=_State.RUNNING, beat_at=Now(), classes_done=0, classes_total=count_classes())
        return report if mine else None


def _compute(report: GuideReport) -> None:
    def give_a_sign(classes: int) -> None:
        mine = GuideReport.objects.filter(pk=report.pk, state=_State.RUNNING)
        if not mine.update(beat_at=Now(), classes_done=F("classes_done") + classes):
            raise ReportCancelled(report.pk)

    diff = compare_guides(
        before=guide_in_force(),
        after=_other_guide(report.kind, report.subject, report.by),
        on_progress=give_a_sign,
    )
    _finish(report, _State.DONE, result=diff.as_plain())


def _finish(report: GuideReport, state: str, **columns: object) -> None:
    mine = GuideReport.objects.filter(pk=report.pk, state=_State.RUNNING)
    mine.update(state=state, finished_at=Now(), **columns)


def _other_guide(kind: str, subject: str, by: int) -> Guide:
    if kind == GuideReport.Kind.RELEASE:
        return find_guide(subject)
    return shift_guide(guide_in_force(), threshold=subject, by=by)
