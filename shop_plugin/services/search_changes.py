"""The log of changes: how every process learns which listings may be found differently.

Whoever alters a result says so with :func:`note_changes` in the transaction
of the write. The *state number*, :func:`latest_change`, is the number of
such notes that were ever committed, so it rises with each commit that
matters and with nothing else. Counting instead of taking the highest id is
what makes it safe on PostgreSQL, where ids are handed out before the commit
and may become visible in another order: an id that arrives late raises the
count all the same. It needs no lock, so parallel imports never wait for one
another here.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from pyroaring import BitMap64

from shop_plugin.models import SearchChange, SearchLog


def note_changes(listing_ids: Iterable[int]) -> None:
    """Write down that these listings may be found differently: one row, whatever their number.

    Call it in the transaction of the write. No ids, no row.
    """
    ids = BitMap64(listing_ids)
    if not ids:
        return
    ids.run_optimize()
    SearchChange.objects.create(listing_ids=ids.serialize())
    # Kept by the connection until commit or rollback; see has_uncommitted_changes().
    transaction.on_commit(_forget_note)


def latest_change() -> int:
    """Return the state number: equal numbers mean that every search gives the same listings.

    One query. Read it *before* what it shall stand for: the answer may then
    be newer than its number, never older.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATE_NUMBER)
        return int(cursor.fetchone()[0])


def has_uncommitted_changes() -> bool:
    """Tell whether the open transaction of this connection noted changes itself.

    They can still be rolled back, so no index that outlives the transaction
    may take them in.
    """
    # Django drops what waits for a commit when a transaction or savepoint is rolled back, so the
    # list holds exactly the notes that are still open.
    return any(entry[1] is _forget_note for entry in connection.run_on_commit)


def _forget_note() -> None:
    """Do nothing: its place in the connection's list is the mark."""


_STATE_NUMBER = (
    f"SELECT COUNT(*) + COALESCE((SELECT pruned FROM {SearchLog._meta.db_table} WHERE id = 1), 0) "  # noqa: S608
    f"FROM {SearchChange._meta.db_table}"
)
