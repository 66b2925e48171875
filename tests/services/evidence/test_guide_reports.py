"""Reports on the guide as rows: asked for, computed once, cancelled, begun anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.domain.guide import GuideError
from shop_plugin.models import GuideReport
from shop_plugin.services.evidence import guide_reports
from shop_plugin.services.evidence.guide_reports import (
    ask_for_report,
    cancel_report,
    work_on_reports,
)
from tests.factories import ProfileFactory

pytestmark = pytest.mark.django_db


def ask(now, by: int = 5000) -> GuideReport:
    key = ask_for_report(kind="sensitivity", subject="heel_line", by=by, author=None, now=now)
    return GuideReport.objects.get(pk=key)


def test_computes_what_waits_and_keeps_it(now) -> None:
    ProfileFactory.create_batch(3)
    report = ask(now)
    assert work_on_reports(now=now) == 1
    report.refresh_from_db()
    assert report.state == "done"
    assert report.result["listings"] == 3
    assert report.classes_done == report.classes_total == 1
    assert work_on_reports(now=now) == 0


def test_refuses_at_once_what_cannot_be_computed(now) -> None:
    with pytest.raises(GuideError):
        ask(now, by=-40_000)
    with pytest.raises(GuideError):
        ask_for_report(kind="release", subject="fb-9", by=0, author=None, now=now)
    assert GuideReport.objects.count() == 0


def test_writes_a_failure_into_its_row_and_goes_on(now) -> None:
    gone = GuideReport.objects.create(kind="release", subject="fb-9", asked_at=now)
    after = ask(now + timedelta(minutes=1))
    assert work_on_reports(now=now + timedelta(minutes=2)) == 1
    gone.refresh_from_db()
    after.refresh_from_db()
    assert (gone.state, after.state) == ("failed", "done")
    assert "there is no guide" in gone.error


def test_stops_when_it_is_cancelled_while_computing(now, monkeypatch) -> None:
    ProfileFactory()
    report = ask(now)
    compare = guide_reports.compare_guides

    def cancel_first(**options):
        assert cancel_report(report_id=report.pk, now=now)
        return compare(**options)

    monkeypatch.setattr(guide_reports, "compare_guides", cancel_first)
    assert work_on_reports(now=now) == 0
    report.refresh_from_db()
    assert (report.state, report.result) == ("cancelled", None)
    assert not cancel_report(report_id=report.pk, now=now)


def test_leaves_a_report_to_whoever_computes_it_and_takes_over_the_dead(now) -> None:
    report = ask(now)
    GuideReport.objects.filter(pk=report.pk).update(state="running", beat_at=now)
    assert work_on_reports(now=now + timedelta(minutes=1)) == 0
    assert work_on_reports(now=now + timedelta(minutes=6)) == 1
