"""Starts, watches and stops the processes of the demo, and leaves none behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType

from footback_shop.demo import reaper

STOP_TIMEOUT_SECONDS = 10
WATCH_SECONDS = 0.2
LOG_TAIL_LINES = 25


class ProcessFailed(Exception):
    """A process ended that should have kept running. The message holds the end of its log."""


class StopRequested(Exception):
    """Ctrl-C, a closed terminal, or SIGTERM."""


def stop_on_signals() -> None:
    """Turn the three signals that ask for an end into :class:`StopRequested`."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)


def ignore_signals() -> None:
    """Let the stopping itself not be interrupted; it ends within seconds anyway."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def is_port_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen at the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def find_free_port(wanted: int, *, host: str = "127.0.0.1") -> int:
    """Return the wanted port, or one that the system says is free; 0 wants any."""
    if wanted and is_port_free(wanted, host=host):
        return wanted
    with socket.socket() as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number


def is_listening(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server answers at the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


class ProcessGroup:
    """The children of the demo. Each writes a log file and leads a process group of its own."""

    def __init__(self, *, log_dir: Path, environ: Mapping[str, str]):
        self.log_dir = log_dir
        self.environ = dict(environ)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        log_dir.mkdir(parents=True, exist_ok=True)
        self._reaper = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(Path(reaper.__file__))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> ProcessGroup:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process that is to run until :meth:`stop`."""
        with (self.log_dir / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environ,
                start_new_session=True,
            )
        self.children[name] = child
        self.guard(child.pid)

    def guard(self, group: int) -> None:
        """Have a process group ended even if this process is killed."""
        self._tell_reaper(str(group))

    def wait_until_listening(self, name: str, port: int, *, timeout_seconds: float = 30) -> None:
        """Wait until a child answers at its port.

        :raises ProcessFailed: when it ends, or takes too long.
        """
        deadline = time.monotonic() + timeout_seconds
        while not is_listening(port):
            self.check()
            if time.monotonic() > deadline:
                raise ProcessFailed(self._describe(name, "did not answer in time"))
            time.sleep(0.05)

    def check(self) -> None:
        """See that all children run.

        :raises ProcessFailed: when one does not.
        """
        for name, child in self.children.items():
            if child.poll() is not None:
                raise ProcessFailed(self._describe(name, f"ended with status {child.returncode}"))

    def watch(self) -> None:
        """Wait until a child ends or the demo is told to stop.

        :raises ProcessFailed: when a child ended by itself.
        """
        while True:
            self.check()
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Stop all children, the last started first; kill what does not stop in ten seconds."""
        ignore_signals()
        for child in reversed(self.children.values()):
            _signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child.pid, signal.SIGKILL)
                child.wait()
            _signal_group(child.pid, signal.SIGKILL)  # what a child may have left in its group
        self.children.clear()
        self._tell_reaper("done")
        if self._reaper.stdin is not None:
            self._reaper.stdin.close()
        self._reaper.wait()

    def _tell_reaper(self, line: str) -> None:
        if self._reaper.stdin is not None and not self._reaper.stdin.closed:
            self._reaper.stdin.write(f"{line}\n".encode())
            self._reaper.stdin.flush()

    def _describe(self, name: str, what: str) -> str:
        path = self.log_dir / f"{name}.log"
        tail = path.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"The process '{name}' {what}. The end of {path}:", *tail])


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
