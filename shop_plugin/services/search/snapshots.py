"""Snapshots of the search index: written by a task or a command, read by every process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from pyroaring import BitMap64

from shop_plugin.conf import get_settings
from shop_plugin.models import Listing, SearchSnapshot, SearchSnapshotPart
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.bitmap.packing import DamagedSnapshot, pack_store, unpack_store
from shop_plugin.services.search.changes import latest_change, list_changes, prune_changes

# From so many listings on the index in memory answers where the shop leaves the choice to us.
# Below it plain SQL, which has nothing to keep up, takes no longer than the page around it
# (measured side by side; see docs/explanation/search.md).
AUTO_FROM_LISTINGS = 1_000
# A snapshot is written anew when so many notes came in since, or it is older than a day.
NOTES_BEFORE_ANEW = 500
LONGEST_AGE = timedelta(days=1)
# A process that asks at least this often never misses a change that was pruned.
KEEP_CHANGES = timedelta(hours=1)
_PART_BYTES = 4 * 1024 * 1024
_KEPT = 2


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What writing a snapshot did. ``reason`` says why none was written, else is empty."""

    reason: str = ""
    listings: int = 0
    size_bytes: int = 0
    pruned: int = 0

    @property
    def bytes_per_listing(self) -> int:
        """How much of the index falls to one listing."""
        return self.size_bytes // max(self.listings, 1)


def is_engine_wanted() -> bool:
    """Tell whether this shop is to have the index in memory."""
    engine = get_settings().SEARCH_ENGINE
    if engine == "auto":
        return Listing.objects.filter(is_withdrawn=False).count() >= AUTO_FROM_LISTINGS
    return engine == "bitmap"


def refresh_snapshot(*, now: datetime, anyway: bool = False) -> SnapshotReport:
    """Write a snapshot where one is due (or ``anyway``), and prune the log of changes.

    Listings are read without one long transaction: what changes meanwhile is
    in the log and not among the changes that the snapshot claims to hold.
    """
    if not anyway and not is_engine_wanted():
        # Nobody reads the log then; only the state number counts.
        _total, keys = list_changes()
        pruned = prune_changes(seen=BitMap64(keys), before=now - KEEP_CHANGES)
        SearchSnapshot.objects.all().delete()
        return SnapshotReport("plain SQL answers in this shop", pruned=pruned)
    latest = SearchSnapshot.objects.order_by("-pk").first()
    if latest is not None and not anyway and (reason := _why_fresh(latest, now)):
        return SnapshotReport(reason, latest.listings, latest.size_bytes, _prune(latest, now))
    number, keys = list_changes()
    seen = BitMap64(keys)
    body = pack_store((index := BitmapIndex.build()).store)
    written = _write(body, number, seen, index.store.size, now)
    return SnapshotReport("", written.listings, written.size_bytes, _prune(written, now))


def load_snapshot(key: int) -> BitmapIndex:
    """Return the index that a snapshot holds.

    :raises SearchSnapshot.DoesNotExist: where it was replaced meanwhile.
    :raises DamagedSnapshot: where its bytes are not those that were written.
    """
    snapshot = SearchSnapshot.objects.get(pk=key)
    parts = snapshot.parts.order_by("position").values_list("body", flat=True)
    body = b"".join(bytes(part) for part in parts)
    if len(body) != snapshot.size_bytes:
        raise DamagedSnapshot(
            f"the snapshot has {len(body):,} bytes and not the {snapshot.size_bytes:,} written"
        )
    return BitmapIndex(unpack_store(body))


def _why_fresh(latest: SearchSnapshot, now: datetime) -> str:
    lag = latest_change() - latest.state_number
    if lag == 0:
        return "nothing changed since the last one"
    if lag < NOTES_BEFORE_ANEW and now - latest.built_at < LONGEST_AGE:
        return f"only {lag} notes of changes came in since the last one"
    return ""


def _write(
    body: bytes, number: int, seen: BitMap64, listings: int, now: datetime
) -> SearchSnapshot:
    with transaction.atomic():
        snapshot = SearchSnapshot.objects.create(
            state_number=number,
            seen=seen.serialize(),
            listings=listings,
            size_bytes=len(body),
            built_at=now,
        )
        for position, start in enumerate(range(0, len(body), _PART_BYTES)):
            SearchSnapshotPart.objects.create(
                snapshot=snapshot, position=position, body=body[start : start + _PART_BYTES]
            )
        kept = list(SearchSnapshot.objects.order_by("-pk").values_list("pk", flat=True)[:_KEPT])
        SearchSnapshotPart.objects.exclude(snapshot__in=kept).delete()
        SearchSnapshot.objects.exclude(pk__in=kept).delete()
    return snapshot


def _prune(snapshot: SearchSnapshot, now: datetime) -> int:
    seen = BitMap64.deserialize(bytes(snapshot.seen))
    return prune_changes(seen=seen, before=now - KEEP_CHANGES)
