"""What every test gets: a fixed clock and closed sockets outside loopback."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

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


@pytest.fixture
def now() -> datetime:
    """A fixed aware time: a Tuesday, 10:00 UTC."""
    return datetime(2026, 6, 16, 10, 0, tzinfo=UTC)
