"""How Celery is best set: find_celery_faults ..."""

from __future__ import annotations

import pytest
from celery import Celery

from footback_shop.celery import app
from shop_plugin.services.doctor.celery_rules import find_celery_faults

REDIS = "redis://127.0.0.1:6379/0"
GOOD = {
    "task_publish_retry": False,
    "broker_connection_max_retries": None,
    "task_time_limit": 240,
    "enable_utc": True,
    "accept_content": ["json"],
    "task_reject_on_worker_lost": False,
    "worker_prefetch_multiplier": 1,
    "worker_max_memory_per_child": 300_000,
    "broker_url": REDIS,
    "broker_transport_options": {
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
    },
}


def told(**changes):
    conf = Celery(set_as_current=False).conf
    conf.update({**GOOD, **changes})
    return [write for write, _why in find_celery_faults(conf)]


def test_finds_nothing_in_the_demo_shop_and_in_what_the_guide_writes():
    assert list(find_celery_faults(app.conf)) == []
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"task_publish_retry": True}, "CELERY_TASK_PUBLISH_RETRY = False"),
        ({"broker_connection_max_retries": 100}, "CELERY_BROKER_CONNECTION_MAX_RETRIES = None"),
        ({"task_time_limit": None}, "CELERY_TASK_TIME_LIMIT = 240"),
        ({"task_time_limit": 90_000}, "CELERY_TASK_TIME_LIMIT = 240"),
        ({"enable_utc": False}, "CELERY_ENABLE_UTC = True"),
        ({"accept_content": ["json", "pickle"]}, 'CELERY_ACCEPT_CONTENT = ["json"]'),
        ({"task_reject_on_worker_lost": True}, "CELERY_TASK_REJECT_ON_WORKER_LOST = False"),
        ({"worker_prefetch_multiplier": 4}, "CELERY_WORKER_PREFETCH_MULTIPLIER = 1"),
        ({"worker_max_memory_per_child": None}, "CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000"),
        ({"task_soft_time_limit": 240}, "CELERY_TASK_SOFT_TIME_LIMIT below"),
        (
            {
                "broker_transport_options": {
                    **GOOD["broker_transport_options"],
                    "visibility_timeout": 200,
                }
            },
            "'visibility_timeout' above 240",
        ),
        ({"broker_transport_options": {}}, "'socket_timeout', 'socket_connect_timeout', 'health_"),
    ],
    ids=[
        "waits",
        "gives up",
        "hangs",
        "hangs long",
        "clocks",
        "code",
        "comes back",
        "holds back",
        "leaks",
        "untold",
        "twice",
        "half-dead",
    ],
)
def test_names_each_setting_that_costs_something(changes, named):
    (write,) = told(**changes)
    assert named in write


def test_asks_nothing_of_the_connection_to_another_broker():
    assert told(broker_url="amqp://", broker_transport_options={}) == []
    assert told(broker_url=None, broker_transport_options={}) == []


def test_finds_what_celery_does_by_itself():
    plain = Celery(set_as_current=False).conf
    assert len(list(find_celery_faults(plain))) == 5
