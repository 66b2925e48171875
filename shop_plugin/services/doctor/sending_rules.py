"""What must be set before mails to real people may leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# A trial on one machine may do without https.
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """A key that mails to real people need."""

    number: str
    key: str
    is_met: Callable[[str], bool]
    hint: str


def is_mail_address(value: str) -> bool:
    """Tell whether a text is a mail address, alone or behind a name."""
    address = value.rpartition("<")[2].rstrip("> ")
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _is_reachable_address(value: str) -> bool:
    parts = urlsplit(value)
    if parts.scheme == "http":
        return parts.hostname in LOOPBACK_HOSTS
    return parts.scheme == "https" and bool(parts.hostname)


LIVE_REQUIREMENTS = (
    Requirement(
        "E010", "SENDER", is_mail_address, "For example 'Marlow Shoes <care@shop.example>'."
    ),
    Requirement(
        "E011",
        "POSTAL_ADDRESS",
        lambda value: bool(value.strip()),
        "Mails to customers must carry the shop's postal address.",
    ),
    Requirement(
        "E012",
        "PUBLIC_BASE_URL",
        _is_reachable_address,
        "The https address under which customers reach this site, such as "
        "'https://shop.example'. Unsubscribe links start with it.",
    ),
    Requirement(
        "E013",
        "LIST_ID",
        lambda value: bool(value.strip()),
        "A name for the List-ID header, such as 'care.shop.example'.",
    ),
)
