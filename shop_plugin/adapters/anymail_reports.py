"""django-anymail's tracking signal, heard: what mail providers report of footback's mails.

Connected when ``anymail`` is among the installed apps. anymail's own webhook
views check who is calling (``ANYMAIL`` settings); one that fails here answers
500, and the provider tells again. Reports of a shop's other mails, of opened
mails and of clicks are passed over and leave no trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from anymail.signals import AnymailTrackingEvent, tracking

from shop_plugin.domain.mail_reports import find_code, judge_report
from shop_plugin.services.nudges.mailing import ID_HEADER, METADATA_KEY
from shop_plugin.services.nudges.provider_reports import ProviderReport, take_report
from shop_plugin.services.people.consent import hash_text
from shop_plugin.services.shop.clock import read_database_clock

_OWN_MESSAGE_ID = re.compile(r"<?fb\.([0-9a-f-]{36})@")
# Where providers say that a bounce is one "for now": the path to the word, and the words.
_FOR_NOW: tuple[tuple[tuple[str, ...], frozenset[object]], ...] = (
    (("event",), frozenset({"soft_bounce", "soft bounce"})),  # Brevo, Mandrill, Mailtrap
    (("Type",), frozenset({"SoftBounce", "AddressChange"})),  # Postmark
    (("type",), frozenset({"activity.soft_bounced", "blocked"})),  # MailerSend, SendGrid
    (("bounce", "bounceType"), frozenset({"Transient", "Undetermined"})),  # Amazon SES
    (("data", "bounce", "type"), frozenset({"Transient", "Undetermined"})),  # Resend
    (("hard_bounce",), frozenset({False})),  # Mailjet
    (("bounce_class",), frozenset({"20", "21", "22", "23", "24", "40", "60", "70"})),  # SparkPost
)


def hear_report(
    sender: object, event: AnymailTrackingEvent, esp_name: str, **_: object
) -> str | None:
    """Take in one report of a provider; return what came of it, ``None`` where it is not ours."""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    uuid = _find_uuid(event, raw)
    reply = event.mta_response or event.description or ""
    fate = judge_report(
        kind=event.event_type or "",
        reason=event.reject_reason or "",
        reply=reply,
        is_for_now=_is_for_now(raw),
    )
    if uuid is None or fate is None:
        return None
    now = read_database_clock()
    occurred_at = min(event.timestamp or now, now)
    recipient = event.recipient or ""
    # A provider without ids of its own tells the same in the same words.
    made_up = hash_text(f"{uuid} {event.event_type} {event.timestamp} {recipient}")
    return take_report(
        ProviderReport(
            provider=esp_name,
            event_id=str(event.event_id or made_up),
            uuid=uuid,
            fate=fate,
            code=find_code(reply),
            recipient=recipient,
            occurred_at=occurred_at,
        ),
        now=now,
    )


def _find_uuid(event: AnymailTrackingEvent, raw: Mapping[str, Any]) -> UUID | None:
    """Return the uuid that the mail carried: as metadata, in a header, or in its Message-ID."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    own_id = _OWN_MESSAGE_ID.match(str(event.message_id or ""))
    for found in (metadata.get(METADATA_KEY), _header_of(raw), own_id and own_id[1]):
        try:
            if found:
                return UUID(str(found))
        except ValueError:
            continue
    return None


def _header_of(raw: Mapping[str, Any]) -> str:
    """Return our header where the provider hands the mail's headers back (Amazon SES)."""
    headers = _at(raw, ("mail", "headers"))
    if not isinstance(headers, Iterable):
        return ""
    named = (item for item in headers if isinstance(item, Mapping))
    return next((str(item.get("value")) for item in named if item.get("name") == ID_HEADER), "")


def _is_for_now(raw: Mapping[str, Any]) -> bool:
    return any(_is_among(_at(raw, path), words) for path, words in _FOR_NOW)


def _is_among(value: object, words: frozenset[object]) -> bool:
    return isinstance(value, (str, bool)) and value in words


def _at(raw: object, path: tuple[str, ...]) -> object:
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw


tracking.connect(hear_report, dispatch_uid="footback.anymail_reports")
