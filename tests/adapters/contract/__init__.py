"""What the shared contract needs of an adapter to try it: samples, made by its own test file.

``tests/adapters/test_NAME.py`` of an adapter ``shop_plugin/adapters/NAME.py``
holds ``SAMPLES = Samples(...)`` with one sample per seam that its card claims;
in a room it is ``tests/adapters/ROOM/test_NAME.py``, or ``ROOM/test_ROOM.py``
where the room as a whole is the adapter.
The tests beside this file find it there and do the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shop_plugin.domain.capabilities import Capability


@dataclass(frozen=True, slots=True)
class FileSample:
    """A file in pieces: head, rows, tail. Sizes are bytes.

    ``row(number)`` is one listing or order line with an id of its own. ``bad_row`` is one that
    is refused. ``not_mine`` are whole files that are no such format at all.
    """

    row: Callable[[int], bytes]
    bad_row: bytes
    not_mine: tuple[bytes, ...]
    head: bytes = b""
    tail: bytes = b""

    def of(self, *rows: bytes) -> bytes:
        """Return the file that holds these rows."""
        return self.head + b"".join(rows) + self.tail

    def long(self, count: int) -> bytes:
        """Return a file of so many good rows."""
        return self.of(*(self.row(number) for number in range(1, count + 1)))


@dataclass(frozen=True, slots=True)
class WebhookSample:
    """One webhook of the host. ``tells`` names what of the card's claims it carries."""

    topic: str
    body: bytes
    tells: frozenset[Capability] = frozenset()


#: (topic, body, secret, sent_at, id) -> the headers with which the host would send it.
Sign = Callable[[str, bytes, str, datetime, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ModelSample:
    """A host in this process. ``source`` makes the adapter, ``fill(count)`` so many good objects.

    ``spoil()`` makes one object that is refused. ``is_here()`` tells whether the host's
    models are installed in this run; where they are not, ``run`` says what runs it.
    """

    source: Callable[[], object]
    fill: Callable[[int], None]
    spoil: Callable[[], None]
    is_here: Callable[[], bool] = lambda: True
    run: str = ""


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything an adapter is tried with; what its card does not claim stays empty.

    ``secret`` is one that the host could have made, for ``sign`` and the reader alike.
    """

    listings: FileSample | None = None
    purchases: FileSample | None = None
    webhooks: tuple[WebhookSample, ...] = ()
    sign: Sign | None = None
    secret: str = "a secret of the tests, long enough for anybody"
    catalogue: ModelSample | None = None
    orders: ModelSample | None = None
