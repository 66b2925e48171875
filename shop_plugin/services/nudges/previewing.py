"""A mail before it is due: of a real pair, at any stage, in any language; and one sent as a test.

Nothing here counts for the person: no row of theirs is written, and the
links that would act for them are links of nobody.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_gates import GateVerdict, evaluate_gates
from shop_plugin.domain.nudge_policy import Mode, Stage, stage_dates
from shop_plugin.models import AuditEntry, Contact, Nudge, Purchase
from shop_plugin.services.nudges.mailing import Letter, write_letter
from shop_plugin.services.pairs.gate_facts import gate_facts, load_people
from shop_plugin.services.shop.clock import shop_day
from shop_plugin.services.shop.languages import language_of, offered_languages
from shop_plugin.services.shop.modes import ModeInForce, find_missing, get_mode
from shop_plugin.services.shop.policy import get_policy
from shop_plugin.services.wear.life import life_of

#: Of the length of a real one, and of nobody.
NOBODYS_TOKEN: Final = "preview" + "0" * 15
_NO_MESSAGE: Final = 0


class MailNotSentError(Exception):
    """The test mail cannot be sent; says why in words for staff."""


@dataclass(frozen=True, slots=True)
class MailPreview:
    """A mail as it would be, and what the gates say of it on that day.

    ``verdicts`` holds the gates of the asked pair, in the order in which they
    are asked. ``is_said`` tells that the stage was written down for this pair;
    without ``has_stage`` the pair has no such stage, and the mail is never sent.
    """

    letter: Letter
    language: str
    stage: int
    pairs: int
    has_others: bool
    mode: ModeInForce
    verdicts: tuple[GateVerdict, ...]
    is_said: bool
    has_stage: bool = True

    @property
    def html_bytes(self) -> int:
        """Return the size of the HTML."""
        return len(self.letter.html.encode())


def preview_mail(
    *,
    purchase_id: int,
    now: datetime,
    stage: int = 0,
    language: str = "",
    with_others: bool = False,
) -> MailPreview | None:
    """Return the mail about a pair as it would read today; ``None`` where there is no such pair.

    Without ``stage`` the pair's next one, without ``language`` the person's.
    ``with_others`` puts the person's other pairs in use beside it, as a
    digest would. A pair whose wear is not what ends it has a mail all the
    same, to look at.

    :raises TooLargeError: for a mail that would not be sent for its size.
    """
    pair = _load_pairs().filter(pk=purchase_id).first()
    if pair is None:
        return None
    stage = stage or pair.next_stage or Stage.INSPECT
    others = _load_pairs().filter(contact=pair.contact, status=Purchase.Status.ACTIVE)
    beside = list(others.exclude(pk=pair.pk).order_by("next_due_on", "pk"))
    chosen = [pair, *(beside if with_others else [])][: get_policy().max_pairs_per_mail]
    person = _as_nobody(pair.contact)
    offered = {code for code, _name in offered_languages()}
    language = language if language in offered else language_of(pair.contact)
    nudges = [
        _make_nudge(one, stage if one is pair else one.next_stage or stage, now) for one in chosen
    ]
    mode = get_mode()
    return MailPreview(
        letter=write_letter(person, nudges=nudges, now=now, language=language),
        language=language,
        stage=stage,
        pairs=len(chosen),
        has_others=bool(beside),
        mode=mode,
        verdicts=_judge(pair, nudges[0], mode, now),
        is_said=Nudge.objects.filter(purchase=pair, stage=stage, cycle=pair.cycle).exists(),
        has_stage=stage in stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair)),
    )


def send_test(
    *, purchase_id: int, preview: MailPreview, to: str, actor_id: int | None, now: datetime
) -> None:
    """Send a preview to the address of who asked for it, marked as a test.

    It goes out whatever the mode is, for it goes to no customer. No message,
    attempt or nudge is written, and no cap counts it; the log says who sent
    one, and not where to.

    :raises MailNotSentError: without an address or a needed setting, or when the mail server
        refuses.
    """
    missing = [text for text in find_missing(Mode.LIVE) if "NUDGE_MODE" not in text]
    if missing:
        raise MailNotSentError("; ".join(missing))
    if not to:
        raise MailNotSentError(_("Your own account has no e-mail address to send it to."))
    with translation.override(preview.language):
        subject = _("[Test] %(subject)s") % {"subject": preview.letter.subject}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=preview.letter.text,
        from_email=get_settings().SENDER,
        to=[to],
        headers={"Auto-Submitted": "auto-generated", "X-Footback-Test": "yes"},
    )
    mail.attach_alternative(preview.letter.html, "text/html")
    try:
        get_connection().send_messages([mail])
    except Exception as error:
        # A host's mail backend may raise anything; nothing of ours depends on it.
        raise MailNotSentError(f"{type(error).__name__}: {error}"[:300]) from error
    AuditEntry.objects.create(
        action="test_mail", subject=f"purchase:{purchase_id}", actor_id=actor_id, at=now
    )


def _load_pairs() -> QuerySet[Purchase]:
    return Purchase.objects.select_related("contact", "listing__profile").defer(
        "listing__description", "listing__raw_attributes"
    )


def _as_nobody(contact: Contact) -> Contact:
    """Return a copy of a person whose links lead to nobody's pages."""
    person = copy(contact)
    person.unsubscribe_token = NOBODYS_TOKEN
    return person


def _make_nudge(pair: Purchase, stage: int, now: datetime) -> Nudge:
    """Return a nudge that stands in no table, due on the stage's day or today."""
    dates = stage_dates(wear_start_on=pair.wear_start_on, life=life_of(pair))
    due_on = dates.get(Stage(stage), shop_day(now))
    return Nudge(
        purchase=pair,
        stage=stage,
        cycle=pair.cycle,
        due_on=due_on,
        not_before=now,
        message_id=_NO_MESSAGE,
    )


def _judge(
    pair: Purchase, nudge: Nudge, mode: ModeInForce, now: datetime
) -> tuple[GateVerdict, ...]:
    person = load_people([pair.contact], now=now)[pair.contact_id]
    facts = gate_facts(
        person,
        pair,
        due_on=nudge.due_on,
        mode=mode.name,
        is_stopped=mode.why == "stopped",
        live_since=mode.live_since,
        now=now,
    )
    return tuple(evaluate_gates(facts, policy=get_policy(), now=now))
