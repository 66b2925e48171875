"""What a process keeps of its own work, so that it need not be done again.

A shelf holds results under keys that name all they were made of. So nothing
on it can be out of date: what changes gets another key, and what is asked for
no longer goes when room is needed. Memory is bounded, the least used go first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """Results by key, up to a sum of their sizes. Safe to use from several threads.

    A size is a number of bytes or, where all are about equal, 1 for each.
    What is larger than ``largest`` is not kept: it would push out too much.
    """

    def __init__(self, *, room: int, largest: int | None = None) -> None:
        self._room, self._taken = room, 0
        self._largest = room if largest is None else min(largest, room)
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> Kept | None:
        """Return what is kept under a key, or ``None``."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, result: Kept, *, size: int = 1) -> None:
        """Keep a result, and let the least used go where it gets too much."""
        if size > self._largest:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = result, size
            self._taken += size
            while self._taken > self._room:
                _key, (_gone, its_size) = self._kept.popitem(last=False)
                self._taken -= its_size

    def clear(self) -> None:
        """Forget everything, as a test does that begins anew."""
        with self._lock:
            self._kept.clear()
            self._taken = 0
