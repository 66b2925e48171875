"""The conversation with a mail server, packet by packet: Transport ..."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest
from django.core.mail import EmailMultiAlternatives

from shop_plugin.services.transport.smtp import Phase, Result, Transport
from tests.nudging import mail_settings

READY = b"220 mx.example ESMTP\r\n"
OFFERS = b"250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
OFFERS_NOTHING = b"250 mx.example\r\n"
OK, GO_ON = b"250 OK\r\n", b"354 go on\r\n"


class Server:
    """Answers each packet by the next of its replies, and remembers what it heard."""

    def __init__(self, *replies: bytes) -> None:
        self.heard: list[bytes] = []
        self._replies = replies
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            line, _address = self._listening.accept()
            with line:
                line.sendall(READY)
                for reply in self._replies:
                    self.heard.append(line.recv(65_536))
                    line.sendall(reply)
                line.recv(65_536)

    def close(self) -> None:
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def listen(settings):
    """Start a server with these replies, as the one that mails are handed to."""
    servers = []

    def start(*replies: bytes) -> Server:
        server = Server(*replies)
        servers.append(server)
        mail_settings(settings, port=server.port, timeout=2)
        return server

    yield start
    for server in servers:
        server.close()


def hand_over(fence=lambda: None, body="Hello"):
    mail = EmailMultiAlternatives("Worth a look", body, "care@marlow.example", ["a@example.org"])
    mail.attach_alternative("<p>Hello</p>", "text/html")
    transport = Transport()
    try:
        return transport.hand_over(mail, fence=fence)
    finally:
        transport.close()


def verbs(server: Server) -> list[list[bytes]]:
    """Return the first four letters of each line of each packet, without the mail itself."""
    return [[line[:4] for line in packet.split(b"\r\n")[:-1]] for packet in server.heard]


def test_asks_for_sender_and_recipient_in_one_packet_where_the_server_offers_it(listen):
    server = listen(OFFERS, OK + OK, GO_ON, OK)
    assert hand_over().result is Result.SENT
    assert verbs(server)[:3] == [[b"ehlo"], [b"mail", b"rcpt"], [b"data"]]
    assert server.heard[1].endswith(b"\r\nrcpt TO:<a@example.org>\r\n")


def test_asks_one_by_one_where_the_server_does_not_offer_it(listen):
    server = listen(OFFERS_NOTHING, OK, OK, GO_ON, OK)
    assert hand_over().result is Result.SENT
    assert verbs(server)[:4] == [[b"ehlo"], [b"mail"], [b"rcpt"], [b"data"]]


@pytest.mark.parametrize(
    ("replies", "phase", "code"),
    [
        (b"451 4.3.0 later\r\n503 5.5.1 no sender\r\n", Phase.MAIL, "451 4.3.0"),
        (b"250 OK\r\n450 4.2.1 busy\r\n", Phase.RCPT, "450 4.2.1"),
    ],
)
def test_tells_which_of_the_two_was_refused_and_asks_no_fence(listen, replies, phase, code):
    asked = []
    listen(OFFERS, replies, OK)
    outcome = hand_over(fence=lambda: asked.append(1))
    assert (outcome.result, outcome.phase, outcome.code) == (Result.RETRY, phase, code)
    assert asked == []


def test_doubles_the_dots_that_lines_begin_with_and_ends_with_one(listen):
    server = listen(OFFERS, OK + OK, GO_ON, OK)
    assert hand_over(body="first\n..\n.one\nmid.dle\n").result is Result.SENT
    sent = server.heard[3]
    assert b"\r\nfirst\r\n...\r\n..one\r\nmid.dle\r\n" in sent
    assert sent.endswith(b"--\r\n.\r\n")
    assert sent.count(b"\r\n.\r\n") == 1


@pytest.mark.parametrize("reply", [b"451 4.3.0 later\r\n", b"250 OK\r\n"])
def test_writes_nothing_down_that_the_server_did_not_ask_for(listen, reply):
    server = listen(OFFERS, OK + OK, reply, OK)
    assert hand_over().result is not Result.SENT
    assert not any(b"Subject" in packet for packet in server.heard)
