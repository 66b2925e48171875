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
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, UseCategory
from shop_plugin.domain.factors import UNKNOWN, FactorEnds, FactorReading, read_factors
from shop_plugin.domain.guide import FULL, PERFECT, Ends, Guide, Profile
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

    @property
    def binding_cap(self) -> Cap | None:
        """Return the certain cap that the upper end rests on, or ``None``."""
        certain = [cap for cap in self.caps if cap.is_certain and cap.limit == self.high]
        return certain[0] if certain else None

    @property
    def open_factors(self) -> tuple[Contribution, ...]:
        """Return the contributions that are not settled, the widest first."""
        wide = [item for item in self.contributions if item.points_high > item.points_low]
        return tuple(sorted(wide, key=lambda item: item.points_low - item.points_high))

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
    if not chosen:
        raise ValueError("choose at least one condition")
    found = _assess_conditions(attributes, guide, chosen, heel_mode)
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
        _verdict(low, high, coverage, guide),
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
    return _score(ends, profile, guide)


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
    findings = find_reasons(attributes, reading, guide=guide)
    return {
        item: _unscored(item, guide, Verdict.NOT_SCORED_REFER, "NOT_SCORED_REFER", heel_mode)
        if item in guide.refer_conditions
        else _scored(reading, findings, guide.profiles[item], guide, heel_mode)
        for item in conditions
    }


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


def _scored(
    reading: FactorReading,
    findings: tuple[Finding, ...],
    profile: Profile,
    guide: Guide,
    heel_mode: str,
) -> Assessment:
    score = _score(reading.ends, profile, guide)
    coverage = (PERFECT - (score.base_high - score.base_low)) // 10
    return Assessment(
        condition=profile.condition,
        formula_version=guide.version,
        verdict=_verdict(score.low, score.high, coverage, guide),
        low=score.low,
        high=score.high,
        base_low=score.base_low,
        base_high=score.base_high,
        grade_low=guide.grade(score.low),
        grade_high=guide.grade(score.high),
        coverage=coverage,
        confidence=_confidence(score, reading.certainty),
        contributions=score.contributions,
        caps=score.caps,
        reasons=_reasons(score, findings, profile, guide, coverage),
        heel_mode=heel_mode,
    )


def _score(ends: FactorEnds, profile: Profile, guide: Guide) -> Score:
    cushioning = ends.C
    if profile.cushioning_at == "forefoot_cushioning" and ends.forefoot_C is not None:
        cushioning = ends.forefoot_C
    heel = guide.heel
    credit = guide.insole_as_arch
    subscores: dict[str, Ends] = {
        "A": (
            max(ends.A[0], credit * ends.O[0] // FULL),
            max(ends.A[1], credit * ends.O[1] // FULL),
        ),
        "S": ends.S,
        "C": cushioning,
        "H": (heel.subscore(ends.rise[1]), heel.subscore(ends.rise[0])),
        "T": ends.T,
        "W": ends.W,
        "K": ends.K,
        "R": ends.R,
        "O": ends.O,
        "U": ends.U,
    }
    contributions = []
    base_low = base_high = 0
    for factor, weight in profile.weights:
        low, high = subscores[factor]
        # Each part is rounded for itself, half up, so that the parts shown add up exactly.
        points_low, points_high = (weight * low + 50) // 100, (weight * high + 50) // 100
        base_low += points_low
        base_high += points_high
        guideline = guide.factors[factor].guideline
        contributions.append(
            Contribution(factor, guideline, weight, low, high, points_low, points_high)
        )
    caps = _caps(ends, cushioning, profile, guide)
    return Score(
        low=min([base_low, *(cap.limit_low for cap in caps)]),
        high=min([base_high, *(cap.limit for cap in caps if cap.is_certain)]),
        base_low=base_low,
        base_high=base_high,
        contributions=tuple(contributions),
        caps=caps,
    )


def _caps(ends: FactorEnds, cushioning: Ends, profile: Profile, guide: Guide) -> tuple[Cap, ...]:
    """Return every cap that holds or may hold, the tightest certain one first."""
    caps = []
    lowest_rise, highest_rise = ends.rise
    is_over, may_be_over = guide.heel.is_over(lowest_rise), guide.heel.is_over(highest_rise)
    if may_be_over:
        worst = guide.heel.cap.at(highest_rise)
        best = guide.heel.cap.at(lowest_rise) if is_over else worst
        caps.append(Cap("CAP_HEEL", best, is_over, worst))
    caps += _support_caps(ends.A, cushioning, guide)
    values = {"A": ends.A, "C": cushioning, "T": ends.T, "K": ends.K}
    for code, factor, below, limit in profile.caps:
        if factor == "E":
            if may_be_over:
                caps.append(Cap(code, limit, is_over, limit))
        elif values[factor][0] < below:
            caps.append(Cap(code, limit, values[factor][1] < below, limit))
    caps.sort(key=lambda cap: (not cap.is_certain, cap.limit))
    return tuple(caps)


def _support_caps(arch: Ends, cushioning: Ends, guide: Guide) -> list[Cap]:
    rule = guide.support_caps
    lacking = rule.lacking_below
    caps = []
    worst_best, worst_least = max(arch[0], cushioning[0]), min(arch[0], cushioning[0])
    best_best, best_least = max(arch[1], cushioning[1]), min(arch[1], cushioning[1])
    if worst_best < lacking:
        is_certain = best_best < lacking
        caps.append(Cap("CAP_UNSUPPORTED", rule.both_lacking, is_certain, rule.both_lacking))
        if not is_certain and best_least < lacking:
            caps.append(Cap("CAP_ONE_LACKING", rule.one_lacking, True, rule.one_lacking))
    elif worst_least < lacking:
        is_certain = best_least < lacking
        caps.append(Cap("CAP_ONE_LACKING", rule.one_lacking, is_certain, rule.one_lacking))
    return caps


def _verdict(low: int, high: int, coverage: int, guide: Guide) -> Verdict:
    if coverage < guide.coverage_minimum:
        return Verdict.D_OR_LOWER if high < guide.d_below else Verdict.NOT_ENOUGH
    return Verdict.GRADE if guide.grade(low) == guide.grade(high) else Verdict.RANGE


def _confidence(score: Score, certainty: Mapping[str, int]) -> int:
    """Return how sure the sources are, weighed by what each fact settles."""
    settled = weighed = 0
    for factor, _, weight, low, high, _, _ in score.contributions:
        part = weight * (FULL - (high - low))
        sure = certainty.get(factor)
        if sure is None and factor == "A":
            sure = certainty.get("O")
        if part and sure is not None:
            settled += part
            weighed += part * sure
    return weighed // settled if settled else 0


def _reasons(
    score: Score,
    findings: tuple[Finding, ...],
    profile: Profile,
    guide: Guide,
    coverage: int,
) -> tuple[Reason, ...]:
    reasons = [
        Reason(
            "PROFILE_LIMITED",
            {"profile": profile.condition, "cap": cap.code, "limit": cap.limit},
            "PROFILE",
            guide.guidelines["PROFILE"].evidence(profile.evidence_area),
        )
        for cap in score.caps
        if cap.is_certain and cap.code.startswith("CAP_PROFILE")
    ]
    reasons += reasons_for(findings, profile=profile, guide=guide)
    if coverage < guide.coverage_minimum:
        open_parts = sorted(
            (item for item in score.contributions if item.points_high > item.points_low),
            key=lambda item: item.points_low - item.points_high,
        )
        missing = [guide.factors[item.factor].missing for item in open_parts]
        reasons.append(Reason("LOW_COVERAGE", {"missing": missing}))
    if profile.condition == "low_back_pain":
        label = guide.guidelines["G1"].low_back
        reasons.append(Reason("EVIDENCE_WEAK", {"guideline": "G1"}, "G1", label))
    return tuple(reasons)


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
    "score_factors",
]
