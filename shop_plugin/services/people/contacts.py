"""The people behind order lines, and what allows the shop to write to them. In bulk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max, QuerySet

from shop_plugin.domain.consent_rules import load_consent_rules
from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Consent, Contact
from shop_plugin.services.bulk.keys import ids_by_source
from shop_plugin.services.people.consent import hash_email, hash_text, make_unsubscribe_token

# RFC 2606 keeps this top-level domain free for ever: no mail to it can arrive anywhere.
MADE_UP_DOMAIN = "customers.invalid"
_NOT_IN_LOCAL_PART = re.compile(r"[^A-Za-z0-9._-]+")
_WRITTEN = ("email", "email_hash", "is_mailable", "first_name", "language", "country", "timezone")

ContactKey = tuple[str, str]


def contact_key(record: PurchaseRecord) -> ContactKey:
    """Return what tells one customer from another: the host's id, else the address, else the order.

    An address stands in as its keyed hash, so that no key ever holds one.
    """
    if record.customer_id:
        return record.source, record.customer_id[:191]
    if record.email:
        return record.source, email_key(record.email)
    return record.source, f"order-{record.order_id}"[:191]


def email_key(email: str) -> str:
    """Return what an address that stands in for an id is kept as."""
    return f"email-{hash_email(email)[:32]}"


def tombstone_key(key: ContactKey) -> str:
    """Return what stands in the place of the host's id once a person was erased."""
    source, external_id = key
    return f"erased-{hash_text(f'{source}/{external_id}')[:40]}"


def record_contacts(
    records: Sequence[PurchaseRecord], *, now: datetime
) -> tuple[dict[ContactKey, Contact], int]:
    """Write down the customers of these lines; return them by key, and how many are new.

    The newest order says how to reach a person, whatever order the lines come
    in. Nothing is written back to a person who was erased: their account comes
    back as it is, with ``erased_at``. A customer without a usable address gets
    a made-up one and is never mailed.
    """
    newest = _newest_by_key(records)
    known = _load(newest)
    known |= _load_erased([key for key in newest if key not in known])
    missing = [key for key in newest if key not in known]
    Contact.objects.bulk_create(
        [_new_contact(key, newest[key], now) for key in missing], ignore_conflicts=True
    )
    if missing:
        known |= _load(missing)
    last_seen = _last_orders(known, newest)
    changed = [
        contact
        for key, contact in known.items()
        if key not in missing
        and not _is_older(newest[key], last_seen.get(contact.pk))
        and _refresh(contact, newest[key])
    ]
    Contact.objects.bulk_update(changed, _WRITTEN)
    return known, len(missing)


def record_consents(records: Sequence[PurchaseRecord], contacts: dict[ContactKey, Contact]) -> None:
    """Write down the basis that each order gives, where the person has none as good since.

    A purchase from before a withdrawal never outweighs it: it counts by its date.
    """
    given: dict[tuple[int, str], datetime] = {}
    countries: dict[tuple[int, str], str] = {}
    for record in records:
        basis = _basis_of(record)
        if basis:
            key = (contacts[contact_key(record)].pk, basis)
            if record.ordered_at >= given.get(key, record.ordered_at):
                given[key] = record.ordered_at
                countries[key] = record.country.strip().upper()[:2]
    held = _latest_by_basis({contact_id for contact_id, _ in given})
    Consent.objects.bulk_create(
        Consent(
            contact_id=contact_id,
            basis=basis,
            source="order",
            country=countries[contact_id, basis],
            at=at,
        )
        for (contact_id, basis), at in given.items()
        if _is_news(held, contact_id, basis, at)
    )


def made_up_address(external_id: str) -> str:
    """Return an address that can never exist, for a customer the host gave none of."""
    local = _NOT_IN_LOCAL_PART.sub("-", external_id).strip(".-")[:64] or "customer"
    return f"{local}@{MADE_UP_DOMAIN}"


def usable_address(email: str) -> str:
    """Return the address trimmed, or an empty string where it cannot be one."""
    trimmed = email.strip()
    try:
        validate_email(trimmed)
    except ValidationError:
        return ""
    return trimmed if len(trimmed) <= 254 and not trimmed.endswith(".invalid") else ""


def _newest_by_key(records: Iterable[PurchaseRecord]) -> dict[ContactKey, PurchaseRecord]:
    newest: dict[ContactKey, PurchaseRecord] = {}
    for record in records:
        key = contact_key(record)
        if key not in newest or newest[key].ordered_at <= record.ordered_at:
            newest[key] = record
    return newest


def _load(keys: Iterable[ContactKey]) -> dict[ContactKey, Contact]:
    return {
        (contact.source, contact.external_id): contact
        for source, ids in ids_by_source(keys).items()
        for contact in _locked(Contact.objects.filter(source=source, external_id__in=ids))
    }


def _locked(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Lock the people of a chunk, so that somebody who is just erased is not written back."""
    if not transaction.get_connection().in_atomic_block:
        return contacts
    return contacts.order_by("pk").select_for_update()


def _load_erased(keys: Iterable[ContactKey]) -> dict[ContactKey, Contact]:
    """Return the accounts among these that were erased. One query, none for no keys."""
    by_stone = {tombstone_key(key): key for key in keys}
    if not by_stone:
        return {}
    stones = Contact.objects.filter(external_id__in=by_stone, erased_at__isnull=False)
    return {by_stone[stone.external_id]: stone for stone in stones}


def _new_contact(key: ContactKey, record: PurchaseRecord, now: datetime) -> Contact:
    contact = Contact(
        source=key[0],
        external_id=key[1],
        email=made_up_address(key[1]),
        is_mailable=False,
        unsubscribe_token=make_unsubscribe_token(),
        created_at=now,
    )
    contact.email_hash = hash_email(contact.email)
    _refresh(contact, record)
    return contact


def _refresh(contact: Contact, record: PurchaseRecord) -> bool:
    """Take over what the record says; tell whether anything changed."""
    if contact.erased_at is not None:
        return False
    before = [getattr(contact, name) for name in _WRITTEN]
    email = usable_address(record.email)
    if email and email != contact.email:
        contact.email, contact.email_hash = email, hash_email(email)
    if email:
        contact.is_mailable = True
    contact.first_name = record.first_name.strip()[:100] or contact.first_name
    contact.language = record.language.strip()[:8] or contact.language
    contact.country = record.country.strip().upper()[:2] or contact.country
    contact.timezone = record.timezone.strip()[:64] or contact.timezone
    return before != [getattr(contact, name) for name in _WRITTEN]


def _last_orders(
    known: dict[ContactKey, Contact], newest: dict[ContactKey, PurchaseRecord]
) -> dict[int, datetime]:
    """Return the latest order already stored, for those whose address would change."""
    differing = [
        contact.pk
        for key, contact in known.items()
        if newest[key].email and newest[key].email.strip() != contact.email
    ]
    if not differing:
        return {}
    rows = Contact.objects.filter(pk__in=differing, purchases__isnull=False)
    return dict(rows.annotate(last=Max("purchases__ordered_at")).values_list("pk", "last"))


def _is_older(record: PurchaseRecord, last_order: datetime | None) -> bool:
    return last_order is not None and record.ordered_at < last_order


def _basis_of(record: PurchaseRecord) -> str:
    if record.has_express_consent:
        return Consent.Basis.EXPRESS
    if not record.optout_offered:
        return ""
    return load_consent_rules().basis_of_order(country=record.country).value


def _latest_by_basis(contact_ids: set[int]) -> dict[tuple[int, str], datetime]:
    rows = Consent.objects.filter(contact_id__in=contact_ids).values("contact_id", "basis")
    return {
        (row["contact_id"], row["basis"]): row["latest"]
        for row in rows.annotate(latest=Max("at")).order_by()
    }


def _is_news(
    held: dict[tuple[int, str], datetime], contact_id: int, basis: str, at: datetime
) -> bool:
    withdrawn = held.get((contact_id, Consent.Basis.NONE))
    same = held.get((contact_id, basis))
    if withdrawn is not None and at <= withdrawn:
        return False
    return same is None or (withdrawn is not None and same <= withdrawn)
