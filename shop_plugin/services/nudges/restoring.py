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
_LEFT = (Message.State.SENT, Message.State.UNCERTAIN, Message.State.ABANDONED)
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
    waiting = _waiting_again(gone)
    # A refusal stands in the journal before it stands in the database: one that came in between.
    still = _last_words(read_tail(shop)) if waiting else {}
    unknown = {mail.uuid: mail for mail in waiting if still.get(mail.uuid) == mail}
    settled = _settled_before(lines)
    later = [mail for uuid, mail in gone.items() if uuid not in settled and mail.claims > claims]
    unknown |= {mail.uuid: mail for mail in later}
    return GoneBack(
        tuple(message_id_of(one.uuid) for one in sorted(unknown.values(), key=lambda one: one.at)),
        len(gone),
        is_older=claims < _most_claims(lines),
    )


def _read_control() -> tuple[str, int]:
    """Return the shop's id and its count of claims; an empty id where it has never sent a mail."""
    row = NudgeControl.objects.filter(pk=1).values_list("shop_id", "claims_made").first()
    return ("", 0) if row is None else (str(row[0]), row[1])


def _most_claims(lines: Sequence[JournalLine]) -> int:
    """Return how many claims there were by the lines, since the journal was last taken in."""
    since = _taken_in_at(lines)
    return max((line.claims for line in lines[since:]), default=0)


def _settled_before(lines: Sequence[JournalLine]) -> set[UUID]:
    """Return the mails that were taken in since, as far as they could be."""
    since = _taken_in_at(lines)
    return {line.uuid for line in lines[:since] if line.uuid is not None} - {
        line.uuid for line in lines[since:]
    }


def _taken_in_at(lines: Sequence[JournalLine]) -> int:
    """Return the place of the line that says that all before it was taken in; 0 for none."""
    places = [place for place, line in enumerate(lines) if line.word is Word.TAKEN_IN]
    return places[-1] if places else 0


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
    gone = _last_words(read_journal(shop))
    waiting = _waiting_again(gone)
    still = _last_words(read_journal(shop)) if waiting else {}
    states = [
        _settle(mail, now, why=_BY_JOURNAL) for mail in waiting if still.get(mail.uuid) == mail
    ]
    put_back, unknown = _put_back(gone, now)
    # Noted here and not in the database: another machine's journal has yet to be taken in.
    write_line(JournalLine(now, Word.TAKEN_IN, shop, _read_control()[1]))
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
    entries = AuditEntry.objects.filter(
        action="resolve_uncertain",
        after__state=Message.State.READY,
        subject__in=[f"message:{uuid}" for uuid in found],
    )
    absent = dict(entries.order_by("at").values_list("subject", "at"))
    # Evidence from before it was handed over again says nothing of that.
    return [
        gone[uuid]
        for uuid in found
        if (seen_at := absent.get(f"message:{uuid}")) is None or seen_at < gone[uuid].at
    ]


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


def _put_back(gone: Mapping[UUID, _Gone], now: datetime) -> tuple[int, tuple[str, ...]]:
    """Bring notes that are planned again back into the mails that they left in.

    Returns how many messages had to be made anew, and the Message-IDs of mails
    that are not there and whose notes are not all planned.
    """
    missing = {mail.uuid for mail in _missing(gone)}
    mail_of = {digest: mail for mail in gone.values() for digest in mail.notes}
    again: dict[UUID, list[int]] = {}
    rows = _planned().select_related("purchase", "message").only(*_ASKED_FOR_HASH)
    for nudge in rows.iterator(chunk_size=_PAGE):
        mail = mail_of.get(hash_note(nudge))
        if mail is not None and (nudge.message is None or nudge.message.uuid != mail.uuid):
            again.setdefault(mail.uuid, []).append(nudge.pk)
    for uuid, keys in again.items():
        _rejoin(gone[uuid], keys, now)
    found = {uuid: len(keys) for uuid, keys in again.items()}
    unknown = [uuid for uuid in missing if found.get(uuid, 0) < len(gone[uuid].notes)]
    return len(missing & again.keys()), tuple(sorted(map(message_id_of, unknown)))


_ASKED_FOR_HASH = (
    "stage",
    "cycle",
    "purchase__source",
    "purchase__external_id",
    "message__uuid",
)


def _planned() -> QuerySet[Nudge]:
    """Return the notes that would be sent: those that wait, alone or in a message that waits."""
    in_message = Q(state=Nudge.State.QUEUED, message__state__in=_WAITING)
    return Nudge.objects.filter(Q(state=Nudge.State.DUE) | in_message)


def _rejoin(mail: _Gone, nudge_keys: Sequence[int], now: datetime) -> None:
    """Put notes into the message that they left in, and make it anew where it is not there."""
    with transaction.atomic():
        locked = _planned().filter(pk__in=nudge_keys).select_for_update(of=("self",))
        nudges = list(locked.select_related("purchase"))
        if not nudges:
            return
        message, is_new = Message.objects.get_or_create(
            uuid=mail.uuid,
            defaults={
                "contact_id": nudges[0].purchase.contact_id,
                "not_before": mail.at,
                "attempts_made": 1,
                "created_at": mail.at,
                **_as_handed_over(mail),
            },
        )
        if message.state not in _LEFT:
            return  # it was found never to have arrived, and its notes are free again
        own = Nudge.objects.filter(pk__in=[nudge.pk for nudge in nudges])
        # A note is in a mail from before the mail left: so it was.
        own.update(message=message, state=Nudge.State.QUEUED, reason="", created_at=mail.at)
        own.update(state=Nudge.State.UNCERTAIN)
        if not is_new and message.state == Message.State.SENT:
            own.update(state=Nudge.State.SENT)
    if is_new:
        _say_what_came_of_it(mail, now, why=_BY_JOURNAL)
