"""Signatures by the Standard Webhooks specification, made and checked: symmetric ones, "v1".

HMAC-SHA256 over ``id.timestamp.body``, so that neither the body nor the time
nor the id can be changed (github.com/standard-webhooks/standard-webhooks,
spec/standard-webhooks.md). A secret is base64 behind ``whsec_``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

ID_HEADER, TIMESTAMP_HEADER = "webhook-id", "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
SECRET_PREFIX = "whsec_"  # noqa: S105 - what stands before a secret
#: The specification's own bounds of a secret.
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64
_VERSION = "v1"
_MOST_SIGNATURES = 20


def decode_secret(secret: str) -> bytes:
    """Return the bytes of a secret of at least 24 and at most 64 bytes, with its prefix or without.

    :raises ValueError: for a text that is no such secret; the message does not repeat it.
    """
    text = secret.strip().removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("is not base64 behind 'whsec_'") from None
    if not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise ValueError(
            f"holds {len(key)} bytes; {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} are needed"
        )
    return key


def sign_delivery(*, delivery_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> str:
    """Return the signature header: one signature per secret, the first secret's first.

    ``at`` is aware; the header with the timestamp holds its whole seconds since 1970.

    :raises ValueError: for a secret that is none.
    """
    timestamp = str(int(at.timestamp()))
    return " ".join(
        f"{_VERSION},{_mac(decode_secret(secret), delivery_id, timestamp, body)}"
        for secret in secrets
    )


def is_signed(
    *, delivery_id: str, timestamp: str, body: bytes, signatures: str, secrets: Sequence[str]
) -> bool:
    """Tell whether one of the secrets made one of the signatures, in a time that tells nothing.

    ``timestamp`` and ``signatures`` are the headers as they came. What is no
    usable secret signs nothing.
    """
    given = [
        signature
        for item in signatures.split(" ")[:_MOST_SIGNATURES]
        for version, _comma, signature in [item.partition(",")]
        if version == _VERSION and signature.isascii()
    ]
    is_right = False
    for secret in secrets:
        try:
            key = decode_secret(secret)
        except ValueError:
            continue
        expected = _mac(key, delivery_id, timestamp, body)
        for signature in given:
            is_right |= hmac.compare_digest(expected, signature)
    return is_right


def _mac(key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((delivery_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
