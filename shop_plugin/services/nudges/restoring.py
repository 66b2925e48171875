"""A database that was put back as it was: noticed and put right by the journal of hand-overs.

Two things are looked at, and neither has another reason. The count of claims
in the control row only ever grows, so one that is smaller than the journal
knows is an older one. And a message that passed the fence never waits again
as if it had not, unless the mail server refused it (which the journal knows)
or somebody found that it never arrived (which the audit knows).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from shop_plugin.models import AuditEntry, Message, Nudge, NudgeControl
from shop_plugin.services.nudges.handing import Claim
from shop_plugin.services.nudges.mailing import message_id_of
from shop_plugin.services.nudges.reconciliation import ARRIVED, resolve_uncertain
from shop_plugin.services.people.consent import hash_text
from shop_plugin.services.shop.event_log import note_event
from shop_plugin.services.transport.journal import (
    MAY_HAVE_LEFT,
    JournalLine,
    Word,
    drop_old_files,
    read_journal,
    read_tail,
    write_line,
)

#: The reason in a message that left, waited again, and is known as uncertain now.
GONE_BACK = "gone_back"
_WAITING = (Message.State.READY, Message.State.RETRY_WAIT, Message.State.CLAIMED)
_PAGE = 500
_HASH_DIGITS = 24
_BY_JOURNAL = "a machine's journal of hand-overs"
_BY_LOG = "mail log"


@dataclass(frozen=True, slots=True)
class GoneBack:
    """How far the database went back.

    ``message_ids`` are of mails that left and of which it knows nothing, the
    oldest first: what to search for at the mail server. ``journalled`` is how
    many mails this machine remembers lately. ``is_older`` tells that the
    database had claimed mails more often than it knows.
    """

    message_ids: tuple[str, ...] = ()
    journalled: int = 0
    is_older: bool = False

    @property
    def mails(self) -> int:
        """Return how many mails left that it does not know of; at least one where it is older."""
        return max(len(self.message_ids), int(self.is_older))


@dataclass(frozen=True, slots=True)
class _Gone:
    """A mail that left or may have, by the journal."""

    uuid: UUID
    at: datetime
    is_sent: bool
    claims: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JournalEvidence:
    """What taking the journal in came to.

    ``sent`` and ``uncertain`` messages were there and waited; those in
    ``put_back`` were not there any more and were made anew around their notes.
    ``unknown`` are the Message-IDs of mails whose notes are not (yet) planned
    in this database.
    """

    sent: int = 0
    uncertain: int = 0
    put_back: int = 0
    unknown: tuple[str, ...] = field(default=())


def find_gone_back() -> GoneBack:
    """Compare the latest lines of this machine's journal with the database, in some queries."""
    shop, _claims = _read_control()
    if not shop:
        return GoneBack()
    # The journal first: what it says was true in the database before it was written.
    lines = read_tail(shop)
    _shop, claims = _read_control()
    gone = _last_words(lines)
    unknown = {mail.uuid: mail for mail in _waiting_again(gone)}
    unknown |= {uuid: mail for uuid, mail in gone.items() if mail.claims > claims}
    return GoneBack(
        tuple(message_id_of(one.uuid) for one in sorted(unknown.values(), key=lambda one: one.at)),
        len(gone),
        is_older=claims < _most_claims(lines),
    )


def _read_control() -> tuple[str, int]:
    """Return the shop's id and its count of claims; an empty id where it has never sent a mail."""
    row = NudgeControl.objects.filter(pk=1).values_list("shop_id", "claims_made").first()
    return ("", 0) if row is None else (str(row[0]), row[1])


def _most_claims(lines: Iterable[JournalLine]) -> int:
    return max((line.claims for line in lines), default=0)


def note_in_journal(claim: Claim, word: Word, *, now: datetime) -> None:
    """Note what became of a claimed message; with its notes where it passes the fence.

    What goes to the shop's own inbox may go there twice, and is not noted.
    """
    if claim.message.is_redirected:
        return
    notes = tuple(map(hash_note, claim.nudges)) if word is Word.ENTERED else ()
    write_line(JournalLine(now, word, claim.shop, claim.count, claim.message.uuid, notes))


def note_how_far(*, now: datetime) -> None:
    """Note in this machine's journal how many claims there were, where that is news to it.

    So a machine that sends nothing itself notices a restored database as
    well. Files that are too old are dropped then.
    """
    shop, claims = _read_control()
    if claims > _most_claims(read_tail(shop)):
        write_line(JournalLine(now, Word.SEEN, shop, claims))
        drop_old_files(now=now)


def hash_note(nudge: Nudge) -> str:
    """Return the keyed hash of a note by what its shop calls the pair, which a restore keeps."""
    pair = nudge.purchase
    text = f"note\n{pair.source}\n{pair.external_id}\n{nudge.cycle}\n{nudge.stage}"
    return hash_text(text)[:_HASH_DIGITS]


def take_in_journal(*, now: datetime) -> JournalEvidence:
    """Let the database know what this machine's journal knows; doing it again changes nothing.

    A mail that the server took becomes sent, one of unknown fate uncertain,
    and none of them is handed over again by itself. A message that is not
    there any more is made anew where its notes are planned again.

    :raises OSError: when the journal cannot be read.
    """
    shop, _claims = _read_control()
    if not shop:
        return JournalEvidence()
    lines = list(read_journal(shop))
    gone = _last_words(lines)
    states = [_settle(mail, now, why=_BY_JOURNAL) for mail in _waiting_again(gone)]
    missing = _missing(gone)
    put_back, unknown = _put_back(missing, now) if missing else (0, ())
    known = _most_claims(lines)
    NudgeControl.objects.filter(pk=1, claims_made__lt=known).update(claims_made=known)
    return JournalEvidence(
        sent=states.count(Message.State.SENT),
        uncertain=states.count(Message.State.UNCERTAIN),
        put_back=put_back,
        unknown=unknown,
    )


def take_in_delivered(taken: Mapping[UUID, datetime], *, now: datetime) -> tuple[int, int]:
    """Let waiting messages be sent that a mail server's log shows as delivered on their way.

    ``taken`` is when the server took each mail. Returns how many messages
    these were, and how many of the mails this database does not know at all.
    """
    gone = {uuid: _Gone(uuid, at, True, 0, ()) for uuid, at in taken.items()}
    settled = [_settle(mail, now, why=_BY_LOG) for mail in _waiting_again(gone)]
    return len([state for state in settled if state]), len(_missing(gone))


def _last_words(lines: Iterable[JournalLine]) -> dict[UUID, _Gone]:
    """Return the mails that left or may have by their last word, with the notes that they had."""
    gone: dict[UUID, _Gone] = {}
    notes: dict[UUID, tuple[str, ...]] = {}
    for line in lines:
        if line.uuid is None:
            continue
        gone.pop(line.uuid, None)
        notes[line.uuid] = line.notes or notes.get(line.uuid, ())
        if line.word in MAY_HAVE_LEFT:
            is_sent = line.word is Word.SENT
            gone[line.uuid] = _Gone(line.uuid, line.at, is_sent, line.claims, notes[line.uuid])
    return gone


def _waiting_again(gone: Mapping[UUID, _Gone]) -> list[_Gone]:
    """Return the lines of mails whose messages wait as if they had never been handed over."""
    found: list[UUID] = []
    for page in _pages(list(gone)):
        waiting = Message.objects.filter(uuid__in=page, state__in=_WAITING, handed_at=None)
        found += waiting.values_list("uuid", flat=True)
    if not found:
        return []
    absent = set(
        AuditEntry.objects.filter(
            action="resolve_uncertain",
            after__state=Message.State.READY,
            subject__in=[f"message:{uuid}" for uuid in found],
        ).values_list("subject", flat=True)
    )
    return [gone[uuid] for uuid in found if f"message:{uuid}" not in absent]


def _missing(gone: Mapping[UUID, _Gone]) -> list[_Gone]:
    missing = []
    for page in _pages(list(gone)):
        there = set(Message.objects.filter(uuid__in=page).values_list("uuid", flat=True))
        missing += [gone[uuid] for uuid in page if uuid not in there]
    return missing


def _pages(uuids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(uuids), _PAGE):
        yield uuids[start : start + _PAGE]


def _settle(mail: _Gone, now: datetime, *, why: str) -> str:
    """Give a waiting message the fate that is known of it; return its state, "" where it left."""
    with transaction.atomic():
        waiting = Message.objects.filter(uuid=mail.uuid, state__in=_WAITING, handed_at=None)
        if not waiting.update(**_as_handed_over(mail), token="", lease_until=None):
            return ""
        Nudge.objects.filter(message__uuid=mail.uuid, state=Nudge.State.QUEUED).update(
            state=Nudge.State.UNCERTAIN, reason=""
        )
    return _say_what_came_of_it(mail, now, why=why)


def _as_handed_over(mail: _Gone) -> dict[str, Any]:
    """Return the columns of a message that left, and of which no more is known so far."""
    return {
        "state": Message.State.UNCERTAIN,
        "handed_at": mail.at,
        "message_id_header": message_id_of(mail.uuid),
        "reason": GONE_BACK,
    }


def _say_what_came_of_it(mail: _Gone, now: datetime, *, why: str) -> str:
    note_event("message.gone_back", message=str(mail.uuid))
    if mail.is_sent:
        return resolve_uncertain(uuid=mail.uuid, evidence=ARRIVED, now=now, reason=why)
    return Message.State.UNCERTAIN


def _put_back(missing: Sequence[_Gone], now: datetime) -> tuple[int, tuple[str, ...]]:
    """Make messages anew around their notes; return how many, and the Message-IDs of the others."""
    wanted = {digest for mail in missing for digest in mail.notes}
    planned: dict[str, int] = {}
    rows = _planned().select_related("purchase").only(*_ASKED_FOR_HASH)
    for nudge in rows.iterator(chunk_size=_PAGE):
        digest = hash_note(nudge)
        if digest in wanted:
            planned[digest] = nudge.pk
    unknown = []
    for mail in missing:
        keys = [planned[digest] for digest in mail.notes if digest in planned]
        if not keys or not _make_anew(mail, keys, now):
            unknown.append(message_id_of(mail.uuid))
    return len(missing) - len(unknown), tuple(unknown)


_ASKED_FOR_HASH = ("stage", "cycle", "purchase__source", "purchase__external_id")


def _planned() -> QuerySet[Nudge]:
    """Return the notes that would be sent: those that wait, alone or in a message that waits."""
    in_message = Q(state=Nudge.State.QUEUED, message__state__in=_WAITING)
    return Nudge.objects.filter(Q(state=Nudge.State.DUE) | in_message)


def _make_anew(mail: _Gone, nudge_keys: Sequence[int], now: datetime) -> bool:
    """Make one message anew with the notes that are planned again; tell whether there was one."""
    with transaction.atomic():
        locked = _planned().filter(pk__in=nudge_keys).select_for_update(of=("self",))
        nudges = list(locked.select_related("purchase"))
        if not nudges:
            return False
        message = Message.objects.create(
            uuid=mail.uuid,
            contact_id=nudges[0].purchase.contact_id,
            not_before=mail.at,
            attempts_made=1,
            created_at=mail.at,
            **_as_handed_over(mail),
        )
        own = Nudge.objects.filter(pk__in=[nudge.pk for nudge in nudges])
        # A note is in a mail from before the mail left: so it was.
        own.update(message=message, state=Nudge.State.QUEUED, reason="", created_at=mail.at)
        own.update(state=Nudge.State.UNCERTAIN)
    _say_what_came_of_it(mail, now, why=_BY_JOURNAL)
    return True
