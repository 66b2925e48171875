"""Lays the reasons of one shoe out point by point, each with the facts it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import SourceKind
from shop_plugin.domain.guide import FULL, Guideline
from shop_plugin.domain.scoring import Assessment, Cap, Contribution
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.listing_page import SOURCE_LABELS, Fact, ListingPage
from shop_plugin.services.words.attributes import join_words, option_label
from shop_plugin.services.words.explaining import Explanation, condition_text, guideline_texts
from shop_plugin.services.words.factors import CAP_LABELS, FACTOR_LABELS
from shop_plugin.services.words.guide import ConditionText, GuidelineText
from shop_plugin.services.words.lengths import describe_both_units, describe_length
from shop_plugin.services.words.reasons import describe_heel_limit

# Which facts of a shoe each point of the formula reads.
POINT_FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "A": ("arch_support", "removable_insole", "orthotic_friendly"),
        "S": ("heel_counter", "torsional_stiffness", "base_stability"),
        "C": ("cushioning", "forefoot_cushioning"),
        "H": ("heel_height_mm", "forefoot_height_mm", "drop_mm", "stack_heel_mm"),
        "T": ("toe_shape",),
        "W": ("width_options",),
        "K": ("fastening",),
        "R": ("rocker",),
        "O": ("removable_insole", "orthotic_friendly"),
        "U": ("upper_softness",),
    }
)

# The point a reason speaks about, by the start of its code; any other is a limit or a note.
_POINT_OF_CODE = (
    ("ARCH_", "A"),
    ("INSOLE_", "A"),
    ("STABLE_", "S"),
    ("CUSHION_", "C"),
    ("HEEL_", "H"),
    ("TOE_", "T"),
    ("WIDTHS_", "W"),
    ("FASTENING_", "K"),
)
# The attribute whose answers a point is read from, for the points that have one.
_TABLE_OF_POINT: Mapping[str, str] = MappingProxyType(
    {"A": "arch_support", "C": "cushioning", "T": "toe_shape", "K": "fastening"}
)
#: How firmly each evidence label is drawn, by name of a CSS class.
_WEIGHTS: Mapping[str, str] = MappingProxyType({"good": "good", "some": "some", "weak": "weak"})
# The guideline that gives no points: it only limits, through what two other points read.
_SUPPORT_GUIDELINE = "G4"
_SUPPORT_CAPS = frozenset({"CAP_UNSUPPORTED", "CAP_ONE_LACKING"})
_LIMIT_CODES = frozenset({"PROFILE_LIMITED", "FLAT_UNSUPPORTED", "UNSUPPORTED", "ONE_LACKING"})


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the reasons: what the shoe has, what the guide says, what that is worth.

    ``sources`` names who says so, empty where nobody does; ``threshold`` is
    what earns all points, and ``counted`` what the points rest on where that
    is not the number shown first. ``low``, ``high`` and ``most`` are the
    points in hundredths, all 0 where the line gives none.
    """

    factor: str
    label: str
    value: str
    sources: str
    threshold: str
    counted: str
    score: str
    low: int
    high: int
    most: int
    is_open: bool
    is_known: bool
    says: tuple[Explanation, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class PointGroup:
    """A guideline, what it rests on, and the points of the shoe that answer to it.

    ``weight`` is how firmly it is drawn: "good", "some", "weak" or "none", by
    the better of its two evidence labels.
    """

    guideline: GuidelineText
    weight: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap on the whole match, in words; ``is_certain`` is false for one that only may hold."""

    label: str
    text: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that explains a match, in the order of the page."""

    groups: tuple[PointGroup, ...]
    total: str
    limits: tuple[Limit, ...]
    notes: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """The match for one condition profile, with what is often looked for."""

    text: ConditionText
    assessment: Assessment


def explain_points(page: ListingPage, *, unit: str) -> Why:
    """Return the reasons of a listing point by point; empty where it was not assessed."""
    assessment = page.assessment
    if assessment is None:
        return Why((), "", (), ())
    facts = {fact.key: fact for fact in page.facts}
    by_point: dict[str, list[Explanation]] = {}
    notes = []
    for explanation in page.explanations:
        factor = _point_of(explanation.code)
        if factor:
            by_point.setdefault(factor, []).append(explanation)
        elif explanation.code not in _LIMIT_CODES or not assessment.caps:
            notes.append(explanation)
    total = ""
    if assessment.base_low is not None and assessment.base_high is not None:
        total = _between(assessment.base_low, assessment.base_high)
    return Why(
        groups=_groups(assessment, by_point, facts, unit),
        total=total,
        limits=tuple(_limit(cap) for cap in assessment.caps),
        notes=tuple(notes),
    )


def list_needs(page: ListingPage) -> tuple[Need, ...]:
    """Return the match for every profile beside the one shown; empty for a child's shoe."""
    return tuple(
        Need(condition_text(item.condition), item)
        for item in page.assessments
        if item.condition != page.condition and item.low is not None
    )


def _groups(
    assessment: Assessment,
    by_point: Mapping[str, list[Explanation]],
    facts: Mapping[str, Fact],
    unit: str,
) -> tuple[PointGroup, ...]:
    groups = []
    for guideline in guideline_texts():
        points = tuple(
            _point(item, assessment, by_point.get(item.factor, []), facts, unit)
            for item in assessment.contributions
            if item.guideline == guideline.id
        )
        if guideline.id == _SUPPORT_GUIDELINE and assessment.contributions:
            points = (_support_point(assessment, facts),)
        if points:
            weight = _weight(guide_in_force().guidelines[guideline.id])
            groups.append(PointGroup(guideline, weight, points))
    return tuple(groups)


def _weight(guideline: Guideline) -> str:
    labels = (guideline.feet, guideline.low_back)
    return next((name for label, name in _WEIGHTS.items() if label in labels), "none")


def _support_point(assessment: Assessment, facts: Mapping[str, Fact]) -> Point:
    """Return the line of the guideline on flats: it gives no points and may limit them all."""
    read = [facts[key] for key in ("arch_support", "cushioning")]
    caps = [cap for cap in assessment.caps if cap.code in _SUPPORT_CAPS]
    score = _("no limit")
    if caps:
        pattern = _("limits to %(limit)s") if caps[0].is_certain else _("may limit to %(limit)s")
        score = pattern % {"limit": _whole(caps[0].limit_low)}
    return Point(
        factor=_SUPPORT_GUIDELINE,
        label=_("Support or cushioning"),
        value="; ".join(map(_labelled, read)),
        sources=_sources(read),
        threshold=_("arch support and cushioning, each at least a little"),
        counted="",
        score=score,
        low=0,
        high=0,
        most=0,
        is_open=any(not cap.is_certain for cap in caps),
        is_known=any(fact.is_known for fact in read),
        says=(),
        facts=(),
    )


def _point_of(code: str) -> str:
    return next((factor for start, factor in _POINT_OF_CODE if code.startswith(start)), "")


def _point(
    item: Contribution,
    assessment: Assessment,
    says: list[Explanation],
    facts: Mapping[str, Fact],
    unit: str,
) -> Point:
    found = [facts[key] for key in POINT_FACTS[item.factor] if key in facts]
    heel = _heel_params(assessment) if item.factor == "H" else {}
    is_by_kind = heel.get("basis") == "category"
    values, sources = _values(found), _sources(found)
    if is_by_kind and not found[0].is_known:
        values = [_("low by design"), *(values if len(values) > 1 else [_labelled(found[0])])]
        sources = ", ".join(filter(None, (str(SOURCE_LABELS[SourceKind.CATEGORY]), sources)))
    is_settled = item.points_low > 0 or item.points_low == item.points_high
    return Point(
        factor=item.factor,
        label=str(FACTOR_LABELS[item.factor]),
        value="; ".join(values),
        sources=sources,
        threshold=_threshold(item.factor, unit),
        counted=_counted(heel, assessment, found[0], unit) if heel and is_settled else "",
        score=_("%(points)s of %(most)s points")
        % {
            "points": _between(item.points_low, item.points_high),
            "most": _points(item.weight * 10),
        },
        low=item.points_low,
        high=item.points_high,
        most=item.weight * 10,
        is_open=item.points_low != item.points_high,
        is_known=any(fact.is_known for fact in found),
        says=tuple(says),
        facts=tuple(fact for fact in found if fact.evidence),
    )


def _values(found: Sequence[Fact]) -> list[str]:
    """Return what is stated, the fact that the point is named after first.

    Where that one is not stated and others are, these come first, and the
    missing one is named last: "not stated" beside full points explains nothing.
    """
    if not found:
        return [_("not stated")]
    main, *others = found
    known = [_labelled(fact) for fact in others if fact.is_known]
    if main.is_known or not known:
        return [main.text, *known]
    return [*known, _labelled(main)]


def _labelled(fact: Fact) -> str:
    return _("%(fact)s: %(value)s") % {"fact": fact.label, "value": fact.text}


def _heel_params(assessment: Assessment) -> Mapping[str, Any]:
    """Return what the rise of the heel was read from; empty where nothing tells it."""
    return next((item.params for item in assessment.reasons if "basis" in item.params), {})


def _counted(params: Mapping[str, Any], assessment: Assessment, heel: Fact, unit: str) -> str:
    """Return which rise the points of the heel rest on, empty where it is the height shown."""
    if params["basis"] == "category":
        return _("What counts is the rise from toe to heel, low by design in shoes of this kind.")
    if params["basis"] == "printed":
        if heel.is_known:
            return ""
        ends = params["low"], params["high"]
    else:
        steps = (item.params["pitch"] for item in assessment.reasons if "pitch" in item.params)
        low, high = next(steps, (params["low"], params["high"]))
        ends = max(0, low), max(0, high)
    rise = describe_both_units(*ends, unit=unit)
    if ends == (params["low"], params["high"]):
        return _("What counts is the rise from toe to heel: %(rise)s.") % {"rise": rise}
    free = guide_in_force().heel.platform_free_um
    return _(
        "What counts is the rise from toe to heel: %(rise)s. A platform above %(free)s adds a "
        "part of itself."
    ) % {"rise": rise, "free": describe_length(free, free, unit=unit)}


def _sources(facts: Iterable[Fact]) -> str:
    """Return who says these facts, each once."""
    labels = [label for fact in facts for label in fact.source_label.split(", ") if label]
    return ", ".join(dict.fromkeys(labels))


def _threshold(factor: str, unit: str) -> str:
    """Return what earns all points of a factor, out of the guide's own tables."""
    guide = guide_in_force()
    if factor == "H":
        flat = describe_length(guide.heel.flat_um, guide.heel.flat_um, unit=unit)
        return _("up to %(flat)s; over %(limit)s it limits the whole match") % {
            "flat": flat,
            "limit": describe_heel_limit(unit),
        }
    if key := _TABLE_OF_POINT.get(factor):
        full = [answer for answer, worth in guide.tables[key].values.items() if worth == FULL]
        return join_words([option_label(key, answer) for answer in full], is_choice=True)
    return {
        "S": _("a rigid heel counter, a sole that does not twist, a broad base"),
        "W": _("two widths beside the regular one"),
        "R": option_label("rocker", "3"),
        "O": _("the insole comes out"),
        "U": option_label("upper_softness", "3"),
    }[factor]


def _limit(cap: Cap) -> Limit:
    label = str(CAP_LABELS.get(cap.code, cap.code))
    if cap.is_certain:
        text = _("The match cannot pass %(limit)s of 100.") % {"limit": _whole(cap.limit)}
    else:
        text = _("If what is open turns out so, the match cannot pass %(limit)s of 100.") % {
            "limit": _whole(cap.limit_low)
        }
    return Limit(label, text, cap.is_certain)


def describe_former(page: ListingPage) -> str:
    """Return what the match was under the formula before; empty where it was the same."""
    former = page.former
    if former is None:
        return ""
    version = former.formula_version
    if former.low is None or former.high is None:
        return _("Had no match under formula %(version)s. The facts are the same.") % {
            "version": version
        }
    grades = " – ".join(dict.fromkeys((former.grade_low, former.grade_high)))
    return _("Was %(points)s (%(grades)s) under formula %(version)s. The facts are the same.") % {
        "points": _between(former.low, former.high),
        "grades": grades,
        "version": version,
    }


def _whole(hundredths: int) -> str:
    """Return a limit in whole points, rounded up as the upper end of the match is shown."""
    return str(-(-hundredths // 100))


def _between(low: int, high: int) -> str:
    if low == high:
        return _points(low)
    return _("%(low)s to %(high)s") % {"low": _points(low), "high": _points(high)}


def _points(hundredths: int) -> str:
    """Return hundredths of a point as a number with at most one decimal."""
    tenths = (hundredths + 5) // 10
    return number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0)
