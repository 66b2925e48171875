"""An SMTP server that keeps what it is given: one file per mail, nothing is passed on.

Run as ``python -m footback_shop.mailbox.sink --port 8025 --directory var/mailbox``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MAIL_BYTES = 2_000_000


class MailFolder:
    """Writes each mail that arrives into a folder, whole or not at all."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store one mail and say so; the answer names the file, as a mail server's queue id."""
        received = datetime.now(tz=UTC)
        name = f"{received:%Y%m%dT%H%M%S.%fZ}-{uuid4().hex[:8]}"
        head = [f"Return-Path: <{envelope.mail_from or ''}>"]
        head += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
        head += [f"Received: by the demo's mail sink; {received:%a, %d %b %Y %H:%M:%S +0000}"]
        content = envelope.content or b""
        data = content.encode() if isinstance(content, str) else content
        unfinished = self.directory / f"{name}.part"
        unfinished.write_bytes("\r\n".join([*head, ""]).encode() + data)
        os.replace(unfinished, self.directory / f"{name}.eml")  # noqa: PTH105
        return f"250 OK kept as {name}"


async def serve(*, host: str, port: int, directory: Path) -> None:
    """Take mail until SIGTERM or SIGINT.

    :raises OSError: when the port is taken.
    """
    folder = MailFolder(directory)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: SMTP(folder, data_size_limit=MAX_MAIL_BYTES, enable_SMTPUTF8=True, loop=loop),
        host=host,
        port=port,
    )
    with contextlib.suppress(asyncio.CancelledError):
        await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Keep every mail in a folder; pass none on.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(host=options.host, port=options.port, directory=options.directory))


if __name__ == "__main__":
    main()
