"""Workers killed with SIGKILL: delivery ..."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.faults.smtp_sink import Sink, running_sink

ROOT = Path(__file__).resolve().parents[2]
NEVER_LEFT = {"ready", "claimed", "retry_wait", "handing"}

pytestmark = pytest.mark.slow


@pytest.fixture
def database_url(tmp_path, transactional_db) -> str:
    """A database that other processes see: a file, or the test database of a server."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    at = connection.settings_dict
    if at["HOST"].startswith("/"):  # a socket: its folder stands in the path
        return f"postgres://{at['USER']}@/{at['HOST']}/{at['NAME']}"
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def run(
    command: str, sink_port: int, database_url: str, spool: Path, *more: str, timeout: float = 240
) -> dict[str, Any]:
    program = [sys.executable, "-m", "tests.faults.deliverer", command, "--port", str(sink_port)]
    own = {"DATABASE_URL": database_url, "FOOTBACK_TEST_SPOOL": str(spool)}
    environment = {**os.environ, **own}
    done = subprocess.run(
        [*program, *more],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check_history(sink: Sink, states: dict[str, str]) -> None:
    """No mail twice; none lost without a word; none known as sent that did not arrive."""
    twice = {key: count for key, count in sink.taken.items() if count > 1}
    assert twice == {}
    assert Counter(states.values()).keys() <= {"sent", "uncertain"}
    sent = {key for key, state in states.items() if state == "sent"}
    uncertain = {key for key, state in states.items() if state == "uncertain"}
    assert sent <= set(sink.taken)
    assert set(sink.taken) - sent <= uncertain


@pytest.mark.proof("T01", "T02")
def test_makes_no_copy_and_loses_nothing_silently_however_many_are_killed(transactional_db):
    """The short form of ``make faults``: 5,000 mails, 100 kills, then the server's log is read."""
    mails, kills = 5_000, 100
    size = ["--mails", str(mails), "--kills", str(kills), "--database", connection.vendor]
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--only", "footback", *size],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])["footback"]
    assert found["mails"] == mails
    assert found["kills"] == kills
    assert (found["extra_copies"], found["silently_lost"]) == (0, 0)
    # One a kill at most, beside those whose connection the server cut: one in a thousand.
    assert found["uncertain"] <= kills + 3 * mails // 1000
    assert found["uncertain_after_reconciliation"] == 0


@pytest.mark.proof("T03")
def test_leaves_no_mail_of_unknown_fate_where_the_server_knows_repeats():
    size = ["--mails", "1000", "--kills", "20"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--only", "footback with keys", *size],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])["footback with keys"]
    assert (found["extra_copies"], found["silently_lost"], found["uncertain"]) == (0, 0, 0)


@pytest.mark.proof("T06")
def test_plans_and_sends_nothing_twice_when_four_workers_sweep_and_send_at_once(
    database_url, tmp_path
):
    with running_sink() as (sink, port):
        result = run("parallel", port, database_url, tmp_path / "spool", "--mails", "60")
    states = result["states"]
    assert Counter(states.values()) == {"sent": 60}
    assert result["nudges"] == 60
    check_history(sink, states)


@pytest.mark.proof("T05")
def test_ends_in_the_documented_state_wherever_a_worker_dies(database_url, tmp_path):
    with running_sink() as (sink, port):
        result = run("points", port, database_url, tmp_path / "spool")
    assert result["points"] == {
        "in_sweep": "none -> sent",
        "after_claim": "claimed -> sent",
        "after_rcpt": "claimed -> sent",
        "in_fence": "claimed -> sent",
        "after_fence": "handing -> uncertain",
        "in_data": "handing -> uncertain",
        "after_250": "handing -> uncertain",
        "in_record": "handing -> uncertain",
    }
    check_history(sink, result["states"])
    assert sum(sink.taken.values()) == 6  # the two that died before the final dot never arrived
