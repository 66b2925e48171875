"""All that is held about a person, as they may ask for it: complete, and readable by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from shop_plugin.conf import get_settings
from shop_plugin.models import (
    Attempt,
    AuditEntry,
    Consent,
    Contact,
    Message,
    Nudge,
    Purchase,
    Suppression,
    WebhookEvent,
)
from shop_plugin.services.people.erasure import find_accounts

#: Fields that are not handed out, by model, and why.
LEFT_OUT: Final[Mapping[type[Model], Mapping[str, str]]] = {
    Contact: {
        "unsubscribe_token": "the key to the person's own page; it stands in every mail to them",
        "email_hash": "a keyed number made from the address",
    },
    Consent: {"id": "a running number", "contact": "the account it stands under"},
    Suppression: {"id": "a running number", "email_hash": "a keyed number made from the address"},
    Purchase: {
        "contact": "the account it stands under",
        "listing": "the number of the shoe in the shop's catalogue; its name is in title",
        "record_hash": "a number made from what the shop said of the order line",
    },
    Nudge: {
        "id": "a running number",
        "purchase": "the pair it stands under",
        "message": "the number of the mail it went with",
    },
    Message: {
        "id": "a running number",
        "contact": "the account it stands under",
        "token": "a technical mark of the sending program",
        "lease_until": "a technical mark of the sending program",
    },
    Attempt: {
        "id": "a running number",
        "message": "the mail it stands under",
        "worker": "the name of a machine",
    },
    WebhookEvent: {
        "id": "a running number",
        "message": "the mail it stands under",
        "event_id": "the number of the report at the mail provider",
    },
}
ABOUT: Final = (
    "Everything that the shop's shoe-care notes hold about you. The text of a mail is not kept; "
    "it is written anew from these facts each time."
)


def export_person(
    *,
    now: datetime,
    email: str = "",
    contact_id: int | None = None,
    actor_id: int | None = None,
    reason: str = "",
) -> dict[str, Any] | None:
    """Return all that is held about a person, as plain values for JSON; ``None`` for nobody.

    A person is every account with the same address. That it was handed out is
    written into the audit log, with who did it and why.
    """
    accounts = find_accounts(email=email, contact_id=contact_id)
    if not accounts:
        return None
    hashes = {contact.email_hash for contact in accounts} - {""}
    suppressions = Suppression.objects.filter(email_hash__in=hashes)
    exported = {
        "about": ABOUT,
        "made_at": now.isoformat(),
        "shop": get_settings().SHOP_NAME,
        "accounts": [_account(contact) for contact in accounts],
        "never_to_be_written_to": [_plain(row) for row in suppressions],
        "left_out": {
            model.__name__.lower(): dict(names) for model, names in LEFT_OUT.items() if names
        },
    }
    AuditEntry.objects.create(
        action="export",
        subject=f"contact:{accounts[0].pk}",
        reason=reason[:300],
        actor_id=actor_id,
        at=now,
    )
    return exported


def _account(contact: Contact) -> dict[str, Any]:
    pairs = list(contact.purchases.order_by("ordered_at", "pk"))
    mails = list(contact.messages.order_by("pk"))
    notes = _by(Nudge.objects.filter(purchase__in=pairs).order_by("pk"), "purchase_id")
    attempts = _by(Attempt.objects.filter(message__in=mails).order_by("pk"), "message_id")
    reports = _by(WebhookEvent.objects.filter(message__in=mails).order_by("pk"), "message_id")
    changes = _changes([f"purchase:{pair.pk}" for pair in pairs])
    own = f"contact:{contact.pk}"
    return {
        **_plain(contact),
        "consents": [_plain(row) for row in contact.consents.order_by("at", "pk")],
        "settings": _changes([own]).get(own, []),
        "pairs": [
            {
                **_plain(pair),
                "notes": [_plain(row) for row in notes.get(pair.pk, ())],
                "what_you_said": changes.get(f"purchase:{pair.pk}", []),
            }
            for pair in pairs
        ],
        "mails": [
            {
                **_plain(mail),
                "attempts": [_plain(row) for row in attempts.get(mail.pk, ())],
                "reports": [_plain(row) for row in reports.get(mail.pk, ())],
            }
            for mail in mails
        ],
    }


def _changes(subjects: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what the log says was done, by subject. Who of the staff did it is not told."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in AuditEntry.objects.filter(subject__in=subjects).order_by("pk"):
        found.setdefault(entry.subject, []).append(
            {
                "at": entry.at.isoformat(),
                "action": entry.action,
                "before": entry.before,
                "after": entry.after,
                "where": entry.reason,
            }
        )
    return found


def _by(rows: Iterable[Any], key: str) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, key), []).append(row)
    return grouped


def _plain(row: Model) -> dict[str, Any]:
    """Return the fields of a row that are handed out, as plain values."""
    hidden = LEFT_OUT[type(row)]
    return {
        item.name: _value(getattr(row, item.attname))
        for item in row._meta.concrete_fields
        if item.name not in hidden
    }


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str, dict, list)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
