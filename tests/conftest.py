"""What every test gets: a fixed clock, closed sockets outside loopback, a spool of its own."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from shop_plugin.services.bulk import second_core
from shop_plugin.services.transport import spool

_connect = socket.socket.connect


class LeavesTheMachine(AssertionError):
    """A test tried to reach another machine."""


def _connect_here_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise LeavesTheMachine(f"a test tried to connect to {host}")
    _connect(self, address)


@pytest.fixture(scope="session", autouse=True)
def _closed_sockets() -> Iterator[None]:
    """Let no test leave the machine: Unix sockets and loopback only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _connect_here_only)
        yield


@pytest.fixture(autouse=True)
def _forgotten_answers() -> None:
    """Begin without kept answers: state numbers and keys of rows begin anew with every test."""
    from shop_plugin.api.answers import SHELF
    from shop_plugin.services.nudges.replacements import forget_alternatives

    SHELF.clear()
    forget_alternatives()


@pytest.fixture(scope="session")
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(autouse=True)
def _own_spool(_temporary_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test that sets no ``SPOOL_DIR`` find no mail that another has noted, nor leave one."""
    temporary = SimpleNamespace(gettempdir=lambda: str(_temporary_folder))
    monkeypatch.setattr(spool, "tempfile", temporary)
    yield
    for folder in _temporary_folder.iterdir():
        shutil.rmtree(folder)


@pytest.fixture
def now() -> datetime:
    """A fixed aware time: a Tuesday, 10:00 UTC."""
    return datetime(2026, 6, 16, 10, 0, tzinfo=UTC)


def _wait_until_up(helper: second_core._Helper) -> None:
    until = time.monotonic() + 60
    while not helper.is_up and helper._state == "starting" and time.monotonic() < until:
        time.sleep(0.01)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Start a helper at once and wait until it is up; the ids of the processes are returned."""
    pids: list[int] = []
    start = second_core._Helper.start

    def start_and_wait(self: second_core._Helper) -> None:
        is_first = self._state == "not started"
        start(self)
        if is_first and self._process is not None:
            pids.append(self._process.pid)
            _wait_until_up(self)

    monkeypatch.setattr(second_core, "ALONE_FIRST", 0)
    monkeypatch.setattr(second_core, "_count_cores", lambda: 2)
    monkeypatch.setattr(second_core._Helper, "start", start_and_wait)
    return pids


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Leave no test the language that a request of another test brought along."""
    yield
    translation.deactivate()
