from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shop_plugin.services.doctor.pushing_report import report_pushing
from shop_plugin.services.intake.pushing import PUSH
from shop_plugin.services.people.host_hooks import keep_failure

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_it_says_nothing_of_a_shop_whose_pushes_all_arrived() -> None:
    assert list(report_pushing(now=NOW)) == []


def test_it_tells_for_a_day_where_a_push_failed() -> None:
    keep_failure(name=PUSH, what="ValueError at footback.py:12", now=NOW)
    (finding,) = report_pushing(now=NOW + timedelta(hours=20))
    assert finding.code == "host.push_failed"
    assert "ValueError at footback.py:12" in finding.text
    assert "the next sync reads it" in finding.text
    assert list(report_pushing(now=NOW + timedelta(days=2))) == []
