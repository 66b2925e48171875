"""What waits for a decision on one listing, and what two people said differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop_plugin.admin.presenting import FactRow
from shop_plugin.admin.tag_form import Known
from shop_plugin.models import Observation
from shop_plugin.services.evidence.observed import ObservedFact
from shop_plugin.services.staff.review import Tag
from shop_plugin.services.words.explaining import attribute_label, describe_value


@dataclass(frozen=True, slots=True)
class Question:
    """One value that waits for yes, no or cannot tell; ``outlook`` is the match if it is yes."""

    observation_id: int
    label: str
    text: str
    believed: str
    quote: str
    told_by: str
    outlook: str
    is_staff: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One fact as I entered it, and as it stands now through somebody else."""

    label: str
    mine: str
    theirs: str
    who: str


def present_questions(
    facts: Iterable[FactRow], outlook: Mapping[int, str], *, reader: str
) -> list[Question]:
    """Return what waits on a listing, in the order of the facts."""
    return [
        Question(
            observation_id=source.observation_id,
            label=fact.label,
            text=source.text,
            believed=fact.text,
            quote=source.quote,
            told_by=source.who
            if source.is_staff
            else _("%(source)s, %(percent)d%% sure")
            % {"source": source.source, "percent": source.confidence_percent},
            outlook=outlook.get(source.observation_id, ""),
            is_staff=source.is_staff,
            is_own=source.is_staff and source.who == reader,
        )
        for fact in facts
        for source in fact.sources
        if source.state == Observation.State.SUGGESTED and source.observation_id is not None
    ]


def find_known(facts: Iterable[FactRow]) -> dict[str, Known]:
    """Return by fact what is believed and who says so, where that is not shop staff.

    What staff say stands in the form itself.
    """
    known = {}
    for fact in facts:
        believed = [source for source in fact.sources if source.standing == "believed"]
        if not fact.text or any(source.is_staff for source in believed):
            continue
        known[fact.key] = Known(
            text=fact.text,
            source=believed[0].source if believed else "",
            quote=believed[0].quote if believed else "",
        )
    return known


def present_conflict(
    entered: Sequence[Tag], said: Mapping[str, ObservedFact], *, unit: str
) -> list[ConflictRow]:
    """Return the facts that I entered otherwise than staff say now."""
    rows = []
    for tag in entered:
        theirs = said.get(tag.attribute)
        if (theirs.value if theirs else None) == tag.value:
            continue
        rows.append(
            ConflictRow(
                label=str(attribute_label(tag.attribute)),
                mine=_name(tag.attribute, tag.value, unit),
                theirs=_name(tag.attribute, theirs.value if theirs else None, unit),
                who=theirs.author if theirs else "",
            )
        )
    return rows


def _name(attribute: str, value: object, unit: str) -> str:
    if value is None:
        return _("Staff say nothing")
    return str(describe_value(attribute, value, unit=unit))  # type: ignore[arg-type]
