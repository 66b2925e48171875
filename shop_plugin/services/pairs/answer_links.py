"""The signed link to the page where a person tells how a pair is doing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

from django.core import signing

LINK_SALT: Final = "footback.action.v1"
LINK_MAX_AGE = timedelta(days=180)


class BrokenLinkError(Exception):
    """The link is changed, too old, or names a pair that is not there any more."""


class AnswerLink(NamedTuple):
    """What a link names: a pair, and the mail that the link came with."""

    purchase_id: int
    message_id: int


def sign_link(link: AnswerLink) -> str:
    """Return the signed part of an answer link; about 70 letters of the address's own alphabet."""
    return signing.dumps({"p": link.purchase_id, "m": link.message_id}, salt=LINK_SALT)


def read_link(signed: str) -> AnswerLink:
    """Return what a link names, signed with ``SECRET_KEY`` or one of its fallbacks.

    :raises BrokenLinkError: for a link that was changed or is older than 180 days.
    """
    try:
        plain = signing.loads(signed, salt=LINK_SALT, max_age=LINK_MAX_AGE)
        return AnswerLink(int(plain["p"]), int(plain["m"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise BrokenLinkError from error
