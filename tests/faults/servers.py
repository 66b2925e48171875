"""Servers and workers of a test's own, which it may kill; and an outbox for them to work through.

The machine's own Redis and PostgreSQL are never touched: what is killed here
was started here, on a socket in a folder of the test.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footback_shop.broker import Broker, open_broker
from tests.machine import Found

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
SERVER_ACCOUNT = "postgres"  # PostgreSQL refuses to run as root


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something, and say what it was when it never comes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, f"waited {PATIENCE_SECONDS} seconds for {what}"
        time.sleep(0.05)


class OwnRedis:
    """A Redis that may be killed, paused and started anew without its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broker = self._open()
        self.url = self._broker.url

    def _open(self) -> Broker:
        return open_broker(var_dir=self._folder, environ={})

    @property
    def pid(self) -> int:
        assert self._broker.process is not None
        return self._broker.process.pid

    @property
    def path(self) -> str:
        """The socket that it listens on."""
        return self.url.removeprefix("redis+socket://")

    def lose_everything(self) -> None:
        """Kill it, delete what it kept, and start it again at the same address."""
        self.send(signal.SIGKILL)
        assert self._broker.process is not None
        self._broker.process.wait()
        shutil.rmtree(self._folder / "broker" / "appendonlydir", ignore_errors=True)
        self._broker = self._open()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.send(signal.SIGCONT)
        self._broker.close()


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(folder)
    try:
        yield server
    finally:
        server.close()


# ---- PostgreSQL ------------------------------------------------------------------------


def find_postgres_programs() -> Found:
    """Return the folder with initdb and pg_ctl."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "pg_ctl").exists():
            if os.getuid() == 0 and SERVER_ACCOUNT not in {user.pw_name for user in pwd.getpwall()}:
                return Found(reason="PostgreSQL does not run as root, and there is no account")
            return Found(str(folder))
    return Found(reason="no initdb on this machine (Debian: apt install postgresql)")


class OwnPostgres:
    """A cluster in a temporary folder, that can be stopped as if the power were cut."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._as = SERVER_ACCOUNT if os.getuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="fb-pg-"))
        if self._as:
            shutil.chown(self.folder, self._as)
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--locale=C.UTF-8")
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://postgres@/{self.folder}/postgres"

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "-l", str(self.folder / "log"), "-o", options)

    def cut_the_power(self) -> None:
        """Stop without a word to anybody, and start again at once."""
        self._run("pg_ctl", "stop", "-m", "immediate")
        self.start()

    def back_up(self) -> None:
        """Copy the whole cluster as it is now, while it stands still."""
        self._run("pg_ctl", "stop", "-m", "fast")
        shutil.copytree(self.folder / "data", self.folder / "backup")
        self.start()

    def put_back(self) -> None:
        """Let the cluster be as it was when it was backed up; the copy is used up."""
        self._run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(self.folder / "data")
        (self.folder / "backup").rename(self.folder / "data")
        self._give_to_the_server(self.folder / "data")
        self.start()

    def _give_to_the_server(self, folder: Path) -> None:
        if self._as:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, self._as)
        folder.chmod(0o700)

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self.folder / "data"), *arguments],
            check=True,
            user=self._as,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
        )


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    server = OwnPostgres(Path(find_postgres_programs().value))
    try:
        yield server
    finally:
        server.close()


# ---- workers ---------------------------------------------------------------------------


@dataclass
class Workplace:
    """A database with an outbox, the sink it mails to, and the workers that are started there."""

    folder: Path
    database_url: str
    sink_port: int
    redis_url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        given = {
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
            "FOOTBACK_TEST_SINK": str(self.sink_port),
            "FOOTBACK_TEST_SPOOL": str(self.folder / "spool"),
            "FOOTBACK_TICK_SECONDS": "0.3",
            "FOOTBACK_VAR_DIR": str(self.folder),
        }
        inherited = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
        return {**inherited, **given, **({"REDIS_URL": self.redis_url} if self.redis_url else {})}

    def ask(self, command: str, *more: str) -> dict[str, Any]:
        """Run a command of ``tests.faults.deliverer`` and return what it printed."""
        program = [sys.executable, "-m", "tests.faults.deliverer", command]
        done = subprocess.run(
            [*program, "--port", str(self.sink_port), *more],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a worker that leads a process group of its own; its output goes into a file."""
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_celery(self) -> subprocess.Popen[bytes]:
        """Start a Celery worker with two children and its own beat."""
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"]
        schedule = ["-s", str(self.folder / "beat")]
        app = ["-m", "celery", "-A", "footback_shop", "worker", "-B", "-Q", "footback", *schedule]
        return self.start(*app, "--concurrency=2", *quiet)

    def start_rounds(self) -> subprocess.Popen[bytes]:
        """Start ``footback_run``, a round every third of a second."""
        return self.start("manage.py", "footback_run", "--every", "0.3")


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker and all it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children_of(pid: int) -> list[int]:
    """Return the process ids of the children (Linux)."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(number) for number in text.split()]
