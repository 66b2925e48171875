"""Nothing that is told to the finder or the fit page stays anywhere: looked for in every place."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.log import AdminEmailHandler
from gunicorn.config import Config
from gunicorn.glogging import Logger
from kombu import Producer

from shop_plugin.models import Listing
from shop_plugin.services.shopping import finder as finder_service

FIND, FIT = "/shoes/find/", "/shoes/fit/"
# Two needs that are chosen, and a word that is none; the guide's own tables name the first two.
CANARIES = ("plantar_fasciitis", "neuroma", "zebrafish")
ANSWERS = {
    "needs": ["plantar_fasciitis", "neuroma", "zebrafish"],
    "zebrafish": "zebrafish",
    "drop": "zebrafish:zebrafish",
    "page": "zebrafish",
}
FEET = {"unit": "mm", "left_length": "243.7", "left_width": "97.3", "right_length": "248.1"}
LENGTHS = ("243.7", "243700", "24370", "97.30", "248.1", "248100", "24810")


class Kept(logging.Handler):
    """Keeps every record of every logger, with all that hangs on it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        formatted = logging.Formatter().format(record)
        # Times and numbers of processes could look like anything.
        told = {
            key: value for key, value in vars(record).items() if not isinstance(value, float | int)
        }
        self.texts.append(f"{formatted} {told!r}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Let every logger speak at DEBUG, SQL included, and keep what is said."""
    handler = Kept()
    named = ["", "django", "django.request", "django.db.backends", "django.security.csrf"]
    loggers = [logging.getLogger(name) for name in named]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    logging.getLogger().addHandler(handler)
    with CaptureQueriesContext(connection):  # Django logs statements with their values then
        yield handler.texts
    logging.getLogger().removeHandler(handler)
    for logger, level, propagate in before:
        logger.setLevel(level)
        logger.propagate = propagate


def dump() -> str:
    """Return every row of every table."""
    out = io.StringIO()
    call_command("dumpdata", format="json", stdout=out)
    return out.getvalue()


def cached() -> dict[str, Any]:
    return dict(getattr(cache, "_cache", {}))


def traces(text: str, canaries: tuple[str, ...]) -> list[str]:
    return [canary for canary in canaries if canary in text]


@pytest.fixture
def shopper(catalogue: dict[str, Listing]) -> Client:
    """A signed-in shopper, so that there is a session that could be written to."""
    client = Client()
    client.force_login(get_user_model().objects.create_user("robin"))
    return client


@pytest.mark.proof("S18")
@pytest.mark.parametrize(
    ("address", "form", "canaries"), [(FIND, ANSWERS, CANARIES), (FIT, FEET, LENGTHS)]
)
def test_keeps_nothing_anywhere(
    shopper: Client,
    logged: list[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    form: dict[str, Any],
    canaries: tuple[str, ...],
) -> None:
    published: list[object] = []
    monkeypatch.setattr(Producer, "publish", lambda self, body, **told: published.append(body))
    shopper.get(address)
    # Statements name all conditions of the guide, whatever was chosen; so more of one would tell.
    logged.clear()
    shopper.post(address, {})
    usual = "\n".join(logged)
    database, kept = dump(), cached()
    logged.clear()
    response = shopper.post(address, form)
    said_by_post = len(logged)
    following = shopper.get("/shoes/")

    assert response.status_code in (200, 302)
    assert logged, "every logger speaks, or this proves nothing"
    assert any("SELECT" in text for text in logged), "Django logs statements with their values"
    said = "\n".join(logged[:said_by_post])
    for canary in canaries:
        assert said.count(canary) == usual.count(canary), canary
    assert dump() == database, "no row of any table changed, the session's included"
    assert cached() == kept
    assert published == []
    assert mail.outbox == []
    headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
    assert traces(str(headers), canaries) == []
    assert following.wsgi_request.get_full_path() == "/shoes/"


@pytest.mark.parametrize(("address", "form"), [(FIND, ANSWERS), (FIT, FEET)])
def test_says_to_caches_and_browsers_to_keep_nothing(
    shopper: Client, address: str, form: dict[str, Any]
) -> None:
    for response in (shopper.get(address), shopper.post(address, form)):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.proof("S18")
def test_stands_in_no_line_of_an_access_log(shopper: Client) -> None:
    response = shopper.post(FIND, ANSWERS)
    request = response.wsgi_request
    logger = Logger(Config())
    atoms = logger.atoms(
        SimpleNamespace(status="200 OK", sent=1, headers=list(response.headers.items())),
        SimpleNamespace(headers=[(name, value) for name, value in request.headers.items()]),
        {**request.META, "RAW_URI": request.get_full_path(), "SERVER_PROTOCOL": "HTTP/1.1"},
        SimpleNamespace(seconds=0, microseconds=time.time_ns() % 1000),
    )
    line = Config().access_log_format % atoms
    assert '"POST /shoes/find/ HTTP/1.1" 200' in line
    assert traces(line, CANARIES) == []


@pytest.mark.proof("S18")
@pytest.mark.parametrize("is_debug", [False, True], ids=["production", "debugging"])
def test_tells_of_a_failure_where_it_was_and_never_with_what(
    shopper: Client, logged: list[str], monkeypatch: pytest.MonkeyPatch, is_debug: bool
) -> None:
    def fail(**given: object) -> None:
        raise KeyError(f"plantar_fasciitis zebrafish {given}")

    monkeypatch.setattr(finder_service, "match_shoes", fail)
    shopper.raise_request_exception = False
    with override_settings(
        DEBUG=is_debug,
        DEBUG_PROPAGATE_EXCEPTIONS=False,
        ADMINS=[("Admin", "admin@shop.example")],
        LOGGING_CONFIG=None,
    ):
        handler = AdminEmailHandler(include_html=True)
        logging.getLogger("django.request").addHandler(handler)
        try:
            response = shopper.post(FIND, ANSWERS)
        finally:
            logging.getLogger("django.request").removeHandler(handler)
    assert response.status_code == 500
    body = response.content.decode()
    said = "\n".join(logged)
    assert "PrivatePageFailed: KeyError at" in said
    assert "test_private_pages.py" in said, "whoever looks after the shop learns the place"
    reports = "\n".join(str(message.message()) for message in mail.outbox)
    assert "PrivatePageFailed" in reports
    for text in (body, said, reports):
        assert traces(text, CANARIES) == []
    assert ("Traceback" in body) is is_debug


@pytest.mark.parametrize("address", [FIND, FIT])
def test_refuses_a_body_larger_than_any_form(shopper: Client, address: str) -> None:
    assert shopper.post(address, {"needs": "x" * 20_000}).status_code == 413


@pytest.mark.parametrize("address", [FIND, FIT])
@pytest.mark.parametrize(("length", "status"), [("", 200), ("many", 400), ("-5", 400)])
def test_minds_no_length_that_is_none(
    shopper: Client, address: str, length: str, status: int
) -> None:
    assert shopper.post(address, ANSWERS, CONTENT_LENGTH=length).status_code == status
    form = "application/x-www-form-urlencoded"
    response = shopper.post(address, "needs=bunions", form, CONTENT_LENGTH=length)
    assert response.status_code == status


@pytest.mark.parametrize("address", [FIND, FIT])
def test_calls_a_broken_form_a_bad_request(shopper: Client, address: str) -> None:
    response = shopper.post(address, b"--x", content_type="multipart/form-data; boundary=\x00")
    assert response.status_code == 400
    many = "&".join(f"needs={number}" for number in range(1500))
    response = shopper.post(address, many, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400


@pytest.mark.parametrize("address", [FIND, FIT])
class TestForgery:
    """The token vouches for a form; a browser that hides the origin needs nothing more."""

    def post(self, address: str, *, token: str | None = None, **headers: str) -> Any:
        client = Client(enforce_csrf_checks=True)
        client.get(address)
        own = client.cookies["csrftoken"].value
        form = {"csrfmiddlewaretoken": own if token is None else token, "unit": "mm"}
        return client.post(address, form, headers=headers)

    def test_lets_the_own_form_pass_without_an_origin(self, db: None, address: str) -> None:
        assert self.post(address, Origin="null").status_code == 200

    def test_lets_the_own_form_pass_from_here(self, db: None, address: str) -> None:
        assert self.post(address, Origin="http://testserver").status_code == 200

    def test_refuses_another_site(self, db: None, address: str) -> None:
        refused = self.post(address, Origin="https://evil.example")
        assert refused.status_code == 403
        assert refused["Referrer-Policy"] == "no-referrer"

    @pytest.mark.parametrize("token", ["", "x" * 32])
    def test_refuses_a_form_without_the_token(self, db: None, address: str, token: str) -> None:
        assert self.post(address, token=token, Origin="null").status_code == 403


def test_puts_nothing_into_a_session(db: None) -> None:
    client = Client()
    client.get(FIND)
    client.post(FIND, ANSWERS)
    assert "sessionid" not in client.cookies
