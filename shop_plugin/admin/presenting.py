"""What the screen of one listing shows: facts with all their sources, and text with its quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    SOURCE_RANK,
    FootwearAttributes,
    SourceKind,
    Value,
    value_from_plain,
)
from shop_plugin.domain.feed_shapes import flatten_fields
from shop_plugin.domain.measures import format_length
from shop_plugin.domain.resolution import contains_value
from shop_plugin.domain.scoring import Assessment, Verdict
from shop_plugin.models import AuditEntry, Listing, Observation
from shop_plugin.services.evidence.observed import ObservedFact
from shop_plugin.services.shopping.facet_groups import size_order
from shop_plugin.services.shopping.listing_page import SOURCE_LABELS
from shop_plugin.services.words.explaining import attribute_label, describe_value

VERDICT_LABELS = {
    Verdict.NOT_ENOUGH: gettext_lazy("not enough information"),
    Verdict.NOT_SCORED_CHILD: gettext_lazy("children are not scored"),
    Verdict.NOT_SCORED_REFER: gettext_lazy("not scored"),
}
STANDING_LABELS = {
    "believed": gettext_lazy("believed"),
    "agrees": gettext_lazy("agrees"),
    "outranked": gettext_lazy("outranked"),
}
ACTION_TEXTS = {
    "tag": gettext_lazy("%(fact)s set to %(value)s"),
    "withdraw_tag": gettext_lazy("%(fact)s: staff value taken back"),
    "confirm_tag": gettext_lazy("%(fact)s: %(value)s confirmed for the new text"),
    "answer_report": gettext_lazy("%(fact)s: a reader’s report answered"),
    "accept_reading": gettext_lazy("%(fact)s: %(value)s accepted"),
    "reject_reading": gettext_lazy("%(fact)s: %(value)s rejected"),
    "cannot_tell_reading": gettext_lazy("%(fact)s: %(value)s left open, cannot tell"),
    "reassess": gettext_lazy("read and assessed again"),
    "bulk_tag": gettext_lazy("%(fact)s set to %(value)s by a bulk edit"),
    "bulk_withdraw_tag": gettext_lazy("%(fact)s: staff value taken back by a bulk edit"),
    "bulk_clear": gettext_lazy("%(fact)s: all sources cleared by a bulk edit"),
    "bulk_undo": gettext_lazy("%(fact)s: put back by the undo of a bulk edit"),
    "auto_accept_reading": gettext_lazy("%(fact)s: %(value)s accepted by rule"),
    "propose_tag": gettext_lazy("%(fact)s: %(value)s waits for a second person"),
    "withdraw_proposal": gettext_lazy("%(fact)s: proposal taken back"),
    "approve_tag": gettext_lazy("%(fact)s: %(value)s approved"),
    "refuse_tag": gettext_lazy("%(fact)s: %(value)s of staff rejected"),
    "undo": gettext_lazy("%(fact)s: decision on %(value)s undone"),
    "take_over": gettext_lazy("taken over from a colleague"),
    "cannot_tell_listing": gettext_lazy("cannot tell more from this text"),
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What one source says of one attribute, and what became of it."""

    observation_id: int | None
    source: str
    text: str
    original: str
    rule: str
    confidence_percent: int
    quote: str
    who: str
    when: datetime | None
    state: str
    standing: str
    standing_label: str
    is_staff: bool
    is_text_changed: bool

    @property
    def can_be_decided(self) -> bool:
        """Tell whether a person may accept or reject it."""
        is_stored = self.observation_id is not None
        return is_stored and not self.is_staff and self.state != Observation.State.SUPERSEDED

    @property
    def can_be_refused(self) -> bool:
        """Tell whether a reviewer may reject it: a staff value that is in force."""
        return self.is_staff and self.state == Observation.State.ACCEPTED


@dataclass(frozen=True, slots=True)
class FactRow:
    """One attribute: what is believed, and every source, the strongest first."""

    key: str
    label: str
    text: str
    is_disputed: bool
    sources: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of the past in words."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; ``labels`` names the attributes that were read from it."""

    text: str
    labels: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return the labels for a tooltip."""
        return ", ".join(self.labels)


@dataclass(frozen=True, slots=True)
class MarkedText:
    """One field of the host with the quotes in it."""

    field: str
    label: str
    segments: tuple[Segment, ...]


def name_letters(assessment: Assessment) -> str:
    """Return the letters of a match, "B" or "D–B", or why there are none."""
    if assessment.verdict in VERDICT_LABELS:
        return str(VERDICT_LABELS[assessment.verdict])
    return name_range(assessment.grade_low, assessment.grade_high)


def name_match(assessment: Assessment | None) -> str:
    """Return a match in a few characters: "B (74–81)", or why there is none."""
    if assessment is None:
        return _("not assessed")
    letters = name_letters(assessment)
    if assessment.low is None or assessment.high is None:
        return letters
    return f"{letters} ({name_range(show_points(assessment.low), show_points(assessment.high))})"


def name_outlook(assessment: Assessment) -> str:
    """Return what a match would become, short enough for a button: "B, 74–81"."""
    if assessment.low is None or assessment.high is None:
        return name_letters(assessment)
    is_open = assessment.verdict is Verdict.NOT_ENOUGH
    letters = _("no grade") if is_open else name_letters(assessment)
    return f"{letters}, {name_range(show_points(assessment.low), show_points(assessment.high))}"


def show_points(hundredths: int) -> str:
    """Return hundredths of a point as whole points, rounded half up."""
    return str((hundredths + 50) // 100)


def name_range(low: str, high: str) -> str:
    """Return two ends as a range, or one where they are the same."""
    return low if low == high or not high else f"{low}–{high}"


def present_facts(
    *,
    listing: Listing,
    attributes: FootwearAttributes,
    observations: Sequence[ObservedFact],
    unit: str,
) -> tuple[list[FactRow], list[str]]:
    """Return the facts that somebody says something of, and the names of all others."""
    by_attribute: dict[str, list[ObservedFact]] = defaultdict(list)
    for item in observations:
        by_attribute[item.attribute].append(item)
    facts, silent = [], []
    for key in ATTRIBUTES:
        label = str(attribute_label(key))
        value = attributes.get(key)
        said = by_attribute.get(key, [])
        if value is None and not said:
            silent.append(label)
            continue
        facts.append(
            FactRow(
                key=key,
                label=label,
                text=str(describe_value(key, value, unit=unit)) if value else "",
                is_disputed=key in attributes.conflicts,
                sources=tuple(_source_rows(listing, said, value, unit)),
            )
        )
    return facts, silent


def _source_rows(
    listing: Listing, said: Sequence[ObservedFact], believed: Value | None, unit: str
) -> Iterable[SourceRow]:
    for item in sorted(said, key=_order):
        standing = _find_standing(item, believed)
        label = STANDING_LABELS.get(standing) or Observation.State(item.state).label
        yield SourceRow(
            observation_id=item.observation_id,
            source=str(SOURCE_LABELS[item.source_kind]),
            text=str(describe_value(item.attribute, item.value, unit=unit)),
            original=item.original,
            rule=item.rule,
            confidence_percent=round(item.confidence / 10),
            quote=item.quote,
            who=item.author,
            when=item.observed_at,
            state=item.state,
            standing=standing,
            standing_label=str(label),
            is_staff=item.source_kind is SourceKind.STAFF,
            is_text_changed=item.content_hash not in ("", listing.content_hash),
        )


def _find_standing(item: ObservedFact, believed: Value | None) -> str:
    """Return what became of an observation: its state, or what its acceptance came to."""
    if item.state != Observation.State.ACCEPTED:
        return item.state
    if item.is_believed:
        return "believed"
    agrees = believed is not None and (
        contains_value(believed, item.value) or contains_value(item.value, believed)
    )
    return "agrees" if agrees else "outranked"


def _order(item: ObservedFact) -> tuple[bool, int, int]:
    is_past = item.state == Observation.State.SUPERSEDED
    return is_past, -SOURCE_RANK[item.source_kind], -(item.observation_id or 0)


def present_insides(listing: Listing) -> list[str]:
    """Return what the sizes measure inside, where the host says so: "EU 38 252 mm"."""
    measured = listing.sizes.filter(internal_length_um__isnull=False)
    return [
        f"{size} {format_length(size.internal_length_um or 0, 'mm')}"
        for size in sorted(measured, key=lambda size: size_order(size.system, size.label))
    ]


def present_texts(*, listing: Listing, observations: Iterable[ObservedFact]) -> list[MarkedText]:
    """Return title, description and the host's own fields with the quotes that stand in them.

    A quote that no longer stands at its place is not marked.
    """
    current = [item for item in observations if item.state != Observation.State.SUPERSEDED]
    fields = [("title", _("Title"), listing.title), ("description", _("Text"), listing.description)]
    fields += [
        (f"raw_attributes.{name}", name, text)
        for name, text in sorted(flatten_fields(listing.raw_attributes))
    ]
    return [
        MarkedText(field, label, mark_quotes(text, _find_quotes(text, field, current)))
        for field, label, text in fields
        if text
    ]


def _find_quotes(
    text: str, field: str, observations: Iterable[ObservedFact]
) -> list[tuple[int, int, str]]:
    return [
        (item.start, item.end, str(attribute_label(item.attribute)))
        for item in observations
        if item.field == field
        and item.start is not None
        and item.end is not None
        and item.quote == text[item.start : item.end]
    ]


def mark_quotes(text: str, quotes: Iterable[tuple[int, int, str]]) -> tuple[Segment, ...]:
    """Cut a text where quotes begin and end. The pieces joined are the text again."""
    marks = list(quotes)
    edges = sorted({0, len(text), *(edge for start, end, _label in marks for edge in (start, end))})
    return tuple(
        Segment(
            text[low:high],
            tuple(
                dict.fromkeys(label for start, end, label in marks if start <= low and high <= end)
            ),
        )
        for low, high in pairwise(edges)
    )


def present_history(*, entries: Iterable[AuditEntry], unit: str) -> list[HistoryRow]:
    """Return audit entries of a listing as sentences, in the order given."""
    return [
        HistoryRow(
            at=entry.at,
            who=str(entry.actor) if entry.actor else "",
            text=describe_entry(entry.action, entry.after or {}, unit),
        )
        for entry in entries
    ]


def describe_entry(action: str, after: Mapping[str, Any], unit: str) -> str:
    """Return what was done to a listing as a sentence, lengths in ``unit``."""
    key = after.get("attribute", "")
    evidence = after.get("evidence")
    plain = evidence.get("reading") if isinstance(evidence, dict) else evidence
    value = describe_value(key, value_from_plain(plain), unit=unit) if plain else ""
    template = ACTION_TEXTS.get(action)
    if template is None:
        return action.replace("_", " ")
    return str(template) % {"fact": attribute_label(key) if key else "", "value": value}
