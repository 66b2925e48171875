"""The matches of many sets of facts at once, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.json_text import dump_json
from shop_plugin.domain.scoring import assess_all


class StoredMatch(NamedTuple):
    """One match of one set of facts; ``detail`` is JSON text."""

    attribute_hash: str
    condition: str
    verdict: str
    low: int | None
    high: int | None
    grade_low: str
    grade_high: str
    coverage: int
    confidence: int
    detail: str


def score_classes(snapshots: Sequence[tuple[str, str]], heel_mode: str) -> list[StoredMatch]:
    """Return the matches for every condition of sets of facts given as (hash, snapshot as JSON)."""
    guide = load_guide()
    return [
        StoredMatch(
            attribute_hash,
            condition,
            found.verdict.value,
            found.low,
            found.high,
            found.grade_low,
            found.grade_high,
            found.coverage,
            found.confidence,
            # Text at once: thousands of small lists would burden the collector.
            dump_json(found.as_detail()),
        )
        for attribute_hash, text in snapshots
        for condition, found in assess_all(
            FootwearAttributes.from_snapshot(json.loads(text)), guide=guide, heel_mode=heel_mode
        ).items()
    ]
