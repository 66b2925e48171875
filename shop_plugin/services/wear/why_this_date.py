"""Why a pair's range lies where it does: each step of the reckoning with its own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop_plugin.domain.lifespan import WHOLE
from shop_plugin.models import Purchase
from shop_plugin.services.wear.life import life_of
from shop_plugin.services.words.distances import (
    KILOMETRES,
    convert_distance,
    write_distance,
)

_DAYS_PER_MONTH = 30


def explain_life(pair: Purchase, *, unit: str = KILOMETRES) -> tuple[str, ...]:
    """Return the steps from what such pairs last to the range of this one, in sentences.

    Distances are in ``unit``, "km" or "mi". Empty
    where wear is not what ends a pair (children's shoes).
    """
    inputs, life = pair.life_inputs, life_of(pair)
    if not inputs or life is None:
        return ()
    steps = [
        _capacity(inputs, unit),
        _use(inputs, unit),
        _material(inputs),
        _weight(inputs),
        _personal(inputs),
    ]
    if inputs["pairs"] > 1:
        told = ngettext(
            "Worn in turn with %(others)d other pair: each gets a share of the wear.",
            "Worn in turn with %(others)d other pairs: each gets a share of the wear.",
            inputs["pairs"] - 1,
        )
        steps.append(told % {"others": inputs["pairs"] - 1})
    if inputs["age_limit_days"]:
        low, _mid, high = (days // _DAYS_PER_MONTH for days in inputs["age_limit_days"])
        text = _("Worn or not, its foam is taken to have aged after %(low)d to %(high)d months.")
        steps.append(text % {"low": low, "high": high})
    steps.append(_result(life.low_days, life.mid_days, life.high_days, is_open=life.is_too_wide))
    return tuple(step for step in steps if step)


def _capacity(inputs: Mapping[str, Any], unit: str) -> str:
    names = ("low", "mid", "high")
    if inputs["unit"] == "km":
        numbers = [write_distance(value, unit=unit) for value in inputs["capacity"]]
        text = _("Pairs of this kind last %(low)s to %(high)s %(unit)s, %(mid)s in the middle.")
        return text % {**dict(zip(names, numbers, strict=True)), "unit": unit}
    numbers = [_number(value) for value in inputs["capacity"]]
    text = _("Pairs of this kind last %(low)s to %(high)s days of wear, %(mid)s in the middle.")
    return text % dict(zip(names, numbers, strict=True))


def _use(inputs: Mapping[str, Any], unit: str) -> str:
    weekly, error = inputs["weekly"], inputs["error"]
    numbers = {"weekly": weekly, "error": error // 10}
    if inputs["unit"] == "km":
        numbers |= {"weekly": convert_distance(weekly, unit=unit), "unit": unit}
    if inputs["unit"] == "km" and inputs["is_told"]:
        return _(
            "Worn about %(weekly)d %(unit)s a week by what you told us, give or take %(error)d %%."
        ) % (numbers)
    if inputs["unit"] == "km":
        text = _("Worn about %(weekly)d %(unit)s a week: our guess, give or take %(error)d %%.")
        return text % numbers
    if inputs["is_told"]:
        text = ngettext(
            "Worn %(weekly)d day a week as you told us, give or take %(error)d %%.",
            "Worn %(weekly)d days a week as you told us, give or take %(error)d %%.",
            weekly,
        )
    else:
        text = ngettext(
            "Worn %(weekly)d day a week: our guess, give or take %(error)d %%.",
            "Worn %(weekly)d days a week: our guess, give or take %(error)d %%.",
            weekly,
        )
    return text % numbers


def _material(inputs: Mapping[str, Any]) -> str:
    low, _mid, high = inputs["material"]
    if low == high == WHOLE:
        return ""
    if low == high:
        return _("What its sole is made of counts %(factor)s times.") % {"factor": _factor(low)}
    text = _("What its sole is made of is not known for sure: %(low)s to %(high)s times.")
    return text % {"low": _factor(low), "high": _factor(high)}


def _weight(inputs: Mapping[str, Any]) -> str:
    low, _mid, high = inputs["weight"]
    if low == high:
        return ""
    text = _("How heavy its wearer is we do not ask: %(low)s to %(high)s times.")
    return text % {"low": _factor(low), "high": _factor(high)}


def _personal(inputs: Mapping[str, Any]) -> str:
    factor = inputs["personal"]
    if factor == WHOLE:
        return ""
    return _("You found it still fine when you looked: %(factor)s times.") % {
        "factor": _factor(factor)
    }


def _result(low: int, mid: int, high: int, *, is_open: bool) -> str:
    numbers = {
        "low": max(low // _DAYS_PER_MONTH, 1),
        "mid": max(mid // _DAYS_PER_MONTH, 1),
        "high": max(high // _DAYS_PER_MONTH, 1),
    }
    if is_open:
        text = _(
            "Together: from %(low)d months on, about %(mid)d in the middle. The range is so wide "
            "that its end is left open."
        )
    else:
        text = _("Together: %(low)d to %(high)d months, about %(mid)d in the middle.")
    return text % numbers


def _number(value: int) -> str:
    return str(formats.number_format(value, force_grouping=True))


def _factor(thousandths: int) -> str:
    """Return a factor as people write it: "1.15", "0.8"."""
    return str(formats.number_format(f"{thousandths / WHOLE:.2f}".rstrip("0").rstrip(".")))
