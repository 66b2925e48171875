"""``make demo ONCE=1``, for real, in a folder of its own; and worker and beat over the broker."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from footback_shop.broker import open_broker
from footback_shop.demo.processes import find_free_port, is_listening
from tests.architecture.sources import PROJECT_DIR
from tests.host.test_demo_processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.own_database]

SERVERS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")


def _environ(var_dir: Path, **more: str) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if key not in SERVERS}
    return {**plain, "FOOTBACK_VAR_DIR": str(var_dir), **more}


def _demo_once(var_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "footback_shop.demo", "--once"],
        cwd=PROJECT_DIR,
        env=_environ(var_dir, **more),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _ask(var_dir: Path, question: str) -> int:
    with sqlite3.connect(var_dir / "demo.sqlite3") as database:
        answer: int = database.execute(question).fetchone()[0]
    return answer


def _processes_of(var_dir: Path) -> list[str]:
    """Return the command lines of processes that were told of this folder."""
    mark = f"FOOTBACK_VAR_DIR={var_dir}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            told = mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if told or str(var_dir).encode() in command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder in which the demo ran once, and what it said."""
    var_dir = tmp_path_factory.mktemp("demo") / "var"
    return var_dir, _demo_once(var_dir)


def test_it_ends_well_and_says_what_it_did(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = once
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("shoes of", "graded, at least: A", "not graded", "unknown:", "purchases by"):
        assert words in done.stdout
    assert "notes came due" in done.stdout
    assert "Staff login: demo /" in done.stdout
    assert "Shopper login: shopper /" in done.stdout
    assert "Traceback" not in done.stderr


def test_it_finds_every_grade_and_every_kind_of_not_knowing(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    profiles = "SELECT count(*) FROM footback_footwearprofile WHERE "
    for grade in "ABCDE":
        assert _ask(var_dir, f"{profiles} verdict IN ('grade', 'range') AND grade_low = '{grade}'")
    for verdict in ("grade", "range", "not_enough", "d_or_lower", "not_scored_child"):
        assert _ask(var_dir, f"{profiles} verdict = '{verdict}'"), verdict


def test_it_puts_every_sent_mail_into_the_sink_once(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    sent = _ask(var_dir, "SELECT count(*) FROM footback_message WHERE state = 'sent'")
    assert sent > 0
    assert len(list((var_dir / "mailbox").glob("*.eml"))) == sent
    assert _ask(var_dir, "SELECT count(*) FROM footback_message WHERE state != 'sent'") == 0


def test_it_leaves_no_process_behind(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    assert _processes_of(var_dir) == []


def test_it_does_the_same_again_and_mails_nobody_twice(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    mails = sorted((var_dir / "mailbox").glob("*.eml"))
    orders = _ask(var_dir, "SELECT count(*) FROM footback_purchase")
    again = _demo_once(var_dir)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "still holds" in again.stdout
    assert sorted((var_dir / "mailbox").glob("*.eml")) == mails
    assert _ask(var_dir, "SELECT count(*) FROM footback_purchase") == orders


def test_it_sets_a_database_of_another_version_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "demo.sqlite3") as database:
        database.execute("CREATE TABLE store_product (id INTEGER PRIMARY KEY, title TEXT)")
    done = _demo_once(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "made by another version; it was kept as" in done.stdout
    assert len(list(tmp_path.glob("demo-*.sqlite3"))) == 1


def test_it_mails_no_invented_shopper_through_a_real_mail_server(tmp_path: Path) -> None:
    done = _demo_once(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{find_free_port(0)}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was mailed: the shoppers are invented" in done.stdout
    assert _ask(tmp_path, "SELECT count(*) FROM footback_message WHERE state = 'sent'") == 0


def test_it_serves_until_it_is_interrupted_and_stops_everything(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    port = find_free_port(0)
    demo = subprocess.Popen(
        [sys.executable, "-m", "footback_shop.demo", "--port", str(port)],
        cwd=PROJECT_DIR,
        env=_environ(var_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until(lambda: is_listening(port), seconds=120)
        with urlopen(f"http://127.0.0.1:{port}/") as page:
            assert "Fennel" in page.read().decode()
        with urlopen(f"http://127.0.0.1:{port}/demo/mailbox/") as page:
            assert "/demo/mailbox/2" in page.read().decode()
    finally:
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, said
    assert "Stopped." in said
    assert _processes_of(var_dir) == []


@pytest.mark.redis
def test_it_rings_the_tick_through_broker_worker_and_beat(
    once: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    var_dir, _ = once
    question = "SELECT coalesce(max(last_tick_at), '') FROM footback_nudgecontrol"
    named = {"REDIS_URL": os.environ["REDIS_URL"]} if os.environ.get("REDIS_URL") else {}
    with open_broker(var_dir=var_dir, environ=named) as broker:
        environ = _environ(var_dir, REDIS_URL=broker.url, FOOTBACK_TICK_SECONDS="1")
        celery = [sys.executable, "-m", "celery", "--app", "footback_shop"]
        roles = (
            ["worker", "--queues", "footback", "--concurrency", "1"],
            ["beat", "--schedule", str(var_dir / "beat"), "--pidfile="],
        )
        children = [
            subprocess.Popen(
                [*celery, *role],
                cwd=PROJECT_DIR,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for role in roles
        ]
        try:
            first = _ask(var_dir, question)
            wait_until(lambda: _ask(var_dir, question) != first, seconds=90)
            second = _ask(var_dir, question)
            wait_until(lambda: _ask(var_dir, question) != second, seconds=30)
        finally:
            for child in children:
                child.terminate()
            started = time.monotonic()
            for child in children:
                child.wait(30)
    assert time.monotonic() - started < 30
