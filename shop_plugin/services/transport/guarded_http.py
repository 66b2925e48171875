"""Requests to addresses that somebody else may have chosen: to public machines only, over TLS.

A name is looked up once, every address it leads to is judged, and exactly the
one that was judged is connected to; so a name that answers differently a
moment later gains nothing. No proxy of the environment is used, no redirect
is followed here, and both the time and the bytes of an answer have an end.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

PATIENCE_SECONDS: Final = 10.0
MOST_ANSWER_BYTES: Final = 64 * 1024
_CHUNK: Final = 64 * 1024
_IP = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses of the other family are hidden in these (RFC 6052, RFC 8215).
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class GuardedRequestError(Exception):
    """A request that was not made or not answered. ``code`` is stable; the text is for a log.

    "bad_address" is no https address, "denied_address" one that leads to no
    public machine, "unknown_name", "unreachable", "timeout", "tls",
    "too_large" and "broken" what came of asking.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: _IP) -> bool:
    """Tell whether an address is of a machine in the public internet.

    Not this machine, no private, link-local, shared (carrier), reserved or
    multicast one, and no such one inside an IPv6 address that leads to it.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and any(address in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def request_guarded(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
    most_bytes: int = MOST_ANSWER_BYTES,
) -> Answer:
    """Make one request over https and return the whole answer, whatever its status.

    :raises GuardedRequestError: when it is not made, not answered in time or too large.
    """
    with open_guarded(
        method=method, url=url, headers=headers, body=body, patience_seconds=patience_seconds
    ) as opened:
        parts, size = [], 0
        for part in opened.chunks():
            size += len(part)
            if size > most_bytes:
                raise GuardedRequestError("too_large", f"the answer has more than {most_bytes} B")
            parts.append(part)
        return Answer(opened.status, opened.headers, b"".join(parts))


class OpenAnswer:
    """An answer whose head was read; its body comes in pieces, before the time is up."""

    def __init__(self, response: http.client.HTTPResponse, line: _Line, until: float) -> None:
        self._response, self._line, self._until = response, line, until
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def chunks(self) -> Iterator[bytes]:
        """Yield the body.

        :raises GuardedRequestError: when the time is up, or the other side breaks off.
        """
        with _named_failures(self._line):
            while True:
                self._line.allow(self._until - time.monotonic())
                part = self._response.read1(_CHUNK)
                if not part:
                    if self._response.length:
                        # By the other side or by our own alarm; which of the two is told below.
                        raise http.client.IncompleteRead(b"", self._response.length)
                    return
                yield part


@contextmanager
def open_guarded(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Iterator[OpenAnswer]:
    """Make one request over https and hand over the answer to be read in pieces.

    ``patience_seconds`` is for all of it, the body included. A redirect is an
    answer like any other: whoever follows it opens its address here again.

    :raises GuardedRequestError: when it is not made or not answered.
    """
    until = time.monotonic() + patience_seconds
    address = _read_address(url)
    line = _Line(address, until)
    # A server that sends a byte now and then never lets a socket's own limit run out.
    alarm = threading.Timer(patience_seconds, line.cut)
    alarm.daemon = True
    alarm.start()
    try:
        with _named_failures(line):
            target = address.path or "/"
            if address.query:
                target = f"{target}?{address.query}"
            line.request(method, target, body=body, headers=dict(headers))
            line.allow(until - time.monotonic())
            response = line.getresponse()
        yield OpenAnswer(response, line, until)
    finally:
        alarm.cancel()
        line.close()


class _Line(http.client.HTTPSConnection):
    """A connection to the very address that was judged."""

    def __init__(self, address: SplitResult, until: float) -> None:
        host = address.hostname or ""
        super().__init__(host, address.port or 443, context=make_tls_context())
        self._until = until
        self.is_cut = False

    def cut(self) -> None:
        """End the conversation, whatever is under way; called by another thread."""
        self.is_cut = True
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        found = _look_up(self.host, self.port)
        allowed = [item for item in found if is_public(_ip_of(item[4]))]
        if not allowed:
            raise GuardedRequestError(
                "denied_address", f"{self.host} leads to no machine of the public internet"
            )
        failure: OSError | None = None
        for family, kind, protocol, _name, place in allowed:
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(_left(self._until))
                line.connect(place)
                if not is_public(_ip_of(line.getpeername())):
                    raise GuardedRequestError("denied_address", "the peer is no public machine")
                line.settimeout(_left(self._until))
                self.sock = make_tls_context().wrap_socket(line, server_hostname=self.host)
            except OSError as error:
                line.close()
                failure = error
            except BaseException:
                line.close()
                raise
            else:
                return
        raise failure or GuardedRequestError("unreachable", "no address could be reached")

    def allow(self, seconds: float) -> None:
        """Let the next answer of the socket take so long at most."""
        if seconds <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(seconds)


def make_tls_context() -> ssl.SSLContext:
    """Return how the other side proves who it is: a certificate that this machine trusts."""
    return ssl.create_default_context()


def _read_address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        is_good = bool(address.hostname) and address.port != 0
    except ValueError:
        is_good = False
    if not is_good or address.scheme != "https" or address.username is not None:
        raise GuardedRequestError("bad_address", "it is no https address without a login")
    if not url.isascii() or any(sign.isspace() for sign in url):
        raise GuardedRequestError("bad_address", "it holds what must be escaped in an address")
    return address


def _look_up(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    try:
        # The stubs name every form of an address; those of TCP begin with host and port.
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[return-value]
    except (OSError, UnicodeError) as error:
        raise GuardedRequestError("unknown_name", f"{host} is not known") from error


def _ip_of(place: tuple[str, int]) -> _IP:
    return ipaddress.ip_address(place[0].partition("%")[0])


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


@contextmanager
def _named_failures(line: _Line) -> Iterator[None]:
    """Give what may go wrong a stable name; the words of the other side are left out."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        if line.is_cut or isinstance(error, TimeoutError):
            raise GuardedRequestError("timeout", "the time is up") from error
        raise _name_failure(error) from error
    else:
        if line.is_cut:
            raise GuardedRequestError("timeout", "the time is up")


def _name_failure(error: Exception) -> GuardedRequestError:
    if isinstance(error, ssl.SSLError):
        return GuardedRequestError("tls", f"no trusted connection ({error.reason})")
    if isinstance(error, OSError):
        return GuardedRequestError("unreachable", type(error).__name__)
    return GuardedRequestError("broken", type(error).__name__)
