"""The whole database is put back as it was while mails were sent: footback ..."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.servers import (
    ROOT,
    Workplace,
    find_postgres_programs,
    kill_tree,
    own_postgres,
    wait_until,
)
from tests.faults.smtp_sink import Sink, running_sink
from tests.faults.test_killed_workers import check_history

pytestmark = [pytest.mark.own_database, pytest.mark.slow, pytest.mark.proof("T12")]

MAILS = 30
STATUS_BROKEN = 4


@dataclass
class Restorable:
    """A workplace whose database can be copied and put back, and the sink it mails to."""

    place: Workplace
    sink: Sink
    back_up: Callable[[], None]
    put_back: Callable[[], None]

    def arrived(self) -> int:
        return sum(self.sink.taken.values())

    def send_until(self, count: int) -> None:
        """Let a worker send until so many mails have arrived, then kill it."""
        worker = self.place.start_rounds()
        wait_until(lambda: self.arrived() >= count, f"mail {count}")
        kill_tree(worker)

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run a command of the shop; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.place.environ,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == status, done.stderr[-3000:]
        return done.stdout


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Restorable]:
    with ExitStack() as stack:
        sink, port = stack.enter_context(running_sink())
        if request.param == "postgresql":
            if reason := find_postgres_programs().reason:
                pytest.skip(reason)
            server = stack.enter_context(own_postgres())
            place = Workplace(tmp_path, server.url, port)
            yield Restorable(place, sink, server.back_up, server.put_back)
            return
        file, copy = tmp_path / "shop.sqlite3", tmp_path / "backup.sqlite3"

        def put_back() -> None:
            for leftover in tmp_path.glob("shop.sqlite3-*"):
                leftover.unlink()
            shutil.copy(copy, file)

        def back_up() -> None:
            with closing(sqlite3.connect(file)) as whole, closing(sqlite3.connect(copy)) as other:
                whole.backup(other)

        yield Restorable(Workplace(tmp_path, f"sqlite:///{file}", port), sink, back_up, put_back)


def test_mails_nobody_twice_and_names_what_went_back(shop: Restorable) -> None:
    shop.place.ask("prepare", "--mails", str(MAILS))
    shop.send_until(MAILS // 3)
    shop.back_up()
    known = shop.arrived()
    shop.send_until(MAILS * 2 // 3)
    shop.put_back()
    left = shop.arrived()
    assert left > known

    shop.manage("footback_run", "--once")
    assert shop.arrived() == left
    laws = json.loads(shop.manage("footback_audit", "--json", status=STATUS_BROKEN))
    (violation,) = laws["violations"]
    assert violation["law"] == "I15"
    assert left - known <= violation["count"] <= left - known + 3

    shop.manage("footback_reconcile", "--journal")
    shop.manage("footback_audit")
    go_on = ("--go-on-despite", "restored", "--yes-send-real-mail")
    shop.manage("footback_mode", "live", *go_on)
    states = shop.place.ask("finish")["states"]

    assert set(Counter(states.values())) <= {"sent", "uncertain"}
    assert len(states) == MAILS
    check_history(shop.sink, states)
