"""The measured part of the import benchmark; runs in a process of its own, Django set up."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import tablib
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from import_export import resources

from bench.spine_rows import make_rows
from shop_plugin.adapters.csv_rows import CsvRows
from shop_plugin.domain.host_rows import read_listing_row
from shop_plugin.domain.intake import ListingColumns, prepare_row
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.evidence.annotation import annotate_listings, annotate_stale
from shop_plugin.services.evidence.assessment import assess_listings, assess_stale
from shop_plugin.services.intake.files import FileKind, import_file

_PLAIN = ("id", "title", "brand", "category", "price", "description", "availability")
_HEADER = (*_PLAIN, "raw_attributes")
_COMPARED = (
    "external_id",
    "title",
    "brand",
    "use_category",
    "price_minor",
    "content_hash",
    "profile__attribute_hash",
    "profile__match_low",
    "profile__match_high",
    "profile__verdict",
)
_BULK_ROWS = 1_000


class ListingResource(resources.ModelResource):
    """Listings as a shop would import them with django-import-export, with footback's rules."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now

    class Meta:
        model = Listing
        fields = ListingColumns._fields
        import_id_fields = ("source", "external_id")

    def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
        """Validate the row, and put the columns of a listing into it."""
        values = {**row, "raw_attributes": json.loads(row["raw_attributes"])}
        ready = prepare_row(read_listing_row(values, source=row["source"], line=1), {})
        if ready.columns is None:
            raise ValueError(ready.problems)
        row.update(ready.columns._asdict())

    def before_save_instance(self, instance: Listing, row: Any, **_: Any) -> None:
        """Set what only the database asks for."""
        instance.created_at = instance.updated_at = self.now


class FullResource(ListingResource):
    """The same, with extraction and scoring after each row."""

    def after_save_instance(self, instance: Listing, row: Any, **_: Any) -> None:
        """Read the listing's text and score it."""
        annotate_listings(listing_ids=[instance.pk], now=self.now)
        assess_listings(listing_ids=[instance.pk], now=self.now)


class TunedResource(ListingResource):
    """The same without extraction, as fast as its settings allow."""

    class Meta(ListingResource.Meta):
        use_bulk = True
        batch_size = _BULK_ROWS
        skip_diff = True
        force_init_instance = True  # no look for an earlier row


def measure(size: int, peer_rows: int) -> dict[str, Any]:
    """Import a file both ways, compare what is stored, and return the rates.

    :raises SystemExit: for a wrong answer, and for a database that is not empty.
    """
    call_command("migrate", verbosity=0)
    if Listing.objects.exists():
        raise SystemExit("the database named by DATABASE_URL is not empty; name an empty one")
    now, peer_rows = timezone.now(), min(size, peer_rows)
    try:
        ours = _import_ours(size, now)
        peer = {
            "same work": _import_peer(FullResource(now), "full", peer_rows),
            "rows only": _import_peer(ListingResource(now), "rows", peer_rows),
            "rows only, tuned": _import_peer(TunedResource(now), "tuned", peer_rows),
        }
        compared = _compare(peer_rows)
    finally:
        Listing.objects.all().delete()
    return {
        "size": size,
        "peer_rows": peer_rows,
        "footback": ours,
        "peer": peer,
        "compared": compared,
        "database": f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}",
    }


def _import_ours(size: int, now: datetime) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shoes.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADER)
            writer.writerows(_table(size))
        begun = time.perf_counter()
        result = import_file(
            path=path, file_format=CsvRows(), kind=FileKind.LISTINGS, source="ours", now=now
        ).result
        read = annotate_stale(now=now)
        scored = assess_stale(now=now)
        seconds = time.perf_counter() - begun
    for what, found in (
        ("listings created", result.created),
        ("listings read", read.listings),
        ("listings assessed", scored.listings),
        ("profiles with a match", FootwearProfile.objects.exclude(verdict="").count()),
    ):
        if found != size:
            raise SystemExit(f"wrong answer: {what}: {found}, expected {size}")
    return size / seconds


def _import_peer(resource: ListingResource, source: str, rows: int) -> float:
    data = tablib.Dataset(headers=["source", "external_id", *_HEADER])
    for row in _table(rows):
        data.append([source, row[0], *row])
    begun = time.perf_counter()
    result = resource.import_data(data, raise_errors=True)
    seconds = time.perf_counter() - begun
    found = Listing.objects.filter(source=source).count()
    if found != rows or result.has_errors():
        raise SystemExit(f"wrong answer: {source} stored {found} listings of {rows}")
    return rows / seconds


def _compare(rows: int) -> int:
    """Compare the listings, their facts and matches of both ways; return how many."""
    ours, full = (
        list(
            Listing.objects.filter(source=source, external_id__in=[f"S-{n}" for n in range(rows)])
            .order_by("external_id")
            .values_list(*_COMPARED)
        )
        for source in ("ours", "full")
    )
    for mine, theirs in zip(ours, full, strict=True):
        if mine != theirs:
            raise SystemExit(f"wrong answer: {mine} here, {theirs} with django-import-export")
    return len(ours)


def _table(rows: int) -> Iterator[list[str]]:
    for row in islice(make_rows(rows), rows):
        yield [*(str(row[name]) for name in _PLAIN), json.dumps(row["raw_attributes"])]
