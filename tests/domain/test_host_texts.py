from __future__ import annotations

import json

import pytest

from shop_plugin.domain.host_texts import stands_in


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": "Ada@Example.org"}',
        json.dumps({"email": "ada@example.org"}).encode(),
        b'{"email": "ada\\u0040example.org"}',
        b'\xff{"email": "ada@example.org"',
    ],
)
def test_it_finds_a_name_however_a_body_writes_it(body: bytes) -> None:
    assert stands_in(body, {"ada@example.org"})


def test_it_finds_nobody_else() -> None:
    assert not stands_in(b'{"email": "eve@example.org"}', {"ada@example.org", ""})
    assert not stands_in(b"", {"ada@example.org"})
