"""Two processes, two hundred requests at once: the limit holds, whatever the header says."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests.api.conftest import API
from tests.machine import find_redis

LIMIT = 50
REQUESTS = 200

pytestmark = [pytest.mark.redis, pytest.mark.own_database]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve the shop with two processes and return the port."""
    found = find_redis()
    if not found.value:
        pytest.skip(found.reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    prefix = uuid.uuid4().hex
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.limited_settings",
        "FOOTBACK_TEST_REDIS": found.value,
        "FOOTBACK_TEST_PREFIX": prefix,
        "FOOTBACK_VAR_DIR": str(tmp_path_factory.mktemp("shop")),
    }
    command = [sys.executable, "-m", "gunicorn", "footback_shop.wsgi", "--no-control-socket"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "8"]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        with redis.Redis.from_url(found.value) as client:
            for key in client.scan_iter(f"{prefix}:*"):
                client.delete(key)


def _wait(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            ask(port, "192.0.2.200")
        except OSError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.2)
        else:
            return


def ask(port: int, forwarded: str) -> int:
    """Ask for what is not there, which counts like anything else, and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"{API}nowhere/", headers={"X-Forwarded-For": forwarded})
        return connection.getresponse().status
    finally:
        connection.close()


def ask_at_once(port: int, headers: list[str]) -> Counter[int]:
    with ThreadPoolExecutor(max_workers=40) as crowd:
        return Counter(crowd.map(lambda header: ask(port, header), headers))


@pytest.mark.proof("S16")
def test_lets_the_limit_pass_and_no_more_than_one_beyond(server: int) -> None:
    statuses = ask_at_once(server, ["198.51.100.7"] * REQUESTS)
    assert set(statuses) == {404, 429}
    assert LIMIT - 1 <= statuses[404] <= LIMIT + 1


@pytest.mark.proof("S16")
def test_gains_nobody_anything_to_make_addresses_up(server: int) -> None:
    made_up = [f"203.0.113.{number}, 198.51.100.8" for number in range(REQUESTS)]
    assert ask_at_once(server, made_up)[404] <= LIMIT + 1


def test_gives_every_client_behind_the_proxy_a_limit_of_its_own(server: int) -> None:
    clients = [f"198.51.100.{number}" for number in range(100, 150)]
    assert ask_at_once(server, clients) == Counter({404: len(clients)})
