"""Worker processes forked from a warm parent, and the hand that kills them."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

# A run that makes no progress for so long is broken, and says so instead of hanging.
PATIENCE_SECONDS = 120


class Stalled(RuntimeError):
    """Nothing arrived for two minutes."""


def fork(job: Callable[[], None]) -> int:
    """Run a job in a child that leads a process group of its own; return its process id."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        status = 1
        try:
            job()
            status = 0
        except BaseException as error:
            sys.stderr.write(f"worker: {error!r}\n")
        finally:
            os._exit(status)
    return child


def kill(child: int) -> None:
    """Kill a child and all it started, as a power cut would."""
    for victim in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            victim(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill_workers(
    *,
    work: Callable[[], None],
    workers: int,
    kills: int,
    mails: int,
    count_done: Callable[[], int],
    dice: random.Random,
) -> int:
    """Let workers work and kill one at random moments, spread over the whole of the mails.

    ``count_done`` tells how many mails have arrived. Every killed worker is
    replaced at once. Returns the kills made; the mails left are the caller's.

    :raises Stalled: when nothing arrives any more.
    """
    running = [fork(work) for _ in range(workers)]
    try:
        # Not the last tenth: there must be work left to interrupt.
        marks = sorted(dice.uniform(0, 0.9) * mails for _ in range(kills))
        for mark in marks:
            _wait_for(mark, count_done)
            time.sleep(dice.uniform(0, 0.02))
            victim = running.pop(dice.randrange(len(running)))
            kill(victim)
            running.append(fork(work))
        return kills
    finally:
        for child in running:
            kill(child)


def run_workers(work: Callable[[], None], *, workers: int) -> None:
    """Let workers work undisturbed until each has ended by itself.

    :raises RuntimeError: when one failed.
    """
    children = [fork(work) for _ in range(workers)]
    if any(os.waitpid(child, 0)[1] for child in children):
        raise RuntimeError("a worker failed")


def _wait_for(mark: float, count_done: Callable[[], int]) -> None:
    best, since = -1, time.monotonic()
    while (done := count_done()) < mark:
        if done > best:
            best, since = done, time.monotonic()
        elif time.monotonic() - since > PATIENCE_SECONDS:
            raise Stalled(f"{done} mails arrived, then nothing for {PATIENCE_SECONDS} seconds")
        time.sleep(0.01)
