"""What a person changes on "My shoes": one pair of theirs at a time, once, and it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shop_plugin.models import Purchase
from shop_plugin.services.pairs.pair_changes import (
    History,
    Result,
    Wish,
    accepts,
    check_wish,
    is_closed,
    lock_wardrobe,
    make_change,
    read_histories,
    take_back,
    wish_of,
)
from shop_plugin.services.people.personal_access import Person


class UnknownPairError(Exception):
    """There is no such pair, or it is somebody else's: the two are not told apart."""


@dataclass(frozen=True, slots=True)
class Change:
    """What came of a change to the pair with that key."""

    key: int
    result: Result
    wish: Wish | None = None


def change_pair(
    *, person: Person | None, key: int, wish: Wish, seen: int, now: datetime, where: str
) -> Change:
    """Carry out what a person says of a pair of theirs.

    ``seen`` is the newest entry about the pair that the page had shown: the
    same wish from the same page again, by a second click or a reload, does
    nothing. Once this has returned, no mail that says otherwise begins its
    hand-over.

    :raises UnknownPairError: for a pair that is not theirs.
    :raises ImpossibleWishError: for a wish that cannot be carried out.
    """
    check_wish(wish)

    def carry_out(pair: Purchase, wardrobe: list[Purchase], history: History) -> Change:
        if not accepts(pair, wish.answer):
            return Change(key, Result.CLOSED)
        is_repeated = any(e.pk > seen and wish_of(e) == wish for e in history.standing)
        if not is_repeated:
            make_change(pair, wardrobe, wish, now=now, where=where)
        return Change(key, Result.DONE, wish)

    return _with_pair(person, key, carry_out)


def undo_change(
    *, person: Person | None, key: int, entry: int, now: datetime, where: str
) -> Change:
    """Take back the last change to a pair, named by its entry; a second time does nothing.

    :raises UnknownPairError: for a pair that is not theirs.
    """

    def carry_out(pair: Purchase, wardrobe: list[Purchase], history: History) -> Change:
        newest = history.newest
        if is_closed(pair):
            return Change(key, Result.CLOSED)
        if entry not in {standing.pk for standing in history.standing}:
            return Change(key, Result.UNDONE)
        if newest is None or newest.pk != entry:
            return Change(key, Result.SUPERSEDED)
        take_back(pair, wardrobe, newest, now=now, where=where)
        return Change(key, Result.UNDONE)

    return _with_pair(person, key, carry_out)


def _with_pair(
    person: Person | None,
    key: int,
    carry_out: Callable[[Purchase, list[Purchase], History], Change],
) -> Change:
    """Find a pair among the person's own, lock it with its like, and work on it."""
    own = Purchase.objects.filter(pk=key, contact_id__in=person.contact_ids if person else ())
    contact_id = own.values_list("contact_id", flat=True).first()
    if contact_id is None:
        raise UnknownPairError
    with transaction.atomic():
        wardrobe = lock_wardrobe(contact_id)
        pair = next((item for item in wardrobe if item.pk == key), None)
        if pair is None:
            raise UnknownPairError
        return carry_out(pair, wardrobe, read_histories([key])[key])
