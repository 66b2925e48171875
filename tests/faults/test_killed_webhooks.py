"""Workers on webhooks killed with SIGKILL, and two at once: a webhook ..."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.programs import KILLED, Start, finish, starter_of
from tests.faults.webhook_worker import AFTER_COMMIT, LINES, POINTS

pytestmark = [pytest.mark.slow, pytest.mark.proof("S12")]


@pytest.fixture
def start(tmp_path: Path, transactional_db: None) -> Start:
    """Start the program over a database that other processes see."""
    return starter_of("tests.faults.webhook_worker", tmp_path)


def check_all_done_once(start: Start, count: int) -> None:
    found: dict[str, Any] = json.loads(finish(start("check")).splitlines()[-1])
    assert found == {
        "states": ["applied"],
        "bodies": 0,
        "listings": count,
        "matched": count,
        "pairs": count * LINES,
        "with_shoe": count * LINES,
        "people": min(count, 3),
        "acts": count,
        "returned": count,
    }


def test_is_carried_out_wholly_and_once_wherever_its_worker_dies(start: Start) -> None:
    points = (*POINTS, AFTER_COMMIT)
    count = len(points)
    finish(start("prepare", "--count", str(count)))
    for hours, point in enumerate(points):
        worker = start("work", "--point", point, "--hours", str(hours))
        worker.communicate(timeout=240)
        assert worker.returncode == KILLED, point
    # A killed worker costs the time until its event is tried again, and nothing else.
    finish(start("work", "--hours", "48"))
    finish(start("work", "--hours", "48"))  # marks the acts that came before their order
    check_all_done_once(start, count)


def test_is_carried_out_once_by_workers_that_die_beside_one_another(start: Start) -> None:
    count, chance = 12, random.Random(7)
    finish(start("prepare", "--count", str(count)))
    for round_ in range(3):
        workers = [start("work", "--hours", str(round_)) for _ in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "working\n"
        time.sleep(chance.uniform(0.05, 0.4))
        for worker in workers:
            worker.kill()
            worker.communicate(timeout=60)
    workers = [start("work", "--hours", "48") for _ in range(2)]
    for worker in workers:
        finish(worker)
    finish(start("work", "--hours", "96"))  # what two workers wanted at once, and one let go
    check_all_done_once(start, count)
