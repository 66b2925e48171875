"""A mail server that misbehaves on demand, over a real socket."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_SECONDS = 60

# What the server does at a step. A text is the reply; the others:
ACCEPT = ""
HANG = "hang"  # say nothing for a minute
CUT = "cut"  # close the connection without a word
KEEP_AND_CUT = "keep and cut"  # take the mail, then close before saying so
DRIP = "drip"  # answer one byte at a time, never ending the line


@dataclass
class Script:
    """What to do at each step. ``replies`` at a step are used up one by one, then it accepts."""

    banner: list[str] = field(default_factory=list)
    mail: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)

    def next(self, step: str) -> str:
        replies = getattr(self, step)
        return replies.pop(0) if replies else ACCEPT


class _Server(SMTP):
    def __init__(self, handler: Sink) -> None:
        super().__init__(handler, hostname="sink.example")
        self._sink = handler

    async def _handle_client(self) -> None:
        action = self._sink.script.next("banner")
        self._sink.connections += 1
        if action == HANG:
            await asyncio.sleep(HANG_SECONDS)
        elif action == CUT:
            self.transport.abort()
            return
        elif action == DRIP:
            for _ in range(HANG_SECONDS * 10):
                self._writer.write(b"2")
                await self._writer.drain()
                await asyncio.sleep(0.1)
        elif action:
            await self.push(action)
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        action = self._sink.script.next("data")
        if action == HANG:
            await asyncio.sleep(HANG_SECONDS)
        elif action == CUT:
            self.transport.abort()
        elif action:
            await self.push(action)
            self._set_post_data_state()
        else:
            await super().smtp_DATA(arg)


class Sink:
    """The handler and the mailbox: every mail the server took, by Message-ID."""

    def __init__(self) -> None:
        self.script = Script()
        self.taken: Counter[str] = Counter()
        self.recipients: list[str] = []
        self.connections = 0
        self.pipelines = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        offers = ["250-PIPELINING"] if self.pipelines else []
        return [*replies[:-1], *offers, replies[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        action = await self._act("mail", server)
        if not action:
            envelope.mail_from = address
        return action or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        action = await self._act("rcpt", server)
        if not action:
            envelope.rcpt_tos.append(address)
        return action or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        action = self.script.next("end")
        if action in (ACCEPT, KEEP_AND_CUT):
            parsed = message_from_bytes(envelope.original_content or b"")
            self.taken[str(parsed["Message-ID"])] += 1
            self.recipients.extend(envelope.rcpt_tos)
        if action == HANG:
            await asyncio.sleep(HANG_SECONDS)
        if action in (CUT, KEEP_AND_CUT):
            server.transport.abort()
        return action or "250 OK"

    async def _act(self, step: str, server: SMTP) -> str:
        action = self.script.next(step)
        if action == HANG:
            await asyncio.sleep(HANG_SECONDS)
        if action == CUT:
            server.transport.abort()
        return action


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running_sink() -> Iterator[tuple[Sink, int]]:
    """Run a sink on a free port of this machine; yield it and the port."""
    sink = Sink()
    controller = _Controller(sink, hostname="127.0.0.1", port=0)
    controller.start()
    sink.connections = 0  # the controller itself connects once, to see whether it works
    try:
        yield sink, controller.port
    finally:
        controller.stop(no_assert=True)
