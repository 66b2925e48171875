"""Why a guide must not be used: weights that do not add up, lines that rise, missing evidence."""

from __future__ import annotations

from shop_plugin.domain.attributes import ATTRIBUTES, AttributeKind
from shop_plugin.domain.guide_terms import (
    EVIDENCE_AREAS,
    EVIDENCE_LABELS,
    FACTORS,
    FULL,
    PERFECT,
    Guide,
    HeelRule,
)

_TABLE_ATTRIBUTES = {
    key: ATTRIBUTES[key]
    for key in (
        "arch_support",
        "cushioning",
        "rocker",
        "upper_softness",
        "toe_shape",
        "fastening",
    )
}


def find_faults(guide: Guide) -> list[str]:
    """Return every reason why a guide must not be used; empty for a sound one."""
    return [
        *_profile_faults(guide),
        *_table_faults(guide),
        *_heel_faults(guide.heel),
        *_limit_faults(guide),
        *_evidence_faults(guide),
    ]


def _profile_faults(guide: Guide) -> list[str]:
    faults = []
    if guide.conditions[:1] != ("general",):
        faults.append("the first profile must be 'general'")
    for condition, profile in guide.profiles.items():
        total = sum(weight for _, weight in profile.weights)
        if total != FULL:
            faults.append(f"weights of {condition} sum to {total}, not 1000")
        faults += [
            f"{condition}: weight {weight} of {factor} is not positive"
            for factor, weight in profile.weights
            if weight <= 0
        ]
        names = {factor for factor, _ in profile.weights}
        faults += [f"{condition}: no such factor {name}" for name in sorted(names - set(FACTORS))]
        faults += [
            f"{condition}: {cap.code} limits by {cap.factor}, which is unknown"
            for cap in profile.caps
            if cap.factor not in {"A", "C", "T", "K", "E"}
        ]
        if profile.evidence_area not in EVIDENCE_AREAS:
            faults.append(f"{condition}: evidence_area {profile.evidence_area!r} is unknown")
        if profile.cushioning_at not in ("cushioning", "forefoot_cushioning"):
            faults.append(f"{condition}: cushioning_at {profile.cushioning_at!r} is unknown")
    return faults


def _table_faults(guide: Guide) -> list[str]:
    faults = []
    for key, attribute in _TABLE_ATTRIBUTES.items():
        values = guide.tables[key].values
        if set(values) != set(attribute.options):
            faults.append(f"table {key} does not hold exactly the options of the attribute")
            continue
        if not all(0 <= value <= FULL for value in values.values()):
            faults.append(f"table {key} leaves 0..1000")
        steps = [values[option] for option in attribute.options]
        if attribute.kind is AttributeKind.LEVEL and steps != sorted(steps):
            faults.append(f"table {key} falls as the level rises")
    widths = list(guide.extra_widths)
    if widths != sorted(widths) or not widths or widths[0] < 0 or widths[-1] > FULL:
        faults.append("rules.extra_widths must rise within 0..1000")
    if not 0 <= guide.insole_as_arch <= FULL:
        faults.append("rules.insole_as_arch leaves 0..1000")
    return faults


def _heel_faults(heel: HeelRule) -> list[str]:
    faults = []
    for name, line in (("within", heel.within), ("beyond", heel.beyond), ("cap", heel.cap)):
        xs = [knot.x for knot in line.knots]
        ys = [knot.y for knot in line.knots]
        if len(xs) < 2 or xs != sorted(set(xs)):
            faults.append(f"heel.{name}: the lengths must rise")
        elif ys != sorted(ys, reverse=True):
            faults.append(f"heel.{name} rises with the heel")
    if not faults:
        edge = heel.limit_um + heel.tolerance_um
        if heel.beyond.at(edge + 1) > heel.within.at(edge):
            faults.append("the subscore rises where the heel passes the limit")
        if not heel.flat_um < heel.limit_um:
            faults.append("heel.flat_um must lie below heel.limit_um")
    if heel.platform_divisor < 1:
        faults.append("heel.platform_divisor must be at least 1")
    return faults


def _limit_faults(guide: Guide) -> list[str]:
    faults = []
    floors = [grade.floor for grade in guide.grades]
    if floors != sorted(set(floors), reverse=True) or not floors or floors[-1] != 0:
        faults.append("grade floors must fall to 0")
    support = guide.support_caps
    if not 0 <= support.both_lacking <= support.one_lacking <= PERFECT:
        faults.append("lacking both must limit at least as much as lacking one")
    limits = [cap.limit for profile in guide.profiles.values() for cap in profile.caps]
    limits += [knot.y for knot in guide.heel.cap.knots]
    limits += [
        guide.personal_caps.too_tight,
        guide.personal_caps.too_loose,
        guide.personal_caps.worn_past_life,
    ]
    if not all(0 <= limit <= PERFECT for limit in limits):
        faults.append("a limit leaves 0..10000")
    return faults


def _evidence_faults(guide: Guide) -> list[str]:
    faults = [
        f"factor {name} names the unknown guideline {factor.guideline}"
        for name, factor in guide.factors.items()
        if factor.guideline not in guide.guidelines
    ]
    faults += [f"factor {name} is missing" for name in FACTORS if name not in guide.factors]
    for guideline in guide.guidelines.values():
        for area in EVIDENCE_AREAS:
            if guideline.evidence(area) not in EVIDENCE_LABELS:
                faults.append(f"{guideline.id}: {area} has no known evidence label")
        if not guideline.wording:
            faults.append(f"{guideline.id} has no wording key")
        if not guideline.citations:
            faults.append(f"{guideline.id} cites nothing")
        faults += [
            f"{guideline.id} cites {name}, which is not listed"
            for name in guideline.citations
            if name not in guide.citations
        ]
    wordings = [guideline.wording for guideline in guide.guidelines.values()]
    if len(wordings) != len(set(wordings)):
        faults.append("two guidelines share a wording key")
    return faults
