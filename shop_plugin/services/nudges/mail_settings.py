"""What a person sets about mails as a whole: on or off, how often at most, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from shop_plugin.domain.consent_rules import ConsentBasis
from shop_plugin.models import AuditEntry, Contact
from shop_plugin.services.people.consent import (
    find_suppression,
    get_basis,
    is_own_no,
    lock_person,
    subscribe_contact,
    unsubscribe_contact,
)
from shop_plugin.services.people.personal_access import Person
from shop_plugin.services.shop.languages import language_of, offered_languages
from shop_plugin.services.shop.policy import get_policy

#: The sentence that somebody agrees to who asks for the notes again (mail_settings.html).
WORDING: Final = "pairs-1"
DAYS_BETWEEN: Final = (60, 90, 180)
MAILS_PER_YEAR: Final = (1, 2, 3)

CHANGED: Final = "mail_settings"
_WISHES = ("own_days_between", "own_mails_per_year", "chosen_language")


class ImpossibleSettingError(ValueError):
    """The setting is none of those that are offered."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What holds for a person's mails, and what they may choose from.

    ``is_off`` with ``is_lasting`` is a no that they cannot take back here: a
    dead address, a complaint, an entry by staff; ``rests_until`` is its end,
    where it has one. ``can_undo`` tells that a change of pace or language can
    be taken back.
    """

    is_off: bool = False
    is_lasting: bool = False
    rests_until: datetime | None = None
    initial: str = ""
    days_between: int | None = None
    mails_per_year: int | None = None
    language: str = ""
    shop_days_between: int = 0
    shop_mails_per_year: int = 0
    languages: tuple[tuple[str, str], ...] = ()
    days_choices: tuple[int, ...] = ()
    mails_choices: tuple[int, ...] = ()
    can_undo: bool = False

    @property
    def days_in_force(self) -> int:
        """Return how many days lie between two mails at least: a person's own wish, if fewer."""
        return max(self.days_between or 0, self.shop_days_between)

    @property
    def mails_in_force(self) -> int:
        """Return how many mails a year come at most."""
        own = self.mails_per_year
        return self.shop_mails_per_year if own is None else min(own, self.shop_mails_per_year)


def read_mail_settings(person: Person | None, *, now: datetime) -> MailSettings:
    """Return what holds for a person; for nobody, what holds for one who has set nothing."""
    contact = Contact.objects.filter(pk=person.contact_ids[0]).first() if person else None
    own = find_suppression(contact.email_hash, now=now) if contact else None
    policy = get_policy()
    languages = offered_languages()
    return MailSettings(
        is_off=own is not None
        or (contact is not None and get_basis(contact.pk) is ConsentBasis.NONE),
        is_lasting=own is not None and not is_own_no(own),
        rests_until=own.ends_at if own else None,
        initial=contact.first_name.strip()[:1].upper() if contact else "",
        days_between=contact.own_days_between if contact else None,
        mails_per_year=contact.own_mails_per_year if contact else None,
        language=language_of(contact or Contact()),
        shop_days_between=policy.min_days_between_mails,
        shop_mails_per_year=policy.max_mails_per_year,
        languages=languages if len(languages) > 1 else (),
        days_choices=tuple(d for d in DAYS_BETWEEN if d > policy.min_days_between_mails),
        mails_choices=tuple(n for n in MAILS_PER_YEAR if n < policy.max_mails_per_year),
        can_undo=_find_last_change(contact) is not None,
    )


def stop_mails(*, person: Person | None, now: datetime, where: str) -> None:
    """Stop all mails to a person, at once; for nobody, do nothing."""
    if person is not None:
        unsubscribe_contact(contact_id=person.contact_ids[0], source=where, now=now)


def start_mails(*, person: Person | None, now: datetime, where: str) -> None:
    """Allow mails again to a person who has just asked for them, as express consent."""
    if person is not None:
        subscribe_contact(contact_id=person.contact_ids[0], source=where, wording=WORDING, now=now)


def set_pace(
    *,
    person: Person | None,
    days_between: int | None,
    mails_per_year: int | None,
    now: datetime,
    where: str,
) -> None:
    """Let a person hear less often; ``None`` leaves it to the shop. Mails never become more.

    :raises ImpossibleSettingError: for numbers that are not offered.
    """
    if days_between not in (None, *DAYS_BETWEEN) or mails_per_year not in (None, *MAILS_PER_YEAR):
        raise ImpossibleSettingError("such a pace is not offered")
    wishes = {"own_days_between": days_between, "own_mails_per_year": mails_per_year}
    _change(person, wishes, now=now, where=where)


def set_language(*, person: Person | None, language: str, now: datetime, where: str) -> None:
    """Write to a person in a language of their choice.

    :raises ImpossibleSettingError: for a language that is not offered.
    """
    if language not in {code for code, _name in offered_languages()}:
        raise ImpossibleSettingError("such a language is not offered")
    _change(person, {"chosen_language": language}, now=now, where=where)


def undo_mail_settings(*, person: Person | None, now: datetime, where: str) -> None:
    """Take back the last change of pace or language; a second time does nothing."""
    contact = Contact.objects.filter(pk=person.contact_ids[0]).first() if person else None
    last = _find_last_change(contact)
    if last is not None:
        _change(person, dict(last.before or {}), now=now, where=where, undid=last.pk)


def _change(
    person: Person | None, wishes: dict[str, Any], *, now: datetime, where: str, undid: int = 0
) -> None:
    """Set wishes for every account of a person, under the lock that the fence takes too."""
    if person is None:
        return
    with transaction.atomic():
        lock_person(person.contact_ids[0])
        people = Contact.objects.filter(pk__in=person.contact_ids)
        contact = people.get(pk=person.contact_ids[0])
        before = {name: getattr(contact, name) for name in _WISHES if name in wishes}
        if before == wishes:
            return
        people.update(**wishes)
        AuditEntry.objects.create(
            action=CHANGED,
            subject=f"contact:{contact.pk}",
            before=before,
            after={**wishes, "undid": undid},
            reason=where,
            at=now,
        )


def _find_last_change(contact: Contact | None) -> AuditEntry | None:
    """Return the entry of the last change, unless that was itself an undo."""
    if contact is None:
        return None
    entries = AuditEntry.objects.filter(action=CHANGED, subject=f"contact:{contact.pk}")
    last = entries.order_by("-pk").first()
    return None if last is None or (last.after or {}).get("undid") else last
