"""Whose pairs somebody may see: by the link of a mail, or by the host's login.

The link was mailed to an address, so whoever has it reads that mailbox, and
sees the pairs of every account with that address. A login proves no more than
the host says it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from shop_plugin.models import Contact
from shop_plugin.services.people.consent import find_by_token, hash_email
from shop_plugin.services.people.host_hooks import ask_contact_of


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose pairs may be shown: the keys of their accounts, the first one first.

    Only with ``is_address_proven`` may they change what is mailed to the address.
    """

    contact_ids: tuple[int, ...]
    is_address_proven: bool


def find_person_by_token(token: str) -> Person | None:
    """Return whose mailbox a link was mailed to; ``None`` for a token that does not exist."""
    contact = find_by_token(token)
    if contact is None:
        return None
    others = _with_address(contact.email_hash).exclude(pk=contact.pk)
    return Person((contact.pk, *others.values_list("pk", flat=True)), is_address_proven=True)


def find_person_of_user(user: Any, *, now: datetime) -> Person | None:
    """Return whose pairs a signed-in user of the host may see, as ``CONTACT_FOR_USER`` says.

    The function returns the user's e-mail address where the host has verified
    it, or the host's own id of the customer, or an empty text for nobody. An
    address opens every account that has it. An id opens that one account
    alone, and nothing about mails: the address of an account may be somebody
    else's.

    :raises HookFailedError: when the function fails: nobody can tell who that is.
    """
    if user is None or not user.is_authenticated:
        return None
    key = ask_contact_of(user, now=now)
    if not key or "\x00" in key:
        return None
    if "@" in key:
        ids = tuple(_with_address(hash_email(key)).values_list("pk", flat=True))
        return Person(ids, is_address_proven=True) if ids else None
    alone = list(
        Contact.objects.filter(external_id=key, erased_at=None).values_list("pk", flat=True)[:2]
    )
    # Two sources with one id are two customers, and nobody can tell which one this is.
    return Person((alone[0],), is_address_proven=False) if len(alone) == 1 else None


def _with_address(email_hash: str) -> QuerySet[Contact]:
    if not email_hash:
        return Contact.objects.none()
    return Contact.objects.filter(email_hash=email_hash, erased_at=None).order_by("pk")
