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
    if str(conf.broker_url or "").startswith(("redis", "valkey")):
        options: Mapping[str, Any] = conf.broker_transport_options or {}
        missing = [name for name in _TRANSPORT if not options.get(name)]
        if missing:
            names = ", ".join(repr(name) for name in missing)
            yield (
                f"CELERY_BROKER_TRANSPORT_OPTIONS with {names}",
                "a worker would not notice a connection that died half-way",
            )
