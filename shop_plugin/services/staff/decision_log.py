"""What each person decided, so that it can be counted and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Q

from shop_plugin.models import WorkDecision


class Move(NamedTuple):
    """An observation that changed its state; before is empty for one that was made."""

    observation_id: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DayTally:
    """What one person got done: decisions that stand, listings, shoes that can now be scored."""

    decisions: int
    listings: int
    gained: int


def record_decision(
    *,
    author: AbstractBaseUser,
    listing_id: int,
    attributes: Iterable[str],
    moves: Sequence[Move],
    is_gain: bool,
    now: datetime,
) -> None:
    """Write a decision down. One that moved nothing cannot be undone and is left out."""
    if moves:
        WorkDecision.objects.create(
            author_id=author.pk,
            listing_id=listing_id,
            attributes=",".join(dict.fromkeys(attributes))[:400],
            moves=[list(move) for move in moves],
            is_gain=is_gain,
            at=now,
        )


def tally_day(*, author: AbstractBaseUser, since: datetime) -> DayTally:
    """Return what a person got done since then, in one query."""
    counted = WorkDecision.objects.filter(
        author_id=author.pk, at__gte=since, undone_at=None
    ).aggregate(
        decisions=Count("pk"),
        listings=Count("listing", distinct=True),
        gained=Count("listing", filter=Q(is_gain=True), distinct=True),
    )
    return DayTally(**counted)
