"""What another guide would do to the matches of this shop, and past matches computed anew.

Everything is done once per distinct set of facts, page by page, so that
neither time nor memory follows the number of listings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet, TextField
from django.db.models.functions import Cast

from shop_plugin.conf import get_settings
from shop_plugin.domain.class_scoring import StoredMatch, score_classes
from shop_plugin.domain.guide import GuideError
from shop_plugin.domain.guide_terms import Guide
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.score_diff import CountedFacts, ScoreDiff
from shop_plugin.domain.scoring import GENERAL
from shop_plugin.models import Assessment, AttributeSnapshot, FootwearProfile
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.shop.guides import find_guide

Progress = Callable[[int], None]

_PAGE = 500
_SHOWN_MISMATCHES = 20
# What one more fact would tell is stored of the general match alone, and not of the oldest.
_WHAT_IF = ("telling", "narrowing")


def count_classes() -> int:
    """Return how many distinct sets of facts the listings on offer state."""
    return _offered().values("attribute_hash").distinct().count()


def compare_guides(
    *,
    before: Guide,
    after: Guide,
    condition: str = GENERAL,
    on_progress: Progress | None = None,
) -> ScoreDiff:
    """Return how the matches of the listings on offer differ between two guides.

    Nothing is stored. ``on_progress`` hears of every page and may raise to stop.
    """
    diff = ScoreDiff(before, after, get_settings().HEEL_MODE, condition)
    for page in count_pages():
        diff.add(page)
        if on_progress is not None:
            on_progress(len(page))
    return diff


def store_beside(*, version: str, now: datetime, on_progress: Progress | None = None) -> int:
    """Store the matches of a guide beside those in force; return how many were new.

    The pages keep showing those in force. Running it again writes only what
    is missing; once the setting ``FORMULA`` names this guide, they are used as they are.

    :raises GuideError: for a guide that is not there.
    """
    guide = find_guide(version)
    mode, folder = get_settings().HEEL_MODE, get_settings().GUIDE_FOLDER
    stored_as = guide.version if mode == "effective" else f"{guide.version}+{mode}"
    written = 0
    for page in _snapshot_pages():
        known = set(
            Assessment.objects.filter(
                attribute_hash__in=page, formula_version=stored_as, condition=guide.conditions[-1]
            ).values_list("attribute_hash", flat=True)
        )
        new = [(key, text) for key, text in page.items() if key not in known]
        matches = score_classes(new, mode, guide.version, folder)
        insert_rows(
            Assessment,
            (*StoredMatch._fields, "formula_version", "computed_at"),
            [(*match, stored_as, now) for match in matches],
            unique=("attribute_hash", "condition", "formula_version"),
        )
        written += len(matches)
        if on_progress is not None:
            on_progress(len(page))
    return written


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A stored match that is not what its guide gives of its facts today."""

    attribute_hash: str
    condition: str
    formula_version: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """What computing past matches anew found; ``unknown`` counts those whose guide is gone."""

    checked: int = 0
    different: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Tell whether every match could be computed anew and came out the same."""
        return not self.different and not self.unknown


def replay_matches(
    *, version: str = "", listing_id: int | None = None, on_progress: Progress | None = None
) -> Replay:
    """Compute stored matches anew from their facts and their guide, and compare every bit.

    All that are stored, or those of one formula version, or of the facts of
    one listing as they are now.

    :raises FootwearProfile.DoesNotExist: for a listing without facts.
    """
    rows = Assessment.objects.all()
    if version:
        rows = rows.filter(formula_version=version)
    if listing_id is not None:
        key = FootwearProfile.objects.values_list("attribute_hash", flat=True).get(pk=listing_id)
        rows = rows.filter(attribute_hash=key)
    replay = Replay()
    for page in _match_pages(rows):
        _replay_page(page, replay)
        if on_progress is not None:
            on_progress(len(page))
    return replay


def _replay_page(page: list[Assessment], replay: Replay) -> None:
    texts = dict(
        AttributeSnapshot.objects.filter(pk__in={row.attribute_hash for row in page})
        .annotate(text=Cast("snapshot", TextField()))
        .values_list("pk", "text")
    )
    for version in sorted({row.formula_version for row in page}):
        rows = [row for row in page if row.formula_version == version]
        hashes = sorted({row.attribute_hash for row in rows})
        try:
            guide = find_guide(version)
        except GuideError:
            replay.unknown[version] = replay.unknown.get(version, 0) + len(rows)
            continue
        computed = score_classes(
            [(key, texts[key]) for key in hashes if key in texts],
            version.partition("+")[2] or "effective",
            guide.version,
            get_settings().GUIDE_FOLDER,
        )
        found = {(match.attribute_hash, match.condition): match for match in computed}
        for row in rows:
            _compare(row, found.get((row.attribute_hash, row.condition)), replay)


def _compare(row: Assessment, found: StoredMatch | None, replay: Replay) -> None:
    replay.checked += 1
    is_told = row.narrowing is not None or row.condition != GENERAL
    columns = [name for name in StoredMatch._fields if is_told or name not in _WHAT_IF]
    stored = {name: getattr(row, name) for name in columns}
    stored["detail"] = dump_json(row.detail)
    now: Mapping[str, Any] = found._asdict() if found else {}
    different = tuple(name for name, value in stored.items() if now.get(name) != value)
    if different:
        replay.different += 1
        if len(replay.mismatches) < _SHOWN_MISMATCHES:
            replay.mismatches.append(
                Mismatch(row.attribute_hash, row.condition, row.formula_version, different)
            )


def _offered() -> QuerySet[FootwearProfile]:
    return FootwearProfile.objects.filter(listing__is_withdrawn=False)


def count_pages() -> Iterator[list[CountedFacts]]:
    """Yield the sets of facts of the listings on offer, each once with its number of listings."""
    # Grouped once, and read on through a cursor: a condition per page would group anew each time.
    counted = (
        _offered()
        .values("attribute_hash")
        .annotate(listings=Count("pk"), one=Min("pk"))
        .order_by("attribute_hash")
        .values_list("one", "listings")
    )
    page: dict[int, int] = {}
    for one, listings in counted.iterator(chunk_size=_PAGE):
        page[one] = listings
        if len(page) == _PAGE:
            yield _load_facts(page)
            page = {}
    if page:
        yield _load_facts(page)


def _load_facts(page: Mapping[int, int]) -> list[CountedFacts]:
    rows = (
        FootwearProfile.objects.filter(pk__in=list(page))
        .annotate(text=Cast("snapshot", TextField()))
        .order_by("attribute_hash")
        .values_list("text", "pk")
    )
    return [CountedFacts(text, page[pk], pk) for text, pk in rows]


def _snapshot_pages() -> Iterator[dict[str, str]]:
    """Yield the stored sets of facts that a listing states now, as JSON text by their hash."""
    last = ""
    stated = AttributeSnapshot.objects.filter(
        pk__in=FootwearProfile.objects.values("attribute_hash")
    ).annotate(text=Cast("snapshot", TextField()))
    while page := dict(stated.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:_PAGE]):
        yield page
        last = max(page)


def _match_pages(rows: QuerySet[Assessment]) -> Iterator[list[Assessment]]:
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[: _PAGE * 4]):
        yield page
        last = page[-1].pk
