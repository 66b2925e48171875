"""Matches as they are stored: read as plain rows, and understood once per process.

A row is its own key: what was understood of one holds for every row that is
equal to it, whenever and wherever it is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from shop_plugin.domain.scoring import Assessment
from shop_plugin.models import Assessment as AssessmentRow

# Some 3 KB each.
MOST_UNDERSTOOD = 4096


class MatchRow(NamedTuple):
    """One stored match; ``detail`` is JSON text."""

    attribute_hash: str
    formula_version: str
    condition: str
    verdict: str
    low: int | None
    high: int | None
    grade_low: str
    grade_high: str
    coverage: int
    confidence: int
    detail: str


def find_match_rows(
    hashes: Collection[str] | QuerySet[Any, Any],
    versions: Collection[str],
    *,
    conditions: Collection[str],
) -> list[MatchRow]:
    """Return the stored matches of some sets of facts under some formulas. One query.

    ``hashes`` may be a question of the database's own.

    All conditions are named so that the index of identities serves: SQLite
    would else walk through every match of the formula.
    """
    rows = AssessmentRow.objects.filter(
        attribute_hash__in=hashes, condition__in=conditions, formula_version__in=versions
    ).annotate(text=Cast("detail", TextField()))
    return [MatchRow._make(row) for row in rows.values_list(*MatchRow._fields[:-1], "text")]


def find_former_match(row: MatchRow) -> MatchRow | None:
    """Return the match of the same facts under the formula before, where it was another.

    ``None`` where there is none or where range and grades are the same. What
    was stored to try a later formula is none: it was made later. One query.
    """
    same = AssessmentRow.objects.filter(
        attribute_hash=row.attribute_hash, condition=row.condition
    ).annotate(text=Cast("detail", TextField()))
    rows = list(same.values_list(*MatchRow._fields[:-1], "text", "computed_at"))
    made = {item[1]: item[-1] for item in rows}
    former = [
        item
        for item in rows
        if item[1] != row.formula_version and item[-1] < made[row.formula_version]
    ]
    if not former:
        return None
    last = MatchRow._make(max(former, key=lambda item: (item[-1], item[1]))[:-1])
    is_same = (last.low, last.high, last.grade_low, last.grade_high) == (
        row.low,
        row.high,
        row.grade_low,
        row.grade_high,
    )
    return None if is_same else last


@lru_cache(maxsize=MOST_UNDERSTOOD)
def read_match(row: MatchRow) -> Assessment:
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
        detail=json.loads(row.detail),
    )
