"""What a mail provider's report says about a mail: arrived, bounced for good or for now, refused.

Providers tell the same thing in many ways. The reply of the receiving server
is believed first, for its code is a standard (RFC 3463, RFC 7372); then the
provider's own word for "for now"; then its general reason.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Final

#: So many mails that bounced for now, within this time, and the address rests for a while.
SOFT_BOUNCES: Final = 3
SOFT_BOUNCE_WINDOW: Final = timedelta(days=30)
SOFT_BOUNCE_REST: Final = timedelta(days=90)

_ENHANCED_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
_BASIC_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?!\d|\.\d)")
# The sender is not authenticated, or not allowed to send for its domain (RFC 7372, and the codes
# of Gmail and Outlook.com): no mail will get through until the shop's DNS is put right.
_SENDER_CODES = frozenset({*(f"5.7.{number}" for number in range(20, 33)), "5.7.509", "5.7.515"})
# Full, over its quota, or too large a mail: the mailbox exists.
_FOR_NOW_CODES = frozenset({"5.2.2", "5.2.3", "5.3.1", "5.3.4"})


class Fate(StrEnum):
    """What became of a mail, as far as a report says."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"  # there is no such mailbox
    SOFT_BOUNCED = "soft_bounced"  # not now: full, not reachable
    BLOCKED = "blocked"  # refused for what it says or who sends it; the address may be fine
    SENDER_REFUSED = "sender_refused"  # the shop's own domain is not set up: an alarm
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


#: What outweighs an earlier bounce "for now" of the same mail.
LASTING: Final = frozenset({Fate.BOUNCED, Fate.COMPLAINED, Fate.UNSUBSCRIBED})


def judge_report(
    *, kind: str, reason: str = "", reply: str = "", is_for_now: bool = False
) -> Fate | None:
    """Return what a report means, or ``None`` where it means nothing for a mailer.

    ``kind`` and ``reason`` are django-anymail's normalised event type and
    reject reason, ``reply`` the receiving server's words, ``is_for_now`` the
    provider's own word that a bounce is temporary. Delays, opened mails and
    clicks mean nothing here: the first sort themselves out, and the others
    are nobody's business.
    """
    simple = {
        "delivered": Fate.DELIVERED,
        "complained": Fate.COMPLAINED,
        "unsubscribed": Fate.UNSUBSCRIBED,
    }
    if kind in simple:
        return simple[kind]
    if kind not in ("bounced", "rejected", "failed"):
        return None
    by_code = _judge_code(find_code(reply))
    if by_code is not None:
        return by_code
    if is_for_now or reason == "timed_out":
        return Fate.SOFT_BOUNCED
    if kind == "bounced" and not reason:
        return Fate.BOUNCED
    return {
        "bounced": Fate.BOUNCED,
        "invalid": Fate.BOUNCED,
        "spam": Fate.COMPLAINED if kind == "rejected" else Fate.BLOCKED,
        "unsubscribed": Fate.UNSUBSCRIBED,
    }.get(reason, Fate.BLOCKED)


def find_code(reply: str) -> str:
    """Return the status code in a server's words ("5.1.1", else "550"), or an empty text."""
    found = _ENHANCED_CODE.search(reply) or _BASIC_CODE.search(reply)
    return found[1] if found else ""


def _judge_code(code: str) -> Fate | None:
    """Return what a code alone decides; a bare 550 may mean anything."""
    if code in _SENDER_CODES:
        return Fate.SENDER_REFUSED
    if code.startswith("4") or code in _FOR_NOW_CODES:
        return Fate.SOFT_BOUNCED
    if code.startswith("5.1.") or code == "5.2.1":
        return Fate.BOUNCED
    if code.startswith(("5.6.", "5.7.")):
        return Fate.BLOCKED
    return None
