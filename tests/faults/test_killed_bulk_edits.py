"""Workers on bulk edits killed with SIGKILL: an edit ..."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.bulk_editor import AFTER_COMMIT, BEFORE_COMMIT, CHUNK, POINTS

ROOT = Path(__file__).resolve().parents[2]
KILLED = -9

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path, transactional_db):
    """Start the program over a database that other processes see."""
    if connection.vendor == "sqlite":
        url = f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    else:
        at = connection.settings_dict
        url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"

    def run(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.bulk_editor", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-3000:]
    return out


def check_all_done_once(start, count: int) -> None:
    found = json.loads(finish(start("check")).splitlines()[-1])
    assert found == {
        "state": "done",
        "cursor": count,
        "counts": {"changed": count, "gone": 0},
        "staff_values": count,
        "listings_with_one": count,
        "outcomes": count,
        "entries": count,
        "profiles": count,
    }


def test_is_done_wholly_and_once_wherever_its_worker_dies(start):
    points = (*POINTS, BEFORE_COMMIT, AFTER_COMMIT)
    count = CHUNK * (len(points) + 3)
    finish(start("prepare", "--count", str(count)))
    for point in points:
        worker = start("work", "--point", point)
        _, said = worker.communicate(timeout=240)
        assert worker.returncode == KILLED, f"{point}: {said[-3000:]}"
    finish(start("work"))
    check_all_done_once(start, count)


def test_is_done_wholly_and_once_by_workers_that_die_beside_one_another(start):
    count, chance = CHUNK * 30, random.Random(7)
    finish(start("prepare", "--count", str(count)))
    for _ in range(4):
        workers = [start("work") for _ in range(2)]
        for worker in workers:
            assert worker.stdout.readline() == "working\n"
        time.sleep(chance.uniform(0.05, 0.4))
        for worker in workers:
            worker.kill()
            worker.communicate(timeout=60)
    finish(start("work"))
    check_all_done_once(start, count)
