"""Erasures that a host asks for, several people at once, by its own ids or by addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from shop_plugin.models import Contact, Purchase
from shop_plugin.services.people.contacts import email_key, usable_address
from shop_plugin.services.people.erasure import erase_person, find_accounts, forbid_address
from shop_plugin.services.people.host_wishes import set_stone

MOST_PEOPLE = 100


class ErasureState(StrEnum):
    """What became of one request. "erased" says that nothing is held, not that something was."""

    ERASED = "erased"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PersonToErase:
    """Whom a host speaks of: its own customer's id in ``source``, an address, or both."""

    source: str = ""
    customer_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ErasureOutcome:
    """What became of one request; ``code`` and ``detail`` say why it was refused."""

    state: ErasureState
    code: str = ""
    detail: str = ""


def erase_people(
    *,
    people: Sequence[PersonToErase],
    now: datetime,
    only_source: str = "",
    author: AbstractBaseUser | None = None,
    reason: str = "",
) -> tuple[ErasureOutcome, ...]:
    """Erase these people as :func:`~shop_plugin.services.people.erasure.erase_person` does.

    The answer tells in their order; it is the same for somebody who is not
    known and for somebody who was: neither comes in by a later order. With
    ``only_source`` nobody of another source is touched, and whoever names one
    is refused. All of it is one transaction: where it cannot be done, nobody
    was erased.

    :raises ValueError: for more than :data:`MOST_PEOPLE`.
    :raises ErasureLogError: when ``ERASURE_LOG`` is set and cannot be written.
    """
    if len(people) > MOST_PEOPLE:
        raise ValueError(f"at most {MOST_PEOPLE} people at a time")
    outcomes = tuple(_judge(person, only_source) for person in people)
    with transaction.atomic():
        found: dict[int, Contact] = {}
        for person, outcome in zip(people, outcomes, strict=True):
            if outcome.state is ErasureState.ERASED:
                found.update((row.pk, row) for row in _find(person, only_source))
        _lock_pairs(found)
        for pk in sorted(found):
            erase_person(
                contact_id=pk,
                only_source=only_source,
                now=now,
                actor_id=None if author is None else author.pk,
                reason=reason,
            )
        for person, outcome in zip(people, outcomes, strict=True):
            if outcome.state is ErasureState.ERASED:
                _keep_out(person, only_source, now)
    return outcomes


def _keep_out(person: PersonToErase, only_source: str, now: datetime) -> None:
    """See to it that nothing of the person comes in later, as by an order that is under way."""
    source = person.source or only_source
    if person.customer_id:
        set_stone((source, person.customer_id), now)
    if person.email and source:
        set_stone((source, email_key(person.email)), now)
    if person.email and not only_source:
        forbid_address(email=person.email, now=now)


def _judge(person: PersonToErase, only_source: str) -> ErasureOutcome:
    if not person.customer_id and not person.email:
        return _refused("nobody_named", _("Name a customer_id, an email, or both."))
    if person.email and not usable_address(person.email):
        return _refused("not_an_address", _("This is not a mail address."))
    if person.customer_id and not person.source:
        return _refused("source_missing", _("Name the source whose customer_id this is."))
    if only_source and person.source not in ("", only_source):
        return _refused("foreign_source", _("This key is for another source."))
    return ErasureOutcome(ErasureState.ERASED)


def _refused(code: str, detail: str) -> ErasureOutcome:
    return ErasureOutcome(ErasureState.REFUSED, code, detail)


def _find(person: PersonToErase, only_source: str) -> list[Contact]:
    """Return one account by the host's id, and all that share its address or the one named."""
    found: list[Contact] = []
    if person.customer_id:
        named = Contact.objects.filter(
            source=person.source, external_id=person.customer_id, erased_at=None
        )
        for pk in named.values_list("pk", flat=True):
            found += find_accounts(contact_id=pk, only_source=only_source)
    if person.email:
        found += find_accounts(email=person.email, only_source=only_source)
    return found


def _lock_pairs(found: dict[int, Contact]) -> None:
    """Lock the pairs of all of them at once, in the order in which imports and answers do."""
    hashes = {row.email_hash for row in found.values()} - {""}
    pairs = Purchase.objects.filter(contact_id__in=list(found)).order_by("pk")
    list(pairs.select_for_update().values_list("pk"))
    if hashes:
        people = Contact.objects.filter(email_hash__in=sorted(hashes)).order_by("pk")
        list(people.select_for_update().values_list("pk"))
