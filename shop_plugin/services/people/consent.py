"""Who may be written to: the basis, the keyed hash of an address, and suppression for ever."""

from __future__ import annotations

import secrets
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from shop_plugin.conf import get_settings
from shop_plugin.domain.consent_rules import ConsentBasis, basis_in_force
from shop_plugin.models import AuditEntry, Consent, Contact, Message, Nudge, Suppression
from shop_plugin.services.bulk.rows import one_of
from shop_plugin.services.transport.repeating import park
from shop_plugin.signals import contact_subscribed, contact_unsubscribed

_SALT = "footback.email.v1"
_TOKEN_ALPHABET = string.ascii_letters + string.digits
_TOKEN_LENGTH = 22  # of 62 letters and digits: 131 bits

# What has not left yet. A message being handed over cannot be called back.
_CALLABLE_BACK = (Message.State.READY, Message.State.CLAIMED, Message.State.RETRY_WAIT)


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What an unsubscribe did. ``was_known`` is for logs and tests, never for the answer."""

    was_known: bool
    was_already_off: bool = False
    messages_cancelled: int = 0


def make_unsubscribe_token() -> str:
    """Return a new random token: 22 letters and digits, 131 bits."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(_TOKEN_LENGTH))


def hash_email(email: str) -> str:
    """Return the keyed hash of an address, 64 hex digits; equal for equal mailboxes.

    The key is ``EMAIL_HASH_KEY``; without one it is derived from
    ``SECRET_KEY``, and then a change of that key forgets who unsubscribed.
    """
    return hash_text(unicodedata.normalize("NFC", email).strip().casefold())


def hash_text(text: str) -> str:
    """Return the keyed hash of a text as it stands, 64 hex digits."""
    secret = get_settings().EMAIL_HASH_KEY or django_settings.SECRET_KEY
    return salted_hmac(_SALT, text, secret=secret, algorithm="sha256").hexdigest()


def find_suppressed(email_hashes: Iterable[str], *, now: datetime) -> set[str]:
    """Return those of the hashes that must not be written to. One query."""
    wanted = {item for item in email_hashes if item}
    found = _in_force(now).filter(one_of("email_hash", wanted))
    return set(found.values_list("email_hash", flat=True))


def find_suppression(email_hash: str, *, now: datetime) -> Suppression | None:
    """Return the entry that forbids an address, or ``None`` where nothing does."""
    return _in_force(now).filter(email_hash=email_hash).first() if email_hash else None


def suppress_address(
    *, email_hash: str, reason: str, now: datetime, ends_at: datetime | None = None
) -> bool:
    """Forbid an address for ever, or until ``ends_at``; tell whether that was news.

    The first reason stays, except that what is for ever takes the place of
    what ends, and a later end that of an earlier one.
    """
    if not email_hash:
        return False
    _, created = Suppression.objects.get_or_create(
        email_hash=email_hash, defaults={"reason": reason, "at": now, "ends_at": ends_at}
    )
    if created:
        return True
    shorter = Suppression.objects.filter(email_hash=email_hash, ends_at__isnull=False)
    if ends_at is not None:
        shorter = shorter.filter(ends_at__lt=ends_at)
    return bool(shorter.update(reason=reason, at=now, ends_at=ends_at))


def _in_force(now: datetime) -> QuerySet[Suppression]:
    return Suppression.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now))


def lock_person(contact_id: int) -> Contact | None:
    """Lock every row of the person behind a contact, in one fixed order; return the contact.

    A person is all contacts with the same address. Unsubscribing and the
    fence before a mail leaves both take this lock, so one of them is first.
    SQLite has no row locks; there the write transaction itself is the lock.
    Must be called inside a transaction.
    """
    return next((row for row in _lock_person(contact_id) if row.pk == contact_id), None)


def _lock_person(contact_id: int) -> tuple[Contact, ...]:
    contact = Contact.objects.filter(pk=contact_id).only("id", "email_hash").first()
    if contact is None:
        return ()
    same_person = Contact.objects.filter(pk=contact_id)
    if contact.email_hash:
        same_person = same_person | Contact.objects.filter(email_hash=contact.email_hash)
    return tuple(same_person.order_by("pk").select_for_update())


def lock_known_person(contact: Contact) -> tuple[Contact, ...]:
    """Do the same for a contact whose row was read before, in one query; return the rows.

    They are all accounts of the person as they are now, the contact's own among
    them; empty where it is not there any more.
    """
    same_person = Q(pk=contact.pk)
    if contact.email_hash:
        same_person |= Q(email_hash=contact.email_hash)
    rows = tuple(Contact.objects.filter(same_person).order_by("pk").select_for_update())
    found = {row.pk: row for row in rows}.get(contact.pk)
    if found is None:
        return ()
    if found.email_hash != contact.email_hash:
        return _lock_person(contact.pk)  # another address by now, so perhaps other rows
    return rows


def find_by_token(token: str) -> Contact | None:
    """Return the contact whose links carry a token, or ``None`` where there is none."""
    if not _may_be_token(token):
        return None
    return Contact.objects.filter(unsubscribe_token=token, erased_at=None).first()


def unsubscribe(*, token: str, now: datetime) -> Unsubscription:
    """Stop all reminders to the person behind a token, at once and until they ask for them again.

    Idempotent. Once this has returned, no message of the person begins its
    hand-over. An unknown token changes nothing and is not an error, so that
    nobody can find out which tokens exist.
    """
    known = find_by_token(token)
    if known is None:
        return Unsubscription(was_known=False)
    return unsubscribe_contact(contact_id=known.pk, source="unsubscribe link", now=now)


def unsubscribe_contact(*, contact_id: int, source: str, now: datetime) -> Unsubscription:
    """Do the same for the person behind a contact; ``source`` says where they said so."""
    with transaction.atomic():
        contact = lock_person(contact_id)
        if contact is None:
            return Unsubscription(was_known=False)
        news = suppress_address(
            email_hash=contact.email_hash, reason=Suppression.Reason.UNSUBSCRIBED, now=now
        )
        latest = Consent.objects.filter(contact=contact).order_by("-at", "-pk").first()
        if not news and latest is not None and latest.basis == Consent.Basis.NONE:
            return Unsubscription(was_known=True, was_already_off=True)
        people = _same_person(contact)
        _give(people, Consent.Basis.NONE, source=source, now=now)
        cancelled = cancel_waiting(contact_ids=people, reason="unsubscribed")
        AuditEntry.objects.create(
            action="unsubscribe", subject=f"contact:{contact.pk}", reason=source, at=now
        )
        transaction.on_commit(
            lambda: contact_unsubscribed.send_robust(sender=Contact, contact_id=contact.pk)
        )
    return Unsubscription(was_known=True, messages_cancelled=cancelled)


def subscribe_contact(*, contact_id: int, source: str, wording: str, now: datetime) -> bool:
    """Allow reminders to a person who has just asked for them; tell whether they may be sent.

    The person's own act is express consent, and the only thing that lifts an
    earlier "no" of theirs. A dead address, a complaint or an entry by staff
    stays. ``wording`` names the version of the sentence that was agreed to.
    """
    with transaction.atomic():
        contact = lock_person(contact_id)
        if contact is None:
            return False
        own = find_suppression(contact.email_hash, now=now)
        if own is not None:
            if not is_own_no(own):
                return False
            own.delete()
        elif get_basis(contact_id) is ConsentBasis.EXPRESS:
            return True
        people = _same_person(contact)
        _give(people, Consent.Basis.EXPRESS, source=source, wording=wording, now=now)
        AuditEntry.objects.create(
            action="subscribe", subject=f"contact:{contact.pk}", reason=source, at=now
        )
        transaction.on_commit(
            lambda: contact_subscribed.send_robust(sender=Contact, contact_id=contact.pk)
        )
    return True


def is_own_no(suppression: Suppression) -> bool:
    """Tell whether it is the person's own "no", which they may take back themselves."""
    by_themselves = suppression.reason == Suppression.Reason.UNSUBSCRIBED
    return by_themselves and suppression.erased_at is None


def get_basis(contact_id: int) -> ConsentBasis:
    """Return the basis that is in force for a contact."""
    history = Consent.objects.filter(contact_id=contact_id).order_by("at", "pk")
    return basis_in_force(map(ConsentBasis, history.values_list("basis", flat=True)))


def _give(
    people: Iterable[int], basis: str, *, source: str, now: datetime, wording: str = ""
) -> None:
    countries = dict(Contact.objects.filter(pk__in=list(people)).values_list("pk", "country"))
    Consent.objects.bulk_create(
        Consent(
            contact_id=person,
            basis=basis,
            source=source,
            wording_version=wording,
            country=country,
            at=now,
        )
        for person, country in sorted(countries.items())
    )


def _may_be_token(token: str) -> bool:
    """Tell whether a token could exist; no other is looked up, as a database may choke on it."""
    return len(token) <= _TOKEN_LENGTH and set(token) <= set(_TOKEN_ALPHABET)


def cancel_waiting(*, contact_ids: Iterable[int], reason: str) -> int:
    """Cancel every message of these contacts that has not begun its hand-over; return how many.

    One that was to be handed over a second time may have arrived the first: it stays uncertain.
    """
    waiting = Message.objects.filter(contact_id__in=list(contact_ids), state__in=_CALLABLE_BACK)
    park(waiting.filter(handed_at__isnull=False), reason=reason)
    ids = list(waiting.values_list("pk", flat=True))
    cancelled = Message.objects.filter(pk__in=ids, state__in=_CALLABLE_BACK).update(
        state=Message.State.CANCELLED, reason=reason, token="", lease_until=None
    )
    Nudge.objects.filter(message_id__in=ids, state=Nudge.State.QUEUED).update(
        state=Nudge.State.CANCELLED, reason=reason
    )
    return cancelled


def _same_person(contact: Contact) -> list[int]:
    if not contact.email_hash:
        return [contact.pk]
    same = Contact.objects.filter(email_hash=contact.email_hash)
    return list(same.order_by("pk").values_list("pk", flat=True))
