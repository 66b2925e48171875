"""The matches of many sets of facts at once, as they are stored, and what a fact would tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from shop_plugin.domain.advice import TellingFact, find_telling_fact
from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.scoring import GENERAL, Assessment, assess_all


class StoredMatch(NamedTuple):
    """One match of one set of facts; ``detail`` is JSON text.

    ``telling`` and ``narrowing`` are those of :func:`advice.find_telling_fact`,
    for the general match alone; of others they are empty and ``None``.
    """

    attribute_hash: str
    condition: str
    verdict: str
    low: int | None
    high: int | None
    grade_low: str
    grade_high: str
    coverage: int
    confidence: int
    telling: str
    narrowing: int | None
    detail: str


def score_classes(
    snapshots: Sequence[tuple[str, str]], heel_mode: str, version: str, folder: str = ""
) -> list[StoredMatch]:
    """Return the matches for every condition of sets of facts given as (hash, snapshot as JSON).

    ``version`` and ``folder`` name the guide, so that another process can be asked.

    :raises GuideError: for a guide that is not there.
    """
    guide = load_guide(version, folder)
    matches = []
    for attribute_hash, text in snapshots:
        attributes = FootwearAttributes.from_snapshot(json.loads(text))
        for condition, found in assess_all(attributes, guide=guide, heel_mode=heel_mode).items():
            told = TellingFact("", None)
            if condition == GENERAL:
                told = find_telling_fact(attributes, shown=found, guide=guide, heel_mode=heel_mode)
            matches.append(_as_stored(attribute_hash, found, told))
    return matches


def _as_stored(attribute_hash: str, found: Assessment, told: TellingFact) -> StoredMatch:
    return StoredMatch(
        attribute_hash,
        found.condition,
        found.verdict.value,
        found.low,
        found.high,
        found.grade_low,
        found.grade_high,
        found.coverage,
        found.confidence,
        told.factor,
        told.narrowing,
        # Text at once: thousands of small lists would burden the collector.
        dump_json(found.as_detail()),
    )
