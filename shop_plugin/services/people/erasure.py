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
from urllib.parse import quote, unquote

from django.db import transaction
from django.db.models import Q

from shop_plugin.conf import get_settings
from shop_plugin.domain.host_texts import stands_in
from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Contact,
    HostEvent,
    HostVersion,
    JobRun,
    Message,
    Nudge,
    Purchase,
    RefusedRow,
    ReturnedPairs,
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


def find_accounts(
    *, email: str = "", contact_id: int | None = None, only_source: str = ""
) -> list[Contact]:
    """Return every account of a person that was not erased: by address, or by one account.

    With ``only_source`` only those that came from it.
    """
    accounts = Contact.objects.filter(erased_at=None)
    if only_source:
        accounts = accounts.filter(source=only_source)
    if contact_id is not None:
        own = accounts.filter(pk=contact_id).first()
        if own is None or not own.email_hash:
            return [own] if own else []
        email_hash = own.email_hash
    else:
        email_hash = hash_email(email)
    return list(accounts.filter(email_hash=email_hash).order_by("pk"))


def erase_person(
    *,
    now: datetime,
    email: str = "",
    contact_id: int | None = None,
    actor_id: int | None = None,
    reason: str = "",
    only_source: str = "",
    forbids_address: bool = True,
) -> Erasure:
    """Erase every account with an address, for good; a second time does nothing.

    With ``only_source`` its accounts alone: where another source has one with
    the same address, that one stays, and so does the right to write to it.
    ``forbids_address`` is false where it is no wish of the person.
    Waiting mails are cancelled; one that is being handed over at this moment
    cannot be called back. The host hears of it by the signal
    ``contact_erased`` once it is done.

    :raises ErasureLogError: when ``ERASURE_LOG`` is set and cannot be written.
    """
    found = find_accounts(email=email, contact_id=contact_id, only_source=only_source)
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
        done = _erase(accounts, only_source)
        if forbids_address:
            _suppress({contact.email_hash for contact in accounts} - {""}, now, keys, only_source)
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
            known = erased_at.get((row.email_hash, ""), row.erased_at)
            erased_at[row.email_hash, ""] = max(row.erased_at, known)
    total = Erasure()
    hashes = sorted({email_hash for email_hash, _ in erased_at})
    back = Contact.objects.filter(email_hash__in=hashes, erased_at=None)
    columns = ("pk", "email_hash", "source", "created_at")
    for pk, email_hash, own_source, created_at in back.values_list(*columns):
        for source in ("", own_source):
            at = erased_at.get((email_hash, source))
            if at is not None and created_at <= at:
                done = erase_person(
                    contact_id=pk, only_source=source, now=now, reason="erased before, and back"
                )
                total = _add(total, done)
                break
    return total


def count_erased() -> int:
    """Return how many addresses are on the list because their person was erased."""
    return Suppression.objects.exclude(erased_at=None).count()


def _erase(accounts: Sequence[Contact], only_source: str) -> Erasure:
    keys = [contact.pk for contact in accounts]
    cancelled = cancel_waiting(contact_ids=keys, reason=ERASED)
    pairs = Purchase.objects.filter(contact_id__in=keys)
    pair_keys = list(pairs.values_list("pk", flat=True))
    _forget_changes(keys, pair_keys)
    _forget_lines(list(pairs.values_list("source", "external_id")))
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
        refused_rows=_blank_refused_rows(accounts, only_source) + _drop_bodies(accounts),
    )


def _forget_changes(contact_keys: Sequence[int], pair_keys: Sequence[int]) -> None:
    """Delete what the log says that the person said of pairs and mails; erasures stay in it."""
    subjects = [f"contact:{pk}" for pk in contact_keys] + [f"purchase:{pk}" for pk in pair_keys]
    AuditEntry.objects.filter(subject__in=subjects).exclude(action="erase").delete()


def _forget_lines(lines: Sequence[tuple[str, str]]) -> None:
    """Delete what webhooks told of these order lines: their returns, and how new the last word is.

    Without them a late webhook of a line is as new, and nothing is kept of it all the same.
    """
    for source in {source for source, _line in lines}:
        names = [line for own, line in lines if own == source]
        ReturnedPairs.objects.filter(source=source, purchase_external_id__in=names).delete()
        HostVersion.objects.filter(
            kind=HostVersion.Kind.PURCHASE, source=source, name__in=names
        ).delete()


def _blank_refused_rows(accounts: Sequence[Contact], only_source: str) -> int:
    """Empty what imports kept of rows that name the person; their place and code stay."""
    runs, rows = JobRun.objects.all(), RefusedRow.objects.all()
    if only_source:
        runs, rows = runs.filter(source=only_source), rows.filter(run__source=only_source)
    needles = {contact.email for contact in accounts if contact.email}
    needles |= {c.external_id for c in accounts if len(c.external_id) >= _SHORTEST_TELLING_ID}
    said, failed = Q(), Q()
    for needle in sorted(needles):
        said |= Q(raw__icontains=needle) | Q(reason__icontains=needle)
        failed |= Q(error__icontains=needle)
    if not needles:
        return 0
    runs.filter(failed).update(error=ERASED)
    return rows.filter(said).update(raw="", reason=ERASED)


def _drop_bodies(accounts: Sequence[Contact]) -> int:
    """Delete the bodies of failed webhooks that name the person; that they came stays.

    A webhook that still waits keeps its body: once it is carried out, nothing
    of an erased person is kept, and the body goes.
    """
    names = {contact.email for contact in accounts if contact.email}
    names |= {c.external_id for c in accounts if len(c.external_id) >= _SHORTEST_TELLING_ID}
    failed = HostEvent.objects.filter(
        state__in=(HostEvent.State.FAILED, HostEvent.State.REFUSED), body__isnull=False
    )
    naming = [
        event.pk
        for event in failed.only("pk", "body").order_by("pk").iterator(chunk_size=20)
        if stands_in(bytes(event.body or b""), names)
    ]
    return HostEvent.objects.filter(pk__in=naming).update(body=None, error=ERASED)


def _suppress(
    email_hashes: Iterable[str],
    now: datetime,
    erased: Sequence[int] = (),
    only_source: str = "",
) -> None:
    """Put addresses on the list, but for one at which another source has a customer."""
    others = Contact.objects.filter(erased_at=None).exclude(pk__in=erased)
    for email_hash in sorted(email_hashes):
        if only_source and others.filter(email_hash=email_hash).exists():
            _note(email_hash, now, only_source)
            continue
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


def _note(email_hash: str, now: datetime, source: str = "") -> None:
    """Add an erasure to the file that outlives a restored backup, where the shop has set one.

    One of a single source has that behind the hash, its unusual characters escaped.

    :raises ErasureLogError: when it cannot be written; the erasure is then rolled back.
    """
    path = get_settings().ERASURE_LOG
    if not path:
        return
    try:
        with Path(path).open("a", encoding="ascii") as log:
            log.write(f"{now.isoformat()} {email_hash} {quote(source)}".rstrip() + "\n")
            log.flush()
            os.fsync(log.fileno())
    except OSError as error:
        raise ErasureLogError(f"ERASURE_LOG cannot be written: {error}") from error


def _read_log(path: str) -> Mapping[tuple[str, str], datetime]:
    """Return when each address was erased, by its hash and the source, empty for all sources."""
    if not path or (path == get_settings().ERASURE_LOG and not Path(path).exists()):
        return {}
    erased: dict[tuple[str, str], datetime] = {}
    try:
        for number, line in enumerate(Path(path).read_text(encoding="ascii").splitlines(), 1):
            if not line.strip():
                continue
            at, *rest = line.split()
            if rest:
                source = unquote(rest[1]) if len(rest) > 1 else ""
                erased[rest[0], source] = datetime.fromisoformat(at)
            else:
                raise ErasureLogError(f"{path}, line {number}: no time and hash")
    except (OSError, ValueError) as error:
        raise ErasureLogError(f"{path} cannot be read: {error}") from error
    return erased


def _add(first: Erasure, second: Erasure) -> Erasure:
    other = asdict(second)
    return Erasure(**{name: value + other[name] for name, value in asdict(first).items()})
