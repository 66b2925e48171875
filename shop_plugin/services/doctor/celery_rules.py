"""How Celery is best set beside footback: for speed and quiet, never for correctness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

#: A task's rounds end after 45 seconds; what runs far longer hangs.
LONGEST_TASK_SECONDS: Final = 3600

_Test = Callable[[Any], bool]
# Celery's own name, what is fine, what to write, and what it is good for.
_WORKER: Final[tuple[tuple[str, _Test, str, str], ...]] = (
    (
        "task_publish_retry",
        lambda value: not value,
        "CELERY_TASK_PUBLISH_RETRY = False",
        "a web request would wait for a broker that is away",
    ),
    (
        "broker_connection_max_retries",
        lambda value: value is None,
        "CELERY_BROKER_CONNECTION_MAX_RETRIES = None",
        "a worker would give up after so many tries",
    ),
    (
        "task_time_limit",
        lambda value: bool(value) and value <= LONGEST_TASK_SECONDS,
        "CELERY_TASK_TIME_LIMIT = 240",
        "a task that hangs would hold a worker for ever",
    ),
    (
        "enable_utc",
        bool,
        "CELERY_ENABLE_UTC = True",
        "a change of the clocks could skip or double an hour of the schedule",
    ),
    (
        "accept_content",
        lambda value: set(value or ()) <= {"json", "application/json"},
        'CELERY_ACCEPT_CONTENT = ["json"]',
        "whoever can write to the broker could hand code to a worker",
    ),
    (
        "task_reject_on_worker_lost",
        lambda value: not value,
        "CELERY_TASK_REJECT_ON_WORKER_LOST = False",
        "a task that kills its worker would come back without end",
    ),
    (
        "worker_prefetch_multiplier",
        lambda value: value == 1,
        "CELERY_WORKER_PREFETCH_MULTIPLIER = 1",
        "a busy worker would hold rings back that an idle one could answer",
    ),
    (
        "worker_max_memory_per_child",
        bool,
        "CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000",
        "memory that a task leaks would stay until the worker ends",
    ),
)
_TRANSPORT: Final = ("socket_timeout", "socket_connect_timeout", "health_check_interval")


def find_celery_faults(conf: Any) -> Iterator[tuple[str, str]]:
    """Yield what to write instead, and why, for each setting of Celery that costs time or quiet.

    ``conf`` is the configuration of a Celery app. Nothing here decides whether
    a mail leaves twice or not at all: the rows do.
    """
    for name, is_fine, write, why in _WORKER:
        if not is_fine(getattr(conf, name, None)):
            yield write, why
    soft, hard = (getattr(conf, name, None) for name in ("task_soft_time_limit", "task_time_limit"))
    if soft and hard and soft >= hard:
        yield (
            f"CELERY_TASK_SOFT_TIME_LIMIT below CELERY_TASK_TIME_LIMIT ({hard})",
            "a task would be killed before it is told to end",
        )
    if str(conf.broker_url or "").startswith(("redis", "valkey")):
        options: Mapping[str, Any] = conf.broker_transport_options or {}
        invisible = options.get("visibility_timeout")
        if invisible and hard and invisible <= hard:
            yield (
                f"CELERY_BROKER_TRANSPORT_OPTIONS with 'visibility_timeout' above {hard}",
                "a task that takes long would be started a second time beside itself",
            )
        missing = [name for name in _TRANSPORT if not options.get(name)]
        if missing:
            names = ", ".join(repr(name) for name in missing)
            yield (
                f"CELERY_BROKER_TRANSPORT_OPTIONS with {names}",
                "a worker would not notice a connection that died half-way",
            )
