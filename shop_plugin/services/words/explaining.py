"""From reason codes to short sentences in the reader's language and unit.

Only codes and parameters are stored, so a sentence can change without a score
changing, and a score cannot change without its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from shop_plugin.domain.guide import FULL, Guide, GuideError
from shop_plugin.domain.scoring import Assessment, Reason, Verdict
from shop_plugin.services.shop.guides import find_guide, guide_in_force, guides_at_hand
from shop_plugin.services.words.attributes import (
    Text,
    attribute_label,
    category_label,
    condition_label,
    describe_value,
    option_label,
)
from shop_plugin.services.words.guide import (
    BACK_RED_FLAGS,
    DISCLAIMER,
    FOOT_RED_FLAGS,
    condition_text,
    describe_evidence,
    guideline_texts,
)
from shop_plugin.services.words.reasons import Wording, describe_heel_limit, word_reason

TONES = ("limit", "good", "neutral", "unknown")
MOST_WORDED = 2048


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reason for people.

    ``tone`` is "good", "neutral", "limit" or "unknown"; ``short`` is about
    five words for a card; ``evidence`` names the state of knowledge for feet
    and for the low back, empty where the guide is not involved.
    """

    code: str
    sentence: str
    evidence: str
    guideline: str
    tone: str
    short: str


def explain(assessment: Assessment, *, unit: str = "in") -> tuple[Explanation, ...]:
    """Return every reason of an assessment as a sentence, what limits it first.

    Where too little is known to show a grade, what is missing comes before
    what is good. Lengths are in ``unit`` ("in", "cm" or "mm").

    :raises KeyError: for a reason code this version has no words for.
    """
    return _explain(assessment, unit, (get_language(), *guides_at_hand()))


# Some 3 KB each.
@lru_cache(maxsize=MOST_WORDED)
def _explain(assessment: Assessment, unit: str, _key: object) -> tuple[Explanation, ...]:
    worded = _word_reasons(assessment, unit)
    guide = _guide_of(assessment)
    return tuple(_explain_one(reason, wording, guide) for reason, wording in worded)


def explain_strongest(
    assessment: Assessment, *, unit: str = "in", most: int
) -> tuple[Explanation, ...]:
    """Return the first few of the reasons, without those that tell of what is not known."""
    known = [item for item in _word_reasons(assessment, unit) if item[1].tone != "unknown"]
    guide = _guide_of(assessment)
    return tuple(_explain_one(reason, wording, guide) for reason, wording in known[:most])


def _word_reasons(assessment: Assessment, unit: str) -> list[tuple[Reason, Wording]]:
    """Return the reasons with their words, in the order to tell them."""
    worded = [
        (reason, word_reason(reason.code, reason.params, unit=unit))
        for reason in _say_once(assessment)
    ]
    order = list(TONES)
    if assessment.verdict is Verdict.NOT_ENOUGH:
        order = ["limit", "unknown", "good", "neutral"]
    return sorted(worded, key=lambda item: order.index(item[1].tone))


def describe_match(assessment: Assessment, *, unit: str = "in") -> str:
    """Return the match in one sentence: "B, perhaps A: arch support is not stated."."""
    verdict = assessment.verdict
    if verdict is Verdict.NOT_SCORED_CHILD:
        return _("Not matched: the guide is for adults' shoes.")
    if verdict is Verdict.NOT_SCORED_REFER:
        return _("Not matched: ask a professional which shoes suit you.")
    if verdict is Verdict.NOT_ENOUGH:
        return _("Not enough information: {why}.").format(why=_name_open(assessment))
    if verdict is Verdict.RANGE:
        return _("{low}, perhaps {high}: {why}.").format(
            low=assessment.grade_low, high=assessment.grade_high, why=_name_open(assessment)
        )
    why = name_limit(assessment, unit)
    if verdict is Verdict.D_OR_LOWER and assessment.grade_high != assessment.grade_low:
        return _("D or lower: {why}.").format(why=why or _name_open(assessment))
    return _("{grade}: {why}.").format(
        grade=assessment.grade_low, why=why or _grade_meaning(assessment.grade_low)
    )


def describe_why(assessment: Assessment, *, unit: str = "in") -> str:
    """Return what the match rests on in one sentence, to stand beside a grade already shown.

    "How much cushioning is not stated.", "The heel is over 2 in."; of a shoe
    without a grade also which grades are possible. Empty where the missing
    grade says all.
    """
    verdict = assessment.verdict
    if verdict is Verdict.NOT_SCORED_CHILD:
        return _("The guide is for adults' shoes.")
    if verdict is Verdict.NOT_SCORED_REFER:
        return ""
    if verdict is Verdict.NOT_ENOUGH:
        return _("Anything from {low} to {high}: {why}.").format(
            low=assessment.grade_low, high=assessment.grade_high, why=_name_open(assessment)
        )
    if verdict is Verdict.RANGE:
        why = _name_open(assessment)
    else:
        why = name_limit(assessment, unit)
        if not why and verdict is Verdict.D_OR_LOWER:
            why = _name_open(assessment)
    return capfirst(_("{text}.").format(text=why or _grade_meaning(assessment.grade_low)))


def describe_shortfall(assessment: Assessment, *, unit: str = "in") -> str:
    """Return what keeps the sure end of a match down most: "the toe is pointed".

    Half a sentence, to stand after the name of a condition; empty where
    nothing is missing or nothing is scored.
    """
    if limit := name_limit(assessment, unit):
        return limit
    losses = [(10 * part.weight - part.points_low, part) for part in assessment.contributions]
    loss, part = max(losses, key=lambda item: item[0], default=(0, None))
    if part is None or loss <= 0:
        return ""
    is_mostly_open = 2 * (part.points_high - part.points_low) > loss
    thing = name_open_part(part.factor, is_unknown=part.high - part.low == FULL)
    return _("{thing} is not stated").format(thing=thing) if is_mostly_open else thing


#: What another reason says already: code, or code and cap, to the codes it makes needless.
_SAID_BY: Mapping[tuple[str, str], frozenset[str]] = {
    ("FLAT_UNSUPPORTED", ""): frozenset({"ARCH_NONE", "CUSHION_NONE"}),
    ("UNSUPPORTED", ""): frozenset({"ARCH_NONE", "CUSHION_NONE"}),
    ("ONE_LACKING", "arch_support"): frozenset({"ARCH_NONE"}),
    ("ONE_LACKING", "cushioning"): frozenset({"CUSHION_NONE"}),
    ("PROFILE_LIMITED", "CAP_PROFILE_HEEL"): frozenset({"HEEL_OVER_2IN"}),
    ("PROFILE_LIMITED", "CAP_PROFILE_TOE"): frozenset({"TOE_POINTED"}),
    ("PROFILE_LIMITED", "CAP_PROFILE_FASTENING"): frozenset({"FASTENING_LOOSE"}),
}


def _say_once(assessment: Assessment) -> list[Reason]:
    """Return the reasons without those that another one contains."""
    heels = {reason.code: reason.params for reason in _find(assessment, "HEEL_OVER_2IN")}
    needless: set[str] = set()
    reasons = []
    for reason in assessment.reasons:
        which = reason.params.get("which", reason.params.get("cap", ""))
        needless |= _SAID_BY.get((reason.code, which), frozenset())
        if which == "CAP_PROFILE_HEEL" and heels:
            rise = heels["HEEL_OVER_2IN"]
            params = {**reason.params, "low": rise["low"], "high": rise["high"]}
            reasons.append(reason._replace(params=params))
        else:
            reasons.append(reason)
    return [reason for reason in reasons if reason.code not in needless]


def _explain_one(reason: Reason, wording: Wording, guide: Guide) -> Explanation:
    guideline = guide.guidelines.get(reason.guideline)
    sentence = _sentence(wording.fact)
    if wording.says:
        sentence = _("{fact} {says}").format(fact=sentence, says=_sentence(wording.says))
    return Explanation(
        code=reason.code,
        sentence=sentence,
        evidence=describe_evidence(guideline) if guideline is not None else "",
        guideline=reason.guideline,
        tone=wording.tone,
        short=wording.short,
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else _("{text}.").format(text=text)


def _guide_of(assessment: Assessment) -> Guide:
    """Return the guide an assessment was made with, or today's where it is no longer shipped."""
    try:
        return find_guide(assessment.formula_version)
    except GuideError:
        return guide_in_force()


# ---- the one sentence -------------------------------------------------------------------


def _name_open(assessment: Assessment) -> str:
    """Return what is not known, the part that could move the score most first; at most two."""
    parts = assessment.open_factors
    if not parts:
        return _("all that counts is stated")
    widest = parts[0].points_high - parts[0].points_low
    # A second part is named only where it matters nearly as much as the first.
    named = [part for part in parts[:2] if 5 * (part.points_high - part.points_low) >= 3 * widest]
    things = [
        name_open_part(part.factor, is_unknown=part.high - part.low == FULL) for part in named
    ]
    if len(things) == 1:
        return _("{thing} is not stated").format(thing=things[0])
    return _("{first} and {second} are not stated").format(first=things[0], second=things[1])


# Looked up when one is named: of twenty only one or two are.
_NOT_STATED: Mapping[str, Text] = {
    "A": pgettext_lazy("what is not stated", "arch support"),
    "S": pgettext_lazy("what is not stated", "firmness of heel and sole"),
    "C": pgettext_lazy("what is not stated", "cushioning"),
    "H": pgettext_lazy("what is not stated", "the heel height"),
    "T": pgettext_lazy("what is not stated", "the toe shape"),
    "W": pgettext_lazy("what is not stated", "the choice of widths"),
    "K": pgettext_lazy("what is not stated", "the fastening"),
    "R": pgettext_lazy("what is not stated", "whether the sole rocks"),
    "O": pgettext_lazy("what is not stated", "whether the insole comes out"),
    "U": pgettext_lazy("what is not stated", "softness of the upper"),
}
_PARTLY_STATED: Mapping[str, Text] = {
    "A": pgettext_lazy("what is not stated", "how much arch support"),
    "S": pgettext_lazy("what is not stated", "how firm heel and sole are"),
    "C": pgettext_lazy("what is not stated", "how much cushioning"),
    "H": pgettext_lazy("what is not stated", "the exact heel height"),
    "T": pgettext_lazy("what is not stated", "the exact toe shape"),
    "W": pgettext_lazy("what is not stated", "the whole choice of widths"),
    "K": pgettext_lazy("what is not stated", "exactly how it fastens"),
    "R": pgettext_lazy("what is not stated", "how much the sole rocks"),
    "O": pgettext_lazy("what is not stated", "whether the insole comes out"),
    "U": pgettext_lazy("what is not stated", "how soft the upper is"),
}


def name_open_part(factor: str, *, is_unknown: bool) -> str:
    """Return what is not known of a factor: "arch support", or "how much arch support"."""
    return str((_NOT_STATED if is_unknown else _PARTLY_STATED)[factor])


def name_limit(assessment: Assessment, unit: str) -> str:
    """Return the cap that the upper end rests on as a clause, or "" where none does."""
    cap = assessment.binding_cap
    if cap is None or assessment.base_high == assessment.high:
        return ""
    if cap.code in ("CAP_HEEL", "CAP_PROFILE_HEEL"):
        return _("the heel is over {limit}").format(limit=describe_heel_limit(unit))
    if cap.code == "CAP_ONE_LACKING":
        lacking = {reason.params["which"] for reason in _find(assessment, "ONE_LACKING")}
        if lacking == {"arch_support"}:
            return _("arch support is lacking")
        return _("cushioning is lacking")
    clauses = {
        "CAP_UNSUPPORTED": _("neither arch support nor cushioning"),
        "CAP_PROFILE_TOE": _("the toe is pointed"),
        "CAP_PROFILE_FASTENING": _("nothing holds the heel"),
        "CAP_PROFILE_ARCH": _("arch support is low"),
        "CAP_PROFILE_CUSHION": _("the sole is thin"),
        "CAP_FIT_TOO_TIGHT": _("this size is too tight for you"),
        "CAP_FIT_TOO_LOOSE": _("this size is too loose for you"),
        "CAP_WORN_PAST_LIFE": _("the pair is probably worn out"),
    }
    return clauses[cap.code]


def _find(assessment: Assessment, code: str) -> list[Reason]:
    return [reason for reason in assessment.reasons if reason.code == code]


def _grade_meaning(letter: str) -> str:
    return {
        "A": _("matches the guide well"),
        "B": _("matches the guide in most points"),
        "C": _("matches the guide in part"),
        "D": _("matches the guide in few points"),
        "E": _("matches the guide in hardly any point"),
    }[letter]


__all__ = [
    "BACK_RED_FLAGS",
    "DISCLAIMER",
    "FOOT_RED_FLAGS",
    "TONES",
    "Explanation",
    "attribute_label",
    "category_label",
    "condition_label",
    "condition_text",
    "describe_match",
    "describe_shortfall",
    "describe_value",
    "describe_why",
    "explain",
    "explain_strongest",
    "guideline_texts",
    "name_limit",
    "name_open_part",
    "option_label",
]
