"""The mail itself: subject, text, HTML and the headers that every reminder carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.models import Consent, Contact, Message, Nudge
from shop_plugin.services.nudges.addresses import mail_link
from shop_plugin.services.nudges.letter_templates import render_letter
from shop_plugin.services.nudges.letters import PairNote, write_notes, write_subject
from shop_plugin.services.nudges.replacements import SizeSystems, load_size_systems
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.languages import language_of
from shop_plugin.services.transport.repeating import key_headers

#: By these a mail is found again in what a provider reports: a provider may change the Message-ID.
ID_HEADER: Final = "X-Footback-ID"
METADATA_KEY: Final = "fb"


TEXT_TEMPLATE: Final = "footback/email/nudge.txt"
HTML_TEMPLATE: Final = "footback/email/nudge.html"
#: Gmail cuts off what is longer than 102 KB, the way to unsubscribe with it.
LARGEST_HTML_BYTES: Final = 80_000
TOO_LARGE: Final = "too_large"


class TooLargeError(ValueError):
    """A letter's HTML is longer than mail clients show."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What letters need besides nudges, pairs and shoes, for one person or for many.

    ``bases`` holds each person's latest consent, by contact id.
    """

    bases: Mapping[int, str]
    systems: SizeSystems


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail before it is addressed."""

    subject: str
    text: str
    html: str

    @property
    def is_too_large(self) -> bool:
        """Tell whether mail clients would cut the letter short."""
        return len(self.html.encode()) > LARGEST_HTML_BYTES


def load_letter_facts(contacts: Iterable[Contact], nudges: Iterable[Nudge]) -> LetterFacts:
    """Return what the letters of many people need besides their nudges, in two queries."""
    people = {contact.pk for contact in contacts}
    rows = Consent.objects.filter(contact_id__in=people).order_by("at", "pk")
    return LetterFacts(
        bases=dict(rows.values_list("contact_id", "basis")) if people else {},
        systems=load_size_systems(nudge.purchase for nudge in nudges),
    )


def compose_mail(
    message: Message,
    *,
    nudges: Sequence[Nudge],
    now: datetime,
    redirect_to: str = "",
    facts: LetterFacts | None = None,
) -> EmailMultiAlternatives:
    """Return the mail of a message, ready to be handed over.

    ``message`` comes with its contact, ``nudges`` with
    ``purchase__listing__profile``, and ``facts`` where they were loaded for
    many. With ``redirect_to`` the mail goes there and nowhere else. The
    Message-ID depends on the message alone, so that every attempt carries
    the same.
    """
    contact = message.contact
    with translation.override(language_of(contact)):
        letter = _write_letter(contact, nudges=nudges, now=now, facts=facts)
        headers = make_headers(message)
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=get_settings().SENDER,
        to=[redirect_to or contact.email],
        headers=headers,
    )
    mail.attach_alternative(letter.html, "text/html")
    # django-anymail hands this to the provider, whose reports bring it back.
    mail.metadata = {METADATA_KEY: str(message.uuid)}  # type: ignore[attr-defined]
    return mail


def write_letter(
    contact: Contact,
    *,
    nudges: Sequence[Nudge],
    now: datetime,
    facts: LetterFacts | None = None,
    language: str = "",
) -> Letter:
    """Return subject, text and HTML in the person's language, where footback speaks it.

    A letter that would be too large is written without the pairs that it offers.

    :raises TooLargeError: for a letter that mail clients would cut short.
    """
    with translation.override(language or language_of(contact)):
        return _write_letter(contact, nudges=nudges, now=now, facts=facts)


def _write_letter(
    contact: Contact, *, nudges: Sequence[Nudge], now: datetime, facts: LetterFacts | None
) -> Letter:
    """Return the letter in the active language."""
    facts = facts or load_letter_facts([contact], nudges)
    notes = write_notes(nudges, today=shop_day(now), systems=facts.systems, country=contact.country)
    letter = _write(contact, notes, basis=facts.bases.get(contact.pk, ""))
    if letter.is_too_large:
        # What is offered besides is the first thing that a reader can do without.
        bare = tuple(replace(note, alternatives=()) for note in notes)
        letter = _write(contact, bare, basis=facts.bases.get(contact.pk, ""))
    if letter.is_too_large:
        raise TooLargeError(f"more than {LARGEST_HTML_BYTES:,} bytes of HTML")
    return letter


def _write(contact: Contact, notes: tuple[PairNote, ...], *, basis: str) -> Letter:
    subject = write_subject(notes)
    context = {**letter_values(contact, notes, basis=basis), "subject": subject}
    text = render_letter(TEXT_TEMPLATE, context)
    return Letter(subject=subject, text=text, html=render_letter(HTML_TEMPLATE, context))


def message_id_header(message: Message) -> str:
    """Return the Message-ID of a message."""
    return message_id_of(message.uuid)


def message_id_of(uuid: UUID | None) -> str:
    """Return the Message-ID: a function of the message's uuid and the sender's domain."""
    return f"<fb.{uuid}@{sender_domain()}>"


def sender_domain() -> str:
    """Return the domain that mails come from."""
    return _domain_of(get_settings().SENDER)


@lru_cache(maxsize=8)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def make_headers(message: Message) -> dict[str, str]:
    """Return the headers of a reminder: one-click unsubscribe (RFC 8058), list, automatic."""
    options = get_settings()
    list_id = options.LIST_ID or f"nudges.{sender_domain()}"
    unsubscribe = mail_link("footback:unsubscribe", message.contact.unsubscribe_token)
    return {
        "Message-ID": message_id_header(message),
        ID_HEADER: str(message.uuid),
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": _name_list(list_id, translation.get_language() or ""),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Feedback-ID": f"nudge:footback:{sender_domain()}",
        **key_headers(message),
    }


@lru_cache(maxsize=64)
def _name_list(list_id: str, language: str) -> str:
    return formataddr((_("Shoe care notes"), list_id))


def why_written(basis: str) -> str:
    """Return why a person of that latest basis gets the note, and how many there are at most."""
    options, is_asked = get_settings(), basis == Consent.Basis.EXPRESS
    language = translation.get_language() or ""
    return _say_why(is_asked, options.SHOP_NAME, options.MIN_DAYS_BETWEEN_MAILS, language)


@lru_cache(maxsize=64)
def _say_why(is_asked: bool, shop: str, days: int, language: str) -> str:
    if is_asked:
        reason = _("You get this note because you asked %(shop)s for care notes on your shoes.")
    else:
        reason = _("You get this note because you bought these shoes from %(shop)s.")
    limit = _(
        "You get at most two for a pair, unless you ask to be reminded, "
        "with at least %(days)d days between two notes."
    )
    return f"{reason % {'shop': clean_line(shop, limit=80)}} {limit % {'days': days}}"


def letter_values(
    contact: Contact, notes: tuple[PairNote, ...], *, basis: str
) -> dict[str, object]:
    """Return what the templates of a mail are given, in the active language."""
    options = get_settings()
    return {
        "notes": notes,
        "first_name": clean_line(contact.first_name, limit=40),
        "why": why_written(basis),
        "shop_name": _name_shop(options.SHOP_NAME),
        "postal_address": _postal_address(options.SHOP_NAME, options.POSTAL_ADDRESS),
        "repair_url": options.REPAIR_URL,
        "preferences_url": mail_link("footback:preferences", contact.unsubscribe_token),
        "unsubscribe_url": mail_link("footback:unsubscribe", contact.unsubscribe_token),
        "language": translation.get_language(),
        "is_rtl": translation.get_language_bidi(),
    }


@lru_cache(maxsize=8)
def _name_shop(name: str) -> str:
    return clean_line(name, limit=80)


@lru_cache(maxsize=8)
def _postal_address(shop: str, where: str) -> str:
    """Return the postal address on one line, with the shop's name before it where it lacks it."""
    name, address = _name_shop(shop), clean_line(where, limit=200)
    return address if name in address else f"{name}, {address}"
