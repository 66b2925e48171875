"""Asking for an edit, filling it, confirming it, calling it off, taking it up again, undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F

from shop_plugin.conf import get_settings
from shop_plugin.models import AuditEntry, BulkEdit, BulkEditValue
from shop_plugin.services.bulk.rows import insert_rows
from shop_plugin.services.staff.bulk_edits.listing_sets import ids_from, pack_ids, unpack_ids
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, write_edits
from shop_plugin.services.staff.bulk_edits.previewing import size_of_preview

_State = BulkEdit.State
_MOST_REASON = 300
_MOST_CRITERIA = 1000
UNDOABLE = (_State.DONE, _State.CANCELLED, _State.FAILED)
CANCELLABLE = (
    _State.DRAFT,
    _State.PREVIEWING,
    _State.PREVIEWED,
    _State.WAITING,
    _State.RUNNING,
)


class NotNow(RuntimeError):
    """The edit is in a state in which this cannot be done; somebody else may have been faster."""


@dataclass(frozen=True, slots=True)
class ListingEdits:
    """What to do to one listing. ``seen``, unless empty: fingerprint of the evidence looked at."""

    listing_id: int
    edits: Sequence[AttributeEdit]
    seen: str = ""


def draft_edit(
    *,
    listing_ids: Iterable[int],
    author: AbstractBaseUser | None,
    now: datetime,
    criteria: str = "",
) -> int:
    """Freeze many listings for one set of operations; return the edit's id.

    Pass the ids that a filter finds now, as an iterator if they are many.

    :raises ValueError: without a listing.
    """
    packed, total = pack_ids(listing_ids)
    if not total:
        raise ValueError("an edit needs a listing")
    edit = BulkEdit.objects.create(
        kind=BulkEdit.Kind.OPERATIONS,
        state=_State.DRAFT,
        author_id=_key(author),
        criteria=criteria[:_MOST_CRITERIA],
        listing_ids=packed,
        total=total,
        created_at=now,
    )
    return edit.pk


def set_operations(
    *,
    edit_id: int,
    edits: Sequence[AttributeEdit],
    author: AbstractBaseUser | None,
    reason: str,
) -> None:
    """Say what is to be done to the listings of a draft, whose author one becomes.

    Its preview is due then.

    :raises ValueError: without an operation that changes something.
    :raises NotNow: when it is no draft of operations any more.
    """
    operations = write_edits(edits)
    if not operations:
        raise ValueError("an edit needs an operation")
    drafts = BulkEdit.objects.filter(pk=edit_id, kind=BulkEdit.Kind.OPERATIONS, state=_State.DRAFT)
    with transaction.atomic():
        if not drafts.update(
            operations=operations, reason=reason[:_MOST_REASON], author_id=_key(author)
        ):
            raise NotNow(edit_id)
        ask_for_preview(edit_id=edit_id)


def ask_for_edit(
    *,
    listing_ids: Iterable[int],
    edits: Sequence[AttributeEdit],
    author: AbstractBaseUser | None,
    now: datetime,
    reason: str,
    criteria: str = "",
) -> int:
    """Ask for the same operations on many listings in one go; return the edit's id.

    Its preview is due then. Raises as :func:`draft_edit` and :func:`set_operations` do.
    """
    with transaction.atomic():
        edit_id = draft_edit(listing_ids=listing_ids, author=author, now=now, criteria=criteria)
        set_operations(edit_id=edit_id, edits=edits, author=author, reason=reason)
    return edit_id


def draft_values(
    *, author: AbstractBaseUser | None, now: datetime, reason: str, criteria: str = ""
) -> int:
    """Begin an edit whose listings each get values of their own; return its id."""
    edit = BulkEdit.objects.create(
        kind=BulkEdit.Kind.VALUES,
        state=_State.DRAFT,
        author_id=_key(author),
        reason=reason[:_MOST_REASON],
        criteria=criteria[:_MOST_CRITERIA],
        created_at=now,
    )
    return edit.pk


def add_values(*, edit_id: int, rows: Iterable[ListingEdits]) -> int:
    """Add listings to a draft, together or not at all; return how many it holds then.

    A listing that is there already takes the later row's edits.

    :raises NotNow: when the edit is no draft any more.
    """
    with transaction.atomic():
        edit = _locked(edit_id)
        if edit.state != _State.DRAFT or edit.kind != BulkEdit.Kind.VALUES:
            raise NotNow(edit.state)
        plain = {row.listing_id: (write_edits(row.edits), row.seen) for row in rows}
        insert_rows(
            BulkEditValue,
            ("bulk_edit_id", "listing_id", "operations", "seen"),
            [(edit_id, pk, operations, seen) for pk, (operations, seen) in plain.items()],
            unique=("bulk_edit_id", "listing_id"),
            update=("operations", "seen"),
        )
        edit.listing_ids, edit.total = pack_ids([*unpack_ids(edit), *plain])
        edit.save(update_fields=["listing_ids", "total"])
    return edit.total


def ask_for_preview(*, edit_id: int) -> None:
    """Let the preview of a draft be computed.

    :raises NotNow: when it is no draft any more, or empty.
    """
    rows = BulkEdit.objects.filter(pk=edit_id, state=_State.DRAFT, total__gt=0)
    total = rows.values_list("total", flat=True).first()
    if total is None or not rows.update(
        state=_State.PREVIEWING, preview_total=size_of_preview(total)
    ):
        raise NotNow(edit_id)


def reopen_edit(*, edit_id: int) -> None:
    """Make a previewed edit of operations a draft again, to say something else. Nothing is lost.

    :raises NotNow: when it was confirmed or called off meanwhile.
    """
    rows = BulkEdit.objects.filter(
        pk=edit_id,
        kind=BulkEdit.Kind.OPERATIONS,
        state__in=(_State.PREVIEWING, _State.PREVIEWED),
    )
    fresh = {"preview": {}, "preview_cursor": 0, "preview_total": 0, "failures": 0, "error": ""}
    if not rows.update(state=_State.DRAFT, **fresh):
        raise NotNow(edit_id)


def confirm_edit(*, edit_id: int, author: AbstractBaseUser | None, now: datetime) -> bool:
    """Queue an edit: from here on it is worked through, after those confirmed before it.

    With the two-person rule on, the word of its own author is not enough: the
    preview is computed, the edit waits for somebody else, and ``False`` is returned.

    :raises NotNow: when it was confirmed or called off already, or is empty.
    """
    open_states = (_State.DRAFT, _State.PREVIEWING, _State.PREVIEWED)
    with transaction.atomic():
        edit = _locked(edit_id)
        is_empty = edit.kind == BulkEdit.Kind.OPERATIONS and not edit.operations
        if edit.state not in open_states or not edit.total or is_empty:
            raise NotNow(edit.state)
        if needs_second_person(author_id=edit.author_id, person=author):
            if edit.state == _State.DRAFT:
                ask_for_preview(edit_id=edit_id)
            return False
        edit.state, edit.moved_at, edit.failures, edit.error = _State.WAITING, now, 0, ""
        edit.save(update_fields=["state", "moved_at", "failures", "error"])
        _log("bulk_edit_confirmed", edit_id, author, now)
    return True


def needs_second_person(*, author_id: int | None, person: AbstractBaseUser | None) -> bool:
    """Tell whether the two-person rule keeps this person from confirming that author's edit.

    It binds people with an account; whoever has a shell on the server could switch it off.
    """
    is_same = person is not None and person.pk == author_id
    return is_same and get_settings().TWO_PERSON_RULE


def cancel_edit(*, edit_id: int, author: AbstractBaseUser | None, now: datetime) -> None:
    """Call an edit off. One that runs stops before its next chunk.

    What it did stays, and can be undone.

    :raises NotNow: when it has ended already.
    """
    with transaction.atomic():
        edit = _locked(edit_id)
        if edit.state not in CANCELLABLE:
            raise NotNow(edit.state)
        if edit.state == _State.RUNNING:
            edit.cancel_asked_at = edit.cancel_asked_at or now
        else:
            edit.state, edit.cancel_asked_at, edit.finished_at = _State.CANCELLED, now, now
        edit.save(update_fields=["state", "cancel_asked_at", "finished_at"])
        _log("bulk_edit_cancelled", edit_id, author, now)


def resume_edit(*, edit_id: int, author: AbstractBaseUser | None, now: datetime) -> None:
    """Let a failed edit go on where it stopped.

    :raises NotNow: when it has not failed, or was undone since.
    """
    with transaction.atomic():
        edit = _locked(edit_id)
        if edit.state != _State.FAILED or edit.undos.exists():
            raise NotNow(edit.state)
        is_preview = edit.preview_cursor < edit.preview_total and not edit.started_at
        edit.state = _State.PREVIEWING if is_preview else _State.WAITING
        edit.failures, edit.finished_at, edit.moved_at = 0, None, now
        edit.cancel_asked_at = None
        edit.save(update_fields=["state", "failures", "finished_at", "moved_at", "cancel_asked_at"])
        _log("bulk_edit_resumed", edit_id, author, now)


def undo_edit(
    *, edit_id: int, author: AbstractBaseUser | None, now: datetime, reason: str = ""
) -> int:
    """Ask for the undoing of an edit; return the id of the edit that does so.

    It is queued at once; with the two-person rule on it is previewed, and waits for
    somebody else to confirm it. It puts every attribute back as it stood, except
    where somebody changed it since: these are left and named. It can be
    undone itself.

    :raises NotNow: when the edit has not ended, did nothing, an undo of it is under way, or what
        it changed is no longer kept (``KEEP_BULK_EDITS_DAYS``).
    """
    with transaction.atomic():
        edit = _locked(edit_id)
        is_under_way = edit.undos.filter(state__in=CANCELLABLE).exists()
        is_kept = edit.outcomes.exists()
        if edit.state not in UNDOABLE or not edit.cursor or is_under_way or not is_kept:
            raise NotNow(edit.state)
        packed, total = pack_ids(ids_from(edit, 0, edit.cursor))
        waits = needs_second_person(author_id=_key(author), person=author)
        undo = BulkEdit.objects.create(
            kind=BulkEdit.Kind.UNDO,
            state=_State.PREVIEWING if waits else _State.WAITING,
            preview_total=size_of_preview(total) if waits else 0,
            undo_of=edit,
            author_id=_key(author),
            reason=(reason or edit.reason)[:_MOST_REASON],
            criteria=edit.criteria,
            operations=edit.operations,
            listing_ids=packed,
            total=total,
            created_at=now,
            moved_at=now,
        )
        _log("bulk_edit_undone", edit_id, author, now, reason=reason)
    return undo.pk


def name_edit(edit_id: int) -> str:
    """Return the ``subject`` of audit entries about an edit as a whole."""
    return f"bulk_edit:{edit_id}"


def _key(author: AbstractBaseUser | None) -> int | None:
    return None if author is None else author.pk


def _locked(edit_id: int) -> BulkEdit:
    # The first statement writes, so that on SQLite the lock is taken here and not halfway.
    BulkEdit.objects.filter(pk=edit_id).update(total=F("total"))
    return BulkEdit.objects.select_for_update(of=("self",)).get(pk=edit_id)


def _log(
    action: str, edit_id: int, author: AbstractBaseUser | None, now: datetime, reason: str = ""
) -> None:
    AuditEntry.objects.create(
        action=action,
        subject=name_edit(edit_id),
        reason=reason[:_MOST_REASON],
        actor_id=_key(author),
        at=now,
    )
