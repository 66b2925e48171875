"""The mail itself: subject, text, HTML and the headers that every reminder carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import cache
from typing import Final

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.models import Consent, Contact, Message, Nudge
from shop_plugin.services.nudges.letters import PairNote, mail_link, write_notes, write_subject
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.languages import language_of
from shop_plugin.services.transport.repeating import key_headers

#: By these a mail is found again in what a provider reports: a provider may change the Message-ID.
ID_HEADER: Final = "X-Footback-ID"
METADATA_KEY: Final = "fb"


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail before it is addressed."""

    subject: str
    text: str
    html: str


def compose_mail(
    message: Message, *, nudges: Sequence[Nudge], now: datetime, redirect_to: str = ""
) -> EmailMultiAlternatives:
    """Return the mail of a message, ready to be handed over.

    ``message`` comes with its contact, ``nudges`` with
    ``purchase__listing__profile``. With ``redirect_to`` the mail goes there
    and nowhere else. The Message-ID depends on the message alone, so that
    every attempt carries the same.
    """
    contact = message.contact
    letter = write_letter(contact, nudges=nudges, now=now)
    with translation.override(language_of(contact)):
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


def write_letter(contact: Contact, *, nudges: Sequence[Nudge], now: datetime) -> Letter:
    """Return subject, text and HTML in the person's language, where footback speaks it."""
    with translation.override(language_of(contact)):
        notes = write_notes(nudges, today=shop_day(now))
        context = _context(contact, notes)
        subject = write_subject(notes)
        context["subject"] = subject
        text = render_to_string("footback/email/nudge.txt", context)
        html = _inliner().inline(render_to_string("footback/email/nudge.html", context))
    return Letter(subject=subject, text=text, html=html)


def message_id_header(message: Message) -> str:
    """Return the Message-ID: a function of the message's uuid and the sender's domain."""
    return f"<fb.{message.uuid}@{sender_domain()}>"


def sender_domain() -> str:
    """Return the domain that mails come from."""
    return parseaddr(get_settings().SENDER)[1].rpartition("@")[2] or "localhost"


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
        "List-Id": formataddr((_("Shoe care notes"), list_id)),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Feedback-ID": f"nudge:footback:{sender_domain()}",
        **key_headers(message),
    }


def six_points() -> tuple[str, ...]:
    """Return the check that anybody can make at home (domain reference, section 9.4)."""
    return (
        _("Midsole: deep creases along the side that do not go away?"),
        _("Heel: stand the pair on a table. Does it lean to one side?"),
        _("Tread: worn smooth where you land or push off?"),
        _("Cushioning: press with your thumb. Hard where it used to give?"),
        _("Insole: flat, cracked or moved?"),
        _("Feel: do your feet notice after a usual day that something has changed?"),
    )


def why_written(contact: Contact) -> str:
    """Return why this person gets the note, and how many there are at most."""
    options = get_settings()
    latest = contact.consents.order_by("-at", "-pk").first()
    if latest is not None and latest.basis == Consent.Basis.EXPRESS:
        reason = _("You get this note because you asked %(shop)s for care notes on your shoes.")
    else:
        reason = _("You get this note because you bought these shoes from %(shop)s.")
    limit = _(
        "You get at most two for a pair, unless you ask to be reminded, "
        "with at least %(days)d days between two notes."
    )
    told = reason % {"shop": clean_line(options.SHOP_NAME, limit=80)}
    return f"{told} {limit % {'days': options.MIN_DAYS_BETWEEN_MAILS}}"


def _context(contact: Contact, notes: tuple[PairNote, ...]) -> dict[str, object]:
    options = get_settings()
    return {
        "notes": notes,
        "first_name": clean_line(contact.first_name, limit=40),
        "checks": six_points(),
        "why": why_written(contact),
        "shop_name": clean_line(options.SHOP_NAME, limit=80),
        "postal_address": _postal_address(),
        "repair_url": options.REPAIR_URL,
        "preferences_url": mail_link("footback:preferences", contact.unsubscribe_token),
        "unsubscribe_url": mail_link("footback:unsubscribe", contact.unsubscribe_token),
        "language": translation.get_language(),
        "is_rtl": translation.get_language_bidi(),
    }


def _postal_address() -> str:
    """Return the postal address on one line, with the shop's name before it where it lacks it."""
    options = get_settings()
    name = clean_line(options.SHOP_NAME, limit=80)
    address = clean_line(options.POSTAL_ADDRESS, limit=200)
    return address if name in address else f"{name}, {address}"


@cache
def _inliner() -> css_inline.CSSInliner:
    """Return the inliner; it never loads anything from elsewhere."""
    return css_inline.CSSInliner(load_remote_stylesheets=False)
