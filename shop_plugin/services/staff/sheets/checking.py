"""Rows of a table judged one by one: what each would change, or why it cannot be used.

Nothing is written here, and nothing is guessed: a row with one cell that is
not understood is refused as a whole, with every such cell named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import Value
from shop_plugin.domain.sheets import Cell, OddCell, SheetLine, writable
from shop_plugin.services.staff.sheets.cells import read_cell, write_cell
from shop_plugin.services.staff.sheets.columns import (
    Context,
    SheetColumns,
    hint_of,
    is_same_version,
    read_version,
)
from shop_plugin.services.staff.sheets.reasons import say_odd_cell
from shop_plugin.services.staff.sheets.standing import StandingListing, find_listings
from shop_plugin.services.staff.values import ValueRefused

_SPACES = re.compile(r"\s+")
_MOST_SHOWN = 200


class Verdict(StrEnum):
    """What becomes of a row."""

    UNCHANGED = "unchanged"
    CHANGE = "change"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JudgedCell:
    """One cell that matters. ``attribute`` is empty for a cell that is no fact.

    ``text`` is what stood there, ``before`` and ``after`` what staff say and
    would say, in words; ``value`` is the new value, ``None`` to take it back.
    ``reason`` says why the cell is refused or in conflict, ``accepted`` what
    could stand there instead.
    """

    column: str
    attribute: str = ""
    text: str = ""
    before: str = ""
    after: str = ""
    value: Value | None = None
    reason: str = ""
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """What a row comes to. ``emptied`` counts cells that were filled when exported."""

    line: int
    verdict: Verdict
    listing_id: int | None = None
    title: str = ""
    cells: tuple[JudgedCell, ...] = ()
    emptied: int = 0


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a cell states: a value, or ``None`` to take the staff value back."""

    attribute: str
    column: str
    text: str
    value: Value | None


class RowChecker:
    """Judges the rows of one table, in chunks; it remembers which listings it met."""

    def __init__(self, columns: SheetColumns) -> None:
        self._columns = columns
        self._met: dict[int, int] = {}  # listing -> line

    def check_rows(self, lines: Sequence[SheetLine]) -> list[JudgedRow]:
        """Return what each row comes to, with the reasons in the language in force."""
        ids = {self._text(line, Context.ID) for line in lines}
        found = find_listings(external_ids=ids - {""})
        return [self._check_row(line, found) for line in lines]

    def _check_row(
        self, line: SheetLine, found: Mapping[str, Sequence[StandingListing]]
    ) -> JudgedRow:
        filled = {
            key: cell
            for key, place in self._columns.facts.items()
            if (cell := _cell_at(line, place)) != ""
        }
        problems = list(self._find_problems(line))
        listing = None
        if filled and not problems:
            listing, problem = self._find_listing(line, found)
            problems += [problem] if problem else []
        statements = []
        for key, cell in filled.items():
            stated = _read_statement(key, self._columns.labels[self._columns.facts[key]], cell)
            if isinstance(stated, JudgedCell):
                problems.append(stated)
            else:
                statements.append(stated)
        if problems:
            pk, title = (listing.pk, listing.title) if listing else (None, "")
            return JudgedRow(line.number, Verdict.REFUSED, pk, title, tuple(problems))
        if listing is None:
            return JudgedRow(line.number, Verdict.UNCHANGED)
        return self._judge_statements(line, listing, statements)

    def _find_problems(self, line: SheetLine) -> list[JudgedCell]:
        """Return what is wrong with a row before it is looked at what it speaks of."""
        problems = []
        width = len(self._columns.labels)
        extra = [cell for cell in line.cells[width:] if cell != ""]
        if extra:
            reason = _(
                "The row has %(cells)d cells, the first line %(columns)d: perhaps a comma or "
                "semicolon inside a value without quotation marks around it."
            ) % {"cells": len(line.cells), "columns": width}
            problems.append(JudgedCell("", text=_shown(extra[0]), reason=reason))
        for column in (Context.ID, Context.SOURCE, Context.TITLE, Context.VERSION):
            place = self._columns.context.get(column)
            cell = "" if place is None else _cell_at(line, place)
            if isinstance(cell, OddCell) and place is not None:
                label = self._columns.labels[place]
                problems.append(JudgedCell(label, text=cell.shown, reason=say_odd_cell(cell)))
        return problems

    def _find_listing(
        self, line: SheetLine, found: Mapping[str, Sequence[StandingListing]]
    ) -> tuple[StandingListing | None, JudgedCell | None]:
        """Return the listing a row is about, or why none can be told for sure."""
        external_id = self._text(line, Context.ID)
        label = self._label(Context.ID)
        if not external_id:
            reason = _("There is no id, so it cannot be told which shoe is meant.")
            return None, JudgedCell(label, reason=reason)
        source = self._text(line, Context.SOURCE)
        known = [item for item in found.get(external_id, ()) if not source or item.source == source]
        if not known:
            reason = _("There is no shoe with this id in the catalogue.")
            return None, JudgedCell(label, text=external_id[:_MOST_SHOWN], reason=reason)
        if len(known) > 1:
            reason = _("Several shoes have this id. Add the column “Source” of an exported sheet.")
            return None, JudgedCell(label, text=external_id[:_MOST_SHOWN], reason=reason)
        listing = known[0]
        title = self._text(line, Context.TITLE)
        if title and _plain(title) != _plain(writable(listing.title)):
            reason = _(
                "The shoe with this id is called “%(title)s”. Perhaps a column was sorted without "
                "the others. Correct the title, or empty its cell."
            ) % {"title": listing.title}
            return None, JudgedCell(
                self._label(Context.TITLE), text=title[:_MOST_SHOWN], reason=reason
            )
        earlier = self._met.setdefault(listing.pk, line.number)
        if earlier != line.number:
            reason = _("This shoe stood in line %(line)d before; that line counts.") % {
                "line": earlier
            }
            return None, JudgedCell(label, text=external_id[:_MOST_SHOWN], reason=reason)
        return listing, None

    def _judge_statements(
        self, line: SheetLine, listing: StandingListing, statements: Sequence[_Statement]
    ) -> JudgedRow:
        version = self._text(line, Context.VERSION)
        marks = read_version(version) if version else None
        if version and marks is None:
            reason = _("The version is not as it was exported. Empty the cell, or export anew.")
            label = self._label(Context.VERSION)
            problem = JudgedCell(label, text=version[:_MOST_SHOWN], reason=reason)
            return JudgedRow(line.number, Verdict.REFUSED, listing.pk, listing.title, (problem,))
        judged = [
            _judge(item, listing, marks)
            for item in statements
            if item.value != _said(item, listing)
        ]
        conflicts = [cell for cell in judged if cell.reason]
        stated = {item.attribute for item in statements}
        emptied = sum(
            key in self._columns.facts and key not in stated and key in listing.said
            for key in marks or ()
        )
        verdict = Verdict.CHANGE if judged else Verdict.UNCHANGED
        if conflicts:
            verdict = Verdict.CONFLICT
        return JudgedRow(
            line.number, verdict, listing.pk, listing.title, tuple(judged), emptied=emptied
        )

    def _label(self, column: Context) -> str:
        place = self._columns.context.get(column)
        return "" if place is None else self._columns.labels[place]

    def _text(self, line: SheetLine, column: Context) -> str:
        place = self._columns.context.get(column)
        cell = "" if place is None else _cell_at(line, place)
        return "" if isinstance(cell, OddCell) else cell.strip()


def _read_statement(key: str, label: str, cell: Cell) -> _Statement | JudgedCell:
    """Return what a filled cell states, or why it states nothing."""
    if isinstance(cell, OddCell):
        reason = say_odd_cell(cell)
        return JudgedCell(label, key, cell.shown, reason=reason, accepted=hint_of(key))
    text = cell.strip()
    try:
        return _Statement(key, label, text, read_cell(attribute=key, text=text))
    except ValueRefused as refusal:
        shown = text[:_MOST_SHOWN]
        return JudgedCell(label, key, shown, reason=str(refusal), accepted=hint_of(key))


def _said(item: _Statement, listing: StandingListing) -> Value | None:
    said = listing.said.get(item.attribute)
    return said.value if said else None


def _judge(
    item: _Statement, listing: StandingListing, marks: Mapping[str, str] | None
) -> JudgedCell:
    """Return what a statement would change, or why what stands is kept."""
    key, text, value = item.attribute, item.text, item.value
    said = listing.said.get(key)
    before = write_cell(attribute=key, value=said.value, original=said.original) if said else ""
    after = write_cell(attribute=key, value=value, original=text) if value else ""
    reason = ""
    if marks is not None and not is_same_version(marks, key, said.value if said else None):
        reason = _("The staff value was changed after this sheet was exported. It is kept.")
    return JudgedCell(
        item.column, key, text[:_MOST_SHOWN], before=before, after=after, value=value, reason=reason
    )


def _cell_at(line: SheetLine, place: int) -> Cell:
    if place >= len(line.cells):
        return ""
    cell = line.cells[place]
    return cell if isinstance(cell, OddCell) or cell.strip() else ""


def _shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, OddCell) else cell[:_MOST_SHOWN]


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()
