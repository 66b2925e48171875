"""Where hosts push to: every answer, over the test client and over a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shop_plugin.models import HostEvent
from shop_plugin.services.intake import host_deliveries
from shop_plugin.services.intake.host_deliveries import MOST_BYTES
from tests.hosts import WEBHOOKS, body_of, headers_of

pytestmark = [pytest.mark.django_db, pytest.mark.proof("S12")]

BODY = body_of("listing.changed", {"id": "M-1", "title": "Marlow Walker"})
ADDRESS = "/f/hooks/till/"


@pytest.fixture(autouse=True)
def _connected(settings: Any) -> None:
    settings.FOOTBACK = {"WEBHOOKS": WEBHOOKS}
    host_deliveries._told.clear()


def post(client: Client, body: bytes = BODY, *, address: str = ADDRESS, **headers: str) -> Any:
    given = {**headers_of(body, at=timezone.now()), **headers}
    return client.post(address, body, content_type="application/json", headers=given)


def test_it_stands_where_the_settings_name_a_host() -> None:
    assert reverse("footback:host-webhook", args=["till"]) == ADDRESS


def test_it_answers_once_a_webhook_is_stored_and_sets_no_cookie() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = post(client)
    assert (answer.status_code, answer.json(), answer.cookies) == (202, {"status": 202}, {})
    assert bytes(HostEvent.objects.get().body) == BODY
    assert "no-store" in answer["Cache-Control"]


def test_it_answers_a_repeat_as_well_and_keeps_one(client: Client) -> None:
    headers = headers_of(BODY, at=timezone.now())
    assert post(client, **headers).status_code == 202
    assert post(client, **headers).status_code == 200
    assert HostEvent.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-id": "another"},
        {"webhook-timestamp": str(int((timezone.now() - timedelta(hours=1)).timestamp()))},
    ],
)
def test_it_tells_a_stranger_nothing_but_no(client: Client, wrong: dict[str, str]) -> None:
    answer = post(client, **wrong)
    assert (answer.status_code, answer.json()) == (401, {"status": 401})
    assert HostEvent.objects.count() == 0


def test_it_knows_no_other_hosts(client: Client) -> None:
    assert post(client, address="/f/hooks/shopify/").status_code == 404
    assert HostEvent.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_it_is_posted_to_and_nothing_else(client: Client, method: str) -> None:
    answer = getattr(client, method)(ADDRESS)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_it_takes_a_megabyte_and_not_a_byte_more(client: Client) -> None:
    body = BODY[:-1] + b" " * (MOST_BYTES - len(BODY)) + BODY[-1:]
    assert len(body) == MOST_BYTES
    assert post(client, body).status_code == 202
    assert post(client, body + b" ").status_code == 413
    assert HostEvent.objects.count() == 1


def test_it_takes_more_than_django_takes_of_forms(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert post(client).status_code == 202


def test_it_reads_nothing_of_a_body_that_says_it_is_too_long(client: Client) -> None:
    answer = client.generic(
        "POST", ADDRESS, b"short", headers=headers_of(BODY, at=timezone.now()), CONTENT_LENGTH=10**9
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("said", ["soon", "-1", "1e3", "²"])
def test_it_refuses_a_length_that_is_none(client: Client, said: str) -> None:
    answer = client.generic("POST", ADDRESS, BODY, CONTENT_LENGTH=said)
    assert answer.status_code == 400


def test_it_asks_for_the_webhook_again_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("could not connect to server: secret@host")

    with monkeypatch.context() as patch:
        patch.setattr(type(HostEvent.objects), "get_or_create", gone)
        patch.setattr("django.db.models.query.QuerySet.get_or_create", gone)
        answer = post(client)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "secret@host" not in caplog.text
    assert "OperationalError" in caplog.text
    assert post(client).status_code == 202


# Django answers in a thread whose connection is another: what it keeps of the refusal is committed.
@pytest.mark.django_db(transaction=True)
def test_it_cuts_off_a_body_that_comes_in_chunks_without_a_length() -> None:
    """Under ASGI a body needs no length."""
    chunk, count = b" " * 65_536, MOST_BYTES // 65_536 + 1
    headers = headers_of(chunk * count, at=timezone.now())
    # In a thread of its own: the browser tests of this process leave a loop running in this one.
    with ThreadPoolExecutor(1) as server:
        assert server.submit(asyncio.run, over_asgi([chunk] * count, headers)).result() == 413
        shorter = server.submit(asyncio.run, over_asgi([chunk], headers)).result()
    assert shorter == 401  # not what was signed


async def over_asgi(chunks: list[bytes], headers: dict[str, str]) -> int:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": ADDRESS,
        "query_string": b"",
        "headers": [(b"host", b"testserver")]
        + [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    server = ApplicationCommunicator(get_asgi_application(), scope)
    for number, chunk in enumerate(chunks, start=1):
        more = number < len(chunks)
        await server.send_input({"type": "http.request", "body": chunk, "more_body": more})
    status: int = (await server.receive_output(timeout=20))["status"]
    return status


# ---- over a socket ---------------------------------------------------------------------


@pytest.fixture
def server(transactional_db: None) -> Iterator[int]:
    """Serve the shop by Django's own server; yields its port."""
    from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    served = WSGIServer(("127.0.0.1", 0), Quiet)
    served.set_app(get_wsgi_application())
    thread = threading.Thread(target=_serve, args=(served,), daemon=True)
    thread.start()
    yield served.server_address[1]
    served.shutdown()
    thread.join(timeout=10)
    served.server_close()


def _serve(server: WSGIServer) -> None:
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        connection.close()


def say(port: int, head: str, body: bytes = b"") -> str:
    """Send these bytes and return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        line.shutdown(socket.SHUT_WR)
        return line.recv(1000).decode("latin-1").splitlines()[0]


def head_of(*lines: str) -> str:
    signed = [f"{name}: {value}" for name, value in headers_of(BODY, at=timezone.now()).items()]
    return "\n".join([f"POST {ADDRESS} HTTP/1.1", "Host: testserver", *signed, *lines])


@pytest.mark.django_db(transaction=True)
def test_it_refuses_a_body_without_a_length_over_a_socket(server: int, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    chunked = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"
    assert " 411 " in say(server, head_of("Transfer-Encoding: chunked"), chunked)
    assert " 401 " in say(server, head_of())  # no body at all, which is not what was signed
    assert HostEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_it_keeps_nothing_of_a_body_that_was_cut_off(server: int, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    assert " 400 " in say(server, head_of(f"Content-Length: {len(BODY)}"), BODY[:20])
    assert HostEvent.objects.count() == 0
