"""Somebody who can write to the broker: the worker ..."""

from __future__ import annotations

import base64
import json
import pickle
import uuid
from pathlib import Path

import pytest
import redis

from footback_shop.broker import cache_url
from tests.faults.servers import Workplace, kill_tree, own_redis, wait_until
from tests.faults.smtp_sink import running_sink

pytestmark = [pytest.mark.own_database, pytest.mark.slow, pytest.mark.proof("S22")]

QUEUE = "footback"


class Payload:
    """What would make a file if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def envelope(
    body: bytes, *, task: str = "footback.tick", content_type: str = "application/json"
) -> bytes:
    """Return a message as kombu stores it."""
    key = str(uuid.uuid4())
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "binary" if "python" in content_type else "utf-8",
            "content-type": content_type,
            "headers": {"id": key, "task": task, "lang": "py", "root_id": key, "parent_id": None},
            "properties": {
                "correlation_id": key,
                "delivery_mode": 2,
                "delivery_tag": str(uuid.uuid4()),
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
                "body_encoding": "base64",
                "priority": 0,
            },
        }
    ).encode()


def arguments(*args: object) -> bytes:
    return json.dumps([list(args), {}, {"callbacks": None, "errbacks": None}]).encode()


def test_runs_no_code_of_theirs_and_goes_on_with_its_work(tmp_path: Path) -> None:
    touched = tmp_path / "run by the worker"
    pickled = pickle.dumps(([Payload(touched)], {}, {}))
    python = "application/x-python-serialize"
    messages = [
        envelope(pickled, content_type=python),
        envelope(pickled, content_type=python, task="os.system"),
        envelope(arguments("touch " + str(touched)), task="os.system"),
        envelope(arguments(), task="celery.backend_cleanup.nothing"),
        envelope(arguments(*["x" * 1000] * 1000)),
        envelope(arguments({"shop": "another"}, 987_654)),
        envelope(b"\x80\x04nonsense"),
        envelope(b"[[], {}, {}]", content_type="application/x-yaml"),
    ]
    with running_sink() as (sink, port), own_redis(tmp_path) as server:
        place = Workplace(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", port, server.url)
        place.ask("prepare", "--mails", "2")
        with redis.Redis.from_url(cache_url(server.url)) as attacker:
            for message in messages:
                attacker.lpush(QUEUE, message)
            worker = place.start_celery()
            try:
                wait_until(lambda: sum(sink.taken.values()) == 2, "the two mails that are due")
                wait_until(lambda: attacker.llen(QUEUE) == 0, "the end of the queue")
            finally:
                kill_tree(worker)
    assert not touched.exists()
