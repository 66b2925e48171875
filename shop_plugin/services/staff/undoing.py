"""Undo of what one decided oneself, the newest first, as far back as a session goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from shop_plugin.models import Listing, Observation, WorkDecision, WorkPass
from shop_plugin.services.staff.decision_log import Move
from shop_plugin.services.staff.review import Change, ReviewOutcome, decide_listing, plain_columns

SESSION = timedelta(hours=12)
MOST_SHOWN = 20


class NothingToUndo(LookupError):
    """The person decided nothing in this session that still stands."""


class DecisionOverruled(Exception):
    """Somebody, or a new text, changed the same facts since; the argument is the decision."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Which listing was brought back to what it was, in which attributes."""

    listing_id: int
    title: str
    attributes: tuple[str, ...]
    outcome: ReviewOutcome


def undoable_decisions(*, author: AbstractBaseUser, now: datetime) -> QuerySet[WorkDecision]:
    """Return a person's decisions of this session that still stand, the newest first."""
    return (
        WorkDecision.objects.filter(author_id=author.pk, at__gt=now - SESSION, undone_at=None)
        .select_related("listing")
        .order_by("-at", "-pk")
    )


def undo_last(*, author: AbstractBaseUser, now: datetime) -> Undone:
    """Take back the newest decision of a person: every observation gets the state it had.

    A value that the decision made stays readable as superseded. The undo is
    written to the audit log, and the listing comes back into the queue.

    :raises NothingToUndo: when there is nothing left of this session.
    :raises DecisionOverruled: when one of its observations has moved on since; nothing changes.
    """
    decision = undoable_decisions(author=author, now=now).first()
    if decision is None:
        raise NothingToUndo(author.pk)
    moves = [Move(*move) for move in decision.moves]

    def apply(listing: Listing) -> list[Change]:
        if not WorkDecision.objects.filter(pk=decision.pk, undone_at=None).update(undone_at=now):
            raise NothingToUndo(author.pk)
        items = Observation.objects.in_bulk([move.observation_id for move in moves])
        changes = []
        for move in reversed(moves):
            item = items.get(move.observation_id)
            if item is None or item.state != move.after:
                raise DecisionOverruled(decision)
            item.state = move.before or Observation.State.SUPERSEDED
            item.save(update_fields=["state"])
            told = {"reading": plain_columns(item), "rule": item.rule}
            changes.append(
                Change(
                    "undo",
                    item.attribute,
                    {**told, "state": move.after},
                    {**told, "state": item.state},
                )
            )
        WorkPass.objects.filter(listing=listing, author_id=author.pk).delete()
        return changes

    outcome = decide_listing(
        listing_id=decision.listing_id, seen="", author=author, now=now, apply=apply, is_undo=True
    )
    return Undone(
        listing_id=decision.listing_id,
        title=decision.listing.title,
        attributes=tuple(decision.attributes.split(",")),
        outcome=outcome,
    )
