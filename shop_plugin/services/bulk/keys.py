"""The names by which hosts know their rows: a source, and an id that is unique within it."""

from __future__ import annotations

from collections.abc import Iterable


def ids_by_source(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the ids of some (source, id) pairs under their sources, both in the order given.

    So a chunk of rows is asked for by one query per source, which its index answers.
    """
    found: dict[str, list[str]] = {}
    for source, external_id in keys:
        found.setdefault(source, []).append(external_id)
    return found
