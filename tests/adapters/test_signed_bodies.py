from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from shop_plugin.adapters.signed_bodies import (
    check_signature,
    find_header,
    read_moment,
    read_object,
    require_header,
)
from shop_plugin.domain.host_changes import RefusedDelivery

BODY = b'{"id": 7}'


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def refusal(**options: object) -> str:
    with pytest.raises(RefusedDelivery) as caught:
        check_signature(**options)  # type: ignore[arg-type]
    return caught.value.code


@pytest.mark.proof("S12")
def test_it_takes_what_any_secret_in_force_signed() -> None:
    for secret in ("old", "new"):
        check_signature(signature=sign(BODY, secret), body=BODY, secrets=["old", "new"])


@pytest.mark.proof("S12")
@pytest.mark.parametrize(
    ("signature", "secrets", "code"),
    [
        ("", ["new"], "unsigned"),
        (sign(BODY, "other"), ["old", "new"], "wrong_signature"),
        (sign(BODY + b" ", "new"), ["new"], "wrong_signature"),
        (sign(BODY, ""), [""], "wrong_signature"),
        (sign(BODY, "new"), [], "wrong_signature"),
        ("not base64!", ["new"], "wrong_signature"),
        ("é", ["new"], "wrong_signature"),
        (sign(BODY, "new")[:-4], ["new"], "wrong_signature"),
    ],
)
def test_it_takes_nothing_else(signature: str, secrets: list[str], code: str) -> None:
    assert refusal(signature=signature, body=BODY, secrets=secrets) == code


@pytest.mark.proof("S12")
def test_it_tells_no_secret_in_what_it_says() -> None:
    with pytest.raises(RefusedDelivery) as caught:
        check_signature(signature=sign(BODY, "a"), body=BODY, secrets=["hidden-one"])
    assert "hidden" not in str(caught.value)


def test_it_finds_a_header_without_regard_to_case() -> None:
    assert find_header({"X-Shopify-Topic": " orders/paid "}, "x-shopify-topic") == "orders/paid"
    assert find_header({}, "x-shopify-topic") == ""


@pytest.mark.parametrize("value", ["", "  ", "a" * 300, "a\nb", "a\x00b"])
def test_it_takes_only_a_short_line_as_a_header(value: str) -> None:
    with pytest.raises(RefusedDelivery) as caught:
        require_header({"x-id": value}, "X-Id")
    assert caught.value.code == "incomplete"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"\xff", b"{", b'{"a":' * 100_000, b"9" * 5_000, b'{"a": 1}}'],
)
def test_it_says_that_a_body_is_no_object(body: bytes) -> None:
    with pytest.raises(RefusedDelivery) as caught:
        read_object(body)
    assert caught.value.code == "unreadable"


def test_it_reads_an_object() -> None:
    assert read_object(b'{"id": 7, "odd": NaN}') == {"id": 7, "odd": "NaN"}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01T09:00:00+01:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T08:00:00.877041743Z", datetime(2026, 3, 1, 8, 0, 0, 877041, tzinfo=UTC)),
        ("2026-03-01T08:00:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (17, None),
        (None, None),
    ],
)
def test_it_reads_times_as_utc(value: object, moment: datetime | None) -> None:
    assert read_moment(value) == moment
