"""No test reaches another machine."""

from __future__ import annotations

import socket

import pytest

from tests.conftest import LeavesTheMachine


def test_it_refuses_to_connect_to_another_machine() -> None:
    with socket.socket() as probe, pytest.raises(LeavesTheMachine):
        probe.connect(("192.0.2.1", 80))


def test_it_connects_on_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as probe:
        probe.connect(server.getsockname())
