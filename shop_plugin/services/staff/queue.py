"""Who works on what: a listing is handed to one person at a time, and comes back if they leave.

A hold is a row that runs out after ``WORK_HOLD_MINUTES``. Two people who ask
at the same moment cannot both get it: the row has one holder, and whoever
writes it first is that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from shop_plugin.conf import get_settings
from shop_plugin.models import Listing, Observation, WorkHold, WorkPass
from shop_plugin.services.bulk.audit_log import AuditNote, write_audit_notes

#: For so long a listing that somebody skipped is not handed to them again.
SKIPPED_FOR = timedelta(hours=12)
_TRIED_AT_ONCE = 20
_MOST_TRIED = 200
_FINAL = (WorkPass.Kind.DONE, WorkPass.Kind.CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class Hold:
    """Who has a listing, since when and until when."""

    holder_id: int
    holder: str
    since: datetime
    until: datetime
    is_mine: bool


def hold_listing(
    *, listing_id: int, person: AbstractBaseUser, now: datetime, take_over: bool = False
) -> Hold:
    """Take or keep a listing for a person; return who has it now, which may be somebody else.

    ``take_over`` takes it from whoever has it, and says so in the audit log.
    """
    until = now + timedelta(minutes=get_settings().WORK_HOLD_MINUTES)
    row = WorkHold.objects.filter(pk=listing_id)
    with transaction.atomic():
        if row.filter(holder_id=person.pk, until__gt=now).update(until=until):
            return _read(row.select_related("holder").get(), person)
        free = row if take_over else row.filter(Q(until__lte=now) | Q(holder_id=person.pk))
        former = row.filter(until__gt=now).values_list("holder_id", flat=True).first()
        if not free.update(holder_id=person.pk, since=now, until=until):
            WorkHold.objects.bulk_create(
                [WorkHold(listing_id=listing_id, holder_id=person.pk, since=now, until=until)],
                ignore_conflicts=True,
            )
        hold = _read(row.select_related("holder").get(), person)
        if take_over and former not in (None, person.pk):
            note = AuditNote("take_over", f"listing:{listing_id}", {"holder": former})
            write_audit_notes([note], actor=person, now=now)
    return hold


def find_hold(*, listing_id: int, person: AbstractBaseUser, now: datetime) -> Hold | None:
    """Return who has a listing, or ``None`` where nobody has."""
    row = WorkHold.objects.select_related("holder").filter(pk=listing_id, until__gt=now).first()
    return None if row is None else _read(row, person)


def pass_listing(
    *, listing_id: int, person: AbstractBaseUser, kind: WorkPass.Kind, now: datetime
) -> None:
    """Let a listing go and remember why the person went on, for the text as it is."""
    with transaction.atomic():
        WorkHold.objects.filter(pk=listing_id, holder_id=person.pk).delete()
        content_hash = Listing.objects.values_list("content_hash", flat=True).get(pk=listing_id)
        WorkPass.objects.update_or_create(
            listing_id=listing_id,
            author_id=person.pk,
            defaults={"kind": kind, "content_hash": content_hash, "at": now},
        )
        if kind == WorkPass.Kind.CANNOT_TELL:
            note = AuditNote("cannot_tell_listing", f"listing:{listing_id}")
            write_audit_notes([note], actor=person, now=now)


def take_next(
    *,
    listings: QuerySet[Listing],
    person: AbstractBaseUser,
    now: datetime,
    asks_again: bool = False,
) -> int | None:
    """Take the first listing of an ordered set that is free; return its id, ``None`` if none is.

    Left out are listings that somebody else has, that this person went on
    from lately, and, unless ``asks_again``, those of which somebody said all
    there is to say of the text as it is.
    """
    mine = Q(author_id=person.pk, at__gt=now - SKIPPED_FOR)
    final = Q(kind__in=_FINAL, content_hash=OuterRef("content_hash"))
    passed = WorkPass.objects.filter(mine if asks_again else mine | final, listing=OuterRef("pk"))
    held = WorkHold.objects.filter(listing=OuterRef("pk"), until__gt=now).exclude(
        holder_id=person.pk
    )
    free = listings.filter(~Exists(passed), ~Exists(held)).values_list("pk", flat=True)
    tried = 0
    while tried < _MOST_TRIED:
        # Asked anew each time: what others took meanwhile is not there any more.
        candidates = list(free[:_TRIED_AT_ONCE])
        for listing_id in candidates:
            if hold_listing(listing_id=listing_id, person=person, now=now).is_mine:
                return listing_id
        if len(candidates) < _TRIED_AT_ONCE:
            return None
        tried += len(candidates)
    return None


def worth_asking(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Keep the listings of which another fact, or a decision, could tell something."""
    waiting = Observation.objects.filter(listing=OuterRef("pk"), state=Observation.State.SUGGESTED)
    return listings.filter(Q(profile__worth__gt=0) | Exists(waiting))


def left_open(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Keep the listings of which somebody said that the text as it is does not tell."""
    return listings.filter(
        passes__kind=WorkPass.Kind.CANNOT_TELL, passes__content_hash=F("content_hash")
    ).distinct()


def _read(row: WorkHold, person: AbstractBaseUser) -> Hold:
    return Hold(
        holder_id=row.holder_id,
        holder=str(row.holder),
        since=row.since,
        until=row.until,
        is_mine=row.holder_id == person.pk,
    )
