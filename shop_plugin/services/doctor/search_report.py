"""Is the search index what the database says? A full comparison, and the doctor's lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import OuterRef, Subquery
from pyroaring import BitMap64

from shop_plugin.conf import get_settings
from shop_plugin.domain.terms import write_terms
from shop_plugin.models import Listing, ListingTerms, SearchChange, SearchSnapshot
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok, problem
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.bitmap.comparing import compare_stores
from shop_plugin.services.search.bitmap.packing import DamagedSnapshot
from shop_plugin.services.search.changes import (
    latest_change,
    list_changes,
    note_changes,
    read_changes,
)
from shop_plugin.services.search.snapshots import (
    LONGEST_AGE,
    NOTES_BEFORE_ANEW,
    is_engine_wanted,
    load_snapshot,
)

_NAMED = 20
_CHUNK = 1000
# More notes than this in the log make every search count long.
_LONG_LOG = 20_000


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """How snapshot and log together compare with the database.

    ``differing`` are listings of which the index says something else,
    ``missing`` those it lacks, ``surplus`` those it should not have,
    ``unworded`` those whose stored words are not those of their texts; of
    each the first 20 ids. ``problem`` is not empty where no comparison was
    possible.
    """

    listings: int = 0
    differing: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    surplus: tuple[int, ...] = ()
    unworded: tuple[int, ...] = ()
    problem: str = ""

    @property
    def is_exact(self) -> bool:
        """Tell whether nothing differs."""
        found = (self.differing, self.missing, self.surplus, self.unworded)
        return not self.problem and not any(found)


def check_index() -> IndexCheck:
    """Compare what a fresh process would answer from with every listing in the database.

    Finds what was written past the services, by hand or by another program.
    Reads everything; memory is that of two indexes.
    """
    unworded = tuple(pk for pk, _terms in islice(_find_unworded(), _NAMED))
    snapshot = SearchSnapshot.objects.order_by("-pk").first()
    if snapshot is None:
        return IndexCheck(
            Listing.objects.filter(is_withdrawn=False).count(),
            unworded=unworded,
            problem="there is no snapshot" if is_engine_wanted() else "",
        )
    try:
        index = load_snapshot(snapshot.pk)
    except DamagedSnapshot as damage:
        return IndexCheck(unworded=unworded, problem=str(damage))
    seen = BitMap64.deserialize(bytes(snapshot.seen))
    _total, keys = list_changes()
    for ids in read_changes([key for key in keys if key not in seen]).values():
        index.apply(ids)
    truth = BitmapIndex.build()
    found = compare_stores(index.store, truth.store)
    return IndexCheck(
        truth.store.size,
        found.differing[:_NAMED],
        missing=found.only_second[:_NAMED],
        surplus=found.only_first[:_NAMED],
        unworded=unworded,
    )


def report_search(*, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about search: engine, size, lag, snapshot."""
    number = latest_change()
    engine = get_settings().SEARCH_ENGINE
    unworded = Listing.objects.exclude(pk__in=ListingTerms.objects.values("pk")).count()
    if unworded:
        yield problem(
            "search.words",
            f"{count_of(unworded, 'listing has', 'listings have')} no stored words and cannot be "
            "found by any.",
            "Run 'manage.py footback_index --words'.",
            listings=unworded,
        )
    if not is_engine_wanted():
        yield ok(
            "search.engine",
            f"Plain SQL answers searches (SEARCH_ENGINE is {engine!r}).",
            engine="sql",
            state_number=number,
        )
        return
    snapshot = SearchSnapshot.objects.order_by("-pk").first()
    if snapshot is None:
        yield problem(
            "search.snapshot",
            "There is no snapshot of the search index, so plain SQL answers; it is slow here.",
            "Run 'manage.py footback_index', and the task footback.index every five minutes.",
        )
        return
    yield from _report_snapshot(snapshot, number, now)
    waiting = SearchChange.objects.count()
    if waiting > _LONG_LOG:
        yield notice(
            "search.log",
            f"The log of changes has {waiting:,} notes; every search counts them.",
            "Run the task footback.index, or 'manage.py footback_index', regularly: it prunes.",
            notes=waiting,
        )


def rewrite_words() -> int:
    """Write the stored words anew where they are not those of the texts; return how many."""
    count = 0
    waiting = _find_unworded()
    while chunk := list(islice(waiting, _CHUNK)):
        with transaction.atomic():
            insert_rows(
                ListingTerms,
                ("listing_id", "terms"),
                chunk,
                unique=("listing_id",),
                update=("terms",),
            )
            note_changes(pk for pk, _terms in chunk)
        count += len(chunk)
    return count


def _report_snapshot(snapshot: SearchSnapshot, number: int, now: datetime) -> Iterator[Finding]:
    lag = number - snapshot.state_number
    age = now - snapshot.built_at
    minutes = max(int(age.total_seconds() // 60), 0)
    numbers = {
        "engine": "bitmap",
        "listings": snapshot.listings,
        "size_bytes": snapshot.size_bytes,
        "lag": lag,
        "age_minutes": minutes,
        "state_number": number,
    }
    text = (
        f"The index in memory answers searches: {snapshot.listings:,} listings, "
        f"{snapshot.size_bytes / 1e6:,.1f} MB a process, snapshot {minutes:,} minutes old, "
        f"{count_of(lag, 'note', 'notes')} of changes since."
    )
    if lag > 2 * NOTES_BEFORE_ANEW or (lag and age > 2 * LONGEST_AGE):
        yield problem(
            "search.engine",
            text,
            "Run 'manage.py footback_index', and the task footback.index every five minutes.",
            **numbers,
        )
    else:
        yield ok("search.engine", text, **numbers)


def _find_unworded() -> Iterator[tuple[int, str]]:
    """Yield the listings whose stored words are not those of their texts, with the right ones."""
    stored = ListingTerms.objects.filter(pk=OuterRef("pk")).values("terms")
    texts = Listing.objects.annotate(stored=Subquery(stored)).order_by("pk")
    last = 0
    while rows := list(
        texts.filter(pk__gt=last).values_list("pk", "title", "brand", "description", "stored")[
            :_CHUNK
        ]
    ):
        for pk, title, brand, description, terms in rows:
            if terms != (right := write_terms(title, brand, description)):
                yield pk, right
        last = rows[-1][0]
