"""The frozen listings of an edit: a compressed bitmap, so that a million ids are some kilobytes."""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap64

from shop_plugin.models import BulkEdit


def pack_ids(listing_ids: Iterable[int]) -> tuple[bytes, int]:
    """Return ids as they are stored, and how many different ones there are."""
    ids = BitMap64(listing_ids)
    ids.run_optimize()
    return ids.serialize(), len(ids)


def unpack_ids(edit: BulkEdit) -> BitMap64:
    """Return the ids of an edit."""
    stored = bytes(edit.listing_ids)
    return BitMap64.deserialize(stored) if stored else BitMap64()


def ids_from(edit: BulkEdit, start: int, size: int) -> list[int]:
    """Return some ids of an edit, counted from a place in ascending order."""
    return list(unpack_ids(edit)[start : start + size])


def sample_from(edit: BulkEdit, start: int, size: int) -> list[int]:
    """Return the part of the preview's sample that begins at a place.

    The sample has ``preview_total`` ids, spread evenly over all of them.
    """
    ids, count = unpack_ids(edit), edit.preview_total
    places = range(start, min(start + size, count))
    return [ids[place * len(ids) // count] for place in places]
