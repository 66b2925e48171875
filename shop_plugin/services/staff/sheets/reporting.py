"""What was found in a spreadsheet, for the page, the command and the file of refused rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from shop_plugin.conf import load_sheet_format
from shop_plugin.domain.sheets import OutgoingColumn, OutgoingSheet
from shop_plugin.models import SheetImport, SheetImportRow
from shop_plugin.services.staff.sheets.export import usual_delimiter
from shop_plugin.services.staff.sheets.reasons import say_unusable

_Kind = SheetImportRow.Kind
_State = SheetImport.State


class NoSuchSheet(LookupError):
    """There is no sheet with this id any more."""


@dataclass(frozen=True, slots=True)
class SheetFact:
    """One cell of a row, in words; see :class:`checking.JudgedCell`."""

    column: str
    text: str
    before: str
    after: str
    reason: str
    accepted: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that would change something, or that cannot be used."""

    line: int
    listing_id: int | None
    title: str
    is_chosen: bool
    facts: tuple[SheetFact, ...]


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What is known of a spreadsheet. ``problem`` says why the whole file was refused.

    ``facts`` counts the cells that would change, ``emptied`` those that were
    filled when exported and are empty now, which changes nothing. ``chosen``
    counts the rows that a confirmation would import.
    """

    sheet_id: int
    file_name: str
    state: str
    state_label: str
    author: str
    created_at: datetime
    rows: int
    unchanged: int
    changes: int
    facts: int
    conflicts: int
    refused: int
    emptied: int
    chosen: int
    unknown_columns: tuple[str, ...]
    problem: str
    bulk_edit_id: int | None

    @property
    def is_being_checked(self) -> bool:
        """Tell whether rows are still to be checked."""
        return self.state == _State.CHECKING

    @property
    def can_be_confirmed(self) -> bool:
        """Tell whether somebody may import rows of it now."""
        return self.state == _State.CHECKED and self.chosen > 0

    @property
    def is_open(self) -> bool:
        """Tell whether it may still be given up."""
        return self.state in (_State.CHECKING, _State.CHECKED)


def find_sheet(*, sheet_id: int) -> SheetReport:
    """Return what is known of a sheet, in the language in force.

    :raises NoSuchSheet: for an id that is none.
    """
    sheet = SheetImport.objects.select_related("author").defer("content").filter(pk=sheet_id)
    if (found := sheet.first()) is None:
        raise NoSuchSheet(sheet_id)
    counts: Mapping[str, Any] = found.counts
    chosen = SheetImportRow.objects.filter(sheet_id=sheet_id, is_chosen=True).count()
    return SheetReport(
        sheet_id=sheet_id,
        file_name=found.file_name,
        state=found.state,
        state_label=found.get_state_display(),
        author=str(found.author) if found.author else "",
        created_at=found.created_at,
        rows=counts.get("rows", 0),
        unchanged=counts.get("unchanged", 0),
        changes=counts.get("change", 0),
        facts=counts.get("facts", 0),
        conflicts=counts.get("conflict", 0),
        refused=counts.get("refused", 0),
        emptied=counts.get("emptied", 0),
        chosen=chosen,
        unknown_columns=tuple(counts.get("unknown_columns", ())),
        problem=_say_problem(found.problem),
        bulk_edit_id=found.bulk_edit_id,
    )


def list_rows(
    *, sheet_id: int, kind: str, after_line: int = 0, limit: int | None = None
) -> list[SheetRow]:
    """Return rows of one kind behind a line, in the order of the file."""
    rows = SheetImportRow.objects.filter(sheet_id=sheet_id, kind=kind, line__gt=after_line)
    return [_row(row) for row in rows.order_by("line")[:limit]]


def write_refused_rows(*, sheet_id: int, format_name: str = "csv") -> Iterator[bytes]:
    """Yield the rows that cannot be used, as they stood, with the reasons in a last column.

    Corrected, the file can be handed in again as it is.

    :raises NoSuchSheet: for an id that is none.
    """
    found = SheetImport.objects.filter(pk=sheet_id).values_list("labels", "language").first()
    if found is None:
        raise NoSuchSheet(sheet_id)
    labels, language = found
    with override(language):
        columns = [*(OutgoingColumn(label) for label in labels), OutgoingColumn(_("Line"))]
        columns.append(OutgoingColumn(_("Why it was refused")))
    sheet = OutgoingSheet(
        title="",
        columns=columns,
        rows=_refused_cells(sheet_id, len(labels)),
        delimiter=usual_delimiter(language),
    )
    return load_sheet_format(format_name).write(sheet)


def _refused_cells(sheet_id: int, width: int) -> Iterator[Sequence[str]]:
    rows = SheetImportRow.objects.filter(
        sheet_id=sheet_id, kind__in=(_Kind.REFUSED, _Kind.CONFLICT)
    )
    for line, cells, facts in rows.order_by("line").values_list("line", "cells", "facts"):
        reasons = (
            ": ".join(filter(None, (fact["column"], fact["reason"])))
            for fact in facts
            if fact["reason"]
        )
        padded = [*cells, *[""] * width][:width]
        yield [*padded, str(line), " | ".join(reasons)]


def _row(row: SheetImportRow) -> SheetRow:
    facts = tuple(
        SheetFact(
            fact["column"],
            fact["text"],
            fact["before"],
            fact["after"],
            fact["reason"],
            fact["accepted"],
        )
        for fact in row.facts
    )
    return SheetRow(row.line, row.listing_id, row.title, row.is_chosen, facts)


def _say_problem(problem: Mapping[str, Any]) -> str:
    if not problem:
        return ""
    return say_unusable(problem["code"], line=problem["line"], facts=problem["facts"])
