"""Erasing a person: all that is held goes, the keyed hash of the address stays on the list.

What remains are counters without a person (mails in their last state) and one
row per account that only says "erased", so that the host's next sync brings
nothing back. Backups are another matter: :func:`reapply_erasures`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from shop_plugin.conf import get_settings
from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Contact,
    JobRun,
    Message,
    Nudge,
    Purchase,
    RefusedRow,
    Suppression,
    WebhookEvent,
)
from shop_plugin.services.people.consent import (
    cancel_waiting,
    hash_email,
    lock_person,
    make_unsubscribe_token,
)
from shop_plugin.services.people.contacts import tombstone_key
from shop_plugin.signals import contact_erased

ERASED = "erased"
# Shorter ids stand in other rows by chance.
_SHORTEST_TELLING_ID = 5


class ErasureLogError(Exception):
    """The file of erasures cannot be written or read; nothing was erased."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased. ``mails_kept`` are rows without address, name or text, for the counters."""

    accounts: int = 0
    pairs: int = 0
    notes: int = 0
    mails_cancelled: int = 0
    mails_kept: int = 0
    attempts: int = 0
    refused_rows: int = 0

    @property
    def was_known(self) -> bool:
        """Tell whether there was anybody to erase."""
        return self.accounts > 0


def find_accounts(*, email: str = "", contact_id: int | None = None) -> list[Contact]:
    """Return every account of a person that was not erased: by address, or by one account."""
    if contact_id is not None:
        own = Contact.objects.filter(pk=contact_id, erased_at=None).first()
        if own is None or not own.email_hash:
            return [own] if own else []
        email_hash = own.email_hash
    else:
        email_hash = hash_email(email)
    return list(Contact.objects.filter(email_hash=email_hash, erased_at=None).order_by("pk"))


def erase_person(
    *,
    now: datetime,
    email: str = "",
    contact_id: int | None = None,
    actor_id: int | None = None,
    reason: str = "",
    only_source: str = "",
) -> Erasure:
    """Erase every account with an address, for good; a second time does nothing.

    With ``only_source`` the accounts of that source alone are erased, and the
    address is not forbidden: it is the shop that gives the source up.

    Waiting mails are cancelled; one that is being handed over at this moment
    cannot be called back. The host hears of it by the signal
    ``contact_erased`` once it is done.

    :raises ErasureLogError: when ``ERASURE_LOG`` is set and cannot be written.
    """
    found = find_accounts(email=email, contact_id=contact_id)
    if only_source:
        found = [contact for contact in found if contact.source == only_source]
    if not found:
        return Erasure()
    with transaction.atomic():
        # Pairs first, in the order of their keys, then the person: as everybody locks them.
        keys = [contact.pk for contact in found]
        list(
            Purchase.objects.filter(contact_id__in=keys)
            .order_by("pk")
            .select_for_update()
            .values_list("pk")
        )
        lock_person(keys[0])
        accounts = list(Contact.objects.filter(pk__in=keys, erased_at=None).order_by("pk"))
        if not accounts:
            return Erasure()
        done = _erase(accounts)
        if not only_source:
            _suppress({contact.email_hash for contact in accounts} - {""}, now)
        told = [(contact.source, contact.external_id) for contact in accounts]
        _make_tombstones(accounts, now)
        AuditEntry.objects.create(
            action="erase",
            subject=f"contact:{keys[0]}",
            after=asdict(done),
            reason=reason[:300],
            actor_id=actor_id,
            at=now,
        )
        transaction.on_commit(
            lambda: contact_erased.send_robust(
                sender=Contact, contact_ids=tuple(keys), accounts=tuple(told)
            )
        )
    return done


def forbid_address(*, email: str, now: datetime) -> None:
    """Put an address on the list of the erased, whoever it belongs to.

    :raises ErasureLogError: when ``ERASURE_LOG`` is set and cannot be written.
    """
    email_hash = hash_email(email)
    if not Suppression.objects.filter(email_hash=email_hash, erased_at__isnull=False).exists():
        _suppress({email_hash}, now)


def reapply_erasures(*, now: datetime, log: str = "") -> Erasure:
    """Erase again whoever was erased before and is back, as after a restored backup.

    Known are the erasures on the list of addresses never to be written to and
    those in ``log``, or in ``ERASURE_LOG`` where none is named. Somebody who
    became a customer again after the erasure is left alone.

    :raises ErasureLogError: for a file that cannot be read.
    """
    erased_at = dict(_read_log(log or get_settings().ERASURE_LOG))
    for row in Suppression.objects.exclude(erased_at=None):
        if row.erased_at is not None:
            known = erased_at.get(row.email_hash, row.erased_at)
            erased_at[row.email_hash] = max(row.erased_at, known)
    total = Erasure()
    back = Contact.objects.filter(email_hash__in=list(erased_at), erased_at=None)
    for pk, email_hash, created_at in back.values_list("pk", "email_hash", "created_at"):
        if created_at <= erased_at[email_hash]:
            done = erase_person(contact_id=pk, now=now, reason="erased before, and back")
            total = _add(total, done)
    return total


def count_erased() -> int:
    """Return how many addresses are on the list because their person was erased."""
    return Suppression.objects.exclude(erased_at=None).count()


def _erase(accounts: Sequence[Contact]) -> Erasure:
    keys = [contact.pk for contact in accounts]
    cancelled = cancel_waiting(contact_ids=keys, reason=ERASED)
    pairs = Purchase.objects.filter(contact_id__in=keys)
    pair_keys = list(pairs.values_list("pk", flat=True))
    _forget_changes(keys, pair_keys)
    attempts, _ = Attempt.objects.filter(message__contact_id__in=keys).delete()
    WebhookEvent.objects.filter(message__contact_id__in=keys).delete()
    notes, _ = Nudge.objects.filter(purchase_id__in=pair_keys).delete()
    pairs.delete()
    return Erasure(
        accounts=len(accounts),
        pairs=len(pair_keys),
        notes=notes,
        mails_cancelled=cancelled,
        mails_kept=Message.objects.filter(contact_id__in=keys).count(),
        attempts=attempts,
        refused_rows=_blank_refused_rows(accounts),
    )


def _forget_changes(contact_keys: Sequence[int], pair_keys: Sequence[int]) -> None:
    """Delete what the log says that the person said of pairs and mails; erasures stay in it."""
    subjects = [f"contact:{pk}" for pk in contact_keys] + [f"purchase:{pk}" for pk in pair_keys]
    AuditEntry.objects.filter(subject__in=subjects).exclude(action="erase").delete()


def _blank_refused_rows(accounts: Sequence[Contact]) -> int:
    """Empty what imports kept of rows that name the person; their place and code stay."""
    needles = {contact.email for contact in accounts if contact.email}
    needles |= {c.external_id for c in accounts if len(c.external_id) >= _SHORTEST_TELLING_ID}
    said, failed = Q(), Q()
    for needle in sorted(needles):
        said |= Q(raw__icontains=needle) | Q(reason__icontains=needle)
        failed |= Q(error__icontains=needle)
    if not needles:
        return 0
    JobRun.objects.filter(failed).update(error=ERASED)
    return RefusedRow.objects.filter(said).update(raw="", reason=ERASED)


def _suppress(email_hashes: Iterable[str], now: datetime) -> None:
    for email_hash in sorted(email_hashes):
        Suppression.objects.update_or_create(
            email_hash=email_hash,
            defaults={"erased_at": now, "ends_at": None},
            create_defaults={"reason": Suppression.Reason.ERASED, "at": now, "erased_at": now},
        )
        _note(email_hash, now)


def _make_tombstones(accounts: Sequence[Contact], now: datetime) -> None:
    for contact in accounts:
        Contact.objects.filter(pk=contact.pk).update(
            external_id=tombstone_key((contact.source, contact.external_id)),
            email="",
            email_hash="",
            is_mailable=False,
            first_name="",
            language="",
            chosen_language="",
            own_mails_per_year=None,
            own_days_between=None,
            country="",
            timezone="",
            unsubscribe_token=make_unsubscribe_token(),
            erased_at=now,
        )


def _note(email_hash: str, now: datetime) -> None:
    """Add an erasure to the file that outlives a restored backup, where the shop has set one.

    :raises ErasureLogError: when it cannot be written; the erasure is then rolled back.
    """
    path = get_settings().ERASURE_LOG
    if not path:
        return
    try:
        with Path(path).open("a", encoding="ascii") as log:
            log.write(f"{now.isoformat()} {email_hash}\n")
            log.flush()
            os.fsync(log.fileno())
    except OSError as error:
        raise ErasureLogError(f"ERASURE_LOG cannot be written: {error}") from error


def _read_log(path: str) -> Mapping[str, datetime]:
    if not path or (path == get_settings().ERASURE_LOG and not Path(path).exists()):
        return {}
    erased: dict[str, datetime] = {}
    try:
        for number, line in enumerate(Path(path).read_text(encoding="ascii").splitlines(), 1):
            at, _, email_hash = line.strip().partition(" ")
            if email_hash:
                erased[email_hash.strip()] = datetime.fromisoformat(at)
            elif at:
                raise ErasureLogError(f"{path}, line {number}: no time and hash")
    except (OSError, ValueError) as error:
        raise ErasureLogError(f"{path} cannot be read: {error}") from error
    return erased


def _add(first: Erasure, second: Erasure) -> Erasure:
    other = asdict(second)
    return Erasure(**{name: value + other[name] for name, value in asdict(first).items()})
