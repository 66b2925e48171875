"""``footback_doctor``: a report for people or programs, and an exit status."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from shop_plugin.management.commands import footback_doctor
from shop_plugin.services.doctor import reporting
from shop_plugin.services.doctor.findings import notice
from shop_plugin.services.doctor.reporting import HealthReport
from shop_plugin.services.transport.probing import Probe
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_there(monkeypatch):
    monkeypatch.setattr(reporting, "probe_broker", lambda: Probe("redis://cache", True))
    monkeypatch.setattr(reporting, "probe_mail_server", lambda: Probe("mail:25", True))


def run(*arguments):
    """Return exit status and output."""
    out = StringIO()
    try:
        call_command("footback_doctor", *arguments, stdout=out)
    except SystemExit as leave:
        return leave.code, out.getvalue()
    return 0, out.getvalue()


def test_leaves_with_0_when_all_is_well(all_there):
    status, output = run()
    assert status == 0
    assert output.rstrip().endswith("Healthy.")
    assert "PROBLEM" not in output


def test_leaves_with_1_and_says_what_to_do(all_there):
    ListingFactory()
    status, output = run()
    assert status == 1
    assert "PROBLEM  1 listing was never read" in output
    assert "             Run 'manage.py footback_annotate'." in output
    assert "2 problems. See what to do above." in output


def test_says_once_what_helps_against_several_in_a_row(all_there, monkeypatch):
    told = (
        notice("a", "No size."),
        notice("b", "No brand.", "Map it."),
        notice("c", "No price.", "Map it."),
    )
    monkeypatch.setattr(footback_doctor, "report_health", lambda now: HealthReport(now, told))
    _status, output = run()
    assert output.count("Map it.") == 1
    assert output.index("No price.") < output.index("Map it.")


def test_prints_one_json_object_with_the_same_status(all_there):
    status, output = run("--json")
    assert status == 0
    assert json.loads(output)["healthy"] is True
    ListingFactory()
    status, output = run("--json")
    assert status == 1
    levels = {item["code"]: item["level"] for item in json.loads(output)["findings"]}
    assert levels["reading.stale"] == "problem"


def test_reports_a_failing_check_instead_of_dying_of_it(all_there, settings):
    settings.FOOTBACK = {"PAGE_SIZES": 3}
    status, output = run()
    assert status == 1
    assert "Did you mean PAGE_SIZE?" in output


def test_keeps_lines_short_enough_for_a_terminal(all_there):
    ListingFactory()
    _status, output = run()
    assert max(len(line) for line in output.splitlines()) <= 100
