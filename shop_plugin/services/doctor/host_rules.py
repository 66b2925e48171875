"""The adapters of the shop's own models: what is wrong with them, and what they leave out.

Checks and doctor say the same, from here. No database is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shop_plugin.conf import (
    HOST_ADAPTERS,
    find_source_path,
    get_settings,
    load_catalogue_source,
    load_purchase_source,
)
from shop_plugin.domain.map_faults import MapFault, MappedSource

_LOADERS = (
    ("CATALOGUE_SOURCE", load_catalogue_source),
    ("PURCHASE_SOURCE", load_purchase_source),
)


def find_map_faults() -> Iterator[MapFault]:
    """Yield what is wrong with the field maps in force; nothing of what cannot even be loaded."""
    for key, source in load_mapped_sources().items():
        part, _adapter = HOST_ADAPTERS[key]
        if get_settings().HOST.get(part) and getattr(get_settings(), key):
            yield MapFault(
                "W078",
                f"FOOTBACK['HOST']['{part}'] is not read, because {key} names "
                f"{find_source_path(key)}.",
                "Keep one of the two.",
            )
        yield from source.find_faults()


def load_mapped_sources() -> dict[str, MappedSource]:
    """Return the adapters in force that read by a field map, by their setting."""
    found: dict[str, MappedSource] = {}
    for key, load in _LOADERS:
        try:
            source: Any = load()
        except Exception:  # noqa: S112, the host's code; check_adapters says what is wrong
            continue
        if isinstance(source, MappedSource):
            found[key] = source
    return found
