"""P9: mails a second to a server on this machine, ours beside the plain ways of doing the same.

Four ways write the very same mails, from rows that were read beforehand for
all of them, so that writing and handing over is what is compared:

- ``footback``: as its workers do it, through Django's SMTP backend;
- ``django_cached``: Django's own templates, loaded and compiled once, Django's
  own mail class, one connection;
- ``naive``: the same, its style inlined mail by mail, a connection for each.

``whole`` is footback with all that makes it safe: claims, gates, the fence
under the person's lock and its commit, and the commit of what came of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from bench.nudges.rows import make_ready_again
from shop_plugin.conf import get_settings
from shop_plugin.models import Message
from shop_plugin.services.nudges import mailing
from shop_plugin.services.nudges.delivery import claim_messages, deliver_messages
from shop_plugin.services.nudges.handing import Claim
from shop_plugin.services.nudges.letter_templates import inline_style, inliner
from shop_plugin.services.nudges.letters import write_notes, write_subject
from shop_plugin.services.shop.clock import read_database_clock, shop_day
from shop_plugin.services.shop.languages import language_of
from shop_plugin.services.transport.smtp import Result, Transport

Rates = dict[str, float]


def measure(count: int, check: Callable[[str], None]) -> Rates:
    """Send ``count`` mails in each way; ``check`` is told the way's name after each."""
    make_ready_again()
    now = read_database_clock()
    claims = claim_messages(limit=count, now=now)
    contacts = [claim.message.contact for claim in claims]
    facts = mailing.load_letter_facts(contacts, [n for claim in claims for n in claim.nudges])
    few = claims[: max(count // 5, 1)]
    rates: Rates = {}
    # Once before it counts, so that each way finds templates and offers made: a worker looks the
    # offers for a shoe and size up once in ten minutes.
    send_by_footback(claims, facts, now)
    check("warm")
    for name, mails, send in (
        ("footback", claims, send_by_footback),
        ("django_cached", claims, send_by_cached_templates),
        ("naive", few, send_naively),
    ):
        begun = time.perf_counter()
        send(mails, facts, now)
        rates[name] = len(mails) / (time.perf_counter() - begun)
        check(name)
    begun = time.perf_counter()
    write_by_cached_templates(claims, facts, now)
    rates["written"] = len(claims) / (time.perf_counter() - begun)
    make_ready_again()
    begun = time.perf_counter()
    sent = 0
    while (result := deliver_messages(now=now, budget_seconds=600)).sent:
        sent += result.sent
    rates["whole"] = sent / (time.perf_counter() - begun)
    check("whole")
    left = Message.objects.exclude(state=Message.State.SENT).count()
    if sent != count or left:
        raise SystemExit(f"{sent} of {count} mails were sent, {left} were left")
    return rates


def send_by_footback(claims: Sequence[Claim], facts: mailing.LetterFacts, now: Any) -> None:
    """Write and hand over as a worker does, with a fence that asks nothing."""
    transport = Transport()
    for claim in claims:
        mail = mailing.compose_mail(claim.message, nudges=claim.nudges, now=now, facts=facts)
        outcome = transport.hand_over(mail, fence=lambda: None)
        if outcome.result is not Result.SENT:
            raise SystemExit(f"not sent: {outcome}")
    transport.close()


def send_by_cached_templates(claims: Sequence[Claim], facts: mailing.LetterFacts, now: Any) -> None:
    """Write and send in Django's own way, with all that it offers for speed."""
    text, html = _cached_templates()
    with get_connection() as connection:
        for claim in claims:
            connection.send_messages([_compose(claim, facts, now, text, html)])


def write_by_cached_templates(
    claims: Sequence[Claim], facts: mailing.LetterFacts, now: Any
) -> None:
    """Only write them, as a shop does that puts them into somebody else's queue."""
    text, html = _cached_templates()
    for claim in claims:
        _compose(claim, facts, now, text, html)


def _cached_templates() -> tuple[Any, Any]:
    source = get_template(mailing.HTML_TEMPLATE).template.source
    return get_template(mailing.TEXT_TEMPLATE).template, Template(inline_style(source) or "")


def send_naively(claims: Sequence[Claim], facts: mailing.LetterFacts, now: Any) -> None:
    """Write and send with a new connection for each, the style inlined in each."""
    text = get_template(mailing.TEXT_TEMPLATE).template
    html = get_template(mailing.HTML_TEMPLATE).template
    for claim in claims:
        mail = _compose(claim, facts, now, text, html)
        mail.alternatives = []
        mail.attach_alternative(inliner().inline(_render(claim, facts, now, html)), "text/html")
        mail.send()


def _compose(
    claim: Claim, facts: mailing.LetterFacts, now: Any, text: Any, html: Any
) -> EmailMultiAlternatives:
    contact = claim.message.contact
    with translation.override(language_of(contact)):
        values = _values(claim, facts, now)
        mail = EmailMultiAlternatives(
            subject=values["subject"],
            body=text.render(Context(values)),
            from_email=get_settings().SENDER,
            to=[contact.email],
            headers=mailing.make_headers(claim.message),
        )
        mail.attach_alternative(html.render(Context(values)), "text/html")
    return mail


def _render(claim: Claim, facts: mailing.LetterFacts, now: Any, html: Any) -> str:
    with translation.override(language_of(claim.message.contact)):
        return str(html.render(Context(_values(claim, facts, now))))


def _values(claim: Claim, facts: mailing.LetterFacts, now: Any) -> dict[str, Any]:
    contact = claim.message.contact
    notes = write_notes(
        claim.nudges, today=shop_day(now), systems=facts.systems, country=contact.country
    )
    values = mailing.letter_values(contact, notes, basis=facts.bases.get(contact.pk, ""))
    return {**values, "subject": write_subject(notes)}
