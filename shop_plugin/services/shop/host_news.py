"""What programs of the shop are told by webhook: noted where it happens, sent later from rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from shop_plugin.conf import webhook_targets
from shop_plugin.models import HostNews, NewsTarget

LISTING_ASSESSED: Final = "listing.assessed"
NUDGE_SENT: Final = "nudge.sent"
#: All that can be told. None of it names a person, an address or a condition.
KINDS: Final = (LISTING_ASSESSED, NUDGE_SENT)
_BATCH: Final = 500


def is_told(kind: str) -> bool:
    """Tell whether any target wants to know; where none does, nothing need be found out."""
    return any(kind in target.events for target in webhook_targets().values())


def note_news(*, kind: str, subjects: Iterable[object], now: datetime) -> None:
    """Write down for each target that wants it that something happened to these subjects.

    Call it in the transaction of what happened. While news of a subject waits
    untried, it is not written twice. Without targets nothing is written.
    """
    targets = {target.name for target in webhook_targets().values() if kind in target.events}
    if targets:
        # For a target that is switched off nothing piles up.
        off = NewsTarget.objects.filter(name__in=targets, off_since__isnull=False)
        targets.difference_update(off.values_list("name", flat=True))
    if not targets:
        return
    HostNews.objects.bulk_create(
        [
            HostNews(target=target, kind=kind, subject=str(subject), not_before=now, created_at=now)
            for subject in subjects
            for target in sorted(targets)
        ],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )
