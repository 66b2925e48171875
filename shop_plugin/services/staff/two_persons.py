"""The two-person rule: what one person says of a listing counts when another approves it.

``FOOTBACK["TWO_PERSON_RULE"]`` switches it on; it is a setting, not a page, so
that whom it binds cannot switch it off. What was in force stays until then.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from shop_plugin.domain.attributes import SourceKind
from shop_plugin.models import Listing, Observation
from shop_plugin.services.staff.decision_log import Move
from shop_plugin.services.staff.review import (
    Change,
    ReviewOutcome,
    decide_listing,
    plain_columns,
    retire,
)

_STATE = Observation.State


class SamePerson(Exception):
    """Whoever said a value cannot approve it."""


def approve_value(
    *, observation_id: int, approver: AbstractBaseUser, now: datetime, seen: str = ""
) -> ReviewOutcome:
    """Put a waiting staff value in force; what stood before, and what waits beside it, gives way.

    :raises SamePerson: when the approver said it.
    :raises Observation.DoesNotExist: for an id that is no waiting staff value.
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    """
    waiting = _waiting(observation_id)

    def apply(listing: Listing) -> list[Change]:
        item = _waiting(observation_id)
        if item.author_id == approver.pk:
            raise SamePerson(observation_id)
        others = Observation.objects.filter(
            listing=listing,
            attribute=item.attribute,
            source_kind=SourceKind.STAFF.value,
            state__in=(_STATE.ACCEPTED, _STATE.SUGGESTED),
        ).exclude(pk=item.pk)
        standing = [other for other in others if other.state == _STATE.ACCEPTED]
        before = plain_columns(standing[-1]) if standing else None
        moves = (*retire(list(others)), _move(item, _STATE.ACCEPTED))
        after = plain_columns(item)
        return [
            Change("approve_tag", item.attribute, before, after, is_staff_value=True, moves=moves)
        ]

    return decide_listing(
        listing_id=waiting.listing_id, seen=seen, author=approver, now=now, apply=apply
    )


def refuse_value(
    *, observation_id: int, approver: AbstractBaseUser, now: datetime, seen: str = ""
) -> ReviewOutcome:
    """Reject a staff value that waits or is in force; the other sources speak again.

    :raises Observation.DoesNotExist: for an id that is no such value.
    :raises ListingChanged: when the evidence is not what ``seen`` names.
    """
    said = _said().get(pk=observation_id)

    def apply(listing: Listing) -> list[Change]:
        item = _said().get(pk=observation_id)
        before = plain_columns(item)
        return [
            Change(
                "refuse_tag",
                item.attribute,
                {"reading": before, "state": item.state},
                {"reading": before, "state": _STATE.REJECTED.value},
                moves=(_move(item, _STATE.REJECTED),),
            )
        ]

    return decide_listing(
        listing_id=said.listing_id, seen=seen, author=approver, now=now, apply=apply
    )


def _move(item: Observation, state: Observation.State) -> Move:
    move = Move(item.pk, item.state, state.value)
    item.state = state.value
    item.save(update_fields=["state"])
    return move


def _said() -> QuerySet[Observation]:
    return Observation.objects.filter(
        source_kind=SourceKind.STAFF.value, state__in=(_STATE.ACCEPTED, _STATE.SUGGESTED)
    )


def _waiting(observation_id: int) -> Observation:
    return _said().get(pk=observation_id, state=_STATE.SUGGESTED)
