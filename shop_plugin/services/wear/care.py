"""How to look after a shoe, and how long one of its kind may last: short, and only what is so.

Care follows from what is known of construction and material; what holds for
any shoe comes last. A life is always a range, with what it was reckoned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shop_plugin.domain.attributes import AgeGroup, FootwearAttributes, Options, UseCategory
from shop_plugin.domain.lifespan import (
    DAYS_PER_WEEK,
    EndOfLife,
    end_of_life_action,
    estimate_life,
)
from shop_plugin.services.wear.life import describe_life_inputs, life_evidence
from shop_plugin.services.words.attributes import Text
from shop_plugin.services.words.distances import KILOMETRES

MOST_CARE_LINES = 4
_DAYS_PER_YEAR_TIMES_4 = 1461

# By attribute and answer; said only where the answer is the only one left.
_CARE: Mapping[tuple[str, str], Text] = {
    ("construction", "cemented"): gettext_lazy(
        "The sole is glued: keep it away from heaters, for heat softens the glue."
    ),
    ("construction", "stitched"): gettext_lazy(
        "The sole is stitched: a cobbler can usually put on a new one."
    ),
    ("construction", "vulcanised"): gettext_lazy(
        "Rubber and upper are one piece: wash by hand, not hot, and let dry in the air."
    ),
    ("construction", "injected"): gettext_lazy(
        "The sole is moulded on: it can hardly be replaced, so take care of its edges."
    ),
    ("construction", "cork_footbed"): gettext_lazy(
        "Keep cork out of the sun and let it dry slowly; seal its edge when it looks bare."
    ),
    ("midsole_material", "pu"): gettext_lazy(
        "PU foam ages with damp, worn or not: keep the pair dry and wear it rather than store it."
    ),
    ("midsole_material", "eva"): gettext_lazy(
        "EVA foam hardens with heat: do not leave it in a hot car or on a heater."
    ),
    ("insole_material", "leather"): gettext_lazy(
        "A leather insole takes up damp: give it a day off after each day of wear."
    ),
    ("insole_material", "memory_foam"): gettext_lazy(
        "Memory foam soaks up water: wipe it, do not soak it."
    ),
    ("removable_insole", "yes"): gettext_lazy("Take the insole out to dry and to air it."),
}
_CARE_OF_ANY: tuple[Text, ...] = (
    gettext_lazy("Let the pair dry in the air between wears, away from heat."),
    gettext_lazy("Brush dirt off dry before you wash or wipe anything."),
)
_AT_THE_END: Mapping[EndOfLife, Text] = {
    EndOfLife.REPLACE: gettext_lazy("Then have a look, and replace it if it is worn."),
    EndOfLife.DEMOTE: gettext_lazy("After that it still serves for walking."),
    EndOfLife.INSPECT: gettext_lazy("Then have a look: it may well be fine."),
    EndOfLife.REPLACE_OR_INSOLE: gettext_lazy(
        "Then have a look: a new insole may be enough, else replace it."
    ),
    EndOfLife.RESOLE: gettext_lazy("Then have a look: it can be resoled."),
    EndOfLife.RESOLE_FIRST: gettext_lazy("Then have a look: new heels or soles come first."),
    EndOfLife.HEEL_TIPS_FIRST: gettext_lazy("Have a look at the heel tips first, and often."),
    EndOfLife.RECORK_FIRST: gettext_lazy("Then have a look: sole and cork can be renewed."),
}


@dataclass(frozen=True, slots=True)
class LifeText:
    """How long a pair of a kind may last: the range, what it rests on, what comes then."""

    span: str
    inputs: str
    evidence: str
    then: str


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Care in at most four lines, and the life of the kind (``None`` for children's shoes)."""

    care: tuple[str, ...]
    life: LifeText | None


def describe_upkeep(attributes: FootwearAttributes, *, unit: str = KILOMETRES) -> Upkeep:
    """Return how to look after a shoe and how long one may last in typical use.

    Distances are in ``unit``, "km" or "mi".
    """
    known = [
        str(text)
        for (key, answer), text in _CARE.items()
        if isinstance(value := attributes.get(key), Options) and value.members == {answer}
    ]
    care = [*known, *(str(text) for text in _CARE_OF_ANY)]
    return Upkeep(tuple(care[:MOST_CARE_LINES]), _life(attributes, unit))


def _life(attributes: FootwearAttributes, unit: str) -> LifeText | None:
    category = attributes.use_category
    if attributes.age_group is AgeGroup.KIDS:
        category = UseCategory.KIDS
    life = estimate_life(use_category=category, midsole=attributes.midsole_material)
    if life is None:
        return None
    action = end_of_life_action(category, construction=attributes.construction)
    return LifeText(
        span=_("{low} to {high}").format(
            low=describe_time(life.low_days), high=describe_time(life.high_days)
        ),
        inputs=describe_life_inputs(life.inputs, unit=unit),
        evidence=life_evidence(category, unit=unit),
        then=str(_AT_THE_END[action]),
    )


def describe_time(days: int) -> str:
    """Return a stretch of time for people: weeks below two months, months below two years."""
    if days < 61:
        weeks = max(1, round(days / DAYS_PER_WEEK))
        return ngettext("{count} week", "{count} weeks", weeks).format(count=weeks)
    months = round(days * 48 / _DAYS_PER_YEAR_TIMES_4)
    if months < 24:
        return ngettext("{count} month", "{count} months", months).format(count=months)
    years = round(months / 12)
    return ngettext("{count} year", "{count} years", years).format(count=years)
