"""Reads the mails that the sink kept, newest first, as a mail client would show them."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

MAIL_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


class MailNotFound(LookupError):
    """There is no such mail."""


@dataclass(frozen=True, slots=True)
class MailSummary:
    """One row of the list."""

    id: str
    received_at: datetime
    sender: str
    recipient: str
    subject: str
    preview: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, taken apart. ``html`` is empty where the mail has no such part."""

    summary: MailSummary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def count_mails(directory: Path) -> int:
    """Return how many mails are kept."""
    return sum(1 for _ in directory.glob("*.eml"))


def list_mails(directory: Path, *, offset: int = 0, limit: int = 50) -> list[MailSummary]:
    """Return a page of mails, newest first. A file that vanishes meanwhile is left out."""
    names = sorted((path.stem for path in directory.glob("*.eml")), reverse=True)
    shown = []
    for name in names[offset : offset + limit]:
        try:
            shown.append(read_mail(directory, name).summary)
        except MailNotFound:
            continue
    return shown


def read_mail(directory: Path, mail_id: str) -> Mail:
    """Return one mail.

    :raises MailNotFound: when there is none of that id.
    """
    if not MAIL_ID.fullmatch(mail_id):
        raise MailNotFound(mail_id)
    try:
        raw = (directory / f"{mail_id}.eml").read_bytes()
    except FileNotFoundError as missing:
        raise MailNotFound(mail_id) from missing
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text = _part(message, "plain")
    return Mail(
        summary=MailSummary(
            id=mail_id,
            received_at=datetime.strptime(mail_id[:22], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC),
            sender=str(message.get("From", "")),
            recipient=str(message.get("To", "")),
            subject=str(message.get("Subject", "")),
            preview=" ".join(text.split())[:140],
        ),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=text,
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeDecodeError):  # a character set nobody knows
        payload = body.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""
