"""The Guide match: how well the known facts of a shoe agree with the guide, formula fb-1.0.

Every result is an interval. The formula never falls when a fact gets better
and never rises when the heel does, so with all that is unknown at its worst
and at its best, two evaluations give the exact ends of what is still possible.
All arithmetic is in whole numbers: subscores in thousandths, scores in
hundredths of a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, UseCategory
from shop_plugin.domain.factors import UNKNOWN, FactorEnds, FactorReading, read_factors
from shop_plugin.domain.guide import EVIDENCE_AREAS, FULL, PERFECT, Ends, Guide, Profile
from shop_plugin.domain.reasons import Finding, Reason, find_reasons, reasons_for

GENERAL = "general"


class UnknownCondition(ValueError):
    """There is no profile of that name in the guide."""


class Verdict(StrEnum):
    """What may be shown of a score."""

    GRADE = "grade"
    RANGE = "range"
    NOT_ENOUGH = "not_enough"
    D_OR_LOWER = "d_or_lower"
    NOT_SCORED_CHILD = "not_scored_child"
    NOT_SCORED_REFER = "not_scored_refer"

    @property
    def is_scored(self) -> bool:
        """Tell whether there is an interval at all."""
        return self not in (Verdict.NOT_SCORED_CHILD, Verdict.NOT_SCORED_REFER)


class Contribution(NamedTuple):
    """What one factor adds: subscores in thousandths, points in hundredths, worst and best.

    The points of all contributions add up to the base score exactly.
    """

    factor: str
    guideline: str
    weight: int
    low: int
    high: int
    points_low: int
    points_high: int


class Cap(NamedTuple):
    """A limit of the whole score in hundredths of a point.

    A certain cap limits the upper end to ``limit`` and the lower end to
    ``limit_low``; any other holds only if what is unknown turns out badly,
    and then limits to ``limit_low`` (``limit`` repeats it).
    """

    code: str
    limit: int
    is_certain: bool
    limit_low: int


class Score(NamedTuple):
    """The ends of a score before it is worded."""

    low: int
    high: int
    base_low: int
    base_high: int
    contributions: tuple[Contribution, ...]
    caps: tuple[Cap, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The Guide match of one shoe for one condition, with everything needed to explain it.

    Scores are hundredths of a point and ``None`` where nothing is scored;
    ``grade_low`` is the letter of ``low``, the worse one. ``coverage`` (how
    much of the score is settled) and ``confidence`` (how sure the sources
    are) are thousandths.
    """

    condition: str
    formula_version: str
    verdict: Verdict
    low: int | None
    high: int | None
    base_low: int | None
    base_high: int | None
    grade_low: str
    grade_high: str
    coverage: int
    confidence: int
    contributions: tuple[Contribution, ...]
    caps: tuple[Cap, ...]
    reasons: tuple[Reason, ...]
    heel_mode: str = "effective"

    def __hash__(self) -> int:
        # All but the reasons, whose parameters are mappings; they follow from the rest.
        return hash((self.condition, self.formula_version, self.low, self.high, self.contributions))

    @property
    def binding_cap(self) -> Cap | None:
        """Return the certain cap that the upper end rests on, or ``None``."""
        certain = [cap for cap in self.caps if cap.is_certain and cap.limit == self.high]
        return certain[0] if certain else None

    @property
    def open_factors(self) -> tuple[Contribution, ...]:
        """Return the contributions that are not settled, the widest first."""
        return _open(self.contributions)

    def as_detail(self) -> dict[str, Any]:
        """Return the parts without a column of their own as a compact JSON structure."""
        return {
            "base": None if self.base_low is None else [self.base_low, self.base_high],
            "mode": self.heel_mode,
            "parts": [list(item) for item in self.contributions],
            "caps": [list(item) for item in self.caps],
            "reasons": [[code, dict(params), *rest] for code, params, *rest in self.reasons],
        }

    @classmethod
    def from_stored(
        cls,
        *,
        condition: str,
        formula_version: str,
        verdict: str,
        low: int | None,
        high: int | None,
        grade_low: str,
        grade_high: str,
        coverage: int,
        confidence: int,
        detail: Mapping[str, Any],
    ) -> Assessment:
        """Return the assessment whose columns and :meth:`as_detail` were stored.

        :raises KeyError: when the detail is not one that :meth:`as_detail` wrote.
        """
        base = detail["base"] or (None, None)
        return cls(
            condition=condition,
            formula_version=formula_version,
            verdict=Verdict(verdict),
            low=low,
            high=high,
            base_low=base[0],
            base_high=base[1],
            grade_low=grade_low,
            grade_high=grade_high,
            coverage=coverage,
            confidence=confidence,
            contributions=tuple(Contribution(*item) for item in detail["parts"]),
            caps=tuple(Cap(*item) for item in detail["caps"]),
            reasons=tuple(Reason(*item) for item in detail["reasons"]),
            heel_mode=detail["mode"],
        )


@dataclass(frozen=True, slots=True)
class SeveralAssessment:
    """The match for several conditions at once: the lowest of them, and which one that is."""

    low: int | None
    high: int | None
    verdict: Verdict
    grade_low: str
    grade_high: str
    binding: str
    assessments: Mapping[str, Assessment]


def assess(
    attributes: FootwearAttributes,
    *,
    guide: Guide,
    condition: str = GENERAL,
    heel_mode: str = "effective",
) -> Assessment:
    """Return the Guide match of a shoe for one condition.

    Children's shoes and conditions that belong to a professional are never
    scored. The same input always gives the same result.

    :raises UnknownCondition: for a condition the guide does not know.
    :raises ValueError: for a heel mode that does not exist.
    """
    return _assess_conditions(attributes, guide, (condition,), heel_mode)[condition]


def assess_all(
    attributes: FootwearAttributes, *, guide: Guide, heel_mode: str = "effective"
) -> dict[str, Assessment]:
    """Return the Guide match for every condition of the guide, "general" first.

    Gives exactly what :func:`assess` gives for each, in one reading of the facts.
    """
    return _assess_conditions(attributes, guide, guide.conditions, heel_mode)


def assess_several(
    attributes: FootwearAttributes,
    *,
    guide: Guide,
    conditions: Iterable[str],
    heel_mode: str = "effective",
) -> SeveralAssessment:
    """Return the lowest match over several conditions and name the one that limits it.

    :raises UnknownCondition: for a condition the guide does not know.
    :raises ValueError: when no condition is given.
    """
    chosen = tuple(dict.fromkeys(conditions))
    return join_assessments(_assess_conditions(attributes, guide, chosen, heel_mode), guide=guide)


def join_assessments(found: Mapping[str, Assessment], *, guide: Guide) -> SeveralAssessment:
    """Return the lowest of the matches of one shoe and name the condition that limits it.

    What is not scored for one of the conditions is not scored for all of them.

    :raises ValueError: when there is no match to join.
    """
    if not found:
        raise ValueError("choose at least one condition")
    for assessment in found.values():
        if not assessment.verdict.is_scored:
            return SeveralAssessment(
                None, None, assessment.verdict, "", "", assessment.condition, found
            )
    binding = min(found.values(), key=lambda item: (item.low, item.high))
    low = min(item.low for item in found.values() if item.low is not None)
    high = min(item.high for item in found.values() if item.high is not None)
    coverage = min(item.coverage for item in found.values())
    return SeveralAssessment(
        low,
        high,
        verdict_of(guide.grade(low), guide.grade(high), high, coverage, guide),
        guide.grade(low),
        guide.grade(high),
        binding.condition,
        found,
    )


def score_factors(ends: FactorEnds, *, guide: Guide, condition: str = GENERAL) -> Score:
    """Return the score of given subscores: the formula itself, without reading a shoe.

    :raises UnknownCondition: for a condition the guide does not score.
    """
    profile = guide.profiles.get(condition)
    if profile is None:
        raise UnknownCondition(f"the guide has no profile {condition!r}")
    return _score(_Subscores(ends, guide), profile, guide)


def _assess_conditions(
    attributes: FootwearAttributes, guide: Guide, conditions: tuple[str, ...], heel_mode: str
) -> dict[str, Assessment]:
    for condition in conditions:
        if condition not in guide.profiles and condition not in guide.refer_conditions:
            known = ", ".join((*guide.conditions, *guide.refer_conditions))
            raise UnknownCondition(f"the guide has no profile {condition!r}; it has {known}")
    reading = read_factors(attributes, guide=guide, heel_mode=heel_mode)
    if attributes.age_group is AgeGroup.KIDS or attributes.use_category is UseCategory.KIDS:
        code, verdict = "NOT_SCORED_CHILD", Verdict.NOT_SCORED_CHILD
        return {item: _unscored(item, guide, verdict, code, heel_mode) for item in conditions}
    shoe = _Shoe(reading, guide, find_reasons(attributes, reading, guide=guide))
    return {
        item: _unscored(item, guide, Verdict.NOT_SCORED_REFER, "NOT_SCORED_REFER", heel_mode)
        if item in guide.refer_conditions
        else _scored(shoe, guide.profiles[item], guide, heel_mode)
        for item in conditions
    }


class _Shoe:
    """One shoe, read once for all profiles."""

    def __init__(self, reading: FactorReading, guide: Guide, findings: tuple[Finding, ...]) -> None:
        self.subscores = _Subscores(reading.ends, guide)
        self.certainty = dict(reading.certainty)
        if "A" not in self.certainty and "O" in self.certainty:
            # What is known of the insole is then all that is known of the support.
            self.certainty["A"] = self.certainty["O"]
        self.reasons = {
            area: reasons_for(findings, area=area, guide=guide) for area in EVIDENCE_AREAS
        }


class _Subscores:
    """The worst and best subscore of every factor, and the limits a heel sets."""

    def __init__(self, ends: FactorEnds, guide: Guide) -> None:
        heel, credit = guide.heel, guide.insole_as_arch
        self.arch = ends.A
        self.by_factor: dict[str, Ends] = {
            "A": (
                max(ends.A[0], credit * ends.O[0] // FULL),
                max(ends.A[1], credit * ends.O[1] // FULL),
            ),
            "S": ends.S,
            "C": ends.C,
            "H": (heel.subscore(ends.rise[1]), heel.subscore(ends.rise[0])),
            "T": ends.T,
            "W": ends.W,
            "K": ends.K,
            "R": ends.R,
            "O": ends.O,
            "U": ends.U,
        }
        self.at_forefoot = self.by_factor
        if ends.forefoot_C is not None:
            self.at_forefoot = {**self.by_factor, "C": ends.forefoot_C}
        self.is_over, self.may_be_over = heel.is_over(ends.rise[0]), heel.is_over(ends.rise[1])
        self.heel_caps: tuple[Cap, ...] = ()
        if self.may_be_over:
            worst = heel.cap.at(ends.rise[1])
            best = heel.cap.at(ends.rise[0]) if self.is_over else worst
            self.heel_caps = (Cap("CAP_HEEL", best, self.is_over, worst),)


def _unscored(
    condition: str, guide: Guide, verdict: Verdict, code: str, heel_mode: str
) -> Assessment:
    return Assessment(
        condition=condition,
        formula_version=guide.version,
        verdict=verdict,
        low=None,
        high=None,
        base_low=None,
        base_high=None,
        grade_low="",
        grade_high="",
        coverage=0,
        confidence=0,
        contributions=(),
        caps=(),
        reasons=(Reason(code, {}),),
        heel_mode=heel_mode,
    )


def _scored(shoe: _Shoe, profile: Profile, guide: Guide, heel_mode: str) -> Assessment:
    score = _score(shoe.subscores, profile, guide)
    coverage = (PERFECT - (score.base_high - score.base_low)) // 10
    grade_low, grade_high = guide.grade(score.low), guide.grade(score.high)
    return Assessment(
        condition=profile.condition,
        formula_version=guide.version,
        verdict=verdict_of(grade_low, grade_high, score.high, coverage, guide),
        low=score.low,
        high=score.high,
        base_low=score.base_low,
        base_high=score.base_high,
        grade_low=grade_low,
        grade_high=grade_high,
        coverage=coverage,
        confidence=_confidence(score, shoe.certainty),
        contributions=score.contributions,
        caps=score.caps,
        reasons=_reasons(score, shoe, profile, guide, coverage),
        heel_mode=heel_mode,
    )


def _score(subscores: _Subscores, profile: Profile, guide: Guide) -> Score:
    ends = subscores.by_factor
    if profile.cushioning_at == "forefoot_cushioning":
        ends = subscores.at_forefoot
    contributions = tuple(
        [
            _contribution(factor, guideline, weight, *ends[factor])
            for factor, guideline, weight in profile.parts
        ]
    )
    base_low = base_high = 0
    for part in contributions:
        base_low += part.points_low
        base_high += part.points_high
    caps = _caps(subscores, ends, profile, guide)
    low, high = base_low, base_high
    for cap in caps:
        if cap.limit_low < low:
            low = cap.limit_low
        if cap.is_certain and cap.limit < high:
            high = cap.limit
    return Score(low, high, base_low, base_high, contributions, caps)


@lru_cache(maxsize=65_536)
def _contribution(factor: str, guideline: str, weight: int, low: int, high: int) -> Contribution:
    # Each part is rounded for itself, half up, so that the parts shown add up exactly.
    points_low, points_high = (weight * low + 50) // 100, (weight * high + 50) // 100
    return Contribution(factor, guideline, weight, low, high, points_low, points_high)


def _caps(
    subscores: _Subscores, ends: Mapping[str, Ends], profile: Profile, guide: Guide
) -> tuple[Cap, ...]:
    """Return every cap that holds or may hold, the tightest certain one first."""
    caps = [*subscores.heel_caps, *_support_caps(subscores.arch, ends["C"], guide)]
    for code, factor, below, limit in profile.caps:
        if factor == "E":
            if subscores.may_be_over:
                caps.append(Cap(code, limit, subscores.is_over, limit))
            continue
        low, high = subscores.arch if factor == "A" else ends[factor]
        if low < below:
            caps.append(Cap(code, limit, high < below, limit))
    if len(caps) > 1:
        caps.sort(key=lambda cap: (not cap.is_certain, cap.limit))
    return tuple(caps)


def _support_caps(arch: Ends, cushioning: Ends, guide: Guide) -> list[Cap]:
    rule = guide.support_caps
    lacking = rule.lacking_below
    lacking_at_worst = (arch[0] < lacking) + (cushioning[0] < lacking)
    lacking_at_best = (arch[1] < lacking) + (cushioning[1] < lacking)
    caps = []
    if lacking_at_worst == 2:
        is_certain = lacking_at_best == 2
        caps.append(Cap("CAP_UNSUPPORTED", rule.both_lacking, is_certain, rule.both_lacking))
    if lacking_at_worst and lacking_at_best == 1:
        caps.append(Cap("CAP_ONE_LACKING", rule.one_lacking, True, rule.one_lacking))
    elif lacking_at_worst == 1:
        caps.append(Cap("CAP_ONE_LACKING", rule.one_lacking, False, rule.one_lacking))
    return caps


def verdict_of(grade_low: str, grade_high: str, high: int, coverage: int, guide: Guide) -> Verdict:
    """Return what may be shown of a score whose ends have these letters."""
    if coverage < guide.coverage_minimum:
        return Verdict.D_OR_LOWER if high < guide.d_below else Verdict.NOT_ENOUGH
    return Verdict.GRADE if grade_low == grade_high else Verdict.RANGE


def _confidence(score: Score, certainty: Mapping[str, int]) -> int:
    """Return how sure the sources are, weighed by what each fact settles."""
    settled = weighed = 0
    for factor, _, weight, low, high, _, _ in score.contributions:
        if factor in certainty:
            part = weight * (FULL - high + low)
            settled += part
            weighed += part * certainty[factor]
    return weighed // settled if settled else 0


def _reasons(
    score: Score, shoe: _Shoe, profile: Profile, guide: Guide, coverage: int
) -> tuple[Reason, ...]:
    area = profile.evidence_area
    reasons = [
        Reason(
            "PROFILE_LIMITED",
            {"profile": profile.condition, "cap": cap.code, "limit": cap.limit},
            "PROFILE",
            guide.guidelines["PROFILE"].evidence(area),
        )
        for cap in score.caps
        if cap.is_certain and cap.code.startswith("CAP_PROFILE")
    ]
    counted = profile.factors
    reasons += [reason for factor, reason in shoe.reasons[area] if factor in counted]
    if coverage < guide.coverage_minimum:
        missing = [guide.factors[part.factor].missing for part in _open(score.contributions)]
        reasons.append(Reason("LOW_COVERAGE", {"missing": missing}))
    if profile.condition == "low_back_pain":
        label = guide.guidelines["G1"].low_back
        reasons.append(Reason("EVIDENCE_WEAK", {"guideline": "G1"}, "G1", label))
    return tuple(reasons)


def _open(contributions: tuple[Contribution, ...]) -> tuple[Contribution, ...]:
    """Return what is not settled, the widest first."""
    wide = [part for part in contributions if part.points_high > part.points_low]
    wide.sort(key=lambda part: part.points_low - part.points_high)
    return tuple(wide)


__all__ = [
    "GENERAL",
    "UNKNOWN",
    "Assessment",
    "Cap",
    "Contribution",
    "FactorEnds",
    "Reason",
    "Score",
    "SeveralAssessment",
    "UnknownCondition",
    "Verdict",
    "assess",
    "assess_all",
    "assess_several",
    "join_assessments",
    "score_factors",
    "verdict_of",
]
