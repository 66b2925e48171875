"""When a pair was first worn, and how long it may be expected to last."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import FootwearAttributes, Options, UseCategory
from shop_plugin.domain.lifespan import (
    EndOfLife,
    LifeRange,
    end_of_life_action,
    estimate_life,
)
from shop_plugin.domain.nudge_policy import WearStart, find_start_of_wear, stage_dates
from shop_plugin.domain.plain_text import clean_line
from shop_plugin.domain.records import PurchaseRecord
from shop_plugin.models import Listing, Purchase
from shop_plugin.services.shop.clock import shop_zone
from shop_plugin.services.words.distances import (
    KILOMETRES,
    convert_distance,
    write_distance,
)

#: The basis of a first day of wear that the owner named; no import changes it.
CONFIRMED = "confirmed"
# 300 and 500 miles, by which the study and most runners go.
_RUNNERS_LEAST_KM, _RUNNERS_MOST_KM = 480, 800


def start_of_wear(record: PurchaseRecord) -> WearStart:
    """Return when the pair of an order line is taken to be worn first, in the shop's calendar."""
    return find_start_of_wear(
        ordered_at=record.ordered_at,
        fulfilled_at=record.fulfilled_at,
        delivered_at=record.delivered_at,
        zone=shop_zone(),
    )


def life_of(purchase: Purchase) -> LifeRange | None:
    """Return the stored life range of a pair without its inputs, or ``None`` if it has none."""
    low, mid, high = purchase.life_low_days, purchase.life_mid_days, purchase.life_high_days
    if low is None or mid is None or high is None:
        return None
    return LifeRange(low, mid, high, {})


def set_wear(purchase: Purchase, listing: Listing | None) -> None:
    """Set the life range and first stage of a pair from what is known of its shoe and its use.

    ``listing`` comes with its profile. A child's pair has no life range: feet
    grow before shoes wear out.
    """
    midsole, construction = _sole_of(listing)
    category = UseCategory(purchase.use_category)
    if listing is not None and listing.age_group == "kids":
        category = UseCategory.KIDS
    life = estimate_life(
        use_category=category,
        midsole=midsole,
        days_per_week=purchase.days_per_week,
        # Days a week that were told of this pair are its own share already.
        pairs_in_rotation=1 if purchase.days_per_week else max(purchase.pairs_in_rotation, 1),
        personal_factor=purchase.personal_factor,
    )
    if life is None:
        purchase.life_low_days = purchase.life_mid_days = purchase.life_high_days = None
        purchase.life_inputs = {}
        purchase.next_stage = purchase.next_due_on = None
        return
    purchase.life_low_days, purchase.life_mid_days = life.low_days, life.mid_days
    purchase.life_high_days = life.high_days
    action = end_of_life_action(category, construction=construction)
    purchase.life_inputs = {**life.inputs, "action": action.value}
    # The planner knows which stages are behind the pair and moves on from here.
    dates = stage_dates(wear_start_on=purchase.wear_start_on, life=life)
    purchase.next_stage, purchase.next_due_on = next(iter(dates.items()), (None, None))


def _sole_of(listing: Listing | None) -> tuple[Options | None, Options | None]:
    """Return midsole and construction as the profile knows them."""
    profile = getattr(listing, "profile", None)
    if profile is None or not profile.snapshot:
        return None, None
    known = FootwearAttributes.from_snapshot(profile.snapshot)
    return known.midsole_material, known.construction


def pair_name(pair: Purchase) -> str:
    """Return the name of a pair as its buyer knows it, on one line."""
    return clean_line(pair.title, limit=80) or _("your pair")


def is_repairable(pair: Purchase) -> bool:
    """Tell whether a repair is the first thing to offer for a worn pair."""
    action = pair.life_inputs.get("action")
    return action is not None and EndOfLife(action).is_repair_first


def describe_inputs(pair: Purchase, *, unit: str = KILOMETRES) -> str:
    """Return what the life range was reckoned from, in a sentence for the buyer.

    Distances are in ``unit``, "km" or "mi".
    """
    return describe_life_inputs(pair.life_inputs, unit=unit) if pair.life_inputs else ""


def describe_life_inputs(inputs: Mapping[str, Any], *, unit: str = KILOMETRES) -> str:
    """Return what a life range was reckoned from (``LifeRange.inputs``) in a sentence."""
    return _describe(_Reckoning.of(inputs), unit, get_language() or "")


class _Reckoning(NamedTuple):
    """What the sentence about a life range is written of: few differ in a whole shop."""

    low: int
    high: int
    weekly: int
    ended_by: str
    unit: str
    is_told: bool
    pairs: int

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> _Reckoning:
        low, _mid, high = inputs["capacity"]
        return cls(low, high, *(inputs[name] for name in cls._fields[2:]))


@lru_cache(maxsize=1_000)
def _describe(found: _Reckoning, unit: str, language: str) -> str:
    if found.ended_by == "age":
        return _("Estimated from how fast the foam ages, worn or not.")
    is_distance = found.unit == "km"
    unit = unit if is_distance else KILOMETRES  # days of wear are the same everywhere
    facts = {
        "low": write_distance(found.low, unit=unit),
        "high": write_distance(found.high, unit=unit),
        "weekly": convert_distance(found.weekly, unit=unit),
        "unit": unit,
    }
    if is_distance and found.is_told:
        text = _(
            "Estimated from %(low)s to %(high)s %(unit)s at about %(weekly)d %(unit)s a week, "
            "from what you told us."
        )
    elif is_distance:
        text = _(
            "Estimated from %(low)s to %(high)s %(unit)s at about %(weekly)d %(unit)s a week, "
            "which is a guess."
        )
    elif found.is_told:
        text = _(
            "Estimated from %(low)s to %(high)s days of wear, %(weekly)d a week, as you told us."
        )
    else:
        text = _(
            "Estimated from %(low)s to %(high)s days of wear, %(weekly)d a week, which is a guess."
        )
    if found.pairs > 1:
        return f"{text % facts} {_describe_rotation(found.pairs)}"
    return text % facts


def _describe_rotation(pairs: int) -> str:
    """Return that pairs are worn in turn, and what follows."""
    text = ngettext(
        "You wear it in turn with %(others)d other pair of its kind, so each lasts longer.",
        "You wear it in turn with %(others)d other pairs of its kind, so each lasts longer.",
        pairs - 1,
    )
    return text % {"others": pairs - 1}


def life_evidence(category: str, *, unit: str = KILOMETRES) -> str:
    """Return what the figures for a use category rest on; plain where they are our own."""
    if category in (UseCategory.RUNNING, UseCategory.TRAIL):
        # Cook, Kester and Brunet 1985; domain reference, section 9.1.
        numbers = {
            "low": write_distance(_RUNNERS_LEAST_KM, unit=unit),
            "high": write_distance(_RUNNERS_MOST_KM, unit=unit),
            "unit": unit,
        }
        text = _(
            "Runners usually go by %(low)s to %(high)s %(unit)s; worn running shoes kept about "
            "70 %% of their shock absorption after %(high)s %(unit)s (Cook and others, 1985)."
        )
        return text % numbers
    if category == UseCategory.WORK_STANDING:
        return _("Six to twelve months is the usual advice for shoes worn standing all day.")
    return _("The figures are our own estimate: no study settles them for this kind of shoe.")
