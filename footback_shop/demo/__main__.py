"""``make demo``: the broker, the mail sink, the main job once, then the running shop.

This process is the parent of all others and needs no Django: it hands every
child the same environment. Ctrl-C (or a closed terminal) stops all of them.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from footback_shop.broker import BrokerUnavailable, open_broker
from footback_shop.demo.processes import (
    ProcessFailed,
    ProcessGroup,
    StopRequested,
    find_free_port,
    is_port_free,
    stop_on_signals,
)

PROJECT_DIR = Path(__file__).resolve().parents[2]
WANTED_SINK_PORT = 8025
DEFAULT_PORT = 8000  # also that of the settings


class DemoCannotStart(Exception):
    """Something stands in the way. The message says what, and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demo and return the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description="Run the demo shop.")
    parser.add_argument("--once", action="store_true", help="end after the main job")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where the shop is served")
    options = parser.parse_args(arguments)
    var_dir = Path(os.environ.get("FOOTBACK_VAR_DIR") or PROJECT_DIR / "var")
    stop_on_signals()
    try:
        with hold_lock(var_dir / "demo.lock"):
            run(var_dir=var_dir, port=options.port, once=options.once)
    except StopRequested:
        say("\nStopped. The database, the mails and the logs stay in", f"{var_dir}/.")
        return 0
    except (DemoCannotStart, BrokerUnavailable, ProcessFailed) as problem:
        print(f"\nThe demo stopped: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def run(*, var_dir: Path, port: int, once: bool) -> None:
    """Start what the main job needs, run it, and then serve the shop unless ``once``.

    :raises DemoCannotStart: when the port is taken or the main job fails.
    """
    if not once and not is_port_free(port):
        raise DemoCannotStart(
            f"port {port} is in use by another program. Stop that one, "
            f"or choose another port: make demo PORT={port + 1}"
        )
    with open_broker(var_dir=var_dir, environ=os.environ) as broker:
        say(f"Broker: {broker.found}.")
        sink_port = find_free_port(WANTED_SINK_PORT)
        environ = {
            **os.environ,
            "FOOTBACK_VAR_DIR": str(var_dir),
            "FOOTBACK_SITE_URL": f"http://127.0.0.1:{port}",
            "FOOTBACK_SINK_PORT": str(sink_port),
            "REDIS_URL": broker.url,
            "REMAP_SIGTERM": "SIGQUIT",  # a worker that is told to stop finishes what it holds
            "PYTHONUNBUFFERED": "1",
        }
        with ProcessGroup(log_dir=var_dir / "log", environ=environ) as group:
            if broker.process is not None:
                group.guard(broker.process.pid)
            if not environ.get("EMAIL_URL"):
                start_sink(group, port=sink_port, directory=var_dir / "mailbox")
            run_main_job(environ)
            if not once:
                serve(group, port=port, log_dir=var_dir / "log")


def start_sink(group: ProcessGroup, *, port: int, directory: Path) -> None:
    """Start the demo's own mail server and wait until it answers."""
    module = "footback_shop.mailbox.sink"
    command = [sys.executable, "-m", module, "--port", str(port), "--directory", str(directory)]
    group.start("mail-sink", command)
    group.wait_until_listening("mail-sink", port)


def run_main_job(environ: dict[str, str]) -> None:
    """Prepare the database and run the main job in the foreground.

    :raises DemoCannotStart: when it fails; it has said why itself.
    """
    job = subprocess.run([*manage(), "demo_job"], env=environ, check=False)  # noqa: S603
    if job.returncode:
        raise DemoCannotStart(f"the main job ended with status {job.returncode}; see above.")


def serve(group: ProcessGroup, *, port: int, log_dir: Path) -> None:
    """Serve the shop, with worker and beat, until told to stop.

    :raises ProcessFailed: when a process ends by itself.
    """
    celery = [sys.executable, "-m", "celery", "--app", "footback_shop"]
    gunicorn = [sys.executable, "-m", "gunicorn", "footback_shop.wsgi"]
    group.start(
        "web",
        [
            *gunicorn,
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "4",
            "--no-control-socket",
        ],
    )
    worker = ["worker", "--queues", "footback", "--concurrency", "1", "--loglevel", "INFO"]
    group.start("worker", [*celery, *worker])
    schedule = str(log_dir.parent / "beat-schedule")
    group.start("beat", [*celery, "beat", "--schedule", schedule, "--pidfile=", "-l", "INFO"])
    group.wait_until_listening("web", port)
    base = f"http://127.0.0.1:{port}"
    # Commands know the shop by its address, and take another one for a copy that must not mail.
    elsewhere = [f"Before commands in another terminal: export FOOTBACK_SITE_URL={base}"]
    say(
        "",
        f"  The shop       {base}/",
        f"  By the guide   {base}/shoes/",
        f"  The mailbox    {base}/demo/mailbox/",
        f"  For staff      {base}/admin/",
        "",
        f"Worker and beat are running; logs are in {log_dir}/. Ctrl-C stops everything.",
        *(elsewhere if port != DEFAULT_PORT else []),
    )
    group.watch()


def manage() -> list[str]:
    """Return the start of a command line for a management command."""
    return [sys.executable, str(PROJECT_DIR / "manage.py")]


def say(*lines: str) -> None:
    """Tell the person in the terminal, at once."""
    print(*lines, sep="\n", flush=True)  # noqa: T201


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Be the only demo of this checkout; the system lets go of the lock when we end.

    :raises DemoCannotStart: when another one runs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as busy:
            lock.seek(0)
            number = lock.read().strip() or "unknown"
            raise DemoCannotStart(
                f"another demo is already running here (process {number}). "
                "Stop it with Ctrl-C in its terminal first."
            ) from busy
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


if __name__ == "__main__":
    sys.exit(main())
