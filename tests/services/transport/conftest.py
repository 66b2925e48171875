"""A server on loopback that speaks TLS, trusted and taken for public where a test says so."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shop_plugin.services.transport import guarded_http

Reply = Callable[[ssl.SSLSocket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def _is_whole(heard: bytes) -> bool:
    """Tell whether a request has come in with all of its body."""
    head, blank, body = heard.partition(b"\r\n\r\n")
    said = re.search(rb"content-length: (\d+)", head.lower())
    return bool(blank) and len(body) >= (int(said[1]) if said else 0)


class Server:
    """Speaks TLS on loopback, counts who connects, and replies as a test says."""

    def __init__(self, certificate: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.connections = 0
        self.heard: list[bytes] = []
        self.reply: Reply = lambda line, _heard: line.sendall(OK)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        with suppress(OSError), self.context.wrap_socket(line, server_side=True) as safe:
            heard = b""
            while part := b"" if _is_whole(heard) else safe.recv(65_536):
                heard += part
            self.heard.append(heard)
            self.reply(safe, heard)

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine, which makes the certificate of the test's server")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=shop.test",
            "-addext",
            "subjectAltName=DNS:shop.test,IP:127.0.0.1",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that the machine trusts, and that its name leads to."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(guarded_http, "make_tls_context", lambda: trusting)
    served = Server(certificate)
    yield served
    served.close()


@pytest.fixture
def open_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1, and it alone, count as public, and shop.test lead there."""
    monkeypatch.setattr(guarded_http, "is_public", lambda address: str(address) == "127.0.0.1")
    name_leads_to(monkeypatch, "127.0.0.1")


def name_leads_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let each look-up of any name give the next of these addresses, the last one for ever."""
    left = list(answers)

    def look_up(host: str, port: int, **_: object) -> list[object]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(guarded_http.socket, "getaddrinfo", look_up)
