"""Requests to public machines only: request_guarded ..."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time

import pytest

from shop_plugin.services.transport import guarded_http
from shop_plugin.services.transport.guarded_http import (
    Answer,
    GuardedRequestError,
    is_public,
    request_guarded,
)
from tests.services.transport.conftest import Reply, Server, name_leads_to

pytestmark = pytest.mark.proof("S11")

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_it_knows_what_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2002:101:101::"]
)
def test_it_knows_what_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


# ---- a server of the test's own --------------------------------------------------------


def ask(server: Server, *, host: str = "shop.test", **options: object) -> Answer:
    given: dict[str, object] = {"method": "POST", "headers": {}, "body": b"{}", **options}
    url = f"https://{host}:{server.port}/in?a=b"
    return request_guarded(url=url, **given)  # type: ignore[arg-type]


def refusal(server: Server, **options: object) -> str:
    with pytest.raises(GuardedRequestError) as caught:
        ask(server, **options)  # type: ignore[arg-type]
    return caught.value.code


def test_it_asks_a_public_machine_over_tls(server: Server, open_loopback: None) -> None:
    answer = ask(server, headers={"webhook-id": "msg_1"})
    assert (answer.status, answer.body) == (200, b"ok")
    assert server.heard[0].startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert b"webhook-id: msg_1" in server.heard[0]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]"]
)
def test_it_connects_to_no_private_machine_however_it_is_written(server: Server, host: str) -> None:
    assert refusal(server, host=host) in {"denied_address", "unknown_name"}
    assert server.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1"])
def test_it_connects_to_no_private_machine_behind_a_name(
    server: Server, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    name_leads_to(monkeypatch, address)
    assert refusal(server) == "denied_address"
    assert server.connections == 0


def test_it_looks_a_name_up_once_so_that_it_cannot_change_its_mind(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when judged, private when connected to: with one look-up there is no such moment."""
    asked: list[str] = []

    def only_public(address: object) -> bool:
        asked.append(str(address))
        return str(address) == "127.0.0.1"

    monkeypatch.setattr(guarded_http, "is_public", only_public)
    name_leads_to(monkeypatch, "127.0.0.1", "127.0.0.2")
    assert ask(server).status == 200
    assert set(asked) == {"127.0.0.1"}


def test_it_asks_again_who_is_there_once_it_is_connected(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([True, False])
    monkeypatch.setattr(guarded_http, "is_public", lambda _address: next(answers))
    name_leads_to(monkeypatch, "127.0.0.1")
    assert refusal(server) == "denied_address"
    assert server.heard == []


def test_it_follows_no_redirect(server: Server, open_loopback: None) -> None:
    server.reply = lambda line, _heard: line.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.2/\r\nContent-Length: 0\r\n\r\n"
    )
    answer = ask(server)
    assert (answer.status, answer.headers["location"]) == (302, "https://127.0.0.2/")
    assert server.connections == 1


def test_it_asks_no_proxy(
    server: Server, open_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert ask(server).status == 200


def test_it_trusts_no_certificate_of_anybody(
    server: Server, open_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_http, "make_tls_context", ssl.create_default_context)
    assert refusal(server) == "tls"
    assert server.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.test/",
        "ftp://shop.test/",
        "file:///etc/passwd",
        "https:///path",
        "https://me:pw@shop.test/",
        "https://shop.test:0/",
        "https://shop.test:99999/",
        "https://shop.test/a b",
        "https://shop.test/\r\nX: y",
        "https://shöp.test/",
        "",
    ],
)
def test_it_takes_no_other_addresses(url: str) -> None:
    with pytest.raises(GuardedRequestError) as caught:
        request_guarded(method="GET", url=url, headers={})
    assert caught.value.code == "bad_address"


def test_it_reads_no_more_than_it_was_asked_to(server: Server, open_loopback: None) -> None:
    big = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000
    server.reply = lambda line, _heard: line.sendall(big)
    assert refusal(server, most_bytes=100_000) == "too_large"


def drip_head(line: ssl.SSLSocket, _heard: bytes) -> None:
    for sign in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
        line.sendall(bytes([sign]))
        time.sleep(0.1)


def drip_body(line: ssl.SSLSocket, _heard: bytes) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
    for _ in range(200):
        line.sendall(b"x")
        time.sleep(0.1)


def say_nothing(line: ssl.SSLSocket, _heard: bytes) -> None:
    time.sleep(3)


@pytest.mark.parametrize("reply", [drip_head, drip_body, say_nothing])
def test_it_waits_no_longer_than_it_was_told_to(
    server: Server, open_loopback: None, reply: Reply
) -> None:
    server.reply = reply
    begun = time.monotonic()
    assert refusal(server, patience_seconds=0.7) == "timeout"
    assert time.monotonic() - begun < 2.5


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "broken|unreachable"),
        (b"garbage\r\n\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "broken"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000, "broken"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "broken"),
    ],
)
def test_it_names_what_a_broken_server_does(
    server: Server, open_loopback: None, sent: bytes, code: str
) -> None:
    server.reply = lambda line, _heard: line.sendall(sent)
    assert refusal(server) in code.split("|")


def test_it_says_that_nobody_is_there(
    server: Server, open_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.close()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        free = nobody.getsockname()[1]
    with pytest.raises(GuardedRequestError) as caught:
        request_guarded(method="GET", url=f"https://shop.test:{free}/", headers={})
    assert caught.value.code == "unreachable"
