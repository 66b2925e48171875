"""Advice about one shoe in words: what is open, what would change the grade, the insole.

The numbers come from :mod:`shop_plugin.domain.advice`; here they get their
sentences. No query, and nothing of a person: every sentence is about the shoe.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.domain.advice import (
    HEEL_STEPS_UM,
    Change,
    Footbed,
    OpenPart,
    find_changes,
    find_open_parts,
    find_trade_offs,
    pair_with_insole,
)
from shop_plugin.domain.attributes import FootwearAttributes, Options
from shop_plugin.domain.scoring import Assessment
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.words.attributes import (
    attribute_label,
    condition_label,
    describe_value,
    join_words,
    option_label,
)
from shop_plugin.services.words.explaining import Explanation, explain, name_limit, name_open_part
from shop_plugin.services.words.lengths import write_length

# Remarks on how a number was read; they belong to the full list alone.
_NOT_PLAIN = frozenset({"HEEL_PLATFORM_USED", "EVIDENCE_WEAK"})


@dataclass(frozen=True, slots=True)
class PlainWords:
    """The shortest explanation of a match: a few words per side. Any may be empty."""

    meets: tuple[str, ...]
    in_part: tuple[str, ...]
    misses: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say."""
        return not (self.meets or self.in_part or self.misses or self.unknown)


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact that is not known: its name and by how many points it may move the match.

    ``points`` is rounded up, so that no answer moves the match further.
    """

    name: str
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class ChangeText:
    """One change of the shoe in words, and the match it would then have."""

    text: str
    result: Assessment


@dataclass(frozen=True, slots=True)
class InsoleText:
    """The same shoe with an insole: what can be said, and the match where it can be computed."""

    text: str
    result: Assessment | None


@dataclass(frozen=True, slots=True)
class TradeOffText:
    """Needs that one shoe meets beside needs that it does not, each with what stands in the way."""

    fits: str
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """All advice about one shoe. ``insole`` and ``trade_off`` may be ``None``.

    ``open_facts`` are sorted by what they tell, ``tells_most`` is the
    sentence about the first of them, empty where none is open.
    """

    plain_words: PlainWords
    open_facts: tuple[OpenFact, ...]
    tells_most: str
    changes: tuple[ChangeText, ...]
    insole: InsoleText | None
    trade_off: TradeOffText | None


def advise(
    attributes: FootwearAttributes,
    *,
    assessment: Assessment,
    assessments: Iterable[Assessment] = (),
    unit: str = "in",
) -> Advice:
    """Return the advice about a shoe for the match shown, lengths in ``unit``.

    ``assessments`` are those for every condition; trade-offs are found among
    them. Of a shoe that is not scored nothing is said.
    """
    if not assessment.verdict.is_scored:
        return Advice(PlainWords((), (), (), ()), (), "", (), None, None)
    guide, mode = guide_in_force(), assessment.heel_mode
    condition = assessment.condition
    parts = find_open_parts(attributes, guide=guide, condition=condition, heel_mode=mode)
    changes = find_changes(
        attributes,
        guide=guide,
        condition=condition,
        heel_mode=mode,
        heel_step_um=HEEL_STEPS_UM[unit],
    )
    return Advice(
        plain_words=PlainWords(
            **_by_tone(explain(assessment, unit=unit)),
            unknown=tuple(_name(part, attributes) for part in parts if part.is_unknown),
        ),
        open_facts=tuple(_open_fact(part, attributes) for part in parts),
        tells_most=_tells_most(parts[0], assessment, attributes) if parts else "",
        changes=tuple(
            ChangeText(_describe_change(change, attributes, unit), change.result)
            for change in changes
        ),
        insole=_insole(attributes, assessment),
        trade_off=_trade_off(assessments, unit),
    )


def _by_tone(reasons: Iterable[Explanation]) -> dict[str, tuple[str, ...]]:
    """Return the few words of each reason, each once, by the side it speaks for."""
    sides: dict[str, list[str]] = {"meets": [], "in_part": [], "misses": []}
    side_of = {"good": "meets", "neutral": "in_part", "limit": "misses"}
    for reason in reasons:
        if reason.guideline and reason.code not in _NOT_PLAIN and reason.tone in side_of:
            sides[side_of[reason.tone]].append(reason.short)
    return {side: tuple(dict.fromkeys(words)) for side, words in sides.items()}


def _name(part: OpenPart, attributes: FootwearAttributes) -> str:
    if part.factor == "O" and attributes.removable_insole is not None:
        # It is known whether the insole comes out; what is open is the room for another.
        return _("room for an insole of your own")
    return name_open_part(part.factor, is_unknown=part.is_unknown)


def _open_fact(part: OpenPart, attributes: FootwearAttributes) -> OpenFact:
    points = _up(part.points)
    text = ngettext("up to {points} point", "up to {points} points", points)
    return OpenFact(capfirst(_name(part, attributes)), points, text.format(points=points))


def _tells_most(part: OpenPart, assessment: Assessment, attributes: FootwearAttributes) -> str:
    low, high = assessment.low or 0, assessment.high or 0
    return _(
        "{fact} would tell most: at its best the match is {at_least} or more, at its worst "
        "{at_most} or less, of 100."
    ).format(
        fact=capfirst(_name(part, attributes)),
        at_least=(low + part.gain) // 100,
        at_most=_up(high - part.loss),
    )


def _describe_change(change: Change, attributes: FootwearAttributes, unit: str) -> str:
    if change.lower_um:
        return _("Heel {length} lower").format(length=write_length(change.lower_um, unit=unit))
    wanted, now = change.values[change.key], attributes.get(change.key)
    assert isinstance(wanted, Options)
    (answer,) = wanted.members
    return _("{fact}: {wanted} instead of {now}").format(
        fact=attribute_label(change.key),
        wanted=option_label(change.key, answer),
        now=describe_value(change.key, now, unit=unit),
    )


def _insole(attributes: FootwearAttributes, assessment: Assessment) -> InsoleText:
    paired = pair_with_insole(
        attributes,
        guide=guide_in_force(),
        condition=assessment.condition,
        heel_mode=assessment.heel_mode,
    )
    if paired.footbed is Footbed.UNKNOWN:
        text = _(
            "Whether the footbed comes out is not stated, so nobody can say what an insole of "
            "your own would change. Ask the shop."
        )
    elif paired.footbed is Footbed.STAYS:
        text = _("The footbed does not come out; an insole on top of it takes room.")
    elif paired.result is None or _ends(paired.result) == _ends(assessment):
        return InsoleText(
            _("The footbed comes out. An insole of your own would not change the match."), None
        )
    else:
        text = _(
            "The footbed comes out. With a contoured insole in its place the match would be as "
            "below. An insole takes room: try the shoe with it."
        )
    return InsoleText(text, paired.result)


def _ends(assessment: Assessment) -> tuple[int | None, int | None]:
    return assessment.low, assessment.high


def _trade_off(assessments: Iterable[Assessment], unit: str) -> TradeOffText | None:
    by_condition = {item.condition: item for item in assessments}
    found = find_trade_offs(by_condition.values(), guide=guide_in_force())
    if not found.fits:
        return None
    by_reason: dict[str, list[str]] = {}
    for miss in found.misses:
        shown = by_condition[miss.condition]
        reason = name_limit(shown, unit) if miss.cap else _name_weakness(miss.factor)
        by_reason.setdefault(reason, []).append(condition_label(miss.condition))
    fits = [condition_label(condition) for condition in found.fits]
    return TradeOffText(
        fits=_("Has what guides look for with {needs}.").format(
            needs=join_words(fits, is_choice=True)
        ),
        misses=tuple(
            _("Not what they look for with {needs}: {reason}.").format(
                needs=join_words(needs, is_choice=True), reason=reason
            )
            for reason, needs in by_reason.items()
        ),
    )


def _name_weakness(factor: str) -> str:
    return {
        "A": _("little arch support"),
        "S": _("heel and sole give way"),
        "C": _("little cushioning"),
        "H": _("the heel is rather high"),
        "T": _("little room for the toes"),
        "W": _("few widths to choose from"),
        "K": _("little holds the foot"),
        "R": _("the sole does not rock"),
        "O": _("no room for an insole"),
        "U": _("the upper is firm"),
    }[factor]


def _up(hundredths: int) -> int:
    """Return whole points, rounded up."""
    return -(-hundredths // 100)
