"""The shoes that suit one reader's feet, in order, with the reasons. It leaves no trace.

What somebody says of their feet comes in as an argument and goes out with the
answer. It is written nowhere, and no query names it: the database is always
asked for the matches of every profile, so that not even its own log of slow
queries could tell which of them were wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop_plugin.domain.scoring import (
    GENERAL,
    Assessment,
    SeveralAssessment,
    UnknownCondition,
    join_assessments,
)
from shop_plugin.models import FootwearProfile
from shop_plugin.services.evidence.stored_matches import find_match_rows, read_match
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.index import SearchIndex
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.cards import STRONGEST, Card, build_cards
from shop_plugin.services.shopping.results import Relaxation, default_index, find_relaxations
from shop_plugin.services.words.explaining import (
    Explanation,
    condition_label,
    describe_shortfall,
    describe_why,
    explain,
)

MAX_MATCHES = 200


@dataclass(frozen=True, slots=True)
class ConditionMatch:
    """How one shoe does for one condition; ``is_limiting`` marks the one that decides."""

    condition: str
    label: str
    assessment: Assessment
    is_limiting: bool


@dataclass(frozen=True, slots=True)
class Match:
    """One shoe of the list.

    ``joint`` is the lowest match over the chosen conditions, ``None`` where
    the shoe was not assessed yet; its ``low`` is ``None`` where it cannot be
    scored (a child's shoe). ``limited_by`` is the key of the condition that
    decides and ``limit_text`` says so with the reason ("Limited by bunions:
    the toe is pointed."); both are empty unless several were chosen.
    ``reasons`` are the (at most two) strongest of the deciding condition.
    """

    card: Card
    joint: SeveralAssessment | None
    by_condition: tuple[ConditionMatch, ...]
    limited_by: str
    limit_text: str
    why: str
    reasons: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class MatchPage:
    """A part of the ordered list.

    ``conditions`` are those that order it, in the guide's order ("general"
    alone where none was chosen). ``total`` counts all shoes that meet the
    criteria; ``without_grade`` of them are too little known for a grade (or
    not scored at all, as children's shoes), and ``total`` holds them too.
    Where ``refer_to_professional`` names a condition, nothing is matched and
    the list is empty. ``relaxations`` are the single limits to drop where no
    shoe meets all of them, and how many each gives back.
    """

    conditions: tuple[str, ...]
    refer_to_professional: str
    total: int
    without_grade: int
    matches: tuple[Match, ...]
    relaxations: tuple[Relaxation, ...]
    limit: int
    offset: int


def match_shoes(
    *,
    conditions: Sequence[str],
    criteria: SearchCriteria,
    limit: int = 24,
    offset: int = 0,
    unit: str = "in",
    with_counts: bool = True,
    index: SearchIndex | None = None,
) -> MatchPage:
    """Return the shoes that meet the criteria, those first that match the conditions best.

    Ordered by the sure end of the lowest match over the conditions, then its
    possible end, then the listing's id; what has no match comes last. No
    condition means the general guide. ``criteria`` give the limits only:
    their own order and page do not count. Lengths in texts are in ``unit``.
    The number of queries does not depend on how much is found. Without counts
    ``without_grade`` is 0, which spares a reading of all that is found.

    :raises UnknownCondition: for a condition the guide does not know.
    :raises ValueError: for a negative ``offset`` or a ``limit`` outside 1 to 200.
    """
    if offset < 0 or not 1 <= limit <= MAX_MATCHES:
        raise ValueError(f"ask for 1 to {MAX_MATCHES} shoes, from position 0 on")
    chosen, refer = _read_conditions(conditions)
    if refer:
        return MatchPage(chosen, refer, 0, 0, (), (), limit, offset)
    index = index or default_index()
    found = index.find_ids(criteria, conditions=chosen, limit=limit, offset=offset)
    cards = build_cards(found.listing_ids, unit=unit)
    stored = _assessments_of(found.listing_ids)
    return MatchPage(
        conditions=chosen,
        refer_to_professional="",
        total=found.total,
        without_grade=(
            index.count_ungraded(criteria, conditions=chosen) if with_counts and found.total else 0
        ),
        matches=tuple(
            _match(card, stored.get(card.listing_id, {}), chosen, unit) for card in cards
        ),
        relaxations=() if found.total else find_relaxations(criteria, unit=unit, index=index),
        limit=limit,
        offset=offset,
    )


def _read_conditions(conditions: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the conditions in the guide's order, and the one that needs a professional."""
    guide = guide_in_force()
    wanted = set(conditions)
    known = (*guide.conditions, *guide.refer_conditions)
    if wanted - set(known):
        # The message names what there is, never what was asked: it may reach a log.
        raise UnknownCondition(f"a condition is none of {', '.join(known)}")
    refer = next((item for item in guide.refer_conditions if item in wanted), "")
    chosen = tuple(item for item in guide.conditions if item in wanted)
    return chosen or (GENERAL,), refer


def _assessments_of(listing_ids: Sequence[int]) -> dict[int, dict[str, Assessment]]:
    """Return the matches of these listings for every condition, as the profiles point to them."""
    keys = {
        pk: (attribute_hash, version)
        for pk, attribute_hash, version in FootwearProfile.objects.filter(
            pk__in=listing_ids
        ).values_list("pk", "assessed_hash", "formula_version")
        if attribute_hash
    }
    found: dict[tuple[str, str], dict[str, Assessment]] = {}
    for row in find_match_rows(
        {key[0] for key in keys.values()},
        {key[1] for key in keys.values()},
        conditions=guide_in_force().conditions,
    ):
        key = (row.attribute_hash, row.formula_version)
        found.setdefault(key, {})[row.condition] = read_match(row)
    return {pk: found[key] for pk, key in keys.items() if key in found}


def _match(
    card: Card, stored: Mapping[str, Assessment], chosen: tuple[str, ...], unit: str
) -> Match:
    own = {item: stored[item] for item in chosen if item in stored}
    if not own:
        return Match(card, None, (), "", "", "", ())
    joint = join_assessments(own, guide=guide_in_force())
    deciding = own[joint.binding]
    is_limited = len(own) > 1 and joint.low is not None
    return Match(
        card=card,
        joint=joint,
        by_condition=tuple(
            ConditionMatch(key, condition_label(key), item, is_limited and key == joint.binding)
            for key, item in own.items()
        ),
        limited_by=joint.binding if is_limited else "",
        limit_text=_limit_text(deciding, unit) if is_limited else "",
        why=describe_why(deciding, unit=unit),
        reasons=tuple(
            item for item in explain(deciding, unit=unit) if item.tone in ("limit", "good")
        )[:STRONGEST],
    )


def _limit_text(deciding: Assessment, unit: str) -> str:
    label = condition_label(deciding.condition)
    why = describe_shortfall(deciding, unit=unit)
    if not why:
        return _("Limited by {condition}.").format(condition=label)
    return _("Limited by {condition}: {why}.").format(condition=label, why=why)
