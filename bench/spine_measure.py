"""The measured part of the pipeline benchmark; runs in a process of its own, Django set up."""

from __future__ import annotations

import re
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.spine_rows import make_rows, write_file
from shop_plugin.adapters.jsonl import JsonLines
from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.extraction.vocabulary import load_vocabulary
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import assess
from shop_plugin.models import (
    Assessment,
    AttributeSnapshot,
    FootwearProfile,
    JobRun,
    Listing,
    ListingSize,
    ListingTerms,
    Observation,
    SearchChange,
)
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale, find_assessments
from shop_plugin.services.intake.files import FileKind, import_file

PLAIN_ROWS = 1_000
PLAIN_TEXTS = 100  # ten thousand spellings over one text take 50 ms, as one expression each
CHECKED = 300


def measure(size: int) -> dict[str, Any]:
    """Run the pipeline, check its answers, then do a sample the plain way; return the rates.

    :raises SystemExit: for a wrong answer, and for a database that is not empty.
    """
    call_command("migrate", verbosity=0)
    if Listing.objects.exists():
        raise SystemExit("the database named by DATABASE_URL is not empty; name an empty one")
    now = timezone.now()
    try:
        found = _measure_pipeline(size, now)
        _check_matches()
        found["plain"] = _measure_plain(now)
    finally:
        _empty_tables()
    found["database"] = f"{connection.vendor} {_database_version()}"
    return found


def _measure_pipeline(size: int, now: datetime) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shoes.jsonl"
        write_file(path, size)

        def take() -> Any:
            return import_file(
                path=path, file_format=JsonLines(), kind=FileKind.LISTINGS, source="bench", now=now
            ).result

        first, import_seconds = _timed(take)
        read, annotate_seconds = _timed(lambda: annotate_stale(now=now))
        scored, assess_seconds = _timed(lambda: assess_stale(now=now))
        peak_mb = _peak_mb()
        again, again_seconds = _timed(take)
    _check("listings created", first.created, size)
    _check("rows refused", first.refused, 0)
    _check("listings read", read.listings, size)
    _check("listings assessed", scored.listings, size)
    _check("listings changed by the same file again", again.changed, 0)
    _check("profiles with a match", FootwearProfile.objects.exclude(verdict="").count(), size)
    return {
        "size": size,
        "import": size / import_seconds,
        "annotate": size / annotate_seconds,
        "assess": size / assess_seconds,
        "together": size / (import_seconds + annotate_seconds + assess_seconds),
        "again": size / again_seconds,
        "peak_mb": peak_mb,
        "observations": Observation.objects.count(),
        "classes": AttributeSnapshot.objects.count(),
    }


def _measure_plain(now: datetime) -> dict[str, float]:
    """Do a sample the plain way: a save per row, an expression per phrase, no shared classes.

    It does less than the pipeline (no numbers, no negation, no resolution),
    which is in its favour.
    """
    rows = list(make_rows(PLAIN_ROWS))
    phrases = [entry.phrase for entry in load_vocabulary("en").entries]
    patterns = [re.compile(rf"\b{re.escape(text)}\b", re.IGNORECASE) for text in phrases]
    snapshots = list(
        FootwearProfile.objects.order_by("pk").values_list("snapshot", flat=True)[:PLAIN_ROWS]
    )
    listings, save_seconds = _timed(lambda: [_save_plainly(row, now) for row in rows])
    texts = listings[:PLAIN_TEXTS]
    _, read_seconds = _timed(lambda: [_read_plainly(item, patterns, now) for item in texts])
    _, score_seconds = _timed(
        lambda: [_score_plainly(number, item, now) for number, item in enumerate(snapshots)]
    )
    return {
        "import": PLAIN_ROWS / save_seconds,
        "annotate": len(texts) / read_seconds,
        "assess": len(snapshots) / score_seconds,
        "together": 1
        / (save_seconds / PLAIN_ROWS + read_seconds / len(texts) + score_seconds / len(snapshots)),
    }


def _save_plainly(row: dict[str, Any], now: datetime) -> Listing:
    listing = Listing(
        source="plain",
        external_id=row["id"],
        title=row["title"],
        description=row["description"],
        brand=row["brand"],
        category_text=row["category"],
        price_minor=round(row["price"] * 100),
        currency="EUR",
        raw_attributes=row["raw_attributes"],
        content_hash="",
        created_at=now,
        updated_at=now,
    )
    listing.save()
    for size in row["sizes"]:
        ListingSize(listing=listing, label=size["label"], stock=size["stock"]).save()
    return listing


def _read_plainly(listing: Listing, patterns: Sequence[re.Pattern[str]], now: datetime) -> None:
    text = f"{listing.title}\n{listing.description}"
    for pattern in patterns:
        for match in pattern.finditer(text):
            Observation(
                listing=listing,
                attribute="cushioning",
                options="1",
                source_kind="text",
                rule="plain",
                confidence=600,
                quote=match.group(),
                start=match.start(),
                end=match.end(),
                observed_at=now,
            ).save()
    FootwearProfile(listing=listing, snapshot={}, attribute_hash="", resolved_at=now).save()


def _score_plainly(number: int, snapshot: dict[str, Any], now: datetime) -> None:
    guide = load_guide()
    attributes = FootwearAttributes.from_snapshot(snapshot)
    for condition in guide.conditions:
        found = assess(attributes, guide=guide, condition=condition)
        Assessment(
            attribute_hash=f"plain-{number}",
            condition=condition,
            formula_version="plain",
            verdict=found.verdict.value,
            low=found.low,
            high=found.high,
            detail=found.as_detail(),
            computed_at=now,
        ).save()


def _check_matches() -> None:
    """Compare the stored matches of a sample with the formula run on the stored facts."""
    guide = load_guide()
    for profile in FootwearProfile.objects.order_by("attribute_hash", "pk")[:CHECKED]:
        attributes = FootwearAttributes.from_snapshot(profile.snapshot)
        stored = find_assessments(listing_id=profile.pk)
        for condition in guide.conditions:
            if stored.get(condition) != assess(attributes, guide=guide, condition=condition):
                raise SystemExit(f"wrong answer: the match of {profile.pk} for {condition}")
        general = stored["general"]
        if (profile.match_low, profile.match_high) != (general.low, general.high):
            raise SystemExit(f"wrong answer: the match in the profile of {profile.pk}")


def _check(what: str, found: int, expected: int) -> None:
    # A fast wrong answer is worth nothing.
    if found != expected:
        raise SystemExit(f"wrong answer: {what}: {found}, expected {expected}")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def _peak_mb() -> float:
    """Return the most memory this process and a helper of its held, in MB; never too little.

    The system counts for a helper what its parent held when it was started, too.
    """
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024


def _empty_tables() -> None:
    # Only what this run wrote: the tables were empty when it began.
    parts = (Observation, FootwearProfile, ListingSize, ListingTerms)
    for model in (*parts, Listing, Assessment, SearchChange):
        model._default_manager.all()._raw_delete("default")
    AttributeSnapshot.objects.all()._raw_delete("default")
    JobRun.objects.filter(source="bench").delete()


def _database_version() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
        else:
            cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
