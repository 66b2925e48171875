"""S11: a server that fetches feeds is led nowhere that its shop did not name. download_feed ..."""

from __future__ import annotations

import gzip
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from shop_plugin.domain.ports import UnusableSource
from shop_plugin.models import Listing
from shop_plugin.services.intake import feed_download
from shop_plugin.services.intake.feed_download import download_feed
from shop_plugin.services.transport import guarded_http
from tests.services.transport.conftest import Server, certificate, name_leads_to

__all__ = ["certificate"]

pytestmark = pytest.mark.proof("S11")

FEED = b"<rss><channel><item><id>M-1</id><title>Marlow</title></item></channel></rss>"


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on loopback that the machine trusts; nothing makes loopback public yet."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(guarded_http, "make_tls_context", lambda: trusting)
    served = Server(certificate)
    yield served
    served.close()


@pytest.fixture
def open_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1, and it alone, count as public, and shop.test lead there."""
    monkeypatch.setattr(guarded_http, "is_public", lambda address: str(address) == "127.0.0.1")
    look_up = socket.getaddrinfo

    def known(host: str, port: int, **options: Any) -> list[Any]:
        return look_up("127.0.0.1" if host == "shop.test" else host, port, **options)

    monkeypatch.setattr(guarded_http.socket, "getaddrinfo", known)


@pytest.fixture(autouse=True)
def _switched_on() -> Iterator[None]:
    with override_settings(FOOTBACK={"URL_IMPORT": ("shop.test",)}):
        yield


def answer(body: bytes, *, status: str = "200 OK", more: str = "") -> Callable[..., None]:
    head = f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode()
    return lambda line, _heard: line.sendall(head + body)


def redirect(to: str) -> Callable[..., None]:
    return answer(b"", status="302 Found", more=f"Location: {to}\r\n")


def fetch(server: Server, path: str = "/feeds/shoes.xml", *, host: str = "shop.test") -> bytes:
    with download_feed(url=f"https://{host}:{server.port}{path}") as found:
        return found.read_bytes()


def refusal(url: str) -> str:
    with pytest.raises(UnusableSource) as caught, download_feed(url=url):
        pass
    return str(caught.value)


def test_it_brings_a_file_whole_and_leaves_none_behind(
    server: Server, open_loopback: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server.reply = answer(FEED)
    url = f"https://shop.test:{server.port}/feeds/shoes.xml?token=secret"
    with download_feed(url=url) as path:
        assert (path.name, path.read_bytes()) == ("shoes.xml", FEED)
        assert path.parent.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []
    assert server.heard[0].startswith(b"GET /feeds/shoes.xml?token=secret HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity\r\n" in server.heard[0]


@pytest.mark.parametrize("allowed", [(), ("other.test",), ("test",), ("*.test",)])
def test_it_asks_nobody_that_the_shop_did_not_name(
    server: Server, open_loopback: None, allowed: tuple[str, ...]
) -> None:
    with override_settings(FOOTBACK={"URL_IMPORT": allowed}):
        said = refusal(f"https://shop.test:{server.port}/x.xml")
    assert "URL_IMPORT" in said
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "localhost."),
    ],
)
def test_it_reaches_no_machine_of_its_own_however_that_is_written(
    server: Server, host: str
) -> None:
    with override_settings(FOOTBACK={"URL_IMPORT": ("*",)}):
        said = refusal(f"https://{host}:{server.port}/x.xml")
    assert "no machine of the public internet" in said or "nobody knows" in said
    assert server.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.2:{port}/x.xml",
        "https://[::ffff:127.0.0.2]:{port}/",
        "http://shop.test:{port}/x.xml",
        "file:///etc/passwd",
        "//other.test/x.xml",
        "https://me:pw@shop.test:{port}/",
        "https://[broken",
    ],
)
def test_it_follows_no_redirect_to_where_it_would_not_go_at_once(
    server: Server, open_loopback: None, target: str
) -> None:
    server.reply = redirect(target.format(port=server.port))
    with override_settings(FOOTBACK={"URL_IMPORT": ("shop.test", "169.254.169.254", "127.0.0.2")}):
        refusal(f"https://shop.test:{server.port}/x.xml")
    assert server.connections == 1


def test_it_judges_each_redirect_by_where_it_leads(
    server: Server, open_loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was public for the first request, and is this machine for the second."""
    name_leads_to(monkeypatch, "127.0.0.1", "10.0.0.1")
    server.reply = redirect("/again.xml")
    said = refusal(f"https://shop.test:{server.port}/x.xml")
    assert "no machine of the public internet" in said
    assert server.connections == 1


def test_it_follows_three_redirects_and_no_more(server: Server, open_loopback: None) -> None:
    left = [redirect("/b.xml"), redirect("c.xml"), redirect("/d.xml"), answer(FEED)]
    server.reply = lambda line, heard: left.pop(0)(line, heard)
    assert fetch(server) == FEED
    server.reply = redirect("/again.xml")
    said = refusal(f"https://shop.test:{server.port}/x.xml")
    assert "more than 3 times" in said
    assert server.connections == 8


def test_it_unpacks_what_is_packed(server: Server, open_loopback: None) -> None:
    server.reply = answer(gzip.compress(FEED[:30]) + gzip.compress(FEED[30:]) + b"\0\0")
    assert fetch(server, "/shoes.xml.gz") == FEED
    with download_feed(url=f"https://shop.test:{server.port}/shoes.xml.gz") as path:
        assert path.name == "shoes.xml"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(FEED)[:-9], "packed and breaks off"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (gzip.compress(bytes(5_000_000)), "more than 1 MB"),
        (bytes(2_000_000), "more than 1 MB"),
    ],
    # What is packed holds the second it was packed in, which no name of a test may.
    ids=["cut", "nonsense", "bomb", "large"],
)
def test_it_keeps_no_file_that_is_broken_or_too_large(
    server: Server,
    open_loopback: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    body: bytes,
    said: str,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("MOST_BYTES", "MOST_UNPACKED_BYTES"):
        monkeypatch.setattr(feed_download, name, 1024 * 1024)
    server.reply = answer(body)
    assert said in refusal(f"https://shop.test:{server.port}/shoes.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial"])
def test_it_takes_no_error_page_for_a_feed(
    server: Server, open_loopback: None, status: str
) -> None:
    server.reply = answer(b"", status=status)
    assert f"answered by {status[:3]}" in refusal(f"https://shop.test:{server.port}/shoes.xml")


def test_it_waits_no_longer_than_it_was_told_to(server: Server, open_loopback: None) -> None:
    def drip(line: ssl.SSLSocket, _heard: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(500):
            line.sendall(b"x")
            time.sleep(0.1)

    server.reply = drip
    begun = time.monotonic()
    with override_settings(FOOTBACK={"URL_IMPORT": ("shop.test",), "URL_IMPORT_SECONDS": 1}):
        said = refusal(f"https://shop.test:{server.port}/shoes.xml")
    assert "URL_IMPORT_SECONDS" in said
    assert time.monotonic() - begun < 5


def test_it_tells_nobody_the_password_in_an_address(server: Server, open_loopback: None) -> None:
    server.reply = answer(b"", status="403 Forbidden")
    for url in (
        f"https://shop.test:{server.port}/key-4711/shoes.xml?token=hunter2",
        f"https://user:hunter2@shop.test:{server.port}/shoes.xml",
        f"http://shop.test:{server.port}/shoes.xml?token=hunter2",
    ):
        said = refusal(url)
        assert "hunter2" not in said
        assert "4711" not in said


@pytest.mark.django_db
def test_the_command_imports_from_an_address(server: Server, open_loopback: None) -> None:
    server.reply = answer(gzip.compress(FEED))
    out = StringIO()
    url = f"https://shop.test:{server.port}/shoes.xml.gz"
    call_command("footback_import", "--url", url, "--source", "google", stdout=out)
    assert "shoes.xml: 1 rows" in out.getvalue()
    assert Listing.objects.get().external_id == "M-1"


@pytest.mark.django_db
def test_the_command_says_that_fetching_is_switched_off(server: Server) -> None:
    with override_settings(FOOTBACK={}), pytest.raises(CommandError, match="URL_IMPORT") as caught:
        call_command("footback_import", "--url", "https://shop.test/x.xml", "--source", "google")
    assert caught.value.returncode == 1
    for wrong in (["--source", "google"], ["x.xml", "--url", "https://a.test", "--source", "g"]):
        with pytest.raises(CommandError, match=r"file|--url"):
            call_command("footback_import", *wrong)
