"""The index of this process: loaded from a snapshot, kept up to date by the log of changes.

Asked once per search. It compares the state number with its own; where they
differ, it takes over the changes it has not seen, whatever their order. Where
it cannot (no snapshot, a damaged one, changes that were pruned while this
process slept, too much to do at once, changes of the open transaction) plain
SQL answers, so that no answer is ever older than the question.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import RLock

from django.db import connection
from pyroaring import BitMap64

from shop_plugin.conf import get_settings
from shop_plugin.models import SearchSnapshot
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.bitmap.packing import DamagedSnapshot
from shop_plugin.services.search.changes import (
    STATE_NUMBER_SQL,
    has_uncommitted_changes,
    list_changes,
    read_changes,
)
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.index import Found, FoundIds, SearchIndex
from shop_plugin.services.search.places import Place
from shop_plugin.services.search.snapshots import load_snapshot
from shop_plugin.services.search.sql import SqlIndex

_LOG = logging.getLogger(__name__)
# So many listings are taken over per search at most; with more to do, SQL answers meanwhile.
APPLIED_AT_ONCE = 2_000
# Past this share of the index a newer snapshot is cheaper than the changes.
LONGEST_TAIL = 50  # one in so many


class LiveIndex:
    """What this process holds. One lock guards it: a search takes milliseconds, and so does a
    change; under the interpreter's own lock threads would gain nothing by running side by side.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._index: BitmapIndex | None = None
        self._number = 0
        self._seen = BitMap64()
        self._waiting = BitMap64()
        self._snapshot: int | None = None
        self._refused: set[int] = set()

    def current(self) -> SearchIndex | None:
        """Return the index as of now, or ``None`` where SQL must answer. One query if fresh."""
        with self._lock:
            number, newest = _read_state()
            if number < self._number:
                # The database was put back as it was before: nothing that is held here is of it.
                self._index, self._snapshot = None, None
            if self._index is None and not self._load(newest):
                return None
            if number != self._number or self._waiting:
                if has_uncommitted_changes():
                    return None
                if not self._catch_up() and not (self._load(newest) and self._catch_up()):
                    return None
                if self._is_tail_long() and self._load(newest) and not self._catch_up():
                    return None
                self._apply_some()
            return None if self._waiting else _Guarded(self._index, self._lock)

    def take(self, index: BitmapIndex) -> None:
        """Begin with an index that is as of now, instead of a snapshot."""
        with self._lock:
            self._index = index
            self._number, keys = list_changes()
            self._seen = BitMap64(keys)

    def _load(self, newest: int | None) -> bool:
        """Begin with the newest snapshot; tell whether there is one that this is not yet."""
        if newest is None or newest == self._snapshot or newest in self._refused:
            return False
        row = SearchSnapshot.objects.filter(pk=newest).first()
        try:
            if row is None:
                return False
            index = load_snapshot(newest)
        except SearchSnapshot.DoesNotExist:
            return False
        except DamagedSnapshot as problem:
            self._refused.add(newest)
            _LOG.error("search snapshot %s is refused, SQL answers meanwhile: %s", newest, problem)
            return False
        self._index, self._snapshot = index, newest
        self._number = row.state_number
        self._seen = BitMap64.deserialize(bytes(row.seen))
        self._waiting = BitMap64()
        return True

    def _catch_up(self) -> bool:
        """Note which listings wait to be taken over; tell whether none can be missing."""
        total, keys = list_changes(after=self._seen.max() if self._seen else 0)
        if self._number + len(keys) != total:
            # Some were committed late, under a lower key, or pruned: look at the whole log.
            total, every = list_changes()
            keys = [key for key in every if key not in self._seen]
            if self._number + len(keys) != total:
                return False
        changes = read_changes(keys)
        if len(changes) != len(keys):
            return False
        for key, listing_ids in changes.items():
            self._waiting |= listing_ids
            self._seen.add(key)
        self._number = total
        return True

    def _is_tail_long(self) -> bool:
        if self._index is None:
            return False
        store = self._index.store
        return (len(self._waiting) + store.appended) * LONGEST_TAIL > store.size + APPLIED_AT_ONCE

    def _apply_some(self) -> None:
        if self._index is None or not self._waiting:
            return
        some = list(self._waiting[:APPLIED_AT_ONCE])
        self._index.apply(some)
        self._waiting -= BitMap64(some)


class _Guarded:
    """The index for one search at a time. See :class:`SearchIndex`."""

    def __init__(self, index: BitmapIndex | None, lock: RLock) -> None:
        assert index is not None
        self._index = index
        self._lock = lock

    def find(self, criteria: SearchCriteria, *, page_size: int, with_counts: bool = True) -> Found:
        """Return the asked page's ids, the total and, where wanted, the counts of every facet."""
        with self._lock:
            return self._index.find(criteria, page_size=page_size, with_counts=with_counts)

    def find_ids(
        self,
        criteria: SearchCriteria,
        *,
        conditions: Sequence[str] = (),
        limit: int,
        offset: int = 0,
    ) -> FoundIds:
        """Return the total and the ids from ``offset`` on, in the order of the protocol."""
        with self._lock:
            return self._index.find_ids(criteria, conditions=conditions, limit=limit, offset=offset)

    def find_stretch(
        self, criteria: SearchCriteria, *, limit: int, offset: int = 0
    ) -> tuple[int, ...]:
        """Return the ids from ``offset`` on in the order of the criteria, and count nothing."""
        with self._lock:
            return self._index.find_stretch(criteria, limit=limit, offset=offset)

    def find_beyond(self, criteria: SearchCriteria, *, place: Place, limit: int) -> tuple[int, ...]:
        """Return the ids next to a place on its far side, in the order of the list."""
        with self._lock:
            return self._index.find_beyond(criteria, place=place, limit=limit)

    def count_ungraded(self, criteria: SearchCriteria, *, conditions: Sequence[str]) -> int:
        """Return how many of the listings found have no grade for all these conditions."""
        with self._lock:
            return self._index.count_ungraded(criteria, conditions=conditions)

    def count(self, criteria: SearchCriteria) -> int:
        """Return how many listings the criteria find."""
        with self._lock:
            return self._index.count(criteria)


_live = LiveIndex()


def default_index() -> SearchIndex:
    """Return what answers a search now: this process's index where it is current, else SQL."""
    if get_settings().SEARCH_ENGINE == "sql":
        return SqlIndex()
    return _live.current() or SqlIndex()


def forget_index() -> None:
    """Begin anew, as a fresh process does."""
    global _live
    _live = LiveIndex()


def use_index(index: BitmapIndex) -> None:
    """Answer from an index that is as of now; for measuring."""
    _live.take(index)


def _read_state() -> tuple[int, int | None]:
    """Return the state number and the key of the newest snapshot, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE_SQL)
        number, newest = cursor.fetchone()
    return int(number), newest


_STATE_SQL = f"SELECT ({STATE_NUMBER_SQL}), (SELECT MAX(id) FROM {SearchSnapshot._meta.db_table})"  # noqa: S608
