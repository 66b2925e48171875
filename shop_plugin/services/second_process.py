"""Another process for pure work, where there is a core to spare; never needed for correctness."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

# Below this many rows the start of a process costs more than it saves.
WORTH_A_PROCESS = 5_000


def spare_workers(rows: int) -> int:
    """Return how many processes are worth having for so many rows on this machine, at most two."""
    return 2 if rows >= WORTH_A_PROCESS and (os.cpu_count() or 1) > 1 else 1


@contextmanager
def second_process(workers: int) -> Iterator[Executor | None]:
    """Give one more process, or ``None`` where one is enough or none may be started.

    It starts fresh and imports the domain only: it knows neither Django nor
    the database connections of this one. A daemon (a Celery worker's child)
    may have no children of its own.
    """
    if workers < 2 or multiprocessing.current_process().daemon:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        yield pool
