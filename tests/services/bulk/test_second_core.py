"""What the helper does, and that it only ever saves time. Work stands here, for both to find."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shop_plugin.services.bulk import second_core
from shop_plugin.services.bulk.second_core import Job, read_ahead, work_through


def double(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def whose(_: list[int]) -> int:
    return os.getpid()


def refuse(numbers: list[int]) -> list[int]:
    if 7 in numbers:
        raise ValueError("seven is not wanted")
    return numbers


def die_elsewhere(home: int, numbers: list[int]) -> list[int]:
    if os.getpid() != home:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers


def count_on(last: int, after: int) -> Iterator[list[int]]:
    for number in range(after + 1, last + 1, 2):
        yield [number, number + 1]


def count_until_refused(last: int, after: int) -> Iterator[list[int]]:
    for chunk in count_on(last, after):
        yield refuse(chunk)


def count_but_die(home: int, last: int, after: int) -> Iterator[list[int]]:
    for chunk in count_on(last, after):
        if os.getpid() != home and chunk[0] > last // 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield chunk


def itself(number: int) -> int:
    return number


def jobs(count: int) -> list[Job]:
    return [Job([number], ([number],)) for number in range(count)]


def done(work: Callable[..., Any], count: int) -> list[tuple[Any, Any]]:
    return sorted(work_through(work, jobs(count)))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_does_every_job_once_on_both_cores(started: list[int]) -> None:
    assert done(double, 40) == [([number], [2 * number]) for number in range(40)]
    workers = {pid for _, pid in work_through(whose, jobs(40))}
    assert workers == {os.getpid(), started[-1]}


def test_it_ends_the_helper_with_the_work(started: list[int]) -> None:
    done(double, 5)
    stopped = work_through(double, jobs(40))
    for _ in range(5):
        next(stopped)
    stopped.close()
    assert len(started) == 2
    assert not any(is_alive(pid) for pid in started)


def test_it_raises_what_the_work_raises(started: list[int]) -> None:
    with pytest.raises(ValueError, match="seven is not wanted"):
        done(refuse, 20)
    assert not is_alive(started[0])


def test_it_does_itself_what_a_killed_helper_leaves(started: list[int]) -> None:
    found = work_through(partial(die_elsewhere, os.getpid()), jobs(20))
    assert sorted(found) == [([number], [number]) for number in range(20)]
    assert started


def test_it_does_itself_what_cannot_be_handed_over(started: list[int]) -> None:
    found = sorted(work_through(lambda numbers: numbers, jobs(20)))
    assert found == [([number], [number]) for number in range(20)]
    assert started


def test_it_stays_alone_for_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    few = second_core.ALONE_FIRST - 1
    assert len(done(double, few)) == few


def test_it_stays_alone_on_one_core(started: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_core, "_count_cores", lambda: 1)
    assert len(done(double, 20)) == 20
    assert started == []


def test_it_uses_no_helper_that_runs_other_code(
    started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_core, "_code_version", lambda: "of yesterday")
    assert {pid for _, pid in work_through(whose, jobs(20))} == {os.getpid()}
    assert not is_alive(started[0])


def test_it_reads_ahead_in_order(started: list[int]) -> None:
    chunks = list(read_ahead(partial(count_on, 100), 0, itself))
    assert [number for chunk in chunks for number in chunk] == list(range(1, 101))
    assert not is_alive(started[0])


def test_it_reads_on_itself_where_a_killed_helper_stopped(started: list[int]) -> None:
    chunks = list(read_ahead(partial(count_but_die, os.getpid(), 100), 0, itself))
    assert [number for chunk in chunks for number in chunk] == list(range(1, 101))
    assert started


def test_it_raises_what_the_reading_raises_after_what_came_before(started: list[int]) -> None:
    seen: list[list[int]] = []
    with pytest.raises(ValueError, match="seven is not wanted"):
        seen.extend(read_ahead(partial(count_until_refused, 100), 0, itself))
    assert seen == [[1, 2], [3, 4], [5, 6]]


def test_it_stops_reading_ahead_when_nobody_wants_more(started: list[int]) -> None:
    ahead = read_ahead(partial(count_on, 10_000), 0, itself)
    assert [next(ahead) for _ in range(3)] == [[1, 2], [3, 4], [5, 6]]
    ahead.close()
    assert not is_alive(started[0])


PARENT = """
import os, signal
from shop_plugin.services.bulk import second_core
helper = second_core._Helper()
helper.start()
while not helper.is_up:
    pass
print(helper._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_leaves_no_helper_behind_when_it_is_killed(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PARENT],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
    )
    pid = int(found.stdout)
    until = time.monotonic() + 30
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(pid)


def test_the_helper_needs_no_framework() -> None:
    told = "import sys, shop_plugin.services.bulk.second_core as _; print('django' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "False"
