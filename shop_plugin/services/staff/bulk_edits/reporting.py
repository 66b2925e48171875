"""How far an edit came and what became of it, for pages, programs and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from shop_plugin.models import BulkEdit, BulkEditOutcome
from shop_plugin.services.staff.bulk_edits.asking import CANCELLABLE, UNDOABLE
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, read_edits


class NoSuchEdit(LookupError):
    """There is no edit of that id."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """One attribute of one listing that an edit left as it was, and why."""

    listing_id: int
    attribute: str
    code: str


@dataclass(frozen=True, slots=True)
class EditReport:
    """An edit as it stands. ``counts`` and ``preview`` are of :class:`tallying.Tally`."""

    edit_id: int
    kind: str
    state: str
    author_id: int | None
    author: str
    reason: str
    criteria: str
    edits: tuple[AttributeEdit, ...]
    total: int
    done: int
    counts: Mapping[str, Any]
    preview: Mapping[str, Any]
    preview_total: int
    preview_done: int
    error: str
    created_at: datetime
    started_at: datetime | None
    moved_at: datetime | None
    finished_at: datetime | None
    is_cancel_asked: bool
    undo_of: int | None
    undone_by: int | None
    can_cancel: bool
    can_undo: bool
    is_past_undo: bool
    can_resume: bool
    left: tuple[LeftAlone, ...] = ()

    @classmethod
    def of(cls, edit: BulkEdit, left: tuple[LeftAlone, ...] = ()) -> EditReport:
        """Return the report of a row; costs no query if it is one of :func:`edits_to_report`."""
        undos = [item for item in edit.undos.all() if item.cursor or item.state in CANCELLABLE]
        undo = undos[0] if undos else None
        is_being_undone = undo is not None and undo.state in CANCELLABLE
        changed = edit.counts.get("listings", {}).get("changed", 0)
        can_undo = edit.state in UNDOABLE and bool(changed) and not is_being_undone
        is_kept = getattr(edit, "is_kept", None)
        if is_kept is None:
            is_kept = edit.outcomes.exists()
        return cls(
            edit_id=edit.pk,
            kind=edit.kind,
            state=edit.state,
            author_id=edit.author_id,
            author=str(edit.author) if edit.author else "",
            reason=edit.reason,
            criteria=edit.criteria,
            edits=read_edits(edit.operations),
            total=edit.total,
            done=edit.cursor,
            counts=edit.counts,
            preview=edit.preview,
            preview_total=edit.preview_total,
            preview_done=edit.preview_cursor,
            error=edit.error,
            created_at=edit.created_at,
            started_at=edit.started_at,
            moved_at=edit.moved_at,
            finished_at=edit.finished_at,
            is_cancel_asked=edit.cancel_asked_at is not None,
            undo_of=edit.undo_of_id,
            undone_by=undo.pk if undo else None,
            can_cancel=edit.state in CANCELLABLE,
            can_undo=can_undo and is_kept,
            is_past_undo=can_undo and not is_kept,
            can_resume=edit.state == BulkEdit.State.FAILED and undo is None,
            left=left,
        )

    @property
    def changed(self) -> int:
        """Return how many listings were changed."""
        return int(self.counts.get("listings", {}).get("changed", 0))

    @property
    def is_sample(self) -> bool:
        """Tell whether the preview looked at a sample of the listings."""
        return self.preview_total < self.total

    @property
    def percent(self) -> int:
        """Return how much is done of what goes on now: of the preview, or of the edit."""
        if self.state == BulkEdit.State.PREVIEWING:
            return self.preview_done * 100 // max(self.preview_total, 1)
        return self.done * 100 // max(self.total, 1)


def find_edit(*, edit_id: int, left: int = 0) -> EditReport:
    """Return an edit, with the first so many attributes that it left.

    :raises NoSuchEdit: for an id that is no edit.
    """
    edit = edits_to_report().filter(pk=edit_id).first()
    if edit is None:
        raise NoSuchEdit(edit_id)
    named = (
        BulkEditOutcome.objects.filter(bulk_edit=edit_id, kind=BulkEditOutcome.Kind.REFUSED)
        .order_by("pk")
        .values_list("listing_id", "attribute", "code")[:left]
    )
    return EditReport.of(edit, tuple(LeftAlone(*row) for row in named) if left else ())


def list_edits(*, limit: int) -> list[EditReport]:
    """Return the latest edits, the newest first, in two queries."""
    return [EditReport.of(edit) for edit in edits_to_report().order_by("-pk")[:limit]]


def edits_to_report() -> QuerySet[BulkEdit]:
    """Return all edits with what a report needs of each, in two queries."""
    undos = BulkEdit.objects.defer("listing_ids", "preview").order_by("-pk")
    return (
        BulkEdit.objects.defer("listing_ids")
        .annotate(is_kept=Exists(BulkEditOutcome.objects.filter(bulk_edit=OuterRef("pk"))))
        .select_related("author")
        .prefetch_related(Prefetch("undos", queryset=undos))
    )
