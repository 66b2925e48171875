"""P8: how soon it is seen that nothing is due, and how fast waiting mails are claimed."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from bench.nudges.rows import make_ready_again
from shop_plugin.models import Message
from shop_plugin.services.nudges.delivery import claim_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.shop.clock import read_database_clock

BATCH = 500
SWEEPS = 200
CLAIMERS = 4


def time_empty_sweep() -> float:
    """Return the median of a sweep that finds nothing due, in milliseconds."""
    now = read_database_clock()
    seconds = []
    for _ in range(SWEEPS):
        begun = time.perf_counter()
        result = plan_nudges(now=now)
        seconds.append(time.perf_counter() - begun)
        if result.due or result.messages:
            raise SystemExit("something was due where nothing should be")
    return statistics.median(seconds) * 1000


def time_claims(count: int) -> dict[str, float]:
    """Return claims a second: one by one, and in batches. Both bring all that a mail needs."""
    rates = {}
    for name, batch in (("one_by_one", 1), ("batches", BATCH)):
        make_ready_again()
        limit = min(count, 400) if batch == 1 else count
        now = read_database_clock()
        begun = time.perf_counter()
        claimed = 0
        while claimed < limit and (claims := claim_messages(limit=batch, now=now)):
            claimed += len(claims)
        rates[name] = claimed / (time.perf_counter() - begun)
        if batch != 1 and claimed != count:
            raise SystemExit(f"{claimed} of {count} waiting mails were claimed")
    return rates


def count_double_claims(count: int, folder: Path, *, kills: int, seed: int) -> dict[str, int]:
    """Let four processes claim all there is, killing them; count mails that two of them held.

    A killed process keeps its claims until their lease is over, which is
    longer than this takes. What one claims it writes down at once.
    """
    make_ready_again()
    settings.FOOTBACK = {**settings.FOOTBACK, "LEASE_SECONDS": 3600}
    log = folder / f"claims-{kills}"
    log.unlink(missing_ok=True)
    dice = random.Random(seed)
    connections.close_all()
    children = [fork(lambda: _claim_all(log)) for _ in range(CLAIMERS)]
    done = 0
    for _ in range(kills):
        time.sleep(dice.uniform(0.01, 0.08))
        victim = dice.randrange(CLAIMERS)
        os.kill(children[victim], signal.SIGKILL)
        os.waitpid(children[victim], 0)
        children[victim] = fork(lambda: _claim_all(log))
        done += 1
    for child in children:
        _pid, status = os.waitpid(child, 0)
        if status:
            raise SystemExit("a claimer failed")
    noted = [line for line in log.read_text().split("\n") if line] if log.exists() else []
    waiting = Message.objects.exclude(state=Message.State.CLAIMED).count()
    tokens = Message.objects.values_list("token", flat=True)
    return {
        "claimed": len(noted),
        "twice": len(noted) - len(set(noted)),
        "never": waiting,
        "without_token": sum(not token for token in tokens),
        "kills": done,
        "mails": count,
    }


def _claim_all(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    now = read_database_clock()
    while claims := claim_messages(limit=20, now=now):
        os.write(file, "".join(f"{claim.message.pk}\n" for claim in claims).encode())


def fork(work: Callable[[], Any]) -> int:
    """Do some work in a process of its own with connections of its own; return its id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        connections.close_all()
        work()
        status = 0
    finally:
        os._exit(status)
