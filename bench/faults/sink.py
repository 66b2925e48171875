"""A mail server that misbehaves by the dice, and a log that tells what it took.

Run as a program of its own. It refuses one recipient in a hundred for now
(451), and of a thousand mails it takes one and cuts the line before saying
so. Its log is written as Postfix writes one, a line per event, so that what
reads real logs reads this one. SIGUSR1 ends the misbehaviour.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSED_OF_A_THOUSAND = 10
CUT_OF_A_THOUSAND = 1
# A real server's log begins before and goes on after a run of seconds: lines that say only that
# nothing else happened.
BEFORE, AFTER = timedelta(hours=1), timedelta(hours=1)

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """The server's handler. With ``key_header`` it knows a repeat and takes no second copy."""

    def __init__(self, log: Path, dice: random.Random, key_header: str) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dice = dice
        self._key = re.compile(
            rb"^%s:\s*(\S+)" % re.escape(key_header.encode()), re.IGNORECASE | re.MULTILINE
        )
        self._has_key = bool(key_header)
        self._known: set[bytes] = set()
        self.is_faulty = True
        self._taken = 0
        self._write(datetime.now(UTC) - BEFORE, "master[1]", "daemon started")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse one in a hundred for now."""
        if self.is_faulty and self._dice.randrange(1000) < REFUSED_OF_A_THOUSAND:
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, write it down, and now and then cut the line instead of saying so."""
        content = envelope.original_content or b""
        if not self._is_repeat(content):
            self._take(content, envelope.rcpt_tos[0])
        if self.is_faulty and self._dice.randrange(1000) < CUT_OF_A_THOUSAND:
            server.transport.abort()
        return "250 OK"

    def close(self) -> None:
        """Let the log say that nothing came for an hour after."""
        self._write(datetime.now(UTC) + AFTER, "master[1]", "terminating")

    def _is_repeat(self, content: bytes) -> bool:
        if not self._has_key:
            return False
        match = self._key.search(content)
        if match is None or match[1] in self._known:
            return match is not None
        self._known.add(match[1])
        return False

    def _take(self, content: bytes, recipient: str) -> None:
        self._taken += 1
        now, queue = datetime.now(UTC), f"{self._taken:08X}"
        match = _MESSAGE_ID.search(content)
        message_id = match[1].decode("ascii", "replace") if match else "<none>"
        self._write(now, "cleanup[1]", f"{queue}: message-id={message_id}")
        delivery = f"to=<{recipient}>, relay=local, delay=0, dsn=2.0.0, status=sent (delivered)"
        self._write(now, "local[1]", f"{queue}: {delivery}")

    def _write(self, at: datetime, daemon: str, text: str) -> None:
        os.write(self._log, f"{at.isoformat()} sink postfix/{daemon}: {text}\n".encode())


def count_taken(log: Path) -> Counter[str]:
    """Return how many copies of each Message-ID the server took."""
    marker = "message-id="
    with log.open() as lines:
        return Counter(line.split(marker, 1)[1].strip() for line in lines if marker in line)


async def _serve(sink: Sink, ready: Path) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(sink, "is_faulty", False))
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="sink.example", loop=loop), "127.0.0.1", 0
    )
    ready.with_suffix(".new").write_text(str(server.sockets[0].getsockname()[1]))
    ready.with_suffix(".new").replace(ready)
    await over.wait()
    sink.close()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--ready", type=Path, required=True, help="gets the port once it listens")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--key-header", default="")
    options = parser.parse_args()
    sink = Sink(options.log, random.Random(options.seed), options.key_header)
    asyncio.run(_serve(sink, options.ready))


if __name__ == "__main__":
    main()
