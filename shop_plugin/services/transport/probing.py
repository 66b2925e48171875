"""Is the broker there, is the mail server there: asked with short patience, answered in a line."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread

from celery import current_app
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

PATIENCE_SECONDS = 3.0
USER_INFO = re.compile(r"//[^/@]*@")
ERROR_NUMBER = re.compile(r"^(?:\[Errno -?\d+\]|Error \d+) ")


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking a server.

    ``where`` names it without any password. ``is_there`` is ``None`` where
    there is no server to ask. ``problem`` is one line for people.
    """

    where: str
    is_there: bool | None
    problem: str = ""


def probe_broker(*, patience_seconds: float = PATIENCE_SECONDS) -> Probe:
    """Ask the broker of the site's Celery app for a connection. Never raises, never hangs."""
    url = str(current_app.conf.broker_write_url or current_app.conf.broker_url or "")
    if not url:
        return Probe("", None)
    where = USER_INFO.sub("//", url.split(";")[0])
    # Client libraries try again for longer than anybody wants to wait, whatever their options say.
    answers: Queue[str] = Queue()
    Thread(target=_try_broker, args=(url, patience_seconds, answers), daemon=True).start()
    try:
        problem = answers.get(timeout=patience_seconds)
    except Empty:
        problem = f"no answer within {patience_seconds:g} s"
    return Probe(where, not problem, problem)


def _try_broker(url: str, patience_seconds: float, answers: Queue[str]) -> None:
    options = {
        **(current_app.conf.broker_transport_options or {}),
        "socket_connect_timeout": patience_seconds,
        "socket_timeout": patience_seconds,
    }
    try:
        with current_app.connection_for_write(
            url=url, connect_timeout=patience_seconds, transport_options=options
        ) as connection:
            connection.connect()
    except Exception as error:  # each transport has its own errors, and none may get out
        answers.put(_one_line(error))
    else:
        answers.put("")


def probe_mail_server(*, patience_seconds: float = PATIENCE_SECONDS) -> Probe:
    """Log in to the mail server and leave again, sending nothing. Never raises, never hangs.

    A backend that speaks to no server of ours (console, files, a provider's
    API) is not asked.
    """
    backend = get_connection()
    if not isinstance(backend, EmailBackend):
        return Probe(settings.EMAIL_BACKEND, None)
    where = f"{backend.host}:{backend.port}"
    backend.timeout = patience_seconds
    try:
        backend.open()
        code, answer = backend.connection.noop() if backend.connection else (0, b"no connection")
    except (OSError, smtplib.SMTPException) as error:
        return Probe(where, False, _one_line(error))
    finally:
        backend.close()
    if code != 250:
        return Probe(where, False, f"{code} {answer.decode('utf-8', 'replace')}"[:200])
    return Probe(where, True)


def _one_line(error: Exception) -> str:
    text = ERROR_NUMBER.sub("", " ".join(str(error).split())) or type(error).__name__
    return USER_INFO.sub("//", text)[:200].rstrip(".")
