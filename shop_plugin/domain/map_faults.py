"""What can be wrong with a field map over a host's models, found without asking its database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

#: The number of each fault's system check, and what it is about. E is an error, W a warning.
CODES: Mapping[str, str] = {
    "E070": "a key or a value of the map means nothing",
    "E071": "what every row needs is not mapped",
    "E072": "a path leads nowhere",
    "E073": "a relation leads to many objects",
    "E074": "a column is of a kind that cannot be meant",
    "W075": "a column may say something else than is meant",
    "W076": "the time of the last change has no index",
    "E077": "a queryset cannot be read in batches",
    "W078": "two maps, of which one is read",
    "W079": "a queryset asks the database when it is made",
    "W080": "a status at which orders end means nothing to the map",
}


@dataclass(frozen=True, slots=True)
class MapFault:
    """One fault of a field map.

    :raises ValueError: for a ``code`` that is not in :data:`CODES`.
    """

    code: str
    text: str
    hint: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(self.code)

    @property
    def is_error(self) -> bool:
        """Tell whether it has to be mended before the shop is used."""
        return self.code.startswith("E")


@runtime_checkable
class MappedSource(Protocol):
    """A catalogue or orders read by a field map: it can say what is wrong and what is left out."""

    name: str

    def find_faults(self) -> Iterator[MapFault]:
        """Yield what is wrong with the map by the models as they are; asks no database."""
        ...

    def find_unmapped(self) -> frozenset[str]:
        """Return the keys of the map that say nothing."""
        ...
