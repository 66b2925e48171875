"""A feed fetched from an address: only where the shop switched it on, and from named hosts.

Every request goes through :mod:`shop_plugin.services.transport.guarded_http`,
which reaches public machines over https only. Here a redirect is followed at
most three times, each as if somebody had given its address anew, and a file
lands in a temporary folder, never larger than it may be, packed or unpacked.
"""

from __future__ import annotations

import re
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from shop_plugin.conf import get_settings
from shop_plugin.domain.ports import UnusableSource
from shop_plugin.services.transport.guarded_http import (
    GuardedRequestError,
    OpenAnswer,
    open_guarded,
)

MOST_BYTES: Final = 50 * 1024 * 1024
#: What a packed feed may unpack to; a feed shrinks to a tenth or so.
MOST_UNPACKED_BYTES: Final = 250 * 1024 * 1024
MOST_REDIRECTS: Final = 3
ANY_HOST: Final = "*"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GZIP_START = b"\x1f\x8b"
_PIECE = 256 * 1024
_ODD_SIGNS = re.compile(r"[^\w.-]+", re.ASCII)
_HEADERS = {
    "Accept": "application/xml, text/xml, text/csv, text/tab-separated-values, */*;q=0.5",
    # Nothing is unpacked behind our back; what is packed all the same is unpacked below.
    "Accept-Encoding": "identity",
    "User-Agent": "footback",
}
_WHY = {
    "bad_address": "it is no https address without a login",
    "denied_address": "it leads to no machine of the public internet",
    "unknown_name": "nobody knows a machine of this name",
    "unreachable": "the machine cannot be reached",
    "timeout": "the time was up (URL_IMPORT_SECONDS)",
    "tls": "the certificate of the machine is not trusted",
    "too_large": "the answer is too large",
    "broken": "the answer was cut off or is no HTTP",
}


@contextmanager
def download_feed(*, url: str) -> Iterator[Path]:
    """Hand over the path of a file with what stands at an address; it is deleted at the end.

    The file is named as the last part of the address, without ".gz", so that
    its ending tells the format. What is packed with gzip is unpacked.

    :raises UnusableSource: where it is not allowed, or did not come whole; with what to do. Of
        the address only the host and the file's name are told: the rest may hold a password.
    """
    allowed = get_settings().URL_IMPORT
    if not allowed:
        raise UnusableSource(
            "importing from an address is switched off; FOOTBACK['URL_IMPORT'] names the hosts "
            "that files may be fetched from"
        )
    with tempfile.TemporaryDirectory(prefix="footback-") as folder:
        path = Path(folder, _file_name(url))
        try:
            with path.open("xb") as file:
                _fetch(url, allowed, file)
        except OSError as error:
            raise UnusableSource(
                f"the file cannot be kept in the temporary folder: {error.strerror or error}"
            ) from error
        yield path


def _fetch(url: str, allowed: Iterable[str], file: BinaryIO) -> None:
    until = time.monotonic() + get_settings().URL_IMPORT_SECONDS
    for _redirects in range(MOST_REDIRECTS + 1):
        address = _check(url, allowed)
        try:
            with open_guarded(
                method="GET",
                url=url,
                headers=_HEADERS,
                patience_seconds=max(until - time.monotonic(), 0.001),
            ) as answer:
                if answer.status not in _REDIRECTS:
                    _keep(answer, address, file)
                    return
                url = _follow(url, answer.headers.get("location", ""))
        except GuardedRequestError as error:
            why = _WHY.get(error.code, error.code)
            raise UnusableSource(f"{_tell(address)} was not fetched: {why}") from error
    raise UnusableSource(
        f"{_tell(address)} was not fetched: it leads on more than {MOST_REDIRECTS} times"
    )


def _follow(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # judged like any other, and refused


def _check(url: str, allowed: Iterable[str]) -> SplitResult:
    try:
        address = urlsplit(url)
        host = (address.hostname or "").rstrip(".")
    except ValueError:
        raise UnusableSource("the address is none that could be fetched") from None
    if address.scheme != "https" or not host:
        raise UnusableSource(
            f"only https addresses are fetched, not {address.scheme or 'one without a scheme'}"
        )
    names = {name.lower().rstrip(".") for name in allowed}
    if ANY_HOST not in names and host not in names:
        raise UnusableSource(
            f"{host} is none of the hosts in FOOTBACK['URL_IMPORT']; add it there, if it is yours"
        )
    return address


def _keep(answer: OpenAnswer, address: SplitResult, file: BinaryIO) -> None:
    if answer.status != 200:
        raise UnusableSource(f"{_tell(address)} was answered by {answer.status}, not by a file")
    pieces = _limited(answer.chunks(), MOST_BYTES, address)
    first = next(pieces, b"")
    while len(first) < len(_GZIP_START) and (more := next(pieces, b"")):
        first += more
    is_packed = first.startswith(_GZIP_START)
    whole = _chain(first, pieces)
    if is_packed:
        whole = _limited(_unpack(whole, address), MOST_UNPACKED_BYTES, address)
    for piece in whole:
        file.write(piece)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _limited(pieces: Iterable[bytes], most: int, address: SplitResult) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise UnusableSource(f"{_tell(address)} has more than {most // 1024**2} MB")
        yield piece


def _unpack(pieces: Iterator[bytes], address: SplitResult) -> Iterator[bytes]:
    """Yield what gzip holds, in pieces of bounded size: a bomb goes off piece by piece."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            left = piece
            while left:
                if unpacker.eof:  # a packed file may be several, one behind the other
                    if not left.startswith(_GZIP_START[:1]):
                        return  # padding
                    unpacker = zlib.decompressobj(wbits=31)
                yield unpacker.decompress(left, _PIECE)
                left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        while not unpacker.eof and (rest := unpacker.decompress(b"", _PIECE)):
            yield rest
    except zlib.error as error:
        raise UnusableSource(f"{_tell(address)} is packed and cannot be unpacked") from error
    if not unpacker.eof:
        raise UnusableSource(f"{_tell(address)} is packed and breaks off")


def _file_name(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    name = _ODD_SIGNS.sub("_", unquote(path).rpartition("/")[2]).strip("._")[-100:]
    return name.removesuffix(".gz") or "feed"


def _tell(address: SplitResult) -> str:
    name = _file_name(address.geturl())
    return f"{name} of {address.hostname}"
