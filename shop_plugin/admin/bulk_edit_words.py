"""A bulk edit in words: what it is, what it would do, what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop_plugin.admin.bulk_edit_form import OPERATION_LABELS
from shop_plugin.admin.presenting import name_range, show_points
from shop_plugin.domain.attributes import FootwearAttributes, value_from_plain
from shop_plugin.domain.bands import GRADES
from shop_plugin.models import BulkEdit, Listing
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit
from shop_plugin.services.staff.bulk_edits.planning import CHANGED_MEANWHILE, CHANGED_SINCE
from shop_plugin.services.staff.bulk_edits.reporting import EditReport
from shop_plugin.services.staff.bulk_edits.standing import UNASSESSED
from shop_plugin.services.staff.bulk_edits.tallying import (
    CHANGED,
    GONE,
    OUTRANKED,
    REFUSED,
    UNCHANGED,
)
from shop_plugin.services.words.attributes import attribute_label, describe_value
from shop_plugin.services.words.plausibility import describe_flags

TONES = {
    BulkEdit.State.DRAFT: "idle",
    BulkEdit.State.PREVIEWING: "busy",
    BulkEdit.State.PREVIEWED: "busy",
    BulkEdit.State.WAITING: "busy",
    BulkEdit.State.RUNNING: "busy",
    BulkEdit.State.DONE: "good",
    BulkEdit.State.CANCELLED: "idle",
    BulkEdit.State.FAILED: "bad",
}
OUTCOME_LABELS = {
    CHANGED: gettext_lazy("changed"),
    OUTRANKED: gettext_lazy("changed, but a better source is believed"),
    REFUSED: gettext_lazy("left as it was"),
    UNCHANGED: gettext_lazy("stays as it is"),
}
REASONS = {
    CHANGED_SINCE: gettext_lazy("somebody changed it since"),
    CHANGED_MEANWHILE: gettext_lazy("the evidence is not what was looked at"),
}
# The order of the table of grades: best first, then why there is none.
_GRADE_WORDS = {
    **{grade: grade for grade in GRADES},
    "not_enough": gettext_lazy("not enough information"),
    "not_scored": gettext_lazy("never scored (children)"),
    UNASSESSED: gettext_lazy("not assessed"),
}
_SHOWN_OPERATIONS = 3


@dataclass(frozen=True, slots=True)
class AttributeCounts:
    """One line of the counts: an attribute, what is done to it, and how many listings."""

    label: str
    operation: str
    changed: int
    outranked: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One line of the table of grades: from this one, how many to each of the columns."""

    label: str
    cells: tuple[tuple[int, bool], ...]  # the count, and whether the grade stays


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One attribute of one listing, before and after."""

    listing_id: int
    title: str
    label: str
    before: str
    after: str
    match_before: str
    match_after: str
    outcome: str
    outcome_label: str


@dataclass(frozen=True, slots=True)
class LeftRow:
    """One attribute of one listing that was left, and why."""

    listing_id: int
    title: str
    label: str
    why: str


def describe_edit(edit: AttributeEdit, *, unit: str) -> str:
    """Return an operation in words: "Replace by high", "Clear all sources"."""
    operation = str(OPERATION_LABELS[edit.operation])
    if edit.value is None:
        return operation
    value = describe_value(edit.attribute, edit.value, unit=unit)
    return _("%(operation)s: %(value)s") % {"operation": operation, "value": value}


def summarise(report: EditReport, *, unit: str) -> str:
    """Return what an edit does in one line, for the list."""
    if report.undo_of:
        return _("Undo of edit %(number)d") % {"number": report.undo_of}
    if report.kind == BulkEdit.Kind.VALUES:
        return _("Values of their own for each listing")
    parts = [
        f"{attribute_label(edit.attribute)}: {describe_edit(edit, unit=unit)}"
        for edit in report.edits[:_SHOWN_OPERATIONS]
    ]
    if len(report.edits) > _SHOWN_OPERATIONS:
        parts.append("…")
    return "; ".join(parts) or _("nothing chosen yet")


def list_counts(
    report: EditReport, counts: Mapping[str, Any], *, unit: str
) -> tuple[AttributeCounts, ...]:
    """Return the counts by attribute, in the order of the form where there is one."""
    found = counts.get("attributes", {})
    edits = {} if report.undo_of else {edit.attribute: edit for edit in report.edits}
    return tuple(
        AttributeCounts(
            label=attribute_label(key),
            operation=describe_edit(edits[key], unit=unit) if key in edits else "",
            changed=found[key].get(CHANGED, 0),
            outranked=found[key].get(OUTRANKED, 0),
            unchanged=found[key].get(UNCHANGED, 0),
            refused=found[key].get(REFUSED, 0),
        )
        for key in [*(key for key in edits if key in found), *(set(found) - set(edits))]
    )


def list_grades(counts: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[GradeRow, ...]]:
    """Return the columns and rows of the table of grades; only those that occur."""
    moves = {tuple(key.split(">")): count for key, count in counts.get("grades", {}).items()}
    before = [grade for grade in _GRADE_WORDS if any(move[0] == grade for move in moves)]
    after = [grade for grade in _GRADE_WORDS if any(move[1] == grade for move in moves)]
    rows = tuple(
        GradeRow(
            str(_GRADE_WORDS[one]),
            tuple((moves.get((one, other), 0), one == other) for other in after),
        )
        for one in before
    )
    return tuple(str(_GRADE_WORDS[grade]) for grade in after), rows


def list_flags(counts: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return which facts would not fit together any more, and of how many listings."""
    return tuple(
        (", ".join(text.labels), count)
        for rule, count in counts.get("flags", {}).items()
        for text in describe_flags(rule, attributes=FootwearAttributes())
    )


def list_samples(rows: Sequence[Mapping[str, Any]], *, unit: str) -> tuple[SampleRow, ...]:
    """Return the sample rows of a preview in words, in one query for the titles."""
    titles = _find_titles(row["listing"] for row in rows)
    return tuple(
        SampleRow(
            listing_id=row["listing"],
            title=titles.get(row["listing"], ""),
            label=attribute_label(row["attribute"]),
            before=_describe(row["attribute"], row["before"], unit),
            after=_describe(row["attribute"], row["after"], unit),
            match_before=_describe_match(row["grades"][0], row["before"]),
            match_after=_describe_match(row["grades"][1], row["after"]),
            outcome=row["outcome"],
            outcome_label=str(REASONS.get(row["code"]) or OUTCOME_LABELS[row["outcome"]]),
        )
        for row in rows
    )


def list_left(report: EditReport) -> tuple[LeftRow, ...]:
    """Return the attributes that were left, in one query for the titles."""
    titles = _find_titles(item.listing_id for item in report.left)
    return tuple(
        LeftRow(
            item.listing_id,
            titles.get(item.listing_id, ""),
            attribute_label(item.attribute),
            str(REASONS.get(item.code, item.code)),
        )
        for item in report.left
    )


def count_gone(counts: Mapping[str, Any]) -> int:
    """Return how many listings were not there any more."""
    return int(counts.get("listings", {}).get(GONE, 0))


def _find_titles(listing_ids: Iterable[int]) -> dict[int, str]:
    found = Listing.objects.filter(pk__in=set(listing_ids))
    return {
        pk: f"{title}, {brand}" if brand else title
        for pk, title, brand in found.values_list("pk", "title", "brand")
    }


def _describe(attribute: str, told: Mapping[str, Any], unit: str) -> str:
    plain = told["believed"]
    return describe_value(attribute, value_from_plain(plain) if plain else None, unit=unit)


def _describe_match(grade: str, told: Mapping[str, Any]) -> str:
    words = str(_GRADE_WORDS.get(grade, grade))
    if told["match"] is None or grade not in GRADES:
        return words
    low, high = told["match"]
    return f"{words} ({name_range(show_points(low), show_points(high))})"
