"""Answers kept by a process while the catalogue stands still.

An answer is kept under its ETag, which stands for the state number and all
else that words it; so a kept answer is never out of date, and nothing has to
be thrown away when something changes. Only open reads are kept, which are the
same for everybody. The memory is bounded in bytes; the least used go first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

MOST_BYTES = 16 * 1024 * 1024
# One answer that is larger would push out too many others.
LARGEST_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendered answer: its body and, for lists, its Link header."""

    body: bytes
    link: str = ""


class AnswerShelf:
    """Rendered answers by ETag. Safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = Lock()

    def find(self, tag: str) -> Answer | None:
        """Return the answer with this tag, or ``None``."""
        with self._lock:
            answer = self._answers.get(tag)
            if answer is not None:
                self._answers.move_to_end(tag)
            return answer

    def keep(self, tag: str, answer: Answer) -> None:
        """Keep an answer, and let the least used go where it gets too much."""
        if len(answer.body) > LARGEST_BYTES:
            return
        with self._lock:
            if tag in self._answers:
                return
            self._answers[tag] = answer
            self._bytes += len(answer.body)
            while self._bytes > self._most:
                _tag, gone = self._answers.popitem(last=False)
                self._bytes -= len(gone.body)

    def clear(self) -> None:
        """Forget everything, as a test does that begins with another catalogue."""
        with self._lock:
            self._answers.clear()
            self._bytes = 0


SHELF = AnswerShelf()
