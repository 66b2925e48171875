"""What the doctor says of the things that wait for a second look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import CatalogueDay, GuideReport, ValueReport
from shop_plugin.services.doctor.findings import Finding
from shop_plugin.services.doctor.review_report import report_review
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db


def find(code: str, now) -> Finding | None:
    return next((item for item in report_review(now=now) if item.code == code), None)


def test_counts_listings_whose_facts_do_not_fit(now) -> None:
    profile = ProfileFactory()
    assert find("knowledge.implausible", now) is None
    profile.flags = "heel.below_platform"
    profile.save()
    finding = find("knowledge.implausible", now)
    assert finding is not None
    assert finding.numbers["listings"] == 1


def test_tells_of_counts_and_reports_that_nobody_computes(now) -> None:
    assert find("reports.old", now) is None
    CatalogueDay.objects.create(day=now.date(), counted_at=now)
    GuideReport.objects.create(kind="sensitivity", subject="heel_line", by=5000, asked_at=now)
    assert find("reports.old", now) is None
    assert find("reports.waiting", now) is None
    later = now + timedelta(days=3)
    assert find("reports.old", later) is not None
    finding = find("reports.waiting", later)
    assert finding is not None
    assert finding.numbers["reports"] == 1


def test_counts_reports_of_readers_and_says_how_long_they_wait(now) -> None:
    assert find("knowledge.reported", now) is None
    ValueReport.objects.create(listing=ListingFactory(), text="Hard.", reported_at=now)
    finding = find("knowledge.reported", now + timedelta(days=3))
    assert finding is not None
    assert dict(finding.numbers) == {"reports": 1, "days": 3}
