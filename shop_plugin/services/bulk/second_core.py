"""Pure work on a second core: the helper reckons while this process writes to the database.

The helper is a process of its own that knows the domain and nothing else: no
Django, no connection, about 30 MB. It only ever saves time. Where there is no
second core, little to do, or a helper that cannot be started, that dies or that
fails at a job, the work is done here, with the same results and, where it
fails, with its own error. A helper ends with the process that started it.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, NamedTuple, TypeVar

from shop_plugin.domain.extraction import EXTRACTOR_VERSION
from shop_plugin.domain.guide import load_guide

RowT = TypeVar("RowT")
ResultT = TypeVar("ResultT")

# So many rows are done before a helper would have been ready to take any.
ALONE_FIRST = 1_000
# One job is in work, the next one waits: the helper is never idle, and memory stays bounded.
_AHEAD = 2


class Job(NamedTuple):
    """Rows, and the arguments of the work to do on them; both must be picklable."""

    rows: Sequence[Any]
    arguments: tuple[Any, ...]


class _Answer(NamedTuple):
    kind: str  # greeting | part | done | failed | gone
    value: Any = None


def work_through(
    work: Callable[..., ResultT], jobs: Iterable[Job]
) -> Generator[tuple[Sequence[Any], ResultT], None, None]:
    """Yield the rows of every job with what ``work`` made of its arguments, in any order.

    ``work`` is a pure function of a module that needs no Django. Close the
    iterator to end the helper early.

    :raises Exception: what ``work`` raises, as if it had been called here.
    """
    remaining = iter(jobs)
    handed: deque[Job] = deque()
    is_done, count = False, 0
    with _Helper() as helper:
        while True:
            while helper.is_up and len(handed) < _AHEAD and not is_done:
                job = next(remaining, None)
                if job is None:
                    is_done = True
                else:
                    helper.hand(work, job.arguments)
                    handed.append(job)
            if handed and (is_done or helper.has_answered or not helper.is_up):
                job = handed.popleft()
                answer = helper.take()
                if answer.kind == "done":
                    yield job.rows, answer.value
                else:
                    yield job.rows, work(*job.arguments)
                continue
            job = None if is_done else next(remaining, None)
            if job is None:
                is_done = True
                if not handed:
                    return
                continue
            yield job.rows, work(*job.arguments)
            count += len(job.rows)
            if count >= ALONE_FIRST:
                helper.start()


def read_ahead(
    read: Callable[[int], Iterator[Sequence[RowT]]], after: int, place: Callable[[RowT], int]
) -> Generator[Sequence[RowT], None, None]:
    """Yield the chunks that ``read`` gives after a place, read ahead by the helper.

    ``read`` must be picklable and give the same rows after a place whoever
    calls it; ``place`` tells the place of a row. Close the iterator to end the
    helper early.

    :raises Exception: what ``read`` raises, as if it had been called here.
    """
    count = 0
    with _Helper() as helper:
        for chunk in read(after):
            yield chunk
            after = place(chunk[-1])
            count += len(chunk)
            if count >= ALONE_FIRST:
                helper.start()
            if helper.is_up:
                break
        else:
            return
        helper.hand(read, (after,))
        while (answer := helper.take()).kind == "part":
            yield answer.value
            after = place(answer.value[-1])
    if answer.kind != "done":
        yield from read(after)


class _Helper:
    """The helper process, seen from here; it is started when first wanted."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: Queue[_Answer] = Queue(maxsize=_AHEAD)
        self._listener: Thread | None = None
        self._state = "not started"  # | starting | up | gone

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; nothing is lost with it."""
        if self._process is None or self._listener is None:
            return
        self._process.kill()
        self._process.wait()
        while self._listener.is_alive():
            with suppress(Empty):
                self._answers.get(timeout=0.01)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def start(self) -> None:
        """Start the process, once, where there is a core for it; do not wait for it."""
        if self._state != "not started":
            return
        self._state = "gone"
        # Inside another program ("uwsgi") the executable is no Python.
        if _count_cores() < 2 or not Path(sys.executable or "").name.startswith("python"):
            return
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 - this very Python and module
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # Ctrl-C is for this process, which ends the helper
            )
            self._listener = Thread(
                target=_pass_on, args=(self._process.stdout, self._answers), daemon=True
            )
            self._listener.start()
            self._state = "starting"

    @property
    def is_up(self) -> bool:
        """Tell whether the helper takes jobs, and runs the same code as this process."""
        if self._state == "starting" and not self._answers.empty():
            greeting = self._answers.get()
            self._state = "up" if greeting == _Answer("greeting", _code_version()) else "gone"
        return self._state == "up"

    @property
    def has_answered(self) -> bool:
        """Tell whether the next answer can be taken without waiting."""
        return not self._answers.empty()

    def hand(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Give the helper a job; one that it cannot get is answered by "gone"."""
        if self._process is None or self._process.stdin is None:
            return
        try:
            # Wrapped, so that a job that cannot be unpickled leaves the next one readable.
            pickle.dump(pickle.dumps((work, arguments), -1), self._process.stdin, -1)
            self._process.stdin.flush()
        except (OSError, pickle.PicklingError, AttributeError, TypeError):
            self._state = "gone"

    def take(self) -> _Answer:
        """Return the next answer, waiting for it; "gone" when none will come any more."""
        if self._state != "up":
            return _Answer("gone")
        answer = self._answers.get()
        if answer.kind == "gone":
            self._state = "gone"
        return answer


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _code_version() -> str:
    # A process that has been running since before an update must not use the new code's helper.
    return f"{EXTRACTOR_VERSION}/{load_guide().version}"


def _pass_on(stream: BinaryIO, answers: Queue[_Answer]) -> None:
    """Put what the helper answers into a queue, until it is gone."""
    # Whatever an end looks like, half an answer among others, it is told: somebody may be waiting.
    with suppress(Exception):
        while True:
            answers.put(_Answer(*pickle.load(stream)))  # noqa: S301 - from a process of our own
    answers.put(_Answer("gone"))


# --- the helper's own side ---------------------------------------------------------------------


def _serve() -> None:
    # What was loaded stays, and the work makes no cycles: the collector would look in vain.
    gc.freeze()
    gc.set_threshold(100_000)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a file format prints must not stand among the answers
    jobs: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=(requests, jobs), daemon=True).start()

    def answer(kind: str, value: Any = None) -> None:
        answers.write(pickle.dumps((kind, value), -1))  # whole or not at all
        answers.flush()

    answer("greeting", _code_version())
    while True:
        try:
            work, arguments = pickle.loads(jobs.get())  # noqa: S301 - from the process that started this
            result = work(*arguments)
            if isinstance(result, Iterator):
                for part in result:
                    answer("part", part)
                result = None
        except Exception:
            answer("failed")
        else:
            answer("done", result)


def _listen(requests: BinaryIO, jobs: SimpleQueue[bytes]) -> None:
    # Always listening, so that the other side never waits to hand a job over.
    with suppress(EOFError, OSError):
        while True:
            jobs.put(pickle.load(requests))  # noqa: S301 - from the process that started this
    os._exit(0)  # whom the work was for is gone


if __name__ == "__main__":
    _serve()
