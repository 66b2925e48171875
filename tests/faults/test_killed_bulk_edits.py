"""Workers on bulk edits killed with SIGKILL: an edit ..."""

from __future__ import annotations

import json
import random
import time

import pytest

from tests.faults.bulk_editor import AFTER_COMMIT, BEFORE_COMMIT, CHUNK, POINTS
from tests.faults.programs import KILLED, finish, starter_of

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path, transactional_db):
    """Start the program over a database that other processes see."""
    return starter_of("tests.faults.bulk_editor", tmp_path)


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
