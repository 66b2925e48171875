"""The broker or the database is lost, or a worker's whole tree: delivery ..."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy, proxy_to
from tests.faults.servers import (
    Workplace,
    children_of,
    find_postgres_programs,
    kill_tree,
    own_postgres,
    own_redis,
    wait_until,
)
from tests.faults.smtp_sink import Sink, running_sink
from tests.faults.test_killed_workers import check_history

pytestmark = [pytest.mark.own_database, pytest.mark.slow]

#: Kills of a worker's tree (T04), and deaths of the broker (T09). By hand: 200, and 100.
KILLS = int(os.environ.get("FOOTBACK_PROOF_KILLS", "8"))
BROKER_DEATHS = int(os.environ.get("FOOTBACK_PROOF_BROKER_DEATHS", "4"))
MAILS = max(40, 5 * KILLS, 7 * BROKER_DEATHS + 12)
#: Seconds until a worker takes a line to the broker for dead; a shop's 25 and 30 take minutes.
BROKER_SECONDS = "2"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Path:
    """A SQLite file with its tables: migrated once, and not for every test."""
    file = tmp_path_factory.mktemp("migrated") / "lost.sqlite3"
    Workplace(file.parent, f"sqlite:///{file}", 1).ask("prepare", "--mails", "0")
    return file


@pytest.fixture
def place(tmp_path, migrated):
    """A workplace on a SQLite file with mails that are due, and the sink they go to."""
    file = tmp_path / "lost.sqlite3"
    shutil.copyfile(migrated, file)
    with running_sink() as (sink, port):
        place = Workplace(tmp_path, f"sqlite:///{file}", port)
        place.ask("prepare", "--mails", str(MAILS))
        yield place, sink


def arrived(sink: Sink) -> int:
    return sum(sink.taken.values())


def comes_soon(is_so: Callable[[], bool], seconds: float = 20) -> bool:
    """Tell whether something comes about within some seconds."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    return is_so()


@pytest.mark.proof("T04")
def test_survives_the_death_of_pool_children_of_beat_and_of_the_whole_tree(place, tmp_path):
    place, sink = place
    dice = random.Random(4)
    with own_redis(tmp_path) as server:
        place.redis_url = server.url
        worker = place.start_celery()
        for kill in range(KILLS):
            goal = min(MAILS - 1, (kill + 1) * MAILS // (KILLS + 2))
            if not comes_soon(lambda goal=goal: arrived(sink) >= goal):
                # The child that died was the beat, and Celery starts no other: a supervisor does.
                kill_tree(worker)
                worker = place.start_celery()
                wait_until(lambda goal=goal: arrived(sink) >= goal, f"mail {goal}")
            time.sleep(dice.uniform(0, 0.05))
            victims = children_of(worker.pid)
            if kill % 3 == 2 or not victims:
                kill_tree(worker)
                worker = place.start_celery()
            else:
                with suppress(ProcessLookupError):
                    os.kill(dice.choice(victims), signal.SIGKILL)
        kill_tree(worker)
        states = place.ask("finish")["states"]
    assert len(states) == MAILS
    check_history(sink, states)
    assert Counter(states.values())["uncertain"] <= KILLS


@pytest.mark.proof("T09")
def test_loses_nothing_with_a_broker_that_is_killed_and_comes_back_empty(place, tmp_path):
    place, sink = place
    with own_redis(tmp_path) as server:
        place.redis_url = server.url
        worker = place.start_celery()
        try:
            for death in range(BROKER_DEATHS):
                goal = 5 + 7 * death
                wait_until(lambda goal=goal: arrived(sink) >= goal, f"mail {goal}")
                server.lose_everything()
            wait_until(lambda: arrived(sink) >= MAILS, "the last mail")
        finally:
            kill_tree(worker)
    states = place.ask("finish")["states"]
    check_history(sink, states)
    assert arrived(sink) == MAILS


@pytest.mark.proof("T10")
def test_goes_on_when_a_broker_answers_again_that_had_fallen_silent(place, tmp_path):
    place, sink = place
    with own_redis(tmp_path) as server:
        place.redis_url = server.url
        worker = place.start_celery()
        try:
            wait_until(lambda: arrived(sink) >= 3, "the first mails")
            server.send(signal.SIGSTOP)
            time.sleep(3)
            server.send(signal.SIGCONT)
            wait_until(lambda: arrived(sink) >= MAILS, "the last mail")
        finally:
            kill_tree(worker)
    check_history(sink, place.ask("finish")["states"])


@pytest.mark.proof("T10")
def test_answers_pages_while_the_cache_is_alive_and_silent(place, tmp_path):
    """The answer comes while the server is still stopped: nothing wakes it before."""
    place, _sink = place
    with own_redis(tmp_path) as server:
        place.redis_url = server.url
        server.send(signal.SIGSTOP)
        asked = place.ask("page")
    assert asked == {"status": 200, "limit": None}


FAULTS: dict[str, Callable[[Proxy], None]] = {
    "half-open": Proxy.fall_silent,
    "cut": Proxy.cut,
    "reset": Proxy.reset,
    "half-open again": Proxy.fall_silent,
}


@pytest.mark.proof("T10")
def test_goes_on_whatever_becomes_of_the_lines_to_the_broker(place, tmp_path, monkeypatch):
    """One worker, and after each fault mails that nobody but its beat could have asked for.

    Few: fifty more than the day's forecast would open the breaker for it.
    """
    place, sink = place
    monkeypatch.setenv("FOOTBACK_TEST_BROKER_SECONDS", BROKER_SECONDS)
    with own_redis(tmp_path) as server, proxy_to(server.path) as proxy:
        proxy.delay = 0.01
        place.redis_url = f"redis://127.0.0.1:{proxy.port}/0"
        worker = place.start_celery()
        try:
            wait_until(lambda: arrived(sink) >= MAILS, "the first mails")
            for number, (fault, happen) in enumerate(FAULTS.items(), 1):
                before, goal = proxy.opened, MAILS + 2 * number
                happen(proxy)
                place.ask("prepare", "--mails", "2")
                wait_until(lambda goal=goal: arrived(sink) >= goal, f"mails after {fault}")
                wait_until(lambda before=before: proxy.opened > before, f"a line after {fault}")
            assert worker.poll() is None
        finally:
            kill_tree(worker)
    states = place.ask("finish")["states"]
    assert len(states) == MAILS + 2 * len(FAULTS)
    check_history(sink, states)


@pytest.mark.proof("T10")
def test_answers_pages_while_the_line_to_the_cache_carries_nothing(place, tmp_path):
    """The line opens and stays open; whoever waited for an answer on it would wait for ever."""
    place, _sink = place
    with own_redis(tmp_path) as server, proxy_to(server.path) as proxy:
        place.redis_url = f"redis://127.0.0.1:{proxy.port}/0"
        whole = place.ask("page")
        proxy.is_mute = True
        asked = place.ask("page")
    assert whole["limit"] is not None
    assert asked == {"status": 200, "limit": None}
    assert proxy.opened >= 2


@pytest.mark.proof("T35")
def test_needs_no_celery_when_cron_starts_rounds_that_overlap(place):
    place, sink = place
    rounds = [place.start("manage.py", "footback_run", "--once") for _ in range(3)]
    assert [process.wait(240) for process in rounds] == [0, 0, 0]
    states = place.ask("finish")["states"]
    assert Counter(states.values()) == {"sent": MAILS}
    check_history(sink, states)


@pytest.mark.skipif(
    bool(find_postgres_programs().reason), reason=find_postgres_programs().reason or "-"
)
@pytest.mark.proof("T11")
def test_sends_nothing_twice_where_the_database_loses_its_power(tmp_path: Path):
    with ExitStack() as stack:
        sink, port = stack.enter_context(running_sink())
        server = stack.enter_context(own_postgres())
        place = Workplace(tmp_path, server.url, port)
        place.ask("prepare", "--mails", str(MAILS))
        workers = [place.start_rounds() for _ in range(2)]
        try:
            for goal in range(5, MAILS - 8, 7):
                wait_until(lambda goal=goal: arrived(sink) >= goal, f"mail {goal}")
                server.cut_the_power()
            wait_until(lambda: arrived(sink) >= MAILS - 6, "the last mails")
        finally:
            for worker in workers:
                kill_tree(worker)
        states = place.ask("finish")["states"]
    check_history(sink, states)
    # A mail that was taken while the database was away is known as sent once it is back.
    assert Counter(states.values())["uncertain"] <= 2
