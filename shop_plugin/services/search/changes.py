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

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from pyroaring import BitMap64

from shop_plugin.conf import get_settings
from shop_plugin.models import SearchChange, SearchLog
from shop_plugin.services.bulk.rows import among

_CHANGES = SearchChange._meta.db_table
STATE_NUMBER_SQL = (
    f"SELECT COUNT(*) + COALESCE((SELECT pruned FROM {SearchLog._meta.db_table} WHERE id = 1), 0) "  # noqa: S608
    f"FROM {_CHANGES}"
)


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
        cursor.execute(STATE_NUMBER_SQL)
        return int(cursor.fetchone()[0])


def has_uncommitted_changes() -> bool:
    """Tell whether the open transaction of this connection noted changes itself.

    They can still be rolled back, so no index that outlives the transaction
    may take them in.
    """
    # Django drops what waits for a commit when a transaction or savepoint is rolled back, so the
    # list holds exactly the notes that are still open.
    return any(entry[1] is _forget_note for entry in connection.run_on_commit)


def list_changes(*, after: int = 0) -> tuple[int, list[int]]:
    """Return the state number and the keys of the changes above ``after`` that are in the log.

    Both as of one moment.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({STATE_NUMBER_SQL}), id FROM {_CHANGES} WHERE id > %s", [after])  # noqa: S608
        rows = cursor.fetchall()
    if rows:
        return int(rows[0][0]), [row[1] for row in rows]
    # Nothing above: then nothing can be pruned there either, so two moments will do.
    return latest_change(), []


def read_changes(keys: Sequence[int]) -> dict[int, BitMap64]:
    """Return the listings of these changes; those that were pruned meanwhile are left out."""
    rows = SearchChange.objects.filter(among("pk", keys)).values_list("pk", "listing_ids")
    wanted = set(keys)
    return {key: BitMap64.deserialize(bytes(ids)) for key, ids in rows if key in wanted}


def prune_changes(*, seen: BitMap64, before: datetime) -> int:
    """Take changes out of the log that the newest snapshot holds; return how many.

    Only those noted ``before``: a process that was awake since has them. One
    that slept sees by the state number that some are missing, and begins
    again with the snapshot. The state number stays what it was.
    """
    with transaction.atomic():
        SearchLog.objects.get_or_create(pk=1)
        log = SearchLog.objects.select_for_update().get(pk=1)
        old = SearchChange.objects.filter(noted_at__lt=before).values_list("pk", flat=True)
        keys = [key for key in old if key in seen]
        size = get_settings().CHUNK_SIZE
        for start in range(0, len(keys), size):
            SearchChange.objects.filter(pk__in=keys[start : start + size]).delete()
        log.pruned += len(keys)
        log.save(update_fields=["pruned"])
    return len(keys)


def _forget_note() -> None:
    """Do nothing: its place in the connection's list is the mark."""
