"""What the guide says, what it rests on, and when to see a professional: texts for people.

The words are footback's own. They say "may" and "check", never that a shoe
does anything to an illness (docs/explanation/scoring.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop_plugin.domain.guide import Guide, Guideline
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.words.attributes import Text, condition_label

DISCLAIMER = gettext_lazy(
    "footback compares product details with a published footwear guide. This is general "
    "information, not medical advice and not a diagnosis, and the Guide match is not a medical "
    "measurement. Evidence that shoes change back pain is limited. If you have foot or back "
    "pain, talk to a healthcare professional."
)

#: When back pain needs a doctor soon; shown with low back pain.
BACK_RED_FLAGS = gettext_lazy(
    "See a doctor without delay if back pain comes with new numbness or weakness in the legs, "
    "loss of control over bladder or bowel, fever, a fall or another injury, weight loss you "
    "cannot explain, or pain that wakes you at night."
)
#: When a foot needs a professional; shown with every condition of the foot.
FOOT_RED_FLAGS = gettext_lazy(
    "See a podiatrist or a doctor before you choose shoes if you have diabetes, numb feet, a "
    "sore that stays open, or a foot that is hot and swollen."
)

EVIDENCE_WORDS: Mapping[str, Text] = {
    "good": pgettext_lazy("evidence", "good"),
    "some": pgettext_lazy("evidence", "some"),
    "weak": pgettext_lazy("evidence", "weak"),
    "mixed": pgettext_lazy("evidence", "mixed"),
    "mixed_to_against": pgettext_lazy("evidence", "mixed to against"),
    "against": pgettext_lazy("evidence", "against"),
    "none": pgettext_lazy("evidence", "none direct"),
}

_TITLES: Mapping[str, Text] = {
    "arch_support": gettext_lazy("Arch support"),
    "cushioning": gettext_lazy("Cushioning"),
    "heel_height": gettext_lazy("Heels up to two inches"),
    "unsupported_flats": gettext_lazy("Flats with support or cushioning"),
    "fit": gettext_lazy("A fit that is neither tight nor loose"),
    "replace_in_time": gettext_lazy("Worn shoes looked at in time"),
    "condition_features": gettext_lazy("Features often advised for a condition"),
}
_STATEMENTS: Mapping[str, Text] = {
    "arch_support": gettext_lazy(
        "The guide asks for good arch support, built in or by an insole of your own."
    ),
    "cushioning": gettext_lazy("The guide asks for good cushioning, above all to walk or run in."),
    "heel_height": gettext_lazy("The guide advises against heels over two inches."),
    "unsupported_flats": gettext_lazy(
        "The guide is wary of flats that have neither arch support nor cushioning."
    ),
    "fit": gettext_lazy(
        "The guide asks for the right fit: room at the toes, the width you need, and a fastening "
        "that holds the foot."
    ),
    "replace_in_time": gettext_lazy("The guide asks to replace shoes when they are worn out."),
    "condition_features": gettext_lazy(
        "Beside the guide, footback looks for features that are often advised for the condition "
        "you chose."
    ),
}
_EVIDENCE_LINES: Mapping[str, Text] = {
    "arch_support": gettext_lazy(
        "Insoles help some people with foot pain. Studies do not show that they keep back pain "
        "away, and one national guideline advises against them for low back pain."
    ),
    "cushioning": gettext_lazy(
        "Softer shoes can feel better when you stand or run. Proof for the back is thin."
    ),
    "heel_height": gettext_lazy(
        "High heels go with back pain in surveys. No exact safe height is proven; two inches "
        "serve as a guide."
    ),
    "unsupported_flats": gettext_lazy(
        "This is a rule of thumb. Walking in very simple shoes can also make foot muscles "
        "stronger, if one changes over slowly."
    ),
    "fit": gettext_lazy(
        "Most people who were measured wore the wrong size, and a wrong fit goes with foot pain. "
        "There is no direct evidence for the back."
    ),
    "replace_in_time": gettext_lazy(
        "Cushioning fades with use; how much that matters differs from person to person. Look "
        "at the pair before you buy a new one."
    ),
    "condition_features": gettext_lazy(
        "Contoured insoles and rocker soles helped in some studies of heel pain. In a year-long "
        "study of low back pain, rocker soles did no better than flat ones."
    ),
}

_LOOK_FOR: Mapping[str, Text] = {
    "flat_feet": gettext_lazy(
        "moderate to high arch support, a firm heel counter, a sole that resists twisting, a "
        "broad base, a removable insole"
    ),
    "plantar_fasciitis": gettext_lazy(
        "a cushioned heel with good arch support, a firm heel counter, room for an insole"
    ),
    "bunions": gettext_lazy("a wide and deep toe box, a soft upper, a low heel"),
    "hammertoe": gettext_lazy(
        "a deep toe box, a soft upper without hard seams, a fastening that adjusts"
    ),
    "neuroma": gettext_lazy(
        "a wide toe box, strong cushioning at the forefoot, laces or a strap, a rocker sole"
    ),
    "high_arch": gettext_lazy("cushioning first, and support along the whole arch"),
    "low_back_pain": gettext_lazy("a heel up to two inches, cushioning, arch support, a good fit"),
    "standing_all_day": gettext_lazy(
        "cushioning, a secure fastening, room for an insole, a heel up to two inches"
    ),
}
_BE_WARY_OF: Mapping[str, Text] = {
    "flat_feet": gettext_lazy("little or no arch support"),
    "plantar_fasciitis": gettext_lazy("high heels, thin soles, flip-flops and backless shoes"),
    "bunions": gettext_lazy("pointed toes, heels over two inches, backless shoes"),
    "hammertoe": gettext_lazy("pointed toes, heels over two inches, backless shoes"),
    "neuroma": gettext_lazy("pointed toes, heels over two inches, thin and hard soles"),
    "high_arch": gettext_lazy("thin, hard soles"),
    "low_back_pain": gettext_lazy("heels over two inches"),
    "standing_all_day": gettext_lazy("thin soles, heels over two inches"),
}
_SAME_AS = {"overpronation": "flat_feet"}


@dataclass(frozen=True, slots=True)
class GuidelineText:
    """One guideline for people: what it says, what is known, and the sources."""

    id: str
    title: str
    statement: str
    evidence_line: str
    evidence_feet: str
    evidence_low_back: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionText:
    """What is often looked for with a condition, and when to see a professional.

    ``look_for`` and ``be_wary_of`` are empty where nothing is scored.
    """

    condition: str
    label: str
    look_for: str
    be_wary_of: str
    red_flags: str
    disclaimer: str


def evidence_word(label: str) -> str:
    """Return an evidence label for people.

    :raises KeyError: for a label that does not exist.
    """
    return str(EVIDENCE_WORDS[label])


def describe_evidence(guideline: Guideline) -> str:
    """Return both evidence labels of a guideline: "Evidence: feet some, low back weak"."""
    return _("Evidence: feet {feet}, low back {low_back}").format(
        feet=evidence_word(guideline.feet), low_back=evidence_word(guideline.low_back)
    )


def guideline_texts(guide: Guide | None = None) -> tuple[GuidelineText, ...]:
    """Return every guideline for people, in the guide's order."""
    guide = guide or guide_in_force()
    return tuple(
        GuidelineText(
            id=guideline.id,
            title=str(_TITLES[guideline.wording]),
            statement=str(_STATEMENTS[guideline.wording]),
            evidence_line=str(_EVIDENCE_LINES[guideline.wording]),
            evidence_feet=evidence_word(guideline.feet),
            evidence_low_back=evidence_word(guideline.low_back),
            citations=tuple(guide.citations[key] for key in guideline.citations),
        )
        for guideline in guide.guidelines.values()
    )


def condition_text(condition: str) -> ConditionText:
    """Return the text block of a condition.

    :raises KeyError: for a condition that does not exist.
    """
    key = _SAME_AS.get(condition, condition)
    is_of_the_back = condition in ("general", "low_back_pain", "standing_all_day")
    return ConditionText(
        condition=condition,
        label=condition_label(condition),
        look_for=str(_LOOK_FOR.get(key, "")),
        be_wary_of=str(_BE_WARY_OF.get(key, "")),
        red_flags=str(BACK_RED_FLAGS if is_of_the_back else FOOT_RED_FLAGS),
        disclaimer=str(DISCLAIMER),
    )
