"""A mail server that takes everything at once and keeps it, so that the client is what is measured.

    python -m bench.nudges.sink --folder FOLDER

Writes its port to ``FOLDER/port``, and each mail to ``FOLDER/mails`` as its
length, its recipient and its bytes, for :func:`read_mails`.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import re
import signal
import struct
from collections.abc import Iterator
from email import policy
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

_RECIPIENT = re.compile(rb"<([^>]*)>")
# What Postfix and Exim offer, too. Django's own client makes no use of PIPELINING; footback's does.
_EHLO = b"250-sink.example\r\n250-SIZE 33554432\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_HEAD = struct.Struct("!II")


class Arrived(NamedTuple):
    """A mail as it lies in a mailbox."""

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str


class Session(asyncio.Protocol):
    """One client. Commands are answered as they come, also several in one packet."""

    def __init__(self, mails: BinaryIO) -> None:
        self._mails, self._buffer, self._recipient = mails, b"", b""
        self._is_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out: Any = transport
        self._out.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self._is_data:
            end = self._buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            content, self._buffer = self._buffer[: end + 2], self._buffer[end + 5 :]
            content = content.replace(b"\r\n..", b"\r\n.")
            self._mails.write(_HEAD.pack(len(self._recipient), len(content)))
            self._mails.write(self._recipient + content)
            self._is_data = False
            self._out.write(b"250 2.0.0 OK\r\n")
            return True
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        self._answer(line)
        return True

    def _answer(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._out.write(_EHLO)
        elif verb == b"RCPT":
            found = _RECIPIENT.search(line)
            self._recipient = found[1] if found else b""
            self._out.write(b"250 2.1.5 OK\r\n")
        elif verb == b"DATA":
            self._is_data = True
            self._out.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._mails.flush()
            self._out.write(b"221 2.0.0 bye\r\n")
            self._out.close()
        else:
            self._out.write(b"250 2.0.0 OK\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._mails.flush()


def read_mails(folder: Path) -> Iterator[Arrived]:
    """Yield every mail that arrived, as a mail client reads it."""
    with (folder / "mails").open("rb") as file:
        while head := file.read(_HEAD.size):
            recipient_length, length = _HEAD.unpack(head)
            recipient = file.read(recipient_length).decode()
            read = email.message_from_bytes(file.read(length), policy=policy.default)
            parts = [_content(part) for part in read.iter_parts()]
            if len(parts) != 2:
                raise SystemExit(f"a mail of {len(parts)} parts arrived")
            subject = str(read["Subject"]).strip()
            yield Arrived(str(read["Message-ID"]).strip(), recipient, subject, *parts)


def _content(part: Any) -> str:
    return part.get_content().replace("\r\n", "\n").rstrip("\n")


async def _serve(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    with (folder / "mails").open("ab") as mails:
        server = await loop.create_server(lambda: Session(mails), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        (folder / "port.new").write_text(str(port))
        (folder / "port.new").replace(folder / "port")
        await over.wait()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    asyncio.run(_serve(parser.parse_args().folder))


if __name__ == "__main__":
    main()
