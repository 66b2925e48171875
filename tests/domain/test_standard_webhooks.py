from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from shop_plugin.domain.standard_webhooks import decode_secret, is_signed, sign_delivery

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test's own").decode()
OTHER = "whsec_" + base64.b64encode(b"another thirty-two bytes, as good").decode()
AT = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)


def check(body: bytes = b"{}", signatures: str = "", **changes: object) -> bool:
    given: dict[str, object] = {
        "delivery_id": "msg_1",
        "timestamp": str(int(AT.timestamp())),
        "body": body,
        "signatures": signatures
        or sign_delivery(delivery_id="msg_1", at=AT, body=body, secrets=[SECRET]),
        "secrets": [SECRET],
    }
    return is_signed(**{**given, **changes})  # type: ignore[arg-type]


@given(st.text(max_size=200), st.text(alphabet="abc123_-", min_size=1, max_size=40))
def test_it_signs_as_the_specifications_own_library_does(text: str, delivery_id: str) -> None:
    body = json.dumps({"data": text}).encode()
    ours = sign_delivery(delivery_id=delivery_id, at=AT, body=body, secrets=[SECRET])
    assert ours == Webhook(SECRET).sign(delivery_id, AT, body.decode())


def test_it_makes_signatures_that_the_library_takes_and_no_others() -> None:
    now, body = datetime.now(tz=UTC), b'{"type": "listing.assessed"}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": sign_delivery(
            delivery_id="msg_1", at=now, body=body, secrets=[OTHER, SECRET]
        ),
    }
    assert Webhook(SECRET).verify(body, headers) == {"type": "listing.assessed"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


@pytest.mark.proof("S12")
def test_it_takes_one_right_signature_among_several_and_any_secret_in_force() -> None:
    right = sign_delivery(delivery_id="msg_1", at=AT, body=b"{}", secrets=[SECRET])
    assert check(signatures=f"v1a,abc v1,AAAA {right} nonsense v1,")
    assert check(secrets=[OTHER, SECRET])
    assert check(secrets=["", "not base64!", SECRET])


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    "changes",
    [
        {"body": b"{} ", "signatures": "same"},
        {"delivery_id": "msg_2"},
        {"timestamp": str(int(AT.timestamp()) + 1)},
        {"secrets": [OTHER]},
        {"secrets": [""]},
        {"secrets": []},
        {"secrets": ["whsec_"]},
        {"signatures": "v1,"},
        {"signatures": "v1"},
        {"signatures": "v1,é"},
    ],
)
def test_it_takes_nothing_else(changes: dict[str, object]) -> None:
    if changes.get("signatures") == "same":
        changes = {**changes, "signatures": sign_delivery(
            delivery_id="msg_1", at=AT, body=b"{}", secrets=[SECRET]
        )}  # fmt: skip
    assert not check(**changes)  # type: ignore[arg-type]


def test_it_takes_another_version_for_no_signature() -> None:
    right = sign_delivery(delivery_id="msg_1", at=AT, body=b"{}", secrets=[SECRET])
    assert not check(signatures=right.replace("v1,", "v2,"))


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_%%%", "QUJD", "A" * 400])
def test_it_refuses_what_is_no_secret_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes") as caught:
        decode_secret(secret)
    assert not secret or secret not in str(caught.value)
