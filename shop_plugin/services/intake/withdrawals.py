"""Products that are gone at the host: their listings stay, marked as withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from shop_plugin.models import Listing
from shop_plugin.services.intake.handed_rows import note_for_audit
from shop_plugin.services.search.changes import note_changes

MOST_WITHDRAWN = 500


class WithdrawalState(StrEnum):
    """What became of one listing."""

    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WithdrawalOutcome:
    """What became of one listing. ``listing_id`` is ``None`` where there is no such one."""

    listing_id: int | None
    external_id: str
    state: WithdrawalState
    code: str = ""


def withdraw_listings(*, source: str, names: Collection[str], now: datetime) -> int:
    """Mark the listings of a source withdrawn that have one of these ids or second ids.

    Returns how many were not withdrawn before. An id that is nobody's changes
    nothing; one that is a listing's own outweighs the same as another's second id.
    """
    with transaction.atomic():
        return len(_withdraw(_find(source, names), now))


def withdraw_each(
    *,
    source: str,
    names: Sequence[str],
    now: datetime,
    author: AbstractBaseUser | None = None,
    reason: str = "",
) -> tuple[WithdrawalOutcome, ...]:
    """Do the same and return what became of each, in their order; the audit log tells who did it.

    Nothing is deleted: facts and history stay, pairs keep their shoe, and the
    next row about a listing brings it back. One that is gone already is unchanged.

    :raises ValueError: for more than :data:`MOST_WITHDRAWN`.
    """
    if len(names) > MOST_WITHDRAWN:
        raise ValueError(f"at most {MOST_WITHDRAWN} listings at a time")
    with transaction.atomic():
        found = _find(source, names)
        gone = _withdraw(found, now)
        if gone:
            note_for_audit(
                "withdraw_listings",
                source=source,
                changed={"listings": gone},
                author=author,
                now=now,
                reason=reason,
            )
    fresh = set(gone)
    outcomes = []
    for name in names:
        pk, _was_gone = found.get(name, (None, False))
        if pk is None:
            outcome = WithdrawalOutcome(None, name, WithdrawalState.FAILED, "no_listing")
        elif pk in fresh:
            fresh.discard(pk)
            outcome = WithdrawalOutcome(pk, name, WithdrawalState.WITHDRAWN)
        else:
            outcome = WithdrawalOutcome(pk, name, WithdrawalState.UNCHANGED)
        outcomes.append(outcome)
    return tuple(outcomes)


def withdraw_all_of(*, source: str, now: datetime) -> int:
    """Mark every listing of a source withdrawn; return how many were not before."""
    with transaction.atomic():
        rows = Listing.objects.filter(source=source, is_withdrawn=False)
        gone = list(rows.order_by("pk").values_list("pk", flat=True))
        if gone:
            rows.update(is_withdrawn=True, updated_at=now)
            note_changes(gone)
    return len(gone)


def _find(source: str, names: Collection[str]) -> Mapping[str, tuple[int, bool]]:
    """Return the listing that each name is the id of, else the second id, and whether it is gone.

    They are locked, in the order of their keys.
    """
    wanted = set(names) - {""}
    named = Listing.objects.filter(Q(external_id__in=wanted) | Q(alias__in=wanted), source=source)
    rows = list(
        named.order_by("pk")
        .select_for_update()
        .values_list("pk", "external_id", "alias", "is_withdrawn")
    )
    found = {alias: (pk, is_gone) for pk, _own, alias, is_gone in rows}
    found |= {own: (pk, is_gone) for pk, own, _alias, is_gone in rows}
    return {name: found[name] for name in wanted & found.keys()}


def _withdraw(found: Mapping[str, tuple[int, bool]], now: datetime) -> list[int]:
    gone = sorted({pk for pk, is_gone in found.values() if not is_gone})
    if gone:
        Listing.objects.filter(pk__in=gone).update(is_withdrawn=True, updated_at=now)
        note_changes(gone)
    return gone
