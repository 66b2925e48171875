"""The chosen rows of a spreadsheet become an edit of many listings, which can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from shop_plugin.domain.attributes import value_from_plain
from shop_plugin.models import SheetImport, SheetImportRow
from shop_plugin.services.staff.bulk_edits.asking import (
    ListingEdits,
    add_values,
    confirm_edit,
    draft_values,
)
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.bulk_edits.working import Step, do_next_step

AT_ONCE = 1_000  # rows that are done while somebody waits; more are left to the worker
_ROWS_AT_ONCE = 2_000
_State = SheetImport.State


class Handed(NamedTuple):
    """What the chosen rows became: the edit, and whether somebody else must confirm it first."""

    edit_id: int
    needs_second_person: bool


class NothingChosen(RuntimeError):
    """No row is chosen, or the sheet does not wait for a decision any more."""


def confirm_sheet(*, sheet_id: int, author: AbstractBaseUser | None, now: datetime) -> Handed:
    """Import the chosen rows; return the edit that does it.

    Up to :data:`AT_ONCE` rows are done when this returns; more are due for
    whoever works through edits. A listing whose evidence changed after the
    check is left as it is and named there. Where two persons are needed, the
    edit waits for the other one.

    :raises NothingChosen: for a sheet without a chosen row, or one that was confirmed already.
    """
    with transaction.atomic():
        taken = SheetImport.objects.filter(pk=sheet_id, state=_State.CHECKED).update(
            state=_State.CONFIRMED, moved_at=now
        )
        chosen = SheetImportRow.objects.filter(
            sheet_id=sheet_id, kind=SheetImportRow.Kind.CHANGE, is_chosen=True
        )
        count = chosen.count()
        if not taken or not count:
            raise NothingChosen(sheet_id)
        name = SheetImport.objects.values_list("file_name", flat=True).get(pk=sheet_id)
        edit_id = draft_values(author=author, now=now, reason=name, criteria=name)
        rows = _edits(chosen.order_by("line").iterator(chunk_size=_ROWS_AT_ONCE))
        while chunk := list(islice(rows, _ROWS_AT_ONCE)):
            add_values(edit_id=edit_id, rows=chunk)
        is_confirmed = confirm_edit(edit_id=edit_id, author=author, now=now)
        SheetImport.objects.filter(pk=sheet_id).update(bulk_edit_id=edit_id)
    if is_confirmed and count <= AT_ONCE:
        do_edit(edit_id=edit_id, now=now)
    return Handed(edit_id, needs_second_person=not is_confirmed)


def do_edit(*, edit_id: int, now: datetime) -> None:
    """Work through one edit here and now, unless earlier ones are still to be done."""
    while do_next_step(now=now, only=edit_id) is Step.DONE:
        pass


def _edits(rows: Iterator[SheetImportRow]) -> Iterator[ListingEdits]:
    for row in rows:
        if row.listing_id is not None:
            yield ListingEdits(row.listing_id, [_edit(fact) for fact in row.facts], seen=row.seen)


def _edit(fact: Mapping[str, Any]) -> AttributeEdit:
    if fact["value"] is None:
        return AttributeEdit(fact["attribute"], Operation.REMOVE_STAFF_VALUE)
    value = value_from_plain(fact["value"])
    return AttributeEdit(fact["attribute"], Operation.REPLACE, value, fact["text"])
