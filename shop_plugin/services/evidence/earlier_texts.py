"""The texts that people looked at when they decided, kept when the host changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from shop_plugin.domain.attributes import SourceKind
from shop_plugin.models import EarlierText, Listing, Observation
from shop_plugin.services.bulk.rows import among, insert_rows

_COPIED = ("title", "description", "raw_attributes")


def keep_reviewed_texts(*, listing_ids: Sequence[int], now: datetime) -> int:
    """Keep what these listings say now, where staff said something on the strength of it.

    To be called before the host's new words are written; returns how many
    texts are kept. One small query where nobody has looked.
    """
    reviewed = list(
        _staff_values()
        .filter(among("listing_id", listing_ids), content_hash=F("listing__content_hash"))
        .values_list("listing_id", flat=True)
        .distinct()
    )
    if not reviewed:
        return 0
    rows = Listing.objects.filter(pk__in=reviewed).values_list("pk", "content_hash", *_COPIED)
    insert_rows(
        EarlierText,
        ("listing_id", "content_hash", *_COPIED, "kept_at"),
        [(*row, now) for row in rows],
        unique=("listing_id", "content_hash"),
    )
    return len(reviewed)


def unneeded_texts() -> QuerySet[EarlierText]:
    """Return the kept texts that no staff value rests on any more."""
    rests = _staff_values().filter(
        listing_id=OuterRef("listing_id"), content_hash=OuterRef("content_hash")
    )
    return EarlierText.objects.filter(~Exists(rests))


def _staff_values() -> QuerySet[Observation]:
    return Observation.objects.filter(
        source_kind=SourceKind.STAFF.value, state=Observation.State.ACCEPTED
    )
