"""What a person says of a pair through the link of a mail: recorded once, and it can be undone.

The signed link is the proof of who may say it: it names one pair and the mail
it came with. Each mail holds at most one answer per pair; another answer from
the same mail takes the place of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from shop_plugin.models import AuditEntry, Purchase
from shop_plugin.services.pairs.answer_links import AnswerLink, BrokenLinkError, read_link
from shop_plugin.services.pairs.pair_changes import (
    Answer,
    History,
    Result,
    Wish,
    accepts,
    check_wish,
    find_next_note,
    is_closed,
    lock_wardrobe,
    make_change,
    read_histories,
    said_in,
    take_back,
    wish_of,
)
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.wear.life import describe_inputs, life_of, pair_name
from shop_plugin.services.words.distances import usual_distance_unit

#: What the page behind a mail asks for; "My shoes" knows more.
MAIL_ANSWERS: Final = (
    Answer.STILL_FINE,
    Answer.WORN_OUT,
    Answer.NOT_WORN,
    Answer.DAYS,
    Answer.SNOOZE,
    Answer.STOP,
)
_WHERE: Final = "link in a mail"


@dataclass(frozen=True, slots=True)
class PairPage:
    """What the answer page shows of a pair; nothing of the person."""

    name: str
    bought_on: date
    worn_since: date
    ends_from: date | None
    ends_until: date | None
    inputs: str
    is_closed: bool
    standing: Wish | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an answer, and the day from which a note about the pair may follow, if any.

    ``seen`` is the newest entry about the pair by then, 0 without any.
    """

    result: Result
    wish: Wish | None
    next_on: date | None
    page: PairPage
    seen: int


def get_pair_page(*, signed: str) -> PairPage:
    """Return what there is to show of the pair behind a link. Changes nothing.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    """
    link = read_link(signed)
    pair = _find(link)
    return _page(pair, _history(pair).of_mail(link.message_id))


def recall_outcome(*, signed: str, result: Result, seen: int, now: datetime) -> Outcome | None:
    """Return once more what came of an answer, ``None`` once the pair has another newest entry.

    ``result`` and ``seen`` are those of the outcome. Changes nothing.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    """
    link = read_link(signed)
    pair = _find(link)
    history = _history(pair)
    own = history.of_mail(link.message_id)
    if history.last != seen or (result is Result.DONE and own is None):
        return None
    return _outcome(Result.CLOSED if is_closed(pair) else result, pair, own, seen, now)


def record_answer(*, signed: str, wish: Wish, now: datetime) -> Outcome:
    """Carry out what a person says of a pair; the same answer from the same mail acts once.

    An answer from a mail that is older than one already answered changes
    nothing, unless it ends the notes: a "no" holds from wherever it comes.
    Once this has returned, no mail that says otherwise begins its hand-over.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    :raises ImpossibleWishError: for days a week without or beyond 1 to 7.
    """
    check_wish(wish)
    link = read_link(signed)
    with transaction.atomic():
        pair, wardrobe = _lock(link)
        history = _history(pair)
        own = history.of_mail(link.message_id)
        if not accepts(pair, wish.answer):
            return _outcome(Result.CLOSED, pair, own, history.last, now)
        if own is not None and own is history.newest and wish_of(own) == wish:
            return _outcome(Result.DONE, pair, own, history.last, now)
        if _is_outdated(link, history) and not wish.answer.ends_notes:
            return _outcome(Result.SUPERSEDED, pair, own, history.last, now)
        entry = make_change(
            pair,
            wardrobe,
            wish,
            now=now,
            where=_WHERE,
            message_id=link.message_id,
            instead_of=own if own is history.newest else None,
        )
        return _outcome(Result.DONE, pair, entry, entry.pk, now)


def undo_answer(*, signed: str, now: datetime) -> Outcome:
    """Take back the answer that this mail's link gave, where no later change stands on it.

    What somebody else changed since (a return, a newer answer) stays.

    :raises BrokenLinkError: for a link that is changed, too old or leads nowhere.
    """
    link = read_link(signed)
    with transaction.atomic():
        pair, wardrobe = _lock(link)
        history = _history(pair)
        own = history.of_mail(link.message_id)
        if is_closed(pair):
            return _outcome(Result.CLOSED, pair, own, history.last, now)
        if own is None:
            return _outcome(Result.UNDONE, pair, None, history.last, now)
        if own is not history.newest:
            return _outcome(Result.SUPERSEDED, pair, own, history.last, now)
        entry = take_back(pair, wardrobe, own, now=now, where=_WHERE)
        return _outcome(Result.UNDONE, pair, None, entry.pk, now)


def _find(link: AnswerLink) -> Purchase:
    """Return the pair of a link, to look at."""
    pairs = Purchase.objects.select_related("contact", "listing").defer(
        "listing__description", "listing__raw_attributes"
    )
    pair = pairs.filter(pk=link.purchase_id).first()
    if pair is None:
        raise BrokenLinkError
    return pair


def _lock(link: AnswerLink) -> tuple[Purchase, list[Purchase]]:
    """Return the pair of a link and all its owner's pairs, locked."""
    contact_id = (
        Purchase.objects.filter(pk=link.purchase_id).values_list("contact_id", flat=True).first()
    )
    wardrobe = lock_wardrobe(contact_id) if contact_id is not None else []
    for pair in wardrobe:
        if pair.pk == link.purchase_id:
            return pair, wardrobe
    raise BrokenLinkError


def _history(pair: Purchase) -> History:
    return read_histories([pair.pk])[pair.pk]


def _is_outdated(link: AnswerLink, history: History) -> bool:
    """Tell whether a newer mail was answered, or something was said after one had come."""
    return any(
        (said["message"] or said["newest_message"]) > link.message_id
        for said in map(said_in, history.standing)
    )


def _outcome(
    result: Result, pair: Purchase, own: AuditEntry | None, seen: int, now: datetime
) -> Outcome:
    return Outcome(
        result=result,
        wish=wish_of(own) if own is not None else None,
        next_on=find_next_note(pair, today=shop_day(now)),
        page=_page(pair, own),
        seen=seen,
    )


def _page(pair: Purchase, own: AuditEntry | None) -> PairPage:
    life = life_of(pair)
    start = pair.wear_start_on
    return PairPage(
        name=pair_name(pair),
        bought_on=pair.ordered_at.date(),
        worn_since=start,
        ends_from=start + timedelta(days=life.low_days) if life else None,
        ends_until=(
            start + timedelta(days=life.high_days) if life and not life.is_too_wide else None
        ),
        inputs=describe_inputs(pair, unit=usual_distance_unit(pair.contact.country)),
        is_closed=is_closed(pair),
        standing=wish_of(own) if own is not None else None,
    )
