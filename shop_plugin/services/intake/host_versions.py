"""Which word of a host about one of its rows is the newest, whatever comes last.

Webhooks overtake one another and come twice. Of every row that a host pushed
it is remembered how new the word is that holds, and when the row was deleted,
also of rows that footback never saw. Both only ever grow, so any order of the
same webhooks ends in the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import HostVersion
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.pairs.purchases import hash_record
from shop_plugin.services.people.consent import hash_text


@dataclass(frozen=True, slots=True)
class Word:
    """What a host says of one row: all ids that it goes by, and a digest of what is said."""

    names: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a word holds, and whether the row is gone all the same: deleted later than it.

    ``is_repeat`` tells the very same word, which holds already, from one that is older.
    """

    is_news: bool
    is_gone: bool
    is_repeat: bool = False


def word_of_purchase(record: PurchaseRecord) -> Word:
    """Return what an order line says.

    The digest is keyed, for it stays where nothing is kept of the person whose line it is.
    """
    return Word((record.external_id,), hash_text(hash_record(record))[:32])


def take_words(
    *, kind: HostVersion.Kind, source: str, words: Sequence[tuple[Word, datetime]]
) -> list[Standing]:
    """Remember what is said, each as of an aware time, and return which of it holds, in order.

    Of two words of one time that differ, the one with the greater digest
    holds; the very same word again is no news. Call it in the transaction
    that writes the rows: it locks the versions of all of them.
    """
    known = _lock(kind, source, {name for word, _at in words for name in word.names})
    standings = []
    for word, at in words:
        versions = [known[name] for name in word.names]
        said = [(row.told_at, row.digest) for row in versions if row.told_at is not None]
        newest = max(said, default=None)
        is_news = newest is None or (at, word.digest) > newest
        told_at = at if newest is None or is_news else newest[0]
        deletions = [row.gone_at for row in versions if row.gone_at is not None]
        if is_news:
            for row in versions:
                row.told_at, row.digest = at, word.digest
        is_gone = bool(deletions) and max(deletions) >= told_at
        standings.append(Standing(is_news, is_gone, is_repeat=(at, word.digest) == newest))
    _save(known.values(), ["told_at", "digest"])
    return standings


def take_deletions(
    *, kind: HostVersion.Kind, source: str, names: Iterable[str], at: datetime
) -> set[str]:
    """Remember that rows were deleted; return the names of those of which nothing newer is said.

    As with :func:`take_words`, in one transaction with what follows from it.
    """
    known = _lock(kind, source, set(names))
    for row in known.values():
        row.gone_at = max(filter(None, (row.gone_at, at)))
    _save(known.values(), ["gone_at"])
    return {
        name
        for name, row in known.items()
        if row.gone_at is not None and (row.told_at is None or row.gone_at >= row.told_at)
    }


def wait_for_words(*, kind: HostVersion.Kind, source: str, names: Iterable[str]) -> None:
    """Wait for whoever just writes one of these rows, so that it is seen afterwards.

    An order and its shoe may be told at the same moment to two workers. The
    one that comes second must find what the first one wrote.
    """
    _lock(kind, source, set(names))


def _lock(kind: HostVersion.Kind, source: str, names: set[str]) -> dict[str, HostVersion]:
    """Return the versions by name, made where there is none, all locked in one fixed order."""
    ordered = sorted(names)
    insert_rows(
        HostVersion,
        ("kind", "source", "name", "told_at", "digest", "gone_at"),
        [(kind.value, source, name, None, "", None) for name in ordered],
        unique=("kind", "source", "name"),
    )
    rows = HostVersion.objects.filter(kind=kind, source=source, name__in=ordered)
    return {row.name: row for row in rows.order_by("name").select_for_update()}


def _save(rows: Iterable[HostVersion], columns: Sequence[str]) -> None:
    HostVersion.objects.bulk_update(list(rows), columns, batch_size=200)
