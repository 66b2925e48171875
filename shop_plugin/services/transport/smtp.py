"""Handing one mail to the mail server, with the fence at the last possible moment.

The fence runs between the server's yes to the recipient and the DATA command:
up to there nothing has left, from there on nobody can call the mail back. What
happened is told as an :class:`Outcome`; nothing here knows the database.
"""

from __future__ import annotations

import io
import re
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.utils.module_loading import import_string

from shop_plugin.services.transport.wire import write_wire

# The reply after the final dot may take longer than any other, because the server delivers
# meanwhile. A time-out there parks the mail and never repeats it, so ten minutes (RFC 5321,
# 4.5.3.2.6) are not needed.
DATA_TIMEOUT_FACTOR = 2
# A server that drips its reply byte by byte never runs into a socket's time-out.
REPLY_DEADLINE_FACTOR = 2
DEFAULT_TIMEOUT_SECONDS = 60

_ENHANCED_CODE = re.compile(rb"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_SLOW_DOWN = frozenset({421, 432})


class Phase(StrEnum):
    """How far a hand-over came."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    FENCE = "fence"
    DATA = "data"
    ACCEPTED = "accepted"


class Result(StrEnum):
    """What a hand-over came to."""

    SENT = "sent"
    HELD = "held"  # the fence said no
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class FenceClosed(Exception):
    """Raised by a fence to keep the mail from leaving."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the mail server said and what follows from it.

    ``code`` is the reply ("550 5.1.1") or the name of the error. An address
    that ``is_hard_bounce`` does not exist. A failure that ``is_transport``
    says something about the server, not about this mail; one that does not
    ``burn_attempt`` never came as far as this mail at all.
    """

    result: Result
    phase: Phase
    code: str = ""
    detail: str = ""
    is_hard_bounce: bool = False
    is_transport: bool = False
    burns_attempt: bool = True


class _Handover:
    """The progress of one mail, written by the connection, read afterwards."""

    def __init__(self, fence: Callable[[], None]) -> None:
        self.fence = fence
        self.phase = Phase.CONNECT
        # The one recipient, where sender and recipient may be asked for in one packet.
        self.recipient = ""


class _FencedConnection(smtplib.SMTP):
    """An SMTP connection that knows how far it came and asks the fence before DATA."""

    handover: _Handover | None = None
    _ahead = ""  # leaves with the next command
    _is_asked = False  # the recipient: its reply is on its way

    def mail(self, *args: Any, **kwargs: Any) -> Any:
        self._reach(Phase.MAIL)
        recipient = self.handover.recipient if self.handover is not None else ""
        self._is_asked = bool(recipient) and self.does_esmtp and self.has_extn("pipelining")
        # RFC 2920: two questions in one packet. Their replies are read one by one as ever; after
        # an error the connection is dropped, and with it whatever reply is still on its way.
        self._ahead = f"rcpt TO:<{recipient}>{smtplib.CRLF}" if self._is_asked else ""
        return super().mail(*args, **kwargs)

    def rcpt(self, *args: Any, **kwargs: Any) -> Any:
        self._reach(Phase.RCPT)
        if self._is_asked:
            self._is_asked = False
            return self.getreply()
        return super().rcpt(*args, **kwargs)

    def send(self, s: Any) -> None:
        ahead, self._ahead = self._ahead, ""
        super().send(s + ahead if ahead else s)

    def data(self, msg: Any) -> Any:
        self._reach(Phase.FENCE)
        if self.handover is not None:
            self.handover.fence()
        self._reach(Phase.DATA)
        is_wire = self.handover is not None and bool(self.handover.recipient)
        with self._patience(DATA_TIMEOUT_FACTOR):
            code, reply = self._write_down(msg) if is_wire else super().data(msg)
        if code == 250:
            self._reach(Phase.ACCEPTED)
        return code, reply

    def _write_down(self, content: bytes) -> Any:
        """Do as smtplib does, for a mail that begins with a header and whose lines end in CRLF."""
        code, reply = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        # RFC 5321, 4.5.2. A search for two letters takes a twentieth of one for line starts.
        self.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return self.getreply()

    def getreply(self) -> Any:
        # smtplib reads from what it finds here; it forgets it whenever the socket is another.
        if self.sock is not None:
            if self.file is None:
                self.file = io.BufferedReader(_ReplyReads(self.sock))
            self.file.raw.begin(_timeout_of(self.sock) * REPLY_DEADLINE_FACTOR)
        return super().getreply()

    def _reach(self, phase: Phase) -> None:
        if self.handover is not None:
            self.handover.phase = phase

    @contextmanager
    def _patience(self, factor: int) -> Iterator[None]:
        connection, usual = self.sock, _timeout_of(self.sock)
        if connection is not None:
            connection.settimeout(usual * factor)
        try:
            yield
        finally:
            if connection is not None and self.sock is connection:
                connection.settimeout(usual)


def _timeout_of(connection: socket.socket | None) -> float:
    timeout = connection.gettimeout() if connection is not None else None
    return timeout or DEFAULT_TIMEOUT_SECONDS


class _ReplyReads(io.RawIOBase):
    """Reads from a socket that all have to end by one moment, however small the pieces are."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = 0.0

    def begin(self, seconds: float) -> None:
        """Let the reads of one reply end so many seconds from now."""
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left, usual = self._until - time.monotonic(), self._connection.gettimeout()
        if left <= 0:
            raise TimeoutError("the reply took too long")
        if usual is not None and usual <= left:
            return self._connection.recv_into(buffer)
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(usual)


def is_anymail_used() -> bool:
    """Tell whether mails leave by the web API of a provider, through django-anymail."""
    return str(django_settings.EMAIL_BACKEND).startswith("anymail.")


class Transport:
    """The configured mail backend, with one connection kept open over a batch of mails."""

    def __init__(self) -> None:
        self._class: type[BaseEmailBackend] = import_string(django_settings.EMAIL_BACKEND)
        self._backend: BaseEmailBackend | None = None

    def hand_over(self, mail: EmailMessage, *, fence: Callable[[], None]) -> Outcome:
        """Give one mail to the server and tell what came of it. Never raises for a server's fault.

        ``fence`` is called once, when nothing but the mail itself is left to
        be sent; it raises :class:`FenceClosed` to stop it. A connection that
        the server dropped while it lay idle is opened anew, once.
        """
        was_open = self._backend is not None
        outcome = self._try(mail, fence)
        if was_open and outcome.phase in (Phase.CONNECT, Phase.MAIL) and outcome.is_transport:
            outcome = self._try(mail, fence)
        return outcome

    def close(self) -> None:
        """Say goodbye to the server. A server that does not answer is no problem any more."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(OSError, smtplib.SMTPException):
                backend.close()

    def _try(self, mail: EmailMessage, fence: Callable[[], None]) -> Outcome:
        handover = _Handover(fence)
        try:
            self._send(mail, handover)
        except FenceClosed as closed:
            self._rewind()
            return Outcome(Result.HELD, Phase.FENCE, code=str(closed)[:40])
        except Exception as error:
            # Host backends may raise anything; what counts is how far the mail had come.
            self._drop()
            return _judge(error, handover.phase)
        return Outcome(Result.SENT, Phase.ACCEPTED, code="250")

    def _send(self, mail: EmailMessage, handover: _Handover) -> None:
        if not issubclass(self._class, SmtpBackend):
            self._send_elsewhere(mail, handover)
            return
        if self._backend is None:
            backend = _fenced(self._class)()
            backend.open()
            self._backend = backend
        connection = self._backend.connection  # type: ignore[attr-defined]
        connection.handover = handover
        # A host's own kind of backend may look into the mail, and gets it as Django makes it.
        wire = write_wire(mail) if self._class is SmtpBackend else None
        if wire is None:
            self._backend.send_messages([mail])
        else:
            handover.recipient = wire.recipient
            connection.sendmail(wire.sender, [wire.recipient], wire.content)
        connection.handover = None

    def _send_elsewhere(self, mail: EmailMessage, handover: _Handover) -> None:
        """Send by a backend that does not speak SMTP: the fence comes just before."""
        if self._backend is None:
            self._backend = self._class()
            self._backend.open()
        handover.phase = Phase.FENCE
        handover.fence()
        handover.phase = Phase.DATA
        self._backend.send_messages([mail])
        handover.phase = Phase.ACCEPTED

    def _rewind(self) -> None:
        """Take the recipient back, so that the connection can carry the next mail."""
        connection = getattr(self._backend, "connection", None)
        if isinstance(connection, smtplib.SMTP):
            try:
                connection.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def _drop(self) -> None:
        """Forget the connection without a word: after an error nothing polite can be relied on."""
        backend, self._backend = self._backend, None
        connection = getattr(backend, "connection", None)
        if isinstance(connection, smtplib.SMTP):
            connection.close()


def _fenced(backend_class: type[SmtpBackend]) -> type[SmtpBackend]:
    """Return the host's SMTP backend with the fence in its connection."""

    def connection_class(self: SmtpBackend) -> type[smtplib.SMTP]:
        usual = backend_class.connection_class.fget(self)  # type: ignore[attr-defined]
        return type("FencedConnection", (_FencedConnection, usual), {})

    return type(
        f"Fenced{backend_class.__name__}",
        (backend_class,),
        {"connection_class": property(connection_class)},
    )


def _judge(error: Exception, phase: Phase) -> Outcome:
    """Return what follows from an error at a phase: the outcome table of nudges, 3.5."""
    if phase is Phase.ACCEPTED:
        return Outcome(Result.SENT, phase, code="250")
    number, reply = _reply_of(error)
    if number is None:
        return _judge_silence(error, phase)
    enhanced = _ENHANCED_CODE.match(reply)
    code = f"{number} {enhanced[1].decode()}" if enhanced else str(number)
    detail = reply.decode("utf-8", "replace")[:300]
    if phase in (Phase.CONNECT, Phase.MAIL):
        # Nobody has asked for this person yet: log-in or sender are refused.
        burns = phase is Phase.MAIL and number not in _SLOW_DOWN
        return Outcome(Result.RETRY, phase, code, detail, is_transport=True, burns_attempt=burns)
    if number < 500:
        return Outcome(Result.RETRY, phase, code, detail, is_transport=number in _SLOW_DOWN)
    reason = code.partition(" ")[2]
    if reason.startswith("5.7."):
        return Outcome(Result.FAILED, phase, code, detail, is_transport=True)
    is_gone = reason.startswith("5.1.") or (
        phase is Phase.RCPT and number in _NO_SUCH_MAILBOX and not reason.startswith("5.2.")
    )
    return Outcome(Result.FAILED, phase, code, detail, is_hard_bounce=is_gone)


def _judge_silence(error: Exception, phase: Phase) -> Outcome:
    """Judge an error without a reply: a cut, a time-out, or a mail that cannot be written."""
    code, detail = type(error).__name__[:40], str(error)[:300]
    if phase is Phase.DATA:
        return Outcome(Result.UNCERTAIN, phase, code, detail, is_transport=True)
    if isinstance(error, ValueError):
        return Outcome(Result.FAILED, phase, code, detail)
    return Outcome(
        Result.RETRY,
        phase,
        code,
        detail,
        is_transport=phase is not Phase.FENCE,
        burns_attempt=phase is not Phase.CONNECT,
    )


def _reply_of(error: Exception) -> tuple[int | None, bytes]:
    """Return the server's reply that an error carries, if it carries one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()), (None, b""))
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        reply = error.smtp_error
        return error.smtp_code, reply if isinstance(reply, bytes) else str(reply).encode()
    return None, b""
