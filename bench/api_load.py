"""A load of plain HTTP/1.1 requests over kept connections, loopback only, in one process."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

READ_BYTES = 1 << 16


@dataclass
class Load:
    """What was answered: times in seconds, statuses with their number."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


def main() -> None:
    """Send the requests of a JSON file round and round, and print what came back as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=json.loads)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, required=True)
    options = parser.parse_args()
    begun = time.perf_counter()
    load = asyncio.run(_run(options.port, options.requests, options.seconds, options.connections))
    took = time.perf_counter() - begun
    times = sorted(load.seconds)
    print(
        json.dumps(
            {
                "per_second": len(times) / took,
                "p50_ms": times[len(times) // 2] * 1000,
                "p95_ms": times[int(len(times) * 0.95)] * 1000,
                "statuses": load.statuses,
            }
        )
    )


async def _run(port: int, requests: Sequence[Sequence[str]], seconds: float, number: int) -> Load:
    load = Load()
    end = time.perf_counter() + seconds
    raw = [_write(path, tag) for path, tag in requests]
    await asyncio.gather(*(_connection(port, raw, turn, end, load) for turn in range(number)))
    return load


def _write(path: str, tag: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: */*"]
    if tag:
        lines.append(f"If-None-Match: {tag}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _connection(port: int, raw: list[bytes], turn: int, end: float, load: Load) -> None:
    reader = writer = None
    while time.perf_counter() < end:
        if reader is None or writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        begun = time.perf_counter()
        writer.write(raw[turn % len(raw)])
        turn += 1
        status, is_kept = await _answer(reader)
        load.seconds.append(time.perf_counter() - begun)
        load.statuses[status] = load.statuses.get(status, 0) + 1
        if not is_kept:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    is_kept = b"connection: close" not in head
    if status == 304:
        return status, is_kept
    if b"content-length:" in head:
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        while await reader.read(READ_BYTES):
            pass
        is_kept = False
    return status, is_kept


if __name__ == "__main__":
    main()
