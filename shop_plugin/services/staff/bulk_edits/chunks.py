"""One chunk of an edit, planned and written: the same few statements for one listing or thousands.

Call :func:`carry_out` in the transaction that also moves the edit's cursor:
so whatever stops the process, a listing is done wholly and once, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shop_plugin.domain.attributes import value_from_plain, value_to_plain
from shop_plugin.domain.resolution import contains_value
from shop_plugin.models import (
    AuditEntry,
    BulkEdit,
    BulkEditOutcome,
    BulkEditValue,
    Listing,
    Observation,
)
from shop_plugin.services.bulk.rows import among, insert_rows
from shop_plugin.services.evidence.annotation import annotate_listings, stale_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.evidence.observation_rows import StoredObservation
from shop_plugin.services.evidence.resolving import resolve_listings
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, read_edits
from shop_plugin.services.staff.bulk_edits.planning import (
    CHANGED_MEANWHILE,
    Move,
    Plan,
    make_staff_value,
    plan_edit,
    plan_undo,
)
from shop_plugin.services.staff.bulk_edits.standing import (
    Belief,
    Standing,
    load_beliefs,
    load_standings,
)
from shop_plugin.services.staff.bulk_edits.tallying import (
    CHANGED,
    GONE,
    OUTRANKED,
    REFUSED,
    UNCHANGED,
    Tally,
)
from shop_plugin.services.staff.review import name_subject

_State = Observation.State
_IN_FORCE = (_State.ACCEPTED, _State.SUGGESTED, _State.REJECTED)
_MOST_PARAMETERS = 5_000  # of one statement; SQLite refuses many more
Plans = dict[int, list[Plan]]


def plan_chunk(edit: BulkEdit, listing_ids: Sequence[int]) -> tuple[dict[int, Standing], Plans]:
    """Return how the listings stand and what the edit comes to for each; nothing is written."""
    if edit.kind == BulkEdit.Kind.UNDO:
        standings = load_standings(listing_ids, states=_State.values)
        return standings, _plan_undos(edit, standings)
    standings = load_standings(listing_ids, states=_IN_FORCE)
    if edit.kind == BulkEdit.Kind.VALUES:
        return standings, _plan_values(edit, standings)
    edits = read_edits(edit.operations)
    return standings, {pk: _plan_all(edits, item) for pk, item in standings.items()}


def carry_out(edit: BulkEdit, listing_ids: Sequence[int], tally: Tally, *, now: datetime) -> None:
    """Do the edit for these listings and count what was done.

    Listings whose text is not read as it stands are read first, so that an
    operation judges by what the text says now.
    """
    # The lock keeps imports, readings and single decisions out until this chunk is committed.
    locked = Listing.objects.select_for_update(of=("self",)).filter(among("pk", listing_ids))
    here = set(locked.order_by("pk").values_list("pk", flat=True))
    stale = list(stale_listings().filter(among("pk", listing_ids)).values_list("pk", flat=True))
    if stale:
        annotate_listings(listing_ids=stale, now=now)
    standings, plans = plan_chunk(edit, listing_ids)
    tally.listings[GONE] += len(listing_ids) - len(here)
    changed = [pk for pk, made in plans.items() if any(plan.is_change for plan in made)]
    if changed:
        plans = _write(edit, standings, plans, now=now)
        resolve_listings(listing_ids=changed, now=now)
        assess_listings(listing_ids=changed, now=now)
    after = load_beliefs(changed) if changed else {}
    _write_outcomes(edit, plans, after)
    _write_audit(edit, standings, plans, after, now=now)
    for pk, made in plans.items():
        count_plans(tally, made, after.get(pk))
        if pk in after:
            tally.count_move(standings[pk].belief, after[pk])


def count_plans(tally: Tally, plans: Sequence[Plan], after: Belief | None) -> None:
    """Count what became, or would become, of one listing."""
    kinds = [name_outcome(plan, after) for plan in plans]
    for plan, kind in zip(plans, kinds, strict=True):
        tally.count_attribute(plan.attribute, kind, plan.code)
    tally.count_listing(set(kinds))


def name_outcome(plan: Plan, after: Belief | None) -> str:
    """Return what became of an attribute, given what is believed once it is done."""
    if plan.code:
        return REFUSED
    if not plan.is_change:
        return UNCHANGED
    if plan.value is None or after is None:
        return CHANGED
    plain = after.values.get(plan.attribute)
    if plain is None:
        return OUTRANKED
    # A believed value may be narrower than what staff say, or wider (widths on offer add up).
    believed = value_from_plain(plain)
    agrees = contains_value(believed, plan.value) or contains_value(plan.value, believed)
    return CHANGED if agrees else OUTRANKED


def _plan_all(edits: Iterable[AttributeEdit], standing: Standing) -> list[Plan]:
    return [
        plan_edit(
            edit, standing.of(edit.attribute), is_known=edit.attribute in standing.belief.values
        )
        for edit in edits
    ]


def _plan_values(edit: BulkEdit, standings: Mapping[int, Standing]) -> Plans:
    rows = BulkEditValue.objects.filter(
        among("listing_id", list(standings)), bulk_edit=edit
    ).values_list("listing_id", "operations", "seen")
    plans = {}
    for listing_id, operations, seen in rows:
        standing = standings[listing_id]
        edits = read_edits(operations)
        if seen and seen != standing.fingerprint:
            plans[listing_id] = [Plan(item.attribute, code=CHANGED_MEANWHILE) for item in edits]
        else:
            plans[listing_id] = _plan_all(edits, standing)
    return plans


def _plan_undos(edit: BulkEdit, standings: Mapping[int, Standing]) -> Plans:
    rows = (
        BulkEditOutcome.objects.filter(
            among("listing_id", list(standings)), bulk_edit=edit.undo_of_id
        )
        .exclude(kind=BulkEditOutcome.Kind.REFUSED)
        .order_by("listing_id", "attribute")
        .values_list("listing_id", "attribute", "moves")
    )
    plans: Plans = {}
    for listing_id, attribute, moves in rows:
        said = standings[listing_id].of(attribute)
        plans.setdefault(listing_id, []).append(
            plan_undo(attribute, [Move(*move) for move in moves], said)
        )
    return plans


def _write(
    edit: BulkEdit, standings: Mapping[int, Standing], plans: Plans, *, now: datetime
) -> Plans:
    """Write the moves and the new staff values; return the plans with the ids of these."""
    by_state: defaultdict[str, list[int]] = defaultdict(list)
    new: list[StoredObservation] = []
    for pk, made in plans.items():
        for plan in made:
            for move in plan.moves:
                if move.observation_id:
                    by_state[move.after].append(move.observation_id)
            if value := make_staff_value(pk, plan, content_hash=standings[pk].content_hash):
                new.append(value)
    for state, ids in by_state.items():
        for start in range(0, len(ids), _MOST_PARAMETERS):
            some = ids[start : start + _MOST_PARAMETERS]
            Observation.objects.filter(pk__in=some).update(state=state)
    if not new:
        return plans
    insert_rows(
        Observation,
        (*StoredObservation._fields[1:], "author_id", "observed_at"),
        [(*row[1:], edit.author_id, now) for row in new],
    )
    return _with_ids(plans, new)


def _with_ids(plans: Plans, new: Sequence[StoredObservation]) -> Plans:
    ids = {
        (listing_id, attribute): pk
        for pk, listing_id, attribute in Observation.objects.filter(
            among("listing_id", [row.listing_id for row in new]),
            source_kind="staff",
            state=_State.ACCEPTED,
        ).values_list("pk", "listing_id", "attribute")
    }
    return {
        pk: [
            replace(
                plan,
                moves=tuple(
                    move
                    if move.observation_id
                    else move._replace(observation_id=ids[pk, plan.attribute])
                    for move in plan.moves
                ),
            )
            for plan in made
        ]
        for pk, made in plans.items()
    }


def _write_outcomes(edit: BulkEdit, plans: Plans, after: Mapping[int, Belief]) -> None:
    insert_rows(
        BulkEditOutcome,
        ("bulk_edit_id", "listing_id", "attribute", "kind", "code", "moves"),
        [
            (
                edit.pk,
                pk,
                plan.attribute,
                name_outcome(plan, after.get(pk)),
                plan.code,
                [list(move) for move in plan.moves],
            )
            for pk, made in plans.items()
            for plan in made
            if plan.is_change or plan.code
        ],
    )


def _write_audit(
    edit: BulkEdit,
    standings: Mapping[int, Standing],
    plans: Plans,
    after: Mapping[int, Belief],
    *,
    now: datetime,
) -> None:
    """Write one entry per changed attribute, as a single decision does."""
    insert_rows(
        AuditEntry,
        ("action", "subject", "before", "after", "reason", "actor_id", "at"),
        [
            (
                _name_action(edit, plan),
                name_subject(pk),
                {
                    **standings[pk].belief.describe(plan.attribute),
                    **_evidence(edit, plan, standings[pk], 0),
                },
                {**after[pk].describe(plan.attribute), **_evidence(edit, plan, standings[pk], 1)},
                edit.reason,
                edit.author_id,
                now,
            )
            for pk, made in plans.items()
            for plan in made
            if plan.is_change
        ],
    )


def _name_action(edit: BulkEdit, plan: Plan) -> str:
    if edit.kind == BulkEdit.Kind.UNDO:
        return "bulk_undo"
    if plan.value is not None:
        return "bulk_tag"
    is_cleared = any(move.after == _State.REJECTED for move in plan.moves)
    return "bulk_clear" if is_cleared else "bulk_withdraw_tag"


def _evidence(edit: BulkEdit, plan: Plan, standing: Standing, end: int) -> dict[str, Any]:
    """Return the staff value before or after, the edit, and the states of what was touched."""
    value: Any = None
    for item in standing.said:
        state = {move.observation_id: move[1 + end] for move in plan.moves}.get(item.pk)
        if item.source_kind == "staff" and state == _State.ACCEPTED:
            value = value_to_plain(item.value)
    if end and plan.value is not None:
        value = value_to_plain(plan.value)
    return {
        "evidence": value,
        "bulk_edit": edit.pk,
        "states": {str(move.observation_id): move[1 + end] for move in plan.moves},
    }
