"""What would change a match, and what one more fact would tell: exact, computed with the formula.

Nothing here is an opinion about a person. A change is a counterfactual of the
shoe ("were the heel 18 mm lower"), an open part is what the missing fact may
still decide, an insole is the same shoe with its footbed exchanged, and a
trade-off is two profiles of the guide that disagree about one shoe. Scores
are hundredths of a point, lengths micrometres.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import (
    LEVELS,
    MICROMETRES_PER_MM,
    FootwearAttributes,
    Options,
    Span,
    Value,
)
from shop_plugin.domain.factors import FactorEnds, read_factors
from shop_plugin.domain.guide import FACTORS, FULL, Guide
from shop_plugin.domain.scoring import (
    GENERAL,
    Assessment,
    Cap,
    Score,
    Verdict,
    assess,
    score_factors,
)

Values = Mapping[str, Value]

#: Steps in which a heel is said to be lower, small enough to be exact in each unit.
HEEL_STEPS_UM: Mapping[str, int] = {"in": 3_175, "cm": 1_000, "mm": 1_000}
#: An insole that is shaped under the arch: at least mild support, how much depends on the insole.
CONTOURED_LEVELS = LEVELS[1:]
#: Better alternatives cost at most this much more or less, in hundredths of the price.
PRICE_BAND_PERCENT = 30


class Change(NamedTuple):
    """One fact that would be different, and the match that the shoe would then have.

    ``values`` are the attributes as they would be; ``key`` is the one it is
    about and ``lower_um`` by how much a heel would be lower (0 for all else).
    ``is_sure`` tells whether the sure grade gets better, or only the possible
    one. No smaller change of the same attribute does the same.
    """

    key: str
    values: Values
    lower_um: int
    result: Assessment
    is_sure: bool


class OpenPart(NamedTuple):
    """A part of the formula that is not settled, and what the missing fact may decide.

    ``gain`` is how far the sure end rises if the fact turns out best,
    ``loss`` how far the possible end falls if it turns out worst.
    ``is_unknown`` is false where a part of it is known.
    """

    factor: str
    gain: int
    loss: int
    is_unknown: bool

    @property
    def points(self) -> int:
        """Return by how much the fact could move the match at most."""
        return max(self.gain, self.loss)


class TellingFact(NamedTuple):
    """The factor of which one more fact would tell most, and by how much it narrows the match.

    ``narrowing`` is in hundredths of a point; the factor is empty where
    nothing more can be told.
    """

    factor: str
    narrowing: int | None


class Footbed(StrEnum):
    """Whether the footbed makes room for an insole."""

    COMES_OUT = "comes_out"
    STAYS = "stays"
    UNKNOWN = "unknown"


class InsolePairing(NamedTuple):
    """A shoe with a contoured insole in place of its footbed; no result where it cannot be told."""

    footbed: Footbed
    result: Assessment | None


class Miss(NamedTuple):
    """A profile that a shoe does not meet: the cap that holds it down, else the weakest factor."""

    condition: str
    cap: Cap | None
    factor: str


class TradeOffs(NamedTuple):
    """Profiles that one shoe surely meets beside profiles that it surely does not."""

    fits: tuple[str, ...]
    misses: tuple[Miss, ...]


def find_changes(
    attributes: FootwearAttributes,
    *,
    guide: Guide,
    condition: str = GENERAL,
    heel_mode: str = "effective",
    heel_step_um: int = MICROMETRES_PER_MM,
) -> tuple[Change, ...]:
    """Return, per attribute, the smallest change of a known fact that gives a better grade.

    A better sure grade where one attribute alone can bring it, else a better
    possible one; those that bring a sure one come first. Empty where nothing
    is scored or too little is known for a grade: then a fact is missing, not
    a feature.

    :raises UnknownCondition: for a condition the guide does not know.
    """

    def score(values: Values) -> Assessment:
        changed: dict[str, Any] = dict(values)
        return assess(
            replace(attributes, **changed), guide=guide, condition=condition, heel_mode=heel_mode
        )

    before = score({})
    if before.verdict is Verdict.NOT_ENOUGH or not before.verdict.is_scored:
        return ()
    found = []
    for key, ladder in _ladders(attributes, guide, heel_step_um):
        sure = _first(ladder, lambda values: score(values).grade_low < before.grade_low)
        step = sure or _first(ladder, lambda values: score(values).grade_high < before.grade_high)
        if step is not None:
            lower = _heel(attributes) - _heel(replace(attributes, **dict[str, Any](step)))
            found.append(Change(key, step, lower, score(step), is_sure=step is sure))
    return tuple(sorted(found, key=lambda change: not change.is_sure))


def find_open_parts(
    attributes: FootwearAttributes,
    *,
    guide: Guide,
    condition: str = GENERAL,
    heel_mode: str = "effective",
) -> tuple[OpenPart, ...]:
    """Return what is not settled, the part that one more fact would tell most about first.

    A part that cannot move the match (because a cap holds it) is left out.
    Empty where nothing is scored.

    :raises UnknownCondition: for a condition the guide does not know.
    """
    shown = assess(attributes, guide=guide, condition=condition, heel_mode=heel_mode)
    if not shown.verdict.is_scored:
        return ()
    reading = read_factors(attributes, guide=guide, heel_mode=heel_mode)
    parts = [
        part._replace(is_unknown=reading.heel.basis == "unknown") if part.factor == "H" else part
        for part in _open_parts(reading.ends, shown.low or 0, shown.high or 0, guide, condition)
    ]
    return tuple(sorted(parts, key=lambda part: -(part.gain + part.loss)))


def _open_parts(
    ends: FactorEnds, low_shown: int, high_shown: int, guide: Guide, condition: str
) -> list[OpenPart]:
    """Return what is not settled, in the order of the factors."""
    profile = guide.profiles[condition]
    parts = []
    for factor in FACTORS:
        # An insole of one's own counts as some arch support, so it matters wherever that does.
        if factor not in profile.factors and not (factor == "O" and "A" in profile.factors):
            continue
        field = "rise" if factor == "H" else factor
        if factor == "C" and profile.cushioning_at == "forefoot_cushioning":
            field = "C" if ends.forefoot_C is None else "forefoot_C"
        low, high = getattr(ends, field)
        if low == high:
            continue
        worst, best = (high, low) if factor == "H" else (low, high)
        gain = _pinned(ends, field, best, guide, condition).low - low_shown
        loss = high_shown - _pinned(ends, field, worst, guide, condition).high
        if gain or loss:
            parts.append(OpenPart(factor, gain, loss, high - low == FULL))
    return parts


def find_telling_fact(
    attributes: FootwearAttributes,
    *,
    shown: Assessment,
    guide: Guide,
    heel_mode: str = "effective",
) -> TellingFact:
    """Return which one more fact would narrow the general match most, and by how much.

    The narrowing is the mean of what the fact takes off the interval if it
    turns out best and if it turns out worst: ``gain`` and ``loss`` of its
    :class:`OpenPart`, halved. Where no cap bends the formula it is exact.
    ``shown`` is the general match of these attributes.
    """
    if not shown.verdict.is_scored:
        return TellingFact("", 0)
    ends = read_factors(attributes, guide=guide, heel_mode=heel_mode).ends
    if guide is _MET.setdefault(guide.version, guide):
        return _most_telling_once(ends, guide.version)
    return _most_telling(ends, guide)


# The first guide of each version that this process met; another one of its name is not kept.
_MET: dict[str, Guide] = {}


@lru_cache(maxsize=16_384)
def _most_telling_once(ends: FactorEnds, version: str) -> TellingFact:
    # Many sets of facts come to the same subscores: who says so does not count.
    return _most_telling(ends, _MET[version])


def _most_telling(ends: FactorEnds, guide: Guide) -> TellingFact:
    score = score_factors(ends, guide=guide)
    parts = _open_parts(ends, score.low, score.high, guide, GENERAL)
    best = max(parts, key=lambda part: part.gain + part.loss, default=None)
    if best is None:
        return TellingFact("", 0)
    return TellingFact(best.factor, (best.gain + best.loss) // 2)


def pair_with_insole(
    attributes: FootwearAttributes,
    *,
    guide: Guide,
    condition: str = GENERAL,
    heel_mode: str = "effective",
) -> InsolePairing:
    """Return the match of the shoe with a contoured insole in place of its footbed.

    Computed only where the footbed is known to come out. The insole is taken
    to support the arch at least mildly and never less than the shoe does
    itself; how much more is left open, for that depends on the insole.
    Cushioning and heel stay those of the shoe.

    :raises UnknownCondition: for a condition the guide does not know.
    """
    answer = attributes.removable_insole
    if answer is None or len(answer.members) > 1:
        return InsolePairing(Footbed.UNKNOWN, None)
    if answer.members == {"no"}:
        return InsolePairing(Footbed.STAYS, None)
    own = attributes.arch_support.members if attributes.arch_support else frozenset(LEVELS)
    levels = frozenset(max(level, added) for level in own for added in CONTOURED_LEVELS)
    paired = replace(attributes, arch_support=Options(levels))
    result = assess(paired, guide=guide, condition=condition, heel_mode=heel_mode)
    return InsolePairing(Footbed.COMES_OUT, result if result.verdict.is_scored else None)


def find_trade_offs(assessments: Iterable[Assessment], *, guide: Guide) -> TradeOffs:
    """Return which profiles a shoe surely meets (B or better), and which surely not (below C).

    Both are empty unless there is one of each: without a contrast there is
    no trade-off. The general profile is none, and of profiles that weigh
    alike the first stands for all.
    """
    by_weight = {
        (guide.profiles[item.condition].weights, guide.profiles[item.condition].caps): item
        for item in reversed([*assessments])
        if item.condition != GENERAL and item.verdict.is_scored
    }
    shown = [*reversed(by_weight.values())]
    fits = tuple(item.condition for item in shown if item.grade_low in ("A", "B"))
    misses = tuple(_miss(item) for item in shown if (item.high or 0) < guide.d_below)
    return TradeOffs(fits, misses) if fits and misses else TradeOffs((), ())


def price_band(price_minor: int) -> tuple[int, int]:
    """Return the lowest and the highest price, in minor units, that counts as the same price."""
    return (
        -(-price_minor * (100 - PRICE_BAND_PERCENT) // 100),
        price_minor * (100 + PRICE_BAND_PERCENT) // 100,
    )


def _first(ladder: Sequence[Values], helps: Callable[[Values], bool]) -> Values | None:
    """Return the lowest rung that helps, or ``None``.

    Where one rung helps every higher one does, because the formula never
    falls along a ladder; so it is found by halving.
    """
    if not ladder or not helps(ladder[-1]):
        return None
    return ladder[bisect_left(ladder, True, key=helps)]


def _ladders(
    attributes: FootwearAttributes, guide: Guide, heel_step_um: int
) -> Iterator[tuple[str, Sequence[Values]]]:
    """Yield each attribute with its changes, from the smallest to the largest."""
    yield "heel_height_mm", _lower_heels(attributes, heel_step_um)
    for key in ("arch_support", "cushioning", "toe_shape", "fastening"):
        known = attributes.get(key)
        if isinstance(known, Options):
            worth = guide.tables[key].values
            best = max(worth[member] for member in known.members)
            # Of answers that are worth the same the first stands for all.
            better = {at: answer for answer, at in reversed([*worth.items()]) if at > best}
            yield key, [{key: Options.of(better[at])} for at in sorted(better)]


def _lower_heels(attributes: FootwearAttributes, step_um: int) -> Sequence[Values]:
    """Return the shoe on ever lower heels: the platform stays, the slope goes down to nothing."""
    heel, platform, drop = (
        attributes.heel_height_mm,
        attributes.forefoot_height_mm,
        attributes.drop_mm,
    )
    if heel is None:
        return ()
    room = heel.low - (platform.high if platform is not None else 0)
    if drop is not None:
        room = min(room, drop.low)
    return [
        {"heel_height_mm": _shift(heel, -lower)}
        | ({} if drop is None else {"drop_mm": _shift(drop, -lower)})
        for lower in range(step_um, room + 1, step_um)
    ]


def _shift(span: Span, by: int) -> Span:
    return Span(span.low + by, span.high + by)


def _heel(attributes: FootwearAttributes) -> int:
    return attributes.heel_height_mm.low if attributes.heel_height_mm is not None else 0


def _pinned(ends: FactorEnds, field: str, at: int, guide: Guide, condition: str) -> Score:
    """Return the score of a shoe of which one subscore (or the rise) is settled."""
    pinned: dict[str, Any] = {field: (at, at)}
    return score_factors(ends._replace(**pinned), guide=guide, condition=condition)


def _miss(assessment: Assessment) -> Miss:
    cap = assessment.binding_cap if assessment.base_high != assessment.high else None
    weakest = max(assessment.contributions, key=lambda part: part.weight * 10 - part.points_high)
    return Miss(assessment.condition, cap, weakest.factor)
