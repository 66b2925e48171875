"""What an import did, row by row where something was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shop_plugin.domain.intake import IncomingRow
from shop_plugin.domain.records import ReadRow, RowProblem
from shop_plugin.models import JobRun, RefusedRow

MOST_EXAMPLES = 20

# A row as it was read, or made ready: both carry their line, their problems and how they began.
AnyRow = ReadRow[Any] | IncomingRow


@dataclass(frozen=True, slots=True)
class RowReport:
    """One thing that was wrong with one row. ``is_refusal`` tells a lost row from a lost field."""

    line: int
    field: str
    code: str
    reason: str
    is_refusal: bool
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or would do.

    ``rows`` is the sum of created, updated, unchanged and refused.
    ``returned`` counts, among updated, those that had been withdrawn;
    ``withdrawn`` those that a full sync did not see. ``warnings`` counts
    fields that were left out, by code; ``details`` what else there is to
    count (people, lines without a listing). ``examples`` are the first refusals
    and the first warning of each code.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    returned: int = 0
    withdrawn: int = 0
    warnings: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[RowReport, ...] = ()

    @property
    def changed(self) -> int:
        """Return how many listings the import wrote or withdrew."""
        return self.created + self.updated + self.withdrawn

    def as_counts(self) -> dict[str, Any]:
        """Return the numbers as a :class:`JobRun` keeps them."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "returned": self.returned,
            "withdrawn": self.withdrawn,
            "warnings": dict(self.warnings),
            "details": dict(self.details),
        }


class Tally:
    """Counts that grow while rows go by, in bounded memory."""

    def __init__(
        self,
        counts: Mapping[str, Any] | None = None,
        *,
        on_report: Callable[[RowReport], None] | None = None,
    ) -> None:
        """Begin at nought, or where an interrupted run stood.

        ``on_report`` is told everything that was wrong, not the first examples only.
        """
        start = dict(counts or {})
        self.warnings: Counter[str] = Counter(start.pop("warnings", {}))
        self.details: Counter[str] = Counter(start.pop("details", {}))
        self.counts: Counter[str] = Counter(start)
        self.examples: list[RowReport] = []
        self._shown: Counter[str] = Counter()
        self._on_report = on_report

    def refuse(self, row: AnyRow) -> None:
        """Count a row that has no record, with its reasons."""
        self.counts["rows"] += 1
        self.counts["refused"] += 1
        for problem in row.problems:
            self._keep(row, problem, is_refusal=True)

    def warn(self, row: AnyRow, problem: RowProblem) -> None:
        """Count a field that was left out of a row that is kept."""
        self.warnings[problem.code] += 1
        self._keep(row, problem, is_refusal=False, is_example=self.warnings[problem.code] == 1)

    def result(self) -> ImportResult:
        """Return what was counted so far."""
        known = {
            name: self.counts[name]
            for name in (
                "rows",
                "created",
                "updated",
                "unchanged",
                "refused",
                "returned",
                "withdrawn",
            )
        }
        return ImportResult(
            **known,
            warnings=dict(sorted(self.warnings.items())),
            details=dict(self.details),
            examples=tuple(self.examples),
        )

    def _keep(
        self, row: AnyRow, problem: RowProblem, *, is_refusal: bool, is_example: bool = True
    ) -> None:
        if not is_example and self._on_report is None:
            return
        report = RowReport(
            row.line, problem.field, problem.code, problem.reason, is_refusal, row.raw
        )
        if self._on_report is not None:
            self._on_report(report)
        kind = "refusal" if is_refusal else "warning"
        self._shown[kind] += is_example
        if is_example and self._shown[kind] <= MOST_EXAMPLES:
            self.examples.append(report)


def refusals_of(run: JobRun, rows: Iterable[AnyRow]) -> list[RefusedRow]:
    """Return the rows to store for refused rows of a run, one per reason, texts cut to fit."""
    return [
        RefusedRow(
            run=run,
            line=row.line,
            field=problem.field[:100],
            code=problem.code[:40],
            reason=problem.reason[:500],
            raw=row.raw[:2000],
        )
        for row in rows
        for problem in row.problems
    ]
