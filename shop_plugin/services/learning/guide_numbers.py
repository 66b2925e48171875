"""The guide's own numbers for people: weights, scales, limits and grades, in words and units.

Everything is read from the guide in force, so that no page can say another
number than the one that is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.domain.guide import FACTORS, Guide
from shop_plugin.domain.guide_terms import Profile
from shop_plugin.domain.scoring import GENERAL
from shop_plugin.services.learning.worked_example import Example, work_out
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.words.attributes import (
    condition_label,
    option_label,
)
from shop_plugin.services.words.factors import CAP_LABELS, FACTOR_LABELS, at_most, whole_points
from shop_plugin.services.words.lengths import describe_length

# The rises that the heel table shows, in micrometres: 1, 2, 2 1/4, 3, 4 and 5 inches.
_SHOWN_RISES_UM = (25_400, 50_800, 57_150, 76_200, 101_600, 127_000)
# The attribute whose answers a factor's scale lists; the other factors are told in words.
_SCALES = {
    "A": "arch_support",
    "C": "cushioning",
    "T": "toe_shape",
    "K": "fastening",
    "R": "rocker",
    "U": "upper_softness",
}


@dataclass(frozen=True, slots=True)
class Weight:
    """How many of the 100 points a factor can give."""

    factor: str
    label: str
    points: str
    share: int  # of the profile's largest weight, in hundredths: the length of a bar


@dataclass(frozen=True, slots=True)
class Limit:
    """What the match cannot pass when something holds."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One answer and what it is worth, "80 %"; ``note`` may name a limit that it sets."""

    label: str
    worth: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the answers to one question are worth."""

    label: str
    rows: tuple[ScaleRow, ...]


@dataclass(frozen=True, slots=True)
class ProfileNumbers:
    """The weights and limits of one profile; ``limits`` hold beside those of every shoe."""

    label: str
    weights: tuple[Weight, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class WeightRow:
    """One profile in the table of all weights: points per factor, empty where it has none."""

    label: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A letter and the points it begins at."""

    letter: str
    points: str


@dataclass(frozen=True, slots=True)
class Formula:
    """The whole formula, as tables."""

    version: str
    factors: tuple[str, ...]
    weights: tuple[WeightRow, ...]
    scales: tuple[Scale, ...]
    limits: tuple[Limit, ...]
    grades: tuple[GradeRow, ...]
    coverage: str
    example: Example


def describe_profile(condition: str, *, guide: Guide | None = None) -> ProfileNumbers:
    """Return the weights and limits of a condition.

    :raises KeyError: for a condition that the guide does not score.
    """
    guide = guide or guide_in_force()
    profile = guide.profiles[condition]
    largest = max(weight for _factor, weight in profile.weights)
    ordered = sorted(profile.weights, key=lambda item: (-item[1], FACTORS.index(item[0])))
    return ProfileNumbers(
        label=condition_label(condition),
        weights=tuple(
            Weight(factor, str(FACTOR_LABELS[factor]), _tenths(weight), 100 * weight // largest)
            for factor, weight in ordered
        ),
        limits=_profile_limits(profile),
    )


def describe_guideline(
    guideline: str, *, unit: str, guide: Guide | None = None
) -> tuple[tuple[Scale, ...], tuple[Limit, ...]]:
    """Return what the answers to a guideline's questions are worth, and the limits it sets."""
    guide = guide or guide_in_force()
    counted = {factor for factor, _weight in guide.profiles[GENERAL].weights}
    scales = tuple(
        scale
        for factor in FACTORS
        if factor in counted and guide.factors[factor].guideline == guideline
        if (scale := _scale(factor, unit=unit, guide=guide))
    )
    limits = _support_limits(guide) if guideline == "G4" else ()
    return scales, limits


def describe_formula(*, unit: str, guide: Guide | None = None) -> Formula:
    """Return every number of the formula in force."""
    guide = guide or guide_in_force()
    return Formula(
        version=guide.version,
        factors=tuple(str(FACTOR_LABELS[factor]) for factor in FACTORS),
        weights=tuple(_weight_row(profile) for profile in guide.profiles.values()),
        scales=tuple(scale for f in FACTORS if (scale := _scale(f, unit=unit, guide=guide))),
        limits=_support_limits(guide),
        grades=tuple(GradeRow(grade.letter, whole_points(grade.floor)) for grade in guide.grades),
        coverage=_percent(guide.coverage_minimum),
        example=work_out(guide, unit=unit),
    )


def _weight_row(profile: Profile) -> WeightRow:
    weights = dict(profile.weights)
    return WeightRow(
        capfirst(condition_label(profile.condition)),
        tuple(_tenths(weights[factor]) if factor in weights else "" for factor in FACTORS),
    )


def _scale(factor: str, *, unit: str, guide: Guide) -> Scale | None:
    label = str(FACTOR_LABELS[factor])
    if factor == "H":
        return Scale(label, tuple(_heel_row(rise, unit, guide) for rise in _SHOWN_RISES_UM))
    if factor == "W":
        return Scale(
            label, tuple(_width_row(n, worth) for n, worth in enumerate(guide.extra_widths))
        )
    key = _SCALES.get(factor)
    if key is None:
        return None
    worths = sorted(guide.tables[key].values.items(), key=lambda item: item[1])
    return Scale(
        label,
        tuple(ScaleRow(capfirst(option_label(key, value)), _percent(n)) for value, n in worths),
    )


def _heel_row(rise_um: int, unit: str, guide: Guide) -> ScaleRow:
    length = describe_length(rise_um, rise_um, unit=unit)
    limit = guide.heel.limit_of_score(rise_um)
    return ScaleRow(
        capfirst(_("rises by {length}").format(length=length)),
        _percent(guide.heel.subscore(rise_um)),
        at_most(limit) if limit is not None else "",
    )


def _width_row(more: int, worth: int) -> ScaleRow:
    if not more:
        return ScaleRow(_("One width only"), _percent(worth))
    label = ngettext("%(more)d more width", "%(more)d more widths", more) % {"more": more}
    return ScaleRow(label, _percent(worth))


def _support_limits(guide: Guide) -> tuple[Limit, ...]:
    caps = guide.support_caps
    return (
        Limit(str(CAP_LABELS["CAP_UNSUPPORTED"]), at_most(caps.both_lacking)),
        Limit(str(CAP_LABELS["CAP_ONE_LACKING"]), at_most(caps.one_lacking)),
    )


def _profile_limits(profile: Profile) -> tuple[Limit, ...]:
    return tuple(Limit(str(CAP_LABELS[cap.code]), at_most(cap.limit)) for cap in profile.caps)


def _tenths(thousandths: int) -> str:
    """Return a weight of the whole in points of 100, with a decimal only where there is one."""
    return number_format(thousandths / 10, decimal_pos=1 if thousandths % 10 else 0)


def _percent(thousandths: int) -> str:
    """Return thousandths as "80 %", the sign as the language writes it."""
    return _("{number} %").format(number=number_format(round(thousandths / 10)))
