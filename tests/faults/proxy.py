"""A line to a server that a test may slow down, cut, reset, or let die without a word."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

CHUNK_BYTES = 65_536
# On, for no seconds: closing sends RST and not FIN.
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Line:
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    is_dead: bool = False


class Proxy:
    """A TCP port of this machine, and a loop in a thread of its own that forwards to a server.

    ``delay`` are the seconds that each chunk waits; ``is_mute`` lets new lines
    open and carry nothing.
    """

    def __init__(self, unix_path: str) -> None:
        self._unix_path = unix_path
        self.delay = 0.0
        self.is_mute = False
        self.opened = 0
        self._lines: set[_Line] = set()
        # Held, for the loop itself does not: a line that waits for ever would be swept away.
        self._tasks: set[asyncio.Task[None] | None] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def fall_silent(self) -> None:
        """Let the lines that are open carry nothing any more, and close none: half-open."""
        self._to_each(lambda line: setattr(line, "is_dead", True))

    def cut(self) -> None:
        """Close the lines that are open, as a server does that ends."""
        self._to_each(lambda line: (line.near.close(), line.far.close()))

    def reset(self) -> None:
        """Break the lines that are open: the client gets RST."""
        self._to_each(_reset)

    def close(self) -> None:
        """End every line and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _to_each(self, act: Callable[[_Line], object]) -> None:
        async def do() -> None:
            for line in list(self._lines):
                act(line)

        asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._unix_path)
        line = _Line(writer, far_writer, is_dead=self.is_mute)
        self._lines.add(line)
        self._tasks.add(asyncio.current_task())
        self.opened += 1
        ways = (self._pump(reader, far_writer, line), self._pump(far_reader, writer, line))
        try:
            await asyncio.gather(*ways)
        except asyncio.CancelledError:
            pass  # the proxy ends, and with it what waited for ever
        finally:
            self._lines.discard(line)
            self._tasks.discard(asyncio.current_task())
            writer.close()
            far_writer.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if line.is_dead:
                    break
                await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        if line.is_dead:  # neither side hears that the other has gone
            await asyncio.Event().wait()
        writer.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reset(line: _Line) -> None:
    if line.near.is_closing():
        return
    line.near.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    line.near.transport.abort()
    line.far.close()


@contextmanager
def proxy_to(unix_path: str) -> Iterator[Proxy]:
    proxy = Proxy(unix_path)
    try:
        yield proxy
    finally:
        proxy.close()
