"""The Guide match of every listing, computed once per distinct set of known facts.

Listings that state the same share one :class:`AttributeSnapshot` and its
assessments, one per condition of the guide. The general match is repeated in
the profile, so that a result page needs no join. Older formulas' rows stay.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from shop_plugin.conf import get_settings
from shop_plugin.domain.class_scoring import StoredMatch, score_classes
from shop_plugin.domain.guide import Guide
from shop_plugin.domain.scoring import GENERAL, Assessment
from shop_plugin.models import Assessment as AssessmentRow
from shop_plugin.models import AttributeSnapshot, FootwearProfile
from shop_plugin.services.bulk.rows import among, insert_rows, update_rows
from shop_plugin.services.bulk.second_core import Job, work_through
from shop_plugin.services.evidence.demand import load_demand
from shop_plugin.services.evidence.stored_matches import find_match_rows, read_match
from shop_plugin.services.search.changes import note_changes
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shop.host_news import LISTING_ASSESSED, is_told, note_news
from shop_plugin.signals import score_changed

Progress = Callable[[int], None]

_LOG = logging.getLogger(__name__)
# Sets of facts whose matches one run remembers to have stored: about 5 MB.
_MOST_REMEMBERED = 50_000
# Column of the assessment -> column of the profile that repeats it.
_REPEATED = {
    "low": "match_low",
    "high": "match_high",
    "coverage": "coverage",
    "verdict": "verdict",
    "grade_low": "grade_low",
    "grade_high": "grade_high",
    "telling": "telling",
    "narrowing": "narrowing",
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


class _Stated(NamedTuple):
    """A listing with what is stated of it: the hash of the facts, and the facts as JSON text."""

    listing_id: int
    attribute_hash: str
    text: str


def formula_in_force() -> str:
    """Return the version under which matches are stored now.

    It is the guide's own; a ``HEEL_MODE`` other than the default is part of
    it ("fb-1.0+nominal"), for it changes the numbers.
    """
    return _version(guide_in_force(), get_settings().HEEL_MODE)


def stale_profiles() -> QuerySet[FootwearProfile]:
    """Return the profiles whose match is missing, of older facts, or of another formula."""
    return FootwearProfile.objects.filter(
        ~Q(assessed_hash=F("attribute_hash"))
        | ~Q(formula_version=formula_in_force())
        | Q(narrowing=None)
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
    result = AssessmentResult()
    stored: set[str] = set()
    jobs = (_job(page, anew=everything, stored=stored) for page in _pages(profiles))
    with closing(work_through(score_classes, jobs)) as done:
        for page, matches in done:
            # Two pages on their way at once may state the same; it is written once.
            new = [match for match in matches if match.attribute_hash not in stored]
            result += _write_down(page, new, now=now)
            if len(stored) > _MOST_REMEMBERED:
                stored.clear()
            stored.update(item.attribute_hash for item in page)
            if on_progress is not None:
                on_progress(len(page))
    return result


def assess_listings(*, listing_ids: Sequence[int], now: datetime) -> AssessmentResult:
    """Bring the match of these listings up to date; those without a profile are left out."""
    with transaction.atomic():
        page = _load_page(FootwearProfile.objects.filter(among("pk", listing_ids)).order_by("pk"))
        return _write_down(
            page, score_classes(*_job(page, anew=False, stored=()).arguments), now=now
        )


def find_assessment(*, listing_id: int, condition: str = GENERAL) -> Assessment | None:
    """Return the match of a listing as the formula in force gives it, or ``None``.

    ``None`` before the first assessment, after the facts changed and for a
    condition the guide does not know.
    """
    return find_assessments(listing_id=listing_id).get(condition)


def find_assessments(*, listing_id: int) -> dict[str, Assessment]:
    """Return the matches of a listing for every condition, in the guide's order."""
    attribute_hash = FootwearProfile.objects.filter(pk=listing_id).values("attribute_hash")
    conditions = guide_in_force().conditions
    rows = find_match_rows(attribute_hash, (formula_in_force(),), conditions=conditions)
    found = {row.condition: read_match(row) for row in rows}
    return {condition: found[condition] for condition in conditions if condition in found}


def _version(guide: Guide, heel_mode: str) -> str:
    return guide.version if heel_mode == "effective" else f"{guide.version}+{heel_mode}"


def _pages(profiles: QuerySet[FootwearProfile]) -> Iterator[list[_Stated]]:
    size = get_settings().CHUNK_SIZE
    last = 0
    while page := _load_page(profiles.filter(pk__gt=last).order_by("pk")[:size]):
        yield page
        if len(page) < size:
            return
        last = page[-1].listing_id


def _load_page(profiles: QuerySet[FootwearProfile]) -> list[_Stated]:
    rows = profiles.annotate(text=Cast("snapshot", TextField()))
    return [_Stated(*row) for row in rows.values_list("pk", "attribute_hash", "text")]


def _job(page: Sequence[_Stated], *, anew: bool, stored: Container[str]) -> Job:
    """Return what is to be scored of a page: sets of facts not known to be ``stored``, or all."""
    guide, heel_mode = guide_in_force(), get_settings().HEEL_MODE
    texts = {item.attribute_hash: item.text for item in page if item.attribute_hash not in stored}
    if not anew:
        for known in _complete_classes(texts, _version(guide, heel_mode), guide):
            del texts[known]
    # In the order of the index, so that its pages are written once.
    folder = get_settings().GUIDE_FOLDER
    return Job(page, (sorted(texts.items()), heel_mode, guide.version, folder))


def _complete_classes(hashes: Iterable[str], version: str, guide: Guide) -> set[str]:
    # Every column of the unique index is named and nothing is grouped here: grouping led SQLite
    # to walk the whole table for each chunk.
    rows = AssessmentRow.objects.filter(
        attribute_hash__in=list(hashes), condition__in=guide.conditions, formula_version=version
    )
    counted = Counter(rows.values_list("attribute_hash", flat=True))
    untold = set(
        rows.filter(condition=GENERAL, narrowing=None).values_list("attribute_hash", flat=True)
    )
    return {key for key, count in counted.items() if count == len(guide.conditions)} - untold


def _write_down(
    page: Sequence[_Stated], matches: Sequence[StoredMatch], *, now: datetime
) -> AssessmentResult:
    """Store the matches of sets of facts and repeat the general one, in one transaction.

    A profile whose facts changed meanwhile gets no match that is not of its facts.
    """
    keys = [item.listing_id for item in page]
    version = formula_in_force()
    with transaction.atomic():
        _insert_matches(page, matches, version, now)
        hash_of = dict(
            FootwearProfile.objects.filter(among("pk", keys))
            .order_by("pk")
            .values_list("pk", "attribute_hash")
        )
        is_heard = score_changed.has_listeners() or is_told(LISTING_ASSESSED)
        before = _matches(keys) if is_heard else {}
        _repeat_general(hash_of, version)
        note_changes(hash_of)
        if is_heard:
            _announce(before, _matches(keys), now)
    return AssessmentResult(
        listings=len(hash_of), classes=len(set(hash_of.values())), written=len(matches)
    )


def _insert_matches(
    page: Sequence[_Stated], matches: Sequence[StoredMatch], version: str, now: datetime
) -> None:
    texts = {item.attribute_hash: item.text for item in page}
    insert_rows(
        AttributeSnapshot,
        ("attribute_hash", "snapshot", "created_at"),
        [(key, texts[key], now) for key in dict.fromkeys(match[0] for match in matches)],
        unique=("attribute_hash",),
    )
    insert_rows(
        AssessmentRow,
        (*StoredMatch._fields, "formula_version", "computed_at"),
        [(*match, version, now) for match in matches],
        unique=("attribute_hash", "condition", "formula_version"),
        update=(*StoredMatch._fields[2:], "computed_at"),
    )


def _repeat_general(hash_of: Mapping[int, str], version: str) -> None:
    """Copy the general match of each listing's set of facts into its profile."""
    rows = AssessmentRow.objects.filter(
        attribute_hash__in=set(hash_of.values()), condition=GENERAL, formula_version=version
    )
    general = {key: columns for key, *columns in rows.values_list("attribute_hash", *_REPEATED)}
    demand = load_demand(list(hash_of))
    update_rows(
        FootwearProfile,
        "listing_id",
        ("assessed_hash", "formula_version", "demand", *_REPEATED.values()),
        [
            (pk, key, version, demand.get(pk, 0), *general[key])
            for pk, key in hash_of.items()
            if key in general
        ],
    )


_Match = tuple[int | None, int | None, str]


def _matches(listing_ids: Sequence[int]) -> dict[int, _Match]:
    rows = FootwearProfile.objects.filter(among("pk", listing_ids)).values_list(
        "pk", "match_low", "match_high", "verdict"
    )
    return {pk: (low, high, verdict) for pk, low, high, verdict in rows}


def _announce(before: Mapping[int, _Match], after: Mapping[int, _Match], now: datetime) -> None:
    """Tell receivers of every match that changed, once it is safely stored, and targets later."""
    changed = {key: match for key, match in after.items() if before.get(key) != match}
    note_news(kind=LISTING_ASSESSED, subjects=changed, now=now)
    if score_changed.has_listeners():
        for listing_id, (low, high, verdict) in changed.items():
            transaction.on_commit(
                partial(_send, listing_id=listing_id, low=low, high=high, verdict=verdict)
            )


def _send(**told: Any) -> None:
    for receiver, response in score_changed.send_robust(sender=FootwearProfile, **told):
        if isinstance(response, Exception):
            _LOG.error("a receiver of score_changed failed: %r", receiver, exc_info=response)
