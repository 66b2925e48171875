"""Products that are gone at the host: their listings stay, marked as withdrawn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from shop_plugin.models import Listing
from shop_plugin.services.search.changes import note_changes


def withdraw_listings(*, source: str, names: Collection[str], now: datetime) -> int:
    """Mark the listings of a source withdrawn that have one of these ids or second ids.

    Returns how many were not withdrawn before. An id that is nobody's changes
    nothing; one that is a listing's own outweighs the same as another's second id.
    """
    with transaction.atomic():
        found = Listing.objects.filter(Q(external_id__in=names) | Q(alias__in=names), source=source)
        rows = list(found.values_list("pk", "external_id", "alias", "is_withdrawn"))
        own = {external_id for _pk, external_id, _alias, _gone in rows} & set(names)
        gone = sorted(
            pk
            for pk, external_id, alias, is_withdrawn in rows
            if not is_withdrawn and (external_id in own or alias not in own)
        )
        if gone:
            Listing.objects.filter(pk__in=gone).update(is_withdrawn=True, updated_at=now)
            note_changes(gone)
    return len(gone)


def withdraw_all_of(*, source: str, now: datetime) -> int:
    """Mark every listing of a source withdrawn; return how many were not before."""
    with transaction.atomic():
        rows = Listing.objects.filter(source=source, is_withdrawn=False)
        gone = list(rows.order_by("pk").values_list("pk", flat=True))
        if gone:
            rows.update(is_withdrawn=True, updated_at=now)
            note_changes(gone)
    return len(gone)
