"""What webhooks of shops share: headers, the signature over the raw body, and JSON that is checked.

Shopify and WooCommerce sign alike: base64 of an HMAC-SHA256 over the very
bytes of the body. Only the body is signed; whoever holds one signed body can
send it again under other headers. So a reader has to look whether a body is
what its topic promises, and nothing it says may count twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shop_plugin.domain.host_changes import RefusedDelivery

# "NaN" and "Infinity" are not JSON, though Python reads them; as text they fail as figures do.
_DECODER = json.JSONDecoder(strict=False, parse_constant=str)
_LONGEST_HEADER = 255


def find_header(headers: Mapping[str, str], name: str) -> str:
    """Return a header without regard to case, stripped; an empty text where it is missing.

    :raises RefusedDelivery: ``"incomplete"``, for one that is no line of at most 255 characters.
    """
    value = headers.get(name)
    if value is None:
        wanted = name.lower()
        value = next((item for key, item in headers.items() if key.lower() == wanted), "")
    text = value.strip()
    if len(text) > _LONGEST_HEADER or not text.isprintable():
        raise RefusedDelivery("incomplete", f"the header {name} is not a short line of text")
    return text


def require_header(headers: Mapping[str, str], name: str) -> str:
    """Return a header.

    :raises RefusedDelivery: ``"incomplete"``, where it is missing or empty.
    """
    text = find_header(headers, name)
    if not text:
        raise RefusedDelivery("incomplete", f"the header {name} is missing")
    return text


def check_signature(*, signature: str, body: bytes, secrets: Sequence[str]) -> None:
    """Take a body that one of the secrets signed: base64 of its HMAC-SHA256 in ``signature``.

    Every secret is tried and compared in constant time, so that the time
    taken tells nothing. An empty secret signs nothing.

    :raises RefusedDelivery: ``"unsigned"`` or ``"wrong_signature"``.
    """
    if not signature:
        raise RefusedDelivery("unsigned", "the signature is missing")
    try:
        given = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        given = b""
    is_right = False
    for secret in secrets:
        if secret:
            expected = hmac.new(secret.encode(), body, hashlib.sha256).digest()
            is_right |= hmac.compare_digest(expected, given)
    if not is_right:
        raise RefusedDelivery("wrong_signature", "no secret in force signed this body")


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body holds.

    :raises RefusedDelivery: ``"unreadable"``, for everything else.
    """
    try:
        value = _DECODER.decode(body.decode())
    except RecursionError:
        raise RefusedDelivery("unreadable", "the body is nested too deeply") from None
    except ValueError:  # no UTF-8, no JSON, or a figure of thousands of digits
        raise RefusedDelivery("unreadable", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise RefusedDelivery("unreadable", "the body is not a JSON object")
    return value


def read_moment(value: object) -> datetime | None:
    """Return an aware time from ISO 8601, ``None`` where it is none; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if moment is not None else None
    except (ValueError, OverflowError):
        return None
