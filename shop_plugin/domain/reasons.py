"""Why a score is what it is, as codes with parameters. Sentences are made when they are shown.

Lengths in parameters are micrometres and limits hundredths of a point, so that
a stored reason never depends on a language or a unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.factors import FactorReading
from shop_plugin.domain.guide import Guide
from shop_plugin.domain.heel import HeelReading

#: Every code there is, in the order in which a page shows them.
REASON_CODES = (
    "NOT_SCORED_CHILD",
    "NOT_SCORED_REFER",
    "PROFILE_LIMITED",
    "HEEL_OVER_2IN",
    "HEEL_MAY_BE_OVER_2IN",
    "HEEL_NEAR_LIMIT",
    "FLAT_UNSUPPORTED",
    "UNSUPPORTED",
    "ONE_LACKING",
    "WORN_PAST_LIFE",
    "FIT_TOO_TIGHT",
    "FIT_TOO_LOOSE",
    "FIT_OK",
    "ARCH_HIGH",
    "ARCH_MODERATE",
    "ARCH_MILD",
    "ARCH_NONE",
    "CUSHION_HIGH",
    "CUSHION_MODERATE",
    "CUSHION_LIGHT",
    "CUSHION_NONE",
    "HEEL_OK",
    "HEEL_MODERATE",
    "HEEL_PLATFORM_USED",
    "INSOLE_REMOVABLE",
    "STABLE_HEEL",
    "TOE_ROOMY",
    "TOE_POINTED",
    "WIDTHS_AVAILABLE",
    "FASTENING_SECURE",
    "FASTENING_LOOSE",
    "NOTE_MINIMAL_DESIGN",
    "NOTE_ROCKER_NO_CREDIT",
    "CONFLICTING_DATA",
    "ARCH_UNKNOWN",
    "CUSHION_UNKNOWN",
    "HEEL_UNKNOWN",
    "LOW_COVERAGE",
    "EVIDENCE_WEAK",
)

_ARCH_CODES = ("ARCH_NONE", "ARCH_MILD", "ARCH_MODERATE", "ARCH_HIGH")
_CUSHION_CODES = ("CUSHION_NONE", "CUSHION_LIGHT", "CUSHION_MODERATE", "CUSHION_HIGH")
_STABLE_FROM = 667
_ROOMY_FROM = 750
_POINTED_BELOW = 250
_SECURE_FROM = 800
_LOOSE_UP_TO = 350
#: At most this rise, and no cushioning at all, is a minimal shoe.
_MINIMAL_RISE_UM = 8_000


class Reason(NamedTuple):
    """One reason: a stable code, its parameters, the guideline and its evidence label."""

    code: str
    params: Mapping[str, Any]
    guideline: str = ""
    evidence: str = ""


class Finding(NamedTuple):
    """A reason before a profile is chosen; ``factor`` is what it speaks about, or empty."""

    code: str
    params: dict[str, Any]
    guideline: str
    factor: str


def find_reasons(
    attributes: FootwearAttributes, reading: FactorReading, *, guide: Guide
) -> tuple[Finding, ...]:
    """Return what can be said of a shoe's facts, whichever profile reads it."""
    return (
        *_heel_findings(attributes, reading.heel, guide),
        *_level_findings(attributes, reading),
        *_support_findings(reading, guide),
        *_fit_findings(attributes, reading),
        *_notes(attributes, reading),
    )


def reasons_for(
    findings: tuple[Finding, ...], *, area: str, guide: Guide
) -> list[tuple[str, Reason]]:
    """Return each finding as a reason with the evidence label of an area, and its factor."""
    guidelines = guide.guidelines
    return [
        (
            factor,
            Reason(
                code, params, guideline, guidelines[guideline].evidence(area) if guideline else ""
            ),
        )
        for code, params, guideline, factor in findings
    ]


def _heel_findings(
    attributes: FootwearAttributes, heel: HeelReading, guide: Guide
) -> Iterator[Finding]:
    rule = guide.heel
    if heel.basis == "unknown":
        yield Finding("HEEL_UNKNOWN", {}, "G3", "H")
        return
    params: dict[str, Any] = {"low": max(0, heel.low), "high": max(0, heel.high)}
    params["basis"] = heel.basis
    if rule.is_over(heel.low):
        limit = rule.limit_of_score(heel.low)
        yield Finding("HEEL_OVER_2IN", {**params, "limit": limit}, "G3", "H")
    elif rule.is_over(heel.high):
        yield Finding("HEEL_MAY_BE_OVER_2IN", params, "G3", "H")
    elif heel.high > rule.flat_um:
        yield Finding("HEEL_MODERATE", params, "G3", "H")
    else:
        yield Finding("HEEL_OK", params, "G3", "H")
    if heel.low >= rule.limit_um - rule.near_um and heel.high <= rule.limit_um + rule.near_um:
        yield Finding("HEEL_NEAR_LIMIT", {"low": heel.low, "high": heel.high}, "G3", "H")
    if heel.basis == "pitch":
        stated = attributes.heel_height_mm or attributes.stack_heel_mm
        yield Finding(
            "HEEL_PLATFORM_USED",
            {
                "heel": _plain(stated),
                "platform": _plain(attributes.forefoot_height_mm),
                "pitch": list(heel.pitch),
            },
            "G3",
            "H",
        )


def _level_findings(attributes: FootwearAttributes, reading: FactorReading) -> Iterator[Finding]:
    yield _level(attributes.arch_support, _ARCH_CODES, "ARCH_UNKNOWN", "G1", "A")
    if reading.ends.O[0] > 0:
        yield Finding("INSOLE_REMOVABLE", {}, "G1", "A")
    yield _level(attributes.cushioning, _CUSHION_CODES, "CUSHION_UNKNOWN", "G2", "C")
    if reading.ends.S[0] >= _STABLE_FROM:
        yield Finding("STABLE_HEEL", {}, "G1", "S")


def _level(
    options: Options | None, codes: tuple[str, ...], unknown: str, guideline: str, factor: str
) -> Finding:
    """Return the code of the lowest level still possible; the range stands in the parameters."""
    if options is None:
        return Finding(unknown, {}, guideline, factor)
    low, high = int(min(options.members)), int(max(options.members))
    if low == 0 and high == len(codes) - 1:
        return Finding(unknown, {}, guideline, factor)
    return Finding(codes[low], {"low": low, "high": high}, guideline, factor)


def _support_findings(reading: FactorReading, guide: Guide) -> Iterator[Finding]:
    arch, cushioning = reading.ends.A[1], reading.ends.C[1]
    lacking = guide.support_caps.lacking_below
    if max(arch, cushioning) < lacking:
        code = "FLAT_UNSUPPORTED" if reading.heel.high <= guide.heel.flat_um else "UNSUPPORTED"
        yield Finding(code, {"limit": guide.support_caps.both_lacking}, "G4", "")
    elif min(arch, cushioning) < lacking:
        which = "arch_support" if arch < cushioning else "cushioning"
        params = {"which": which, "limit": guide.support_caps.one_lacking}
        yield Finding("ONE_LACKING", params, "G4", "")


def _fit_findings(attributes: FootwearAttributes, reading: FactorReading) -> Iterator[Finding]:
    toe, fastening = reading.ends.T, reading.ends.K
    if attributes.toe_shape is not None:
        shapes = sorted(attributes.toe_shape.members)
        if toe[1] < _POINTED_BELOW:
            yield Finding("TOE_POINTED", {"shapes": shapes}, "G5", "T")
        elif toe[0] >= _ROOMY_FROM:
            yield Finding("TOE_ROOMY", {"shapes": shapes}, "G5", "T")
    if attributes.width_options is not None and reading.ends.W[0] > 0:
        widths = sorted(attributes.width_options.members)
        yield Finding("WIDTHS_AVAILABLE", {"widths": widths}, "G5", "W")
    if attributes.fastening is not None:
        kinds = sorted(attributes.fastening.members)
        if fastening[0] >= _SECURE_FROM:
            yield Finding("FASTENING_SECURE", {"kinds": kinds}, "G5", "K")
        elif fastening[1] <= _LOOSE_UP_TO:
            yield Finding("FASTENING_LOOSE", {"kinds": kinds}, "G5", "K")


def _notes(attributes: FootwearAttributes, reading: FactorReading) -> Iterator[Finding]:
    is_bare = reading.ends.C[1] == 0 and reading.heel.high <= _MINIMAL_RISE_UM
    if attributes.use_category is UseCategory.BAREFOOT or is_bare:
        yield Finding("NOTE_MINIMAL_DESIGN", {}, "G4", "")
    if reading.ends.R[0] >= _STABLE_FROM:
        yield Finding("NOTE_ROCKER_NO_CREDIT", {}, "PROFILE", "")
    disputed = set(attributes.conflicts)
    if reading.heel.is_contradictory:
        disputed |= set(reading.heel.used)
    for key in sorted(disputed):
        yield Finding("CONFLICTING_DATA", {"attribute": key}, "", "")


def _plain(span: Span | None) -> list[int] | None:
    return None if span is None else [span.low, span.high]
