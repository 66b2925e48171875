"""What an edit comes to for one listing, worked out from its evidence and nothing else.

A change is a list of moves: this observation goes from that state to this
one. Undoing it is the same list backwards, so an undo is planned, done and
undone like any other edit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shop_plugin.domain.attributes import SourceKind, Span, Value
from shop_plugin.models import Observation
from shop_plugin.services.evidence.observation_rows import MACHINE_KINDS, StoredObservation
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.review import STAFF_CONFIDENCE, STAFF_RULE

CHANGED_SINCE = "changed_since"
CHANGED_MEANWHILE = "changed_meanwhile"

_ACCEPTED = Observation.State.ACCEPTED.value
_SUGGESTED = Observation.State.SUGGESTED.value
_REJECTED = Observation.State.REJECTED.value
_SUPERSEDED = Observation.State.SUPERSEDED.value
_STAFF = SourceKind.STAFF.value


class Move(NamedTuple):
    """One observation that changes its state.

    ``observation_id`` is 0 for a staff value that is not stored yet. A
    reading of a machine also carries a digest of its statement: reading the
    text again may replace the row by another that says the same.
    """

    observation_id: int
    before: str
    after: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one attribute of one listing.

    No ``moves`` and no ``code``: it stays as it is. A ``code`` says why it
    was left although something was asked. ``value`` is a new staff value.
    """

    attribute: str
    moves: tuple[Move, ...] = ()
    value: Value | None = None
    original: str = ""
    code: str = ""

    @property
    def is_change(self) -> bool:
        """Tell whether anything is to be written."""
        return bool(self.moves)


def plan_edit(edit: AttributeEdit, said: Sequence[StoredObservation], *, is_known: bool) -> Plan:
    """Return what an edit does, given all that is said of its attribute.

    ``is_known`` tells whether anything is believed of it now.
    """
    staff = [item for item in said if item.source_kind == _STAFF and item.state == _ACCEPTED]
    operation = edit.operation
    if operation is Operation.NO_CHANGE:
        return Plan(edit.attribute)
    if operation is Operation.ADD_WHERE_UNKNOWN and is_known:
        return Plan(edit.attribute)
    if edit.value is not None and [item.value for item in staff] == [edit.value]:
        return Plan(edit.attribute)
    moves = [Move(item.pk, _ACCEPTED, _SUPERSEDED) for item in staff]
    if operation is Operation.CLEAR_ALL_SOURCES:
        moves += [
            Move(item.pk, item.state, _REJECTED, _digest(item))
            for item in said
            if item.source_kind != _STAFF and item.state in (_ACCEPTED, _SUGGESTED)
        ]
    if edit.value is not None:
        moves.append(Move(0, _SUPERSEDED, _ACCEPTED))
    return Plan(edit.attribute, tuple(moves), edit.value, edit.original)


def plan_undo(attribute: str, moves: Sequence[Move], said: Sequence[StoredObservation]) -> Plan:
    """Return what takes an earlier change back, given all that is said, superseded rows included.

    A change that is back already stays; one that somebody built upon, by
    another staff value or by judging one of the readings, is left with the
    code :data:`CHANGED_SINCE`.
    """
    here = {item.pk: item for item in said}
    same_words = {
        _digest(item): item
        for item in said
        if item.pk not in {move.observation_id for move in moves}
    }
    found = [
        (item, move)
        for move in moves
        if (item := here.get(move.observation_id) or same_words.get(move.digest or "-"))
    ]
    in_force = _in_force((item.pk, item.source_kind, item.state) for item in said)
    earlier = _in_force((item.pk, item.source_kind, move.before) for item, move in found)
    later = _in_force((item.pk, item.source_kind, move.after) for item, move in found)
    if in_force == earlier and all(item.state == move.before for item, move in found):
        return Plan(attribute)
    if in_force != later or any(item.state != move.after for item, move in found):
        return Plan(attribute, code=CHANGED_SINCE)
    return Plan(
        attribute,
        tuple(Move(item.pk, move.after, move.before, _digest(item)) for item, move in found),
    )


def accepted_after(
    said: Sequence[StoredObservation], plans: Sequence[Plan]
) -> list[StoredObservation]:
    """Return all that would be accepted of a listing once the plans are carried out."""
    state_of = {move.observation_id: move.after for plan in plans for move in plan.moves}
    kept = [item for item in said if state_of.get(item.pk, item.state) == _ACCEPTED]
    return kept + [value for plan in plans if (value := make_staff_value(0, plan))]


def columns_of(value: Value) -> tuple[int | None, int | None, str]:
    """Return a value as the three columns of an observation."""
    if isinstance(value, Span):
        return value.low, value.high, ""
    return None, None, ",".join(sorted(value.members))


def make_staff_value(
    listing_id: int, plan: Plan, *, content_hash: str = ""
) -> StoredObservation | None:
    """Return the staff value of a plan as an observation that is yet to be stored."""
    if plan.value is None:
        return None
    low, high, options = columns_of(plan.value)
    return StoredObservation(
        pk=0,
        listing_id=listing_id,
        attribute=plan.attribute,
        source_kind=_STAFF,
        rule=STAFF_RULE,
        low_milli=low,
        high_milli=high,
        options=options,
        quote="",
        confidence=STAFF_CONFIDENCE,
        field="",
        start=None,
        end=None,
        original=plan.original,
        state=_ACCEPTED,
        content_hash=content_hash,
    )


def _in_force(rows: Iterable[tuple[int, str, str]]) -> set[int]:
    return {pk for pk, kind, state in rows if kind == _STAFF and state == _ACCEPTED}


def _digest(item: StoredObservation) -> str:
    if item.source_kind not in MACHINE_KINDS:
        return ""
    return hashlib.blake2b(json.dumps(item.statement).encode(), digest_size=6).hexdigest()
