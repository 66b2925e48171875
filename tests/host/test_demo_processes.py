"""The demo's processes: started, watched, stopped, and never left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from footback_shop.demo import __main__ as demo
from footback_shop.demo import processes
from footback_shop.demo.processes import ProcessFailed, ProcessGroup, find_free_port
from tests.architecture.sources import PROJECT_DIR

pytestmark = pytest.mark.own_database

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture(autouse=True)
def _signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the signals of the test run alone."""
    monkeypatch.setattr(processes, "ignore_signals", lambda: None)
    monkeypatch.setattr(demo, "stop_on_signals", lambda: None)


@pytest.fixture
def group(tmp_path: Path) -> Iterator[ProcessGroup]:
    """A group that is stopped after the test."""
    with ProcessGroup(log_dir=tmp_path / "log", environ=os.environ) as made:
        yield made


def is_running(number: int) -> bool:
    """Tell whether a process runs; one that ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    """Wait, and fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_stops_all_children_and_their_children(group: ProcessGroup, tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    program = (
        "import subprocess, sys, pathlib, time;"
        f"child = subprocess.Popen({SLEEP!r});"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    group.start("parent", [sys.executable, "-c", program])
    wait_until(lambda: note.exists() and note.read_text() != "")
    parent, grandchild = group.children["parent"].pid, int(note.read_text())
    group.stop()
    assert not is_running(parent)
    wait_until(lambda: not is_running(grandchild))


def test_it_kills_a_child_that_does_not_listen(
    group: ProcessGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT_SECONDS", 0.5)
    ready = tmp_path / "ready"
    program = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    group.start("deaf", [sys.executable, "-c", program])
    child = group.children["deaf"]
    wait_until(ready.exists)
    group.stop()
    assert child.returncode == -signal.SIGKILL


def test_it_shows_the_end_of_the_log_of_a_child_that_died(group: ProcessGroup) -> None:
    group.start("web", [sys.executable, "-c", "raise SystemExit('no such module: sausage')"])
    with pytest.raises(ProcessFailed, match=r"'web' ended with status 1[\s\S]*sausage"):
        group.watch()


def test_it_says_so_when_a_child_does_not_answer_at_its_port(group: ProcessGroup) -> None:
    group.start("web", SLEEP)
    with pytest.raises(ProcessFailed, match="did not answer in time"):
        group.wait_until_listening("web", find_free_port(0), timeout_seconds=0.3)


@pytest.mark.slow
def test_it_leaves_nothing_behind_when_it_is_killed_itself(tmp_path: Path) -> None:
    note = tmp_path / "child"
    program = (
        "import os, pathlib, sys, time\n"
        "from footback_shop.demo.processes import ProcessGroup\n"
        f"group = ProcessGroup(log_dir=pathlib.Path({str(tmp_path)!r}), environ=os.environ)\n"
        f"group.start('child', {SLEEP!r})\n"
        f"pathlib.Path({str(note)!r}).write_text(str(group.children['child'].pid))\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT_DIR)
    wait_until(lambda: note.exists() and note.read_text() != "")
    child = int(note.read_text())
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_running(child))


def test_it_names_the_port_that_is_taken_and_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTBACK_VAR_DIR", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert demo.main(["--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"port {port} is in use" in said
    assert f"make demo PORT={port + 1}" in said


def test_it_refuses_to_run_twice_and_names_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTBACK_VAR_DIR", str(tmp_path))
    with (tmp_path / "demo.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert demo.main(["--once"]) == 1
    assert "already running here (process 4711)" in capsys.readouterr().err


def test_it_says_what_is_wrong_with_a_broker_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTBACK_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{find_free_port(0)}")
    assert demo.main(["--once"]) == 1
    assert "unset REDIS_URL" in capsys.readouterr().err


def test_it_finds_another_port_when_the_wanted_one_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        assert find_free_port(wanted) not in (0, wanted)
