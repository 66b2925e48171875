"""System checks of the broker and of the beat: each ..."""

from __future__ import annotations

import pytest

from shop_plugin import checks
from tests.test_checks import ids


@pytest.fixture
def celery_conf(monkeypatch):
    """The broker and the beat schedule, as one wishes."""

    class Conf:
        beat_schedule = {"footback-tick": {"task": "footback.tick", "schedule": 60.0}}
        broker_url = "redis://127.0.0.1:6379/0"
        broker_transport_options: dict[str, object] = {}

    class App:
        conf = Conf

    monkeypatch.setattr(checks, "current_app", App)
    return Conf


def test_finds_the_bell_in_the_beat_schedule(celery_conf):
    assert checks.check_celery() == []


@pytest.mark.parametrize("schedule", [None, {}, {"other": {"task": "shop.other"}}])
def test_misses_the_bell_in_the_beat_schedule(celery_conf, schedule):
    celery_conf.beat_schedule = schedule
    assert ids(checks.check_celery()) == ["W040"]


@pytest.mark.parametrize(("engine", "found"), [("bitmap", ["W042"]), ("auto", []), ("sql", [])])
def test_misses_the_task_that_writes_snapshots_where_they_are_asked_for(
    celery_conf, settings, engine, found
):
    settings.FOOTBACK = {"SEARCH_ENGINE": engine}
    celery_conf.beat_schedule = {"a": {"task": "footback.tick"}}
    assert ids(checks.check_celery()) == found
    celery_conf.beat_schedule["b"] = {"task": "footback.index"}
    assert ids(checks.check_celery()) == []


@pytest.mark.parametrize(("is_on", "found"), [(True, ["W043"]), (False, [])])
def test_warns_of_a_worker_that_waits_for_ever_on_a_new_line(celery_conf, is_on, found):
    celery_conf.broker_transport_options = {"health_check_interval": 25, "retry_on_timeout": is_on}
    assert ids(checks.check_celery()) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("memory://", ["W041"]),
        ("filesystem://", ["W041"]),
        ("sqla+sqlite:///broker.sqlite", ["W041"]),
        ("rediss://cache.shop.example/1", []),
        ("amqp://", []),
        (None, []),
    ],
)
def test_warns_of_a_broker_that_loses_messages(celery_conf, url, found):
    celery_conf.broker_url = url
    assert ids(checks.check_celery()) == found


def test_tells_what_celery_does_otherwise_than_it_was_tried_with(celery_conf):
    celery_conf.task_publish_retry, celery_conf.enable_utc = True, True
    celery_conf.broker_connection_max_retries, celery_conf.task_time_limit = None, 240
    celery_conf.broker_url, celery_conf.broker_transport_options = "amqp://", {}
    celery_conf.worker_prefetch_multiplier = 1
    celery_conf.worker_max_memory_per_child = 300_000
    (found,) = checks.check_celery_manners()
    assert found.id == "footback.I043"
    assert "CELERY_TASK_PUBLISH_RETRY = False" in found.hint
    celery_conf.beat_schedule = {}
    assert checks.check_celery_manners() == []
