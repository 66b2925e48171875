"""T33: the whole outbox emptied by two processes at once, with gates, fence and commits."""

from __future__ import annotations

import os
import time
from typing import Any

from django.db import connections

from bench.nudges.queue import fork
from bench.nudges.rows import make_ready_again
from shop_plugin.models import Message
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.shop.clock import read_database_clock

PROCESSES = 2


def drain(count: int) -> dict[str, float]:
    """Return mails a second of both processes together, and their processor time for each mail."""
    make_ready_again()
    now = read_database_clock()
    connections.close_all()
    begun = time.perf_counter()
    children = [fork(lambda: _deliver_all(now)) for _ in range(PROCESSES)]
    busy = 0.0
    for child in children:
        _pid, status, used = os.wait4(child, 0)
        if status:
            raise SystemExit("a process that delivers failed")
        busy += used.ru_utime + used.ru_stime
    seconds = time.perf_counter() - begun
    sent = Message.objects.filter(state=Message.State.SENT).count()
    if sent != count:
        raise SystemExit(f"{sent} of {count} mails were sent by two processes")
    return {"rate": count / seconds, "busy_ms": busy * 1000 / count}


def _deliver_all(now: Any) -> None:
    while deliver_messages(now=now, budget_seconds=600).sent:
        pass
