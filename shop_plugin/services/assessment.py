"""The Guide match of every listing, computed once per distinct set of known facts.

Listings that state the same share one :class:`AttributeSnapshot` and its
assessments, one per condition of the guide. The general match is repeated in
the profile, so that a result page needs no join. Older formulas' rows stay.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from shop_plugin.conf import get_settings
from shop_plugin.domain.class_scoring import StoredMatch, score_classes
from shop_plugin.domain.guide import Guide, load_guide
from shop_plugin.domain.scoring import GENERAL, Assessment
from shop_plugin.models import Assessment as AssessmentRow
from shop_plugin.models import AttributeSnapshot, FootwearProfile
from shop_plugin.services.bulk_rows import among, insert_rows, update_rows
from shop_plugin.services.search_changes import note_changes
from shop_plugin.signals import score_changed

Progress = Callable[[int], None]

_LOG = logging.getLogger(__name__)
# Column of the assessment -> column of the profile that repeats it.
_REPEATED = {
    "low": "match_low",
    "high": "match_high",
    "coverage": "coverage",
    "verdict": "verdict",
    "grade_low": "grade_low",
    "grade_high": "grade_high",
}


@dataclass(frozen=True, slots=True)
class AssessmentResult:
    """What assessing did: listings brought up to date, distinct sets of facts, rows written."""

    listings: int = 0
    classes: int = 0
    written: int = 0

    def __add__(self, other: AssessmentResult) -> AssessmentResult:
        return AssessmentResult(
            self.listings + other.listings,
            self.classes + other.classes,
            self.written + other.written,
        )


def formula_in_force() -> str:
    """Return the version under which matches are stored now.

    It is the guide's own; a ``HEEL_MODE`` other than the default is part of
    it ("fb-1.0+nominal"), for it changes the numbers.
    """
    return _version(load_guide(), get_settings().HEEL_MODE)


def stale_profiles() -> QuerySet[FootwearProfile]:
    """Return the profiles whose match is missing, of older facts, or of another formula."""
    return FootwearProfile.objects.filter(
        ~Q(assessed_hash=F("attribute_hash")) | ~Q(formula_version=formula_in_force())
    )


def assess_stale(
    *,
    now: datetime,
    everything: bool = False,
    on_progress: Progress | None = None,
) -> AssessmentResult:
    """Assess every listing whose match is out of date, chunk by chunk, each in one transaction.

    ``everything`` computes matches anew that are there already (after a
    change of the code that no version tells).
    """
    profiles = FootwearProfile.objects.all() if everything else stale_profiles()
    size = get_settings().CHUNK_SIZE
    result = AssessmentResult()
    last = 0
    while keys := list(
        profiles.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]
    ):
        result += _assess_chunk(keys, now=now, anew=everything)
        last = keys[-1]
        if on_progress is not None:
            on_progress(len(keys))
    return result


def assess_listings(*, listing_ids: Sequence[int], now: datetime) -> AssessmentResult:
    """Bring the match of these listings up to date; those without a profile are left out."""
    return _assess_chunk(listing_ids, now=now, anew=False)


def find_assessment(*, listing_id: int, condition: str = GENERAL) -> Assessment | None:
    """Return the match of a listing as the formula in force gives it, or ``None``.

    ``None`` before the first assessment, after the facts changed and for a
    condition the guide does not know.
    """
    return find_assessments(listing_id=listing_id).get(condition)


def find_assessments(*, listing_id: int) -> dict[str, Assessment]:
    """Return the matches of a listing for every condition, in the guide's order."""
    attribute_hash = FootwearProfile.objects.filter(pk=listing_id).values("attribute_hash")
    rows = AssessmentRow.objects.filter(
        attribute_hash=Subquery(attribute_hash), formula_version=formula_in_force()
    )
    found = {row.condition: read_assessment(row) for row in rows}
    return {
        condition: found[condition] for condition in load_guide().conditions if condition in found
    }


def read_assessment(row: AssessmentRow) -> Assessment:
    """Return the assessment that a row holds."""
    return Assessment.from_stored(
        condition=row.condition,
        formula_version=row.formula_version,
        verdict=row.verdict,
        low=row.low,
        high=row.high,
        grade_low=row.grade_low,
        grade_high=row.grade_high,
        coverage=row.coverage,
        confidence=row.confidence,
        detail=row.detail,
    )


def _version(guide: Guide, heel_mode: str) -> str:
    return guide.version if heel_mode == "effective" else f"{guide.version}+{heel_mode}"


def _assess_chunk(listing_ids: Sequence[int], *, now: datetime, anew: bool) -> AssessmentResult:
    with transaction.atomic():
        hash_of = dict(
            FootwearProfile.objects.filter(among("pk", listing_ids))
            .order_by("pk")
            .values_list("pk", "attribute_hash")
        )
        hashes = set(hash_of.values())
        written = _assess_classes(listing_ids, hashes, now=now, anew=anew)
        is_heard = score_changed.has_listeners()
        before = _matches(listing_ids) if is_heard else {}
        _repeat_general(hash_of)
        note_changes(hash_of)
        if is_heard:
            _announce(before, _matches(listing_ids))
    return AssessmentResult(listings=len(hash_of), classes=len(hashes), written=written)


def _assess_classes(
    listing_ids: Sequence[int],
    hashes: set[str],
    *,
    now: datetime,
    anew: bool,
) -> int:
    """Store the assessments of these sets of facts that are not stored yet; return how many."""
    guide = load_guide()
    heel_mode = get_settings().HEEL_MODE
    version = _version(guide, heel_mode)
    missing = hashes if anew else hashes - _complete_classes(hashes, version, guide)
    if not missing:
        return 0
    snapshots = _snapshots(listing_ids, missing)
    insert_rows(
        AttributeSnapshot,
        ("attribute_hash", "snapshot", "created_at"),
        [(key, text, now) for key, text in snapshots.items()],
        unique=("attribute_hash",),
    )
    matches = score_classes(list(snapshots.items()), heel_mode)
    insert_rows(
        AssessmentRow,
        (*StoredMatch._fields, "formula_version", "computed_at"),
        [(*match, version, now) for match in matches],
        unique=("attribute_hash", "condition", "formula_version"),
        update=(*StoredMatch._fields[2:], "computed_at"),
    )
    return len(matches)


def _complete_classes(hashes: Iterable[str], version: str, guide: Guide) -> set[str]:
    # Every column of the unique index is named and nothing is grouped here: grouping led SQLite
    # to walk the whole table for each chunk.
    rows = AssessmentRow.objects.filter(
        attribute_hash__in=hashes, condition__in=guide.conditions, formula_version=version
    )
    counted = Counter(rows.values_list("attribute_hash", flat=True))
    return {key for key, count in counted.items() if count == len(guide.conditions)}


def _snapshots(listing_ids: Sequence[int], hashes: Iterable[str]) -> dict[str, str]:
    """Return the facts behind each hash as JSON text, from any listing that states them."""
    rows = FootwearProfile.objects.filter(among("pk", listing_ids), attribute_hash__in=hashes)
    return dict(
        rows.annotate(text=Cast("snapshot", TextField())).values_list("attribute_hash", "text")
    )


def _repeat_general(hash_of: Mapping[int, str]) -> None:
    """Copy the general match of each listing's set of facts into its profile."""
    version = formula_in_force()
    rows = AssessmentRow.objects.filter(
        attribute_hash__in=set(hash_of.values()), condition=GENERAL, formula_version=version
    )
    general = {key: columns for key, *columns in rows.values_list("attribute_hash", *_REPEATED)}
    update_rows(
        FootwearProfile,
        "listing_id",
        ("assessed_hash", "formula_version", *_REPEATED.values()),
        [(pk, key, version, *general[key]) for pk, key in hash_of.items() if key in general],
    )


_Match = tuple[int | None, int | None, str]


def _matches(listing_ids: Sequence[int]) -> dict[int, _Match]:
    rows = FootwearProfile.objects.filter(among("pk", listing_ids)).values_list(
        "pk", "match_low", "match_high", "verdict"
    )
    return {pk: (low, high, verdict) for pk, low, high, verdict in rows}


def _announce(before: Mapping[int, _Match], after: Mapping[int, _Match]) -> None:
    """Tell receivers of every match that changed, once it is safely stored."""
    for listing_id, (low, high, verdict) in after.items():
        if before.get(listing_id) != (low, high, verdict):
            transaction.on_commit(
                partial(_send, listing_id=listing_id, low=low, high=high, verdict=verdict)
            )


def _send(**told: Any) -> None:
    for receiver, response in score_changed.send_robust(sender=FootwearProfile, **told):
        if isinstance(response, Exception):
            _LOG.error("a receiver of score_changed failed: %r", receiver, exc_info=response)
