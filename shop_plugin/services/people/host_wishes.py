"""What a host passes on of its customers: erase me, no more mails, what is held about me."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from shop_plugin.domain.host_changes import PersonReference
from shop_plugin.models import Consent, Contact, Suppression
from shop_plugin.services.people.consent import (
    hash_email,
    make_unsubscribe_token,
    suppress_address,
    unsubscribe_contact,
)
from shop_plugin.services.people.contacts import ContactKey, email_key, tombstone_key
from shop_plugin.services.people.erasure import erase_person, forbid_address

_WORD_OF_HOST = "host"
_BATCH = 200


def erase_by_host(*, source: str, person: PersonReference, now: datetime, reason: str) -> int:
    """Erase a customer of a host for good; return how many accounts there were.

    Nothing of the person comes back either: an order that was under way is
    not kept, and their address is never written to, also where nobody of that
    name was known yet.

    :raises ErasureLogError: when ``ERASURE_LOG`` is set and cannot be written.
    """
    with transaction.atomic():
        accounts = 0
        for contact_id in _own_accounts(source, person.customer_id):
            accounts += erase_person(contact_id=contact_id, now=now, reason=reason).accounts
        keys: list[ContactKey] = []
        if person.customer_id:
            keys.append((source, person.customer_id[:191]))
        if person.email:
            accounts += erase_person(email=person.email, now=now, reason=reason).accounts
            forbid_address(email=person.email, now=now)
            keys.append((source, email_key(person.email)))
        for key in keys:
            set_stone(key, now)
    return accounts


def object_by_host(
    *, source: str, person: PersonReference, now: datetime, said_at: datetime | None = None
) -> int:
    """Stop all mails to a customer of a host; return how many accounts there were.

    A host tells an old no with every order. Who asked for reminders on our own
    pages after ``said_at``, when they said it there, is not stopped by it.
    """
    own = set(_own_accounts(source, person.customer_id))
    if person.email:
        same = Contact.objects.filter(email_hash=hash_email(person.email), erased_at=None)
        own.update(same.values_list("pk", flat=True))
    if said_at is not None and _asked_since(own, said_at):
        return 0
    for contact_id in sorted(own):
        unsubscribe_contact(contact_id=contact_id, source=_WORD_OF_HOST, now=now)
    if person.email:
        suppress_address(
            email_hash=hash_email(person.email),
            reason=Suppression.Reason.UNSUBSCRIBED,
            now=now,
        )
    return len(own)


def accounts_of(*, source: str, people: Iterable[PersonReference]) -> list[int]:
    """Return the contacts that a host means, those with the same address included."""
    found: set[int] = set()
    for person in people:
        found.update(_own_accounts(source, person.customer_id))
        if person.email:
            same = Contact.objects.filter(email_hash=hash_email(person.email), erased_at=None)
            found.update(same.values_list("pk", flat=True))
    return sorted(found)


def erase_customers_of(*, source: str, now: datetime, reason: str, limit: int = _BATCH) -> int:
    """Erase up to ``limit`` accounts of a source, and of no other; return how many.

    The shop gives up the source; that is no wish of its customers. Accounts
    with the same address in other sources stay, and the address may be
    written to for their sake.
    """
    accounts = Contact.objects.filter(source=source, erased_at=None).order_by("pk")
    erased = 0
    for contact_id in list(accounts.values_list("pk", flat=True)[:limit]):
        done = erase_person(
            contact_id=contact_id,
            now=now,
            reason=reason,
            only_source=source,
            forbids_address=False,
        )
        erased += done.accounts
    return erased


def _asked_since(contact_ids: Iterable[int], said_at: datetime) -> bool:
    """Tell whether one of these agreed to a sentence of ours later; an order is no such act."""
    asked = Consent.objects.filter(
        contact_id__in=list(contact_ids), basis=Consent.Basis.EXPRESS, at__gt=said_at
    )
    return asked.exclude(wording_version="").exists()


def _own_accounts(source: str, customer_id: str) -> list[int]:
    if not customer_id:
        return []
    own = Contact.objects.filter(source=source, external_id=customer_id[:191], erased_at=None)
    return list(own.values_list("pk", flat=True))


def set_stone(key: ContactKey, now: datetime) -> None:
    """Keep one row that says "erased" in the place of an account that was not known yet."""
    Contact.objects.get_or_create(
        source=key[0],
        external_id=tombstone_key(key),
        defaults={
            "is_mailable": False,
            "unsubscribe_token": make_unsubscribe_token(),
            "created_at": now,
            "erased_at": now,
        },
    )
