"""The seams to a host shop. ``conf`` turns the dotted path of a setting into an instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from shop_plugin.domain.host_changes import Delivery, HostChange, ListedFacts
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, ReadRow


class UnusableSource(Exception):
    """A file or a host that cannot be read at all; the message says what to do."""


@runtime_checkable
class CatalogueSource(Protocol):
    """A host's catalogue, read in batches of its own choosing and bounded memory."""

    name: str

    def iter_listings(self, *, since: datetime | None = None) -> Iterator[ReadRow[ListingRecord]]:
        """Yield every product, or those changed since an aware time, in a stable order."""
        ...


@runtime_checkable
class PurchaseSource(Protocol):
    """A host's order lines. A line that changed (returned, delivered) is handed over again."""

    name: str

    def iter_purchases(self, *, since: datetime | None = None) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield every order line, or those changed since an aware time, in a stable order."""
        ...


class PushedItem(NamedTuple):
    """A row of the host that changed, kept until its transaction is committed and then read anew.

    ``lookup`` and ``value`` find what to read ("pk", 7; "order", 12 for all
    lines of an order). ``external_id`` is the id at footback, empty where it
    is not known without asking the database.
    """

    lookup: str
    value: Any
    external_id: str = ""


@runtime_checkable
class PushableSource(Protocol):
    """A catalogue or orders in this process, of which single rows can be read again."""

    name: str

    def find_pushed(self, item: object) -> PushedItem | None:
        """Return how to find a row of the host again; ``None`` for one that is not read here."""
        ...

    def iter_pushed(self, items: Sequence[PushedItem]) -> Iterator[tuple[Any, ReadRow[Any]]]:
        """Yield the primary key and the row of each that is there and meant to be read."""
        ...


@runtime_checkable
class FileFormat(Protocol):
    """A file format that listings and orders come in.

    Reading streams: memory does not grow with the file. A row that cannot be
    read is yielded with its problems and never stops the rest. A file that is
    no such format at all raises :class:`UnusableSource`. ``encoding`` may be
    set before reading.
    """

    encoding: str

    def read_listings(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[ListingRecord]]:
        """Yield a row per line after the first ``skip_lines`` lines of data."""
        ...

    def read_purchases(
        self, path: Path, *, source: str, skip_lines: int = 0
    ) -> Iterator[ReadRow[PurchaseRecord]]:
        """Yield a row per order line after the first ``skip_lines`` lines of data."""
        ...


@runtime_checkable
class WebhookReader(Protocol):
    """How one host signs and words what it pushes. It knows no database and keeps nothing."""

    def verify(
        self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> Delivery:
        """Return what was delivered if one of the secrets signed exactly these bytes.

        ``headers`` are looked up without regard to case. Several secrets are
        in force while one replaces another.

        :raises RefusedDelivery: otherwise; it never tells which secret came near.
        """
        ...

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        """Return what it says; a topic of no interest is an empty change.

        :raises RefusedDelivery: ``"unreadable"``, for a body that is not what its topic promises.
        """
        ...


@runtime_checkable
class FactsFormat(Protocol):
    """A form in which a host takes facts back. ``suffix`` is the file's ending without a dot."""

    suffix: str

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        """Yield the file in pieces, in bounded memory; what is unknown is left out."""
        ...
