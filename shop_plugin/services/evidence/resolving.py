"""Accepted observations become the typed profile of a listing; unchanged ones write nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction

from shop_plugin.domain.attributes import (
    AgeGroup,
    FootwearAttributes,
    Gender,
    Options,
    SourceKind,
    Span,
    UseCategory,
    fingerprint_text,
)
from shop_plugin.domain.fit_votes import FitCounts, VoteKind
from shop_plugin.domain.listing_reading import ListingText
from shop_plugin.domain.plausibility import Case, Width, find_flags, letters_in
from shop_plugin.domain.records import Reading
from shop_plugin.domain.resolution import resolve
from shop_plugin.models import FitVote, FootwearProfile, Listing, Observation
from shop_plugin.services.bulk.rows import among, insert_rows
from shop_plugin.services.evidence.observation_rows import (
    Said,
    StoredObservation,
    load_observations,
    read_value,
)
from shop_plugin.services.search.changes import note_changes

_SPAN_COLUMNS = {
    "heel_height_mm": "heel_height",
    "forefoot_height_mm": "forefoot_height",
    "drop_mm": "drop",
}
_OPTION_COLUMNS = ("arch_support", "cushioning", "toe_shape", "fastening")
_FLAG_COLUMNS = ("removable_insole", "orthotic_friendly")

_RESOLVED = (
    *(f"{name}_{end}_um" for name in _SPAN_COLUMNS.values() for end in ("low", "high")),
    *_OPTION_COLUMNS,
    *_FLAG_COLUMNS,
    "snapshot",
    "conflicts",
    "flags",
    "attribute_hash",
)
Votes = tuple[tuple[VoteKind, FitCounts], ...]
_VOTED = (VoteKind.ARCH, VoteKind.WIDTH)

# As many signs as the column holds; all rules of the table together take fewer.
MOST_FLAGS = 300
# What a profile holds until services.assessment has been here; a resolved one keeps its match.
_UNASSESSED: dict[str, Any] = {
    "assessed_hash": "",
    "formula_version": "",
    "verdict": "",
    "grade_low": "",
    "grade_high": "",
    "telling": "",
    "demand": 0,
}


class ResolvableListing(NamedTuple):
    """A listing with all that is accepted of it; ``widths`` are those said by a letter."""

    pk: int
    use_category: str
    age_group: str
    gender: str
    said: frozenset[Said]
    widths: frozenset[Width] = frozenset()


class ListingFrame(NamedTuple):
    """What resolving needs of a listing beside what is said of it."""

    pk: int
    use_category: str
    age_group: str
    gender: str


def make_resolvable(
    listing: ListingText | ListingFrame, accepted: Iterable[StoredObservation]
) -> ResolvableListing:
    """Return a listing with what is accepted of it, ready to be resolved."""
    rows = list(accepted)
    letters = letters_in(
        (row.original, row.options) for row in rows if row.attribute == "width_options"
    )
    return ResolvableListing(
        listing.pk,
        listing.use_category,
        listing.age_group,
        # Whose shoe it is decides nothing else, and equal sets of facts are resolved once.
        listing.gender if letters else "",
        frozenset([row.said for row in rows]),
        letters,
    )


def resolve_listings(*, listing_ids: Sequence[int], now: datetime) -> int:
    """Resolve the accepted observations of these listings; return how many profiles changed."""
    with transaction.atomic():
        stored = load_observations(listing_ids, states=[Observation.State.ACCEPTED])
        rows = Listing.objects.filter(among("pk", listing_ids)).values_list(*ListingFrame._fields)
        frames = [ListingFrame(*row) for row in rows]
        return write_profiles(
            [make_resolvable(frame, stored.get(frame.pk, ())) for frame in frames], now=now
        )


def write_profiles(listings: Sequence[ResolvableListing], *, now: datetime) -> int:
    """Store what is believed of these listings; return how many profiles are new or changed.

    The match of a changed profile stays until the next assessment, which
    sees by the ``attribute_hash`` that it is out of date.
    """
    known = {
        pk: stored
        for pk, *stored in FootwearProfile.objects.filter(
            among("pk", [item.pk for item in listings])
        ).values_list("pk", "attribute_hash", "flags")
    }
    votes = _load_votes([item.pk for item in listings])
    changed = []
    for item in listings:
        found = _weigh_votes(_resolve(item[1:]), votes.get(item.pk, ()))
        if known.get(item.pk) != [found.attribute_hash, found.flags]:
            changed.append((item.pk, now, *found.columns))
    insert_rows(
        FootwearProfile,
        ("listing_id", "resolved_at", *_RESOLVED, *_UNASSESSED),
        [(*row, *_UNASSESSED.values()) for row in changed],
        unique=("listing_id",),
        update=("resolved_at", *_RESOLVED),
    )
    note_changes(pk for pk, *_columns in changed)
    return len(changed)


class Believed(NamedTuple):
    """What the sayings of a listing come to: the facts, and the rules of plausibility they break.

    ``flags`` are ids joined by commas, ``snapshot`` is JSON text.
    """

    attribute_hash: str
    flags: str
    snapshot: str


def believe(listing: ResolvableListing) -> Believed:
    """Return what is believed of a listing of which this is said. Nothing is stored."""
    found = _resolve(listing[1:])
    snapshot = found.columns[_RESOLVED.index("snapshot")]
    return Believed(found.attribute_hash, found.flags, snapshot)


class _Resolved(NamedTuple):
    attribute_hash: str
    flags: str
    columns: tuple[Any, ...]


@lru_cache(maxsize=8192)
def _resolve(
    stated: tuple[str, str, str, frozenset[Said], frozenset[Width]],
) -> _Resolved:
    """Return what is believed, and what speaks against itself; many listings state the same."""
    use_category, age_group, gender, said, widths = stated
    readings = tuple(
        Reading(attribute, read_value(low, high, options), SourceKind(kind), "", confidence)
        for attribute, kind, low, high, options, confidence in said
    )
    attributes = resolve(
        readings, use_category=UseCategory(use_category), age_group=AgeGroup(age_group)
    )
    text = attributes.as_text()
    attribute_hash = fingerprint_text(text)
    case = Case(attributes, readings, Gender(gender) if gender else Gender.UNKNOWN, widths)
    flags = ",".join(find_flags(case))[:MOST_FLAGS]
    columns = {
        **_typed_columns(attributes),
        "snapshot": text,
        "flags": flags,
        "attribute_hash": attribute_hash,
    }
    return _Resolved(attribute_hash, flags, tuple(columns[name] for name in _RESOLVED))


def _load_votes(listing_ids: Sequence[int]) -> dict[int, Votes]:
    """Return what buyers said of facts, of the few listings of which they said anything."""
    found: dict[int, Votes] = {}
    rows = FitVote.objects.filter(among("listing_id", listing_ids), kind__in=_VOTED)
    for pk, kind, *counts in rows.values_list("listing_id", "kind", *FitCounts._fields):
        found[pk] = (*found.get(pk, ()), (VoteKind(kind), FitCounts(*counts)))
    return found


def _weigh_votes(found: _Resolved, votes: Votes) -> _Resolved:
    """Return the same with a flag where buyers say the opposite; no value is touched."""
    if not votes:
        return found
    snapshot = json.loads(found.columns[_RESOLVED.index("snapshot")])
    case = Case(FootwearAttributes.from_snapshot(snapshot), votes=votes)
    flags = [item for item in found.flags.split(",") if item]
    flags += [item for item in find_flags(case) if item not in flags]
    columns = list(found.columns)
    columns[_RESOLVED.index("flags")] = joined = ",".join(flags)[:MOST_FLAGS]
    return found._replace(flags=joined, columns=tuple(columns))


def _typed_columns(attributes: FootwearAttributes) -> dict[str, Any]:
    columns: dict[str, Any] = {"conflicts": ",".join(sorted(attributes.conflicts))[:300]}
    for key, name in _SPAN_COLUMNS.items():
        value = attributes.get(key)
        columns[f"{name}_low_um"] = value.low if isinstance(value, Span) else None
        columns[f"{name}_high_um"] = value.high if isinstance(value, Span) else None
    for key in _OPTION_COLUMNS:
        value = attributes.get(key)
        columns[key] = ",".join(sorted(value.members)) if isinstance(value, Options) else None
    for key in _FLAG_COLUMNS:
        columns[key] = _as_flag(attributes.get(key))
    return columns


def _as_flag(value: object) -> bool | None:
    if isinstance(value, Options) and len(value.members) == 1:
        return value.members == {"yes"}
    return None
