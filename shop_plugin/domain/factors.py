"""From what is known of a shoe to the subscores of the formula, each with both its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shop_plugin.domain.attributes import FootwearAttributes, Options
from shop_plugin.domain.guide import FULL, Ends, Guide
from shop_plugin.domain.heel import HeelReading, read_heel

UNKNOWN: Ends = (0, FULL)
_STABILITY = ("heel_counter", "torsional_stiffness", "base_stability")
_HIGHEST_LEVEL_SUM = 9


class FactorEnds(NamedTuple):
    """The subscores in thousandths, worst and best still possible, and the rise in micrometres.

    A arch support, S stability, C cushioning, T toe shape, W widths, K
    fastening, R rocker, O own insole, U softness of the upper; ``rise`` is
    the effective rise of the heel, from which H follows.
    """

    A: Ends = UNKNOWN
    S: Ends = UNKNOWN
    C: Ends = UNKNOWN
    T: Ends = UNKNOWN
    W: Ends = UNKNOWN
    K: Ends = UNKNOWN
    R: Ends = UNKNOWN
    O: Ends = UNKNOWN  # noqa: E741 - the formula's own letter
    U: Ends = UNKNOWN
    rise: Ends = (-4_000, 200_000)
    forefoot_C: Ends | None = None


@dataclass(frozen=True, slots=True)
class FactorReading:
    """The subscores of one shoe, its heel, and per factor how sure the sources are.

    ``certainty`` is in thousandths; a factor of which nothing is known has
    none and is left out.
    """

    ends: FactorEnds
    heel: HeelReading
    certainty: dict[str, int]


def read_factors(
    attributes: FootwearAttributes, *, guide: Guide, heel_mode: str = "effective"
) -> FactorReading:
    """Return every subscore of a shoe; what is unknown keeps its whole range."""
    heel = read_heel(attributes, guide=guide, mode=heel_mode)
    tables = guide.tables
    ends = FactorEnds(
        A=tables["arch_support"].ends(attributes.arch_support),
        S=_stability(attributes),
        C=tables["cushioning"].ends(attributes.cushioning),
        T=tables["toe_shape"].ends(attributes.toe_shape),
        W=_widths(attributes.width_options, guide),
        K=tables["fastening"].ends(attributes.fastening),
        R=tables["rocker"].ends(attributes.rocker),
        O=_own_insole(attributes),
        U=tables["upper_softness"].ends(attributes.upper_softness),
        rise=(heel.low, heel.high),
        forefoot_C=(
            None
            if attributes.forefoot_cushioning is None
            else tables["cushioning"].ends(attributes.forefoot_cushioning)
        ),
    )
    return FactorReading(ends, heel, _certainty(attributes, heel))


def _stability(attributes: FootwearAttributes) -> Ends:
    low = high = 0
    for options in (
        attributes.heel_counter,
        attributes.torsional_stiffness,
        attributes.base_stability,
    ):
        if options is None:
            high += 3
        else:
            levels = [int(member) for member in options.members]
            low += min(levels)
            high += max(levels)
    return (_share(low), _share(high))


def _share(levels: int) -> int:
    return (2 * FULL * levels + _HIGHEST_LEVEL_SUM) // (2 * _HIGHEST_LEVEL_SUM)


def _widths(offer: Options | None, guide: Guide) -> Ends:
    # An offer names the widths known to be made; more may exist, so the best end stays open.
    known = 0 if offer is None else len(offer.members - {"regular"})
    steps = guide.extra_widths
    return (steps[min(known, len(steps) - 1)], steps[-1])


def _own_insole(attributes: FootwearAttributes) -> Ends:
    answers = (attributes.removable_insole, attributes.orthotic_friendly)
    if any(answer is not None and answer.members == {"yes"} for answer in answers):
        return (FULL, FULL)
    if all(answer is not None and answer.members == {"no"} for answer in answers):
        return (0, 0)
    return UNKNOWN


_SOURCES = {
    "A": ("arch_support",),
    "S": _STABILITY,
    "C": ("cushioning",),
    "T": ("toe_shape",),
    "W": ("width_options",),
    "K": ("fastening",),
    "R": ("rocker",),
    "O": ("removable_insole", "orthotic_friendly"),
    "U": ("upper_softness",),
}


def _certainty(attributes: FootwearAttributes, heel: HeelReading) -> dict[str, int]:
    """Return per factor the mean certainty of what is known of it."""
    given = attributes.confidence
    certainty: dict[str, int] = {}
    for factor, keys in (*_SOURCES.items(), ("H", heel.used)):
        # A value without a recorded certainty was entered by hand and is taken as sure.
        known = [given.get(key, FULL) for key in keys if getattr(attributes, key) is not None]
        if known:
            certainty[factor] = sum(known) // len(known)
    if heel.basis == "category" and not heel.used:
        certainty["H"] = CATEGORY_CERTAINTY
    return certainty


#: How sure a bound is that holds for every shoe of a category.
CATEGORY_CERTAINTY = 900
