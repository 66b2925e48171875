"""The guide: weights, tables, limits, evidence labels and citations of one formula version.

All numbers live in ``guide_data/<version>.toml`` and are checked as a whole
before anything is scored with them: a guide that is not monotone, or whose
weights do not add up, is refused with every fault named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import ATTRIBUTES, AttributeKind, Options

GUIDE_DATA = files("shop_plugin.domain") / "guide_data"
DEFAULT_VERSION = "fb-1.0"

FACTORS = ("A", "S", "C", "H", "T", "W", "K", "R", "O", "U")
EVIDENCE_LABELS = ("good", "some", "weak", "mixed", "mixed_to_against", "against", "none")
EVIDENCE_AREAS = ("feet", "low_back")
FULL = 1000
PERFECT = 10_000

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

#: Lowest and highest value still possible, both attainable.
Ends = tuple[int, int]


class GuideError(ValueError):
    """A guide cannot be used. The message lists every fault."""


class Knot(NamedTuple):
    """One corner of a falling line: at ``x`` micrometres the value is ``y``."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """Straight lines between corners, level outside of them; never rises."""

    knots: tuple[Knot, ...]

    def at(self, x: int) -> int:
        """Return the value at a length in micrometres, rounded half up."""
        if x <= self.knots[0].x:
            return self.knots[0].y
        left = self.knots[0]
        for right in self.knots[1:]:
            if x <= right.x:
                width = right.x - left.x
                numerator = left.y * width + (right.y - left.y) * (x - left.x)
                return (2 * numerator + width) // (2 * width)
            left = right
        return left.y


@dataclass(frozen=True, slots=True)
class OptionTable:
    """Subscore in thousandths per answer of one attribute."""

    values: Mapping[str, int]
    _seen: dict[frozenset[str], Ends] = field(default_factory=dict, compare=False, repr=False)

    def ends(self, options: Options | None) -> Ends:
        """Return the lowest and highest subscore among the answers still possible."""
        if options is None:
            return (0, FULL)
        found = self._seen.get(options.members)
        if found is None:
            subscores = [self.values[member] for member in options.members]
            found = self._seen[options.members] = (min(subscores), max(subscores))
        return found


class Grade(NamedTuple):
    """A letter and the lowest score, in hundredths of a point, that earns it."""

    letter: str
    floor: int


class Factor(NamedTuple):
    """The guideline a factor stands for, and the attribute to ask for when it is open."""

    guideline: str
    missing: str


class ProfileCap(NamedTuple):
    """A limit of one profile: ``factor`` below ``below`` (or the rise over the limit)."""

    code: str
    factor: str
    below: int
    limit: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What counts for one condition.

    ``weights`` are thousandths and sum to 1000. ``parts`` repeats them with
    the guideline of each factor; ``factors`` are those that count, and the
    empty name for what concerns every profile.
    """

    condition: str
    weights: tuple[tuple[str, int], ...]
    parts: tuple[tuple[str, str, int], ...]
    factors: frozenset[str]
    caps: tuple[ProfileCap, ...]
    evidence_area: str
    cushioning_at: str


@dataclass(frozen=True, slots=True)
class FoamRule:
    """Which shoes are foam-soled, and what then holds for their pitch and platform."""

    categories: frozenset[str]
    categories_with_foam_midsole: frozenset[str]
    midsoles: frozenset[str]
    pitch_max_um: int
    platform_max_um: int


@dataclass(frozen=True, slots=True)
class HeelRule:
    """Everything about heels; lengths in micrometres."""

    limit_um: int
    tolerance_um: int
    flat_um: int
    near_um: int
    platform_free_um: int
    platform_divisor: int
    within: Line
    beyond: Line
    cap: Line
    foam: FoamRule

    def is_over(self, rise_um: int) -> bool:
        """Tell whether an effective rise is past the limit and its tolerance."""
        return rise_um > self.limit_um + self.tolerance_um

    def subscore(self, rise_um: int) -> int:
        """Return the subscore of an effective rise in thousandths; never rises with it."""
        return (self.beyond if self.is_over(rise_um) else self.within).at(rise_um)

    def limit_of_score(self, rise_um: int) -> int | None:
        """Return the limit of the whole score in hundredths, or ``None`` within the limit."""
        return self.cap.at(rise_um) if self.is_over(rise_um) else None


@dataclass(frozen=True, slots=True)
class SupportCaps:
    """Limits for shoes with too little arch support, cushioning, or both."""

    lacking_below: int
    both_lacking: int
    one_lacking: int


@dataclass(frozen=True, slots=True)
class PersonalCaps:
    """Limits that hold for one person's pair only."""

    too_tight: int
    too_loose: int
    worn_past_life: int


@dataclass(frozen=True, slots=True)
class Guideline:
    """One guideline: wording key, evidence for feet and for the low back, citation ids."""

    id: str
    wording: str
    feet: str
    low_back: str
    citations: tuple[str, ...]

    def evidence(self, area: str) -> str:
        """Return the evidence label for "feet" or "low_back"."""
        return self.feet if area == "feet" else self.low_back


@dataclass(frozen=True, slots=True)
class Guide:
    """One validated formula version. ``conditions`` can be scored, "general" first."""

    version: str
    conditions: tuple[str, ...]
    refer_conditions: tuple[str, ...]
    coverage_minimum: int
    d_below: int
    grades: tuple[Grade, ...]
    factors: Mapping[str, Factor]
    tables: Mapping[str, OptionTable]
    insole_as_arch: int
    extra_widths: tuple[int, ...]
    heel: HeelRule
    support_caps: SupportCaps
    personal_caps: PersonalCaps
    profiles: Mapping[str, Profile]
    guidelines: Mapping[str, Guideline]
    citations: Mapping[str, str]

    def grade(self, score: int) -> str:
        """Return the letter of a score in hundredths of a point."""
        for letter, floor in self.grades:
            if score >= floor:
                return letter
        raise ValueError(f"no grade for a score of {score}: scores run from 0 to 10000")


@cache
def load_guide(version: str = DEFAULT_VERSION) -> Guide:
    """Return the validated guide of a formula version; the same object every time.

    :raises GuideError: for a version that is not shipped or a file with faults.
    """
    source = GUIDE_DATA / f"{version}.toml"
    if not source.is_file():
        names = sorted(item.name for item in GUIDE_DATA.iterdir())
        shipped = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
        raise GuideError(f"there is no guide {version!r}; shipped: {', '.join(shipped)}")
    return read_guide(source.read_text(encoding="utf-8"))


def read_guide(text: str) -> Guide:
    """Return the validated guide written in a TOML text.

    :raises GuideError: with every fault named, when the text is no usable guide.
    """
    try:
        plain = tomllib.loads(text)
        guide = _build(plain)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise GuideError(f"the guide cannot be read: {error!r}") from error
    faults = find_faults(guide)
    if faults:
        raise GuideError(f"guide {guide.version!r} is refused: " + "; ".join(faults))
    return guide


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


def _build(plain: Mapping[str, Any]) -> Guide:
    factors = {key: Factor(**item) for key, item in plain["factors"].items()}
    profiles = {name: _profile(name, item, factors) for name, item in plain["profiles"].items()}
    return Guide(
        version=plain["version"],
        conditions=tuple(profiles),
        refer_conditions=tuple(plain["refer_conditions"]),
        coverage_minimum=plain["display"]["coverage_minimum"],
        d_below=plain["display"]["d_below"],
        grades=tuple(Grade(**item) for item in plain["grades"]),
        factors=MappingProxyType(factors),
        tables=MappingProxyType(
            {key: OptionTable(MappingProxyType(item)) for key, item in plain["tables"].items()}
        ),
        insole_as_arch=plain["rules"]["insole_as_arch"],
        extra_widths=tuple(plain["rules"]["extra_widths"]),
        heel=_heel_rule(plain["heel"]),
        support_caps=SupportCaps(**plain["support_caps"]),
        personal_caps=PersonalCaps(**plain["personal_caps"]),
        profiles=MappingProxyType(profiles),
        guidelines=MappingProxyType(
            {
                key: Guideline(
                    key, item["wording"], item["feet"], item["low_back"], tuple(item["citations"])
                )
                for key, item in plain["guidelines"].items()
            }
        ),
        citations=MappingProxyType(dict(plain["citations"])),
    )


def _profile(condition: str, item: Mapping[str, Any], factors: Mapping[str, Factor]) -> Profile:
    weights: dict[str, int] = item["weights"]
    caps = [
        ProfileCap(cap["code"], cap["factor"], cap.get("below", 0), cap["limit"])
        for cap in item.get("caps", ())
    ]
    return Profile(
        condition=condition,
        weights=tuple(weights.items()),
        parts=tuple((name, factors[name].guideline, weight) for name, weight in weights.items()),
        factors=frozenset({"", *weights}),
        caps=tuple(caps),
        evidence_area=item["evidence_area"],
        cushioning_at=item.get("cushioning_at", "cushioning"),
    )


def _heel_rule(item: Mapping[str, Any]) -> HeelRule:
    foam = item["foam"]
    return HeelRule(
        limit_um=item["limit_um"],
        tolerance_um=item["tolerance_um"],
        flat_um=item["flat_um"],
        near_um=item["near_um"],
        platform_free_um=item["platform_free_um"],
        platform_divisor=item["platform_divisor"],
        within=_line(item["within"]),
        beyond=_line(item["beyond"]),
        cap=_line(item["cap"]),
        foam=FoamRule(
            categories=frozenset(foam["categories"]),
            categories_with_foam_midsole=frozenset(foam["categories_with_foam_midsole"]),
            midsoles=frozenset(foam["midsoles"]),
            pitch_max_um=foam["pitch_max_um"],
            platform_max_um=foam["platform_max_um"],
        ),
    )


def _line(corners: list[list[int]]) -> Line:
    return Line(tuple(Knot(x, y) for x, y in corners))
