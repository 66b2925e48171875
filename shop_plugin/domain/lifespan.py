"""How long a pair may be expected to last, and how much cushioning is left.

Capacity (kilometres or days of wear) times what the material, the wearer and
the pair's own history do to it, divided by how much it is worn, and never
longer than the material ages. The answer is always a range: low, mid, high.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from shop_plugin.domain.attributes import ATTRIBUTES, Options, UseCategory

DEFAULT_VERSION = "life-1.0"
LIFESPAN_DATA = files("shop_plugin.domain") / "lifespan_data"

WHOLE = 1000
DAYS_PER_WEEK = 7
#: The usual range is too wide to name a date for replacing when it spans more than this.
WIDEST_RATIO = 4


class LifespanError(ValueError):
    """An estimate was asked for with input that cannot be, or the data file has faults."""


class Triple(NamedTuple):
    """A low, a middle and a high value."""

    low: int
    mid: int
    high: int


class EndOfLife(StrEnum):
    """What to do with a worn pair; repair comes first where it makes sense."""

    REPLACE = "replace"
    DEMOTE = "demote"
    INSPECT = "inspect"
    REPLACE_OR_INSOLE = "replace_or_insole"
    RESOLE = "resole"
    RESOLE_FIRST = "resole_first"
    HEEL_TIPS_FIRST = "heel_tips_first"
    RECORK_FIRST = "recork_first"
    REMEASURE = "remeasure"

    @property
    def is_repair_first(self) -> bool:
        """Tell whether a repair is the first thing to offer."""
        return self in (
            EndOfLife.RESOLE,
            EndOfLife.RESOLE_FIRST,
            EndOfLife.HEEL_TIPS_FIRST,
            EndOfLife.RECORK_FIRST,
        )


class WeightBand(StrEnum):
    """A wearer's own, voluntary choice in kilograms."""

    UNDER_60 = "under_60"
    FROM_60_TO_75 = "from_60_to_75"
    FROM_75_TO_90 = "from_75_to_90"
    FROM_90_TO_105 = "from_90_to_105"
    OVER_105 = "over_105"


@dataclass(frozen=True, slots=True)
class LifeRange:
    """Days from first wear to the end of life, and what they were worked out from.

    ``inputs`` is a plain JSON structure: the capacity and its unit, the
    factors, the weekly use with its error, the age limit in days, and whether
    wear or age ends the life first.
    """

    low_days: int
    mid_days: int
    high_days: int
    inputs: Mapping[str, Any]

    @property
    def is_too_wide(self) -> bool:
        """Tell whether the range is too wide to say more than "have a look"."""
        return self.high_days > WIDEST_RATIO * self.low_days


@dataclass(frozen=True, slots=True)
class CategoryLife:
    """One row of the capacity table."""

    unit: str
    capacity: Triple
    days_per_week: int
    km_per_day: int
    ageing: str
    action: str


@dataclass(frozen=True, slots=True)
class LifeModel:
    """The whole validated data file. Factors are thousandths, ages are months."""

    version: str
    told_error: int
    assumed_error: int
    categories: Mapping[str, CategoryLife]
    materials: Mapping[str, Triple]
    materials_by_category: Mapping[str, Mapping[str, int]]
    weights: Mapping[str, Triple]
    ageing: Mapping[str, Triple]
    ageing_by_material: Mapping[str, str]
    still_fine: int
    worn_early: int
    highest_factor: int
    lowest_factor: int
    size_checks: tuple[tuple[int, tuple[int, int]], ...]


def estimate_life(
    *,
    use_category: UseCategory,
    midsole: Options | None = None,
    days_per_week: int | None = None,
    km_per_week: int | None = None,
    weight_band: WeightBand | None = None,
    pairs_in_rotation: int = 1,
    personal_factor: int = WHOLE,
    use_error: int | None = None,
    shelf_months: int = 0,
    model: LifeModel | None = None,
) -> LifeRange | None:
    """Return how long a pair may last, or ``None`` where wear is not what ends it (children).

    What a person tells of their use (days or kilometres a week) is taken as
    20 % uncertain, the category's own figure as 50 %; ``use_error``
    (thousandths) overrides both. ``personal_factor`` is in thousandths.
    ``shelf_months`` is the age the pair had at first wear, where known.

    :raises LifespanError: for a use that cannot be (8 days a week, no pair).
    """
    model = model or load_life_model()
    row = model.categories.get(use_category.value)
    if row is None:
        return None
    _refuse_nonsense(days_per_week, km_per_week, pairs_in_rotation, personal_factor, use_error)
    weekly, is_told = _weekly_use(row, days_per_week, km_per_week)
    error = use_error
    if error is None:
        error = model.told_error if is_told else model.assumed_error
    material = _material(model, use_category, midsole)
    weight = model.weights[weight_band.value if weight_band else "unknown"]
    by_wear = [
        # capacity x material x weight x personal factor / (use x error / pairs), in days
        (capacity * m * k * personal_factor * DAYS_PER_WEEK * pairs_in_rotation)
        // (WHOLE * WHOLE * weekly * spread)
        for capacity, m, k, spread in zip(
            row.capacity,
            material,
            weight,
            (WHOLE + error, WHOLE, WHOLE - error),
            strict=True,
        )
    ]
    age_limit = _age_limit(model, row, midsole, shelf_months)
    days = (
        by_wear
        if age_limit is None
        else [min(*ends) for ends in zip(by_wear, age_limit, strict=True)]
    )
    low, mid, high = (max(1, value) for value in days)
    return LifeRange(
        low,
        mid,
        high,
        {
            "version": model.version,
            "category": use_category.value,
            "unit": row.unit,
            "capacity": list(row.capacity),
            "material": list(material),
            "weight": list(weight),
            "personal": personal_factor,
            "weekly": weekly,
            "is_told": is_told,
            "error": error,
            "pairs": pairs_in_rotation,
            "age_limit_days": None if age_limit is None else list(age_limit),
            "ended_by": "age" if age_limit is not None and age_limit.mid < by_wear[1] else "wear",
        },
    )


def share_used(life: LifeRange, *, days_since_start: int, used: int | None = None) -> int:
    """Return how much of the expected life is gone, in thousandths; 1000 is its end.

    ``used`` is the kilometres or days of wear a person counted; without it
    the assumed use goes on evenly. The material ages whether worn or not.

    :raises LifespanError: for a time before the first wear.
    """
    if days_since_start < 0:
        raise LifespanError("a pair is not used before its first wear")
    evenly = WHOLE * days_since_start // life.mid_days
    if used is None:
        return evenly
    inputs = life.inputs
    capacity: int = (
        inputs["capacity"][1] * inputs["material"][1] * inputs["weight"][1] * inputs["personal"]
    )
    worn = WHOLE * used * WHOLE**3 // capacity
    limit = inputs["age_limit_days"]
    aged: int = 0 if limit is None else WHOLE * days_since_start // limit[1]
    return max(worn, aged)


def cushioning_left(share: int) -> int:
    """Return the cushioning left, in thousandths, after a share of the capacity is used.

    Follows the worn-shoe series of Cook et al. 1985: most is lost early, 70 %
    is left at the end of the capacity, then a tenth for each further one,
    never below a half.

    :raises LifespanError: for a negative share.
    """
    if share < 0:
        raise LifespanError("no share below nothing can be used")
    if share <= WHOLE:
        lost = 300 * (1 - math.exp(-3 * share / WHOLE)) / (1 - math.exp(-3))
        return WHOLE - round(lost)
    return max(500, 700 - (share - WHOLE) // 10)


def cushioning_left_between(life: LifeRange, *, days_since_start: int) -> tuple[int, int]:
    """Return the least and the most cushioning that may be left, in thousandths.

    The least belongs to the shortest life of the range, the most to the longest.

    :raises LifespanError: for a time before the first wear.
    """
    if days_since_start < 0:
        raise LifespanError("a pair is not used before its first wear")
    least, most = (
        cushioning_left(WHOLE * days_since_start // days)
        for days in (life.low_days, life.high_days)
    )
    return least, most


def adjust_personal_factor(
    factor: int, *, is_still_fine: bool, model: LifeModel | None = None
) -> int:
    """Return the personal factor after an inspection: longer when fine, shorter when worn."""
    model = model or load_life_model()
    step = model.still_fine if is_still_fine else model.worn_early
    return max(model.lowest_factor, min(model.highest_factor, factor * step // WHOLE))


def end_of_life_action(
    use_category: UseCategory,
    *,
    construction: Options | None = None,
    model: LifeModel | None = None,
) -> EndOfLife:
    """Return what to do with a worn pair. A boot is resoled only if it is known to be stitched."""
    model = model or load_life_model()
    row = model.categories.get(use_category.value)
    if row is None:
        return EndOfLife.REMEASURE
    if row.action != "resole_if_stitched":
        return EndOfLife(row.action)
    is_stitched = construction is not None and construction.members == {"stitched"}
    return EndOfLife.RESOLE if is_stitched else EndOfLife.REPLACE


def get_size_check_weeks(age_months: int, *, model: LifeModel | None = None) -> tuple[int, int]:
    """Return from how many to how many weeks to wait before a child's feet are measured again.

    :raises LifespanError: for a negative age.
    """
    model = model or load_life_model()
    if age_months < 0:
        raise LifespanError("an age is not negative")
    return [weeks for start, weeks in model.size_checks if start <= age_months][-1]


def load_life_model(version: str = DEFAULT_VERSION) -> LifeModel:
    """Return the validated lifespan data of a version; the same object every time.

    :raises LifespanError: for a version that is not shipped or a file with faults.
    """
    return _load(version)


@cache
def _load(version: str) -> LifeModel:
    names = sorted(item.name for item in LIFESPAN_DATA.iterdir())
    shipped = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
    if version not in shipped:
        raise LifespanError(f"there is no lifespan data {version!r}; shipped: {', '.join(shipped)}")
    return read_life_model((LIFESPAN_DATA / f"{version}.toml").read_text(encoding="utf-8"))


def read_life_model(text: str) -> LifeModel:
    """Return the lifespan data written in a TOML text.

    :raises LifespanError: with every fault named.
    """
    try:
        model = _build(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise LifespanError(f"the lifespan data cannot be read: {error!r}") from error
    faults = _find_faults(model)
    if faults:
        raise LifespanError(f"lifespan data {model.version!r} is refused: " + "; ".join(faults))
    return model


def _find_faults(model: LifeModel) -> list[str]:
    faults = []
    wanted = {item.value for item in UseCategory} - {UseCategory.KIDS.value}
    if set(model.categories) != wanted:
        faults.append(f"categories differ: {sorted(wanted ^ set(model.categories))}")
    triples = {f"capacity of {key}": row.capacity for key, row in model.categories.items()}
    triples |= {f"material {key}": triple for key, triple in model.materials.items()}
    triples |= {f"weight {key}": triple for key, triple in model.weights.items()}
    triples |= {f"ageing {key}": triple for key, triple in model.ageing.items()}
    for name, (low, mid, high) in triples.items():
        if not 0 < low <= mid <= high:
            faults.append(f"{name} does not rise from low to high")
    for key, row in model.categories.items():
        if row.unit not in ("km", "days"):
            faults.append(f"{key}: unit {row.unit!r} is neither km nor days")
        if not 1 <= row.days_per_week <= DAYS_PER_WEEK or row.km_per_day < 1:
            faults.append(f"{key}: the usual use cannot be")
        if row.action not in {item.value for item in EndOfLife} | {"resole_if_stitched"}:
            faults.append(f"{key}: action {row.action!r} is unknown")
        if row.ageing not in {"none", *model.ageing}:
            faults.append(f"{key}: ageing {row.ageing!r} is unknown")
    if set(model.weights) != {"unknown", *(band.value for band in WeightBand)}:
        faults.append("weights are not exactly the bands and unknown")
    if set(model.materials) != {"unknown", *ATTRIBUTES["midsole_material"].options}:
        faults.append("materials are not exactly the midsoles and unknown")
    if not 0 <= model.told_error <= model.assumed_error < WHOLE:
        faults.append("errors must rise from told to assumed and stay below 1000")
    if not 0 < model.lowest_factor <= WHOLE <= model.highest_factor:
        faults.append("the personal factor must be able to stay at 1000")
    return faults


def _build(plain: Mapping[str, Any]) -> LifeModel:
    factor = plain["personal_factor"]
    return LifeModel(
        version=plain["version"],
        told_error=plain["errors"]["told"],
        assumed_error=plain["errors"]["assumed"],
        categories={key: _category(item) for key, item in plain["categories"].items()},
        materials=_triples(plain["materials"]),
        materials_by_category=plain["materials_by_category"],
        weights=_triples(plain["weights"]),
        ageing=_triples(plain["ageing"]),
        ageing_by_material=plain["ageing_by_material"],
        still_fine=factor["still_fine"],
        worn_early=factor["worn_early"],
        highest_factor=factor["highest"],
        lowest_factor=factor["lowest"],
        size_checks=tuple(
            (item["from_months"], (item["weeks"][0], item["weeks"][1]))
            for item in plain["size_checks"]
        ),
    )


def _category(item: Mapping[str, Any]) -> CategoryLife:
    return CategoryLife(
        unit=item["unit"],
        capacity=Triple(*item["capacity"]),
        days_per_week=item["days_per_week"],
        km_per_day=item.get("km_per_day", 1),
        ageing=item["ageing"],
        action=item["action"],
    )


def _triples(plain: Mapping[str, Any]) -> dict[str, Triple]:
    return {
        key: Triple(value, value, value) if isinstance(value, int) else Triple(*value)
        for key, value in plain.items()
    }


def _refuse_nonsense(
    days_per_week: int | None,
    km_per_week: int | None,
    pairs_in_rotation: int,
    personal_factor: int,
    use_error: int | None,
) -> None:
    if days_per_week is not None and not 1 <= days_per_week <= DAYS_PER_WEEK:
        raise LifespanError(f"a week has 1 to 7 days of wear, not {days_per_week}")
    if km_per_week is not None and km_per_week < 1:
        raise LifespanError(f"kilometres a week must be at least 1, not {km_per_week}")
    if pairs_in_rotation < 1:
        raise LifespanError(f"at least one pair is in use, not {pairs_in_rotation}")
    if personal_factor < 1:
        raise LifespanError(f"the personal factor is above 0, not {personal_factor}")
    if use_error is not None and not 0 <= use_error < WHOLE:
        raise LifespanError(f"the error of use lies from 0 to 999 thousandths, not {use_error}")


def _weekly_use(
    row: CategoryLife, days_per_week: int | None, km_per_week: int | None
) -> tuple[int, bool]:
    """Return the use a week in the row's unit, and whether a person told it."""
    if row.unit == "km" and km_per_week is not None:
        return km_per_week, True
    days = row.days_per_week if days_per_week is None else days_per_week
    return days * row.km_per_day, days_per_week is not None


def _material(model: LifeModel, use_category: UseCategory, midsole: Options | None) -> Triple:
    if midsole is None:
        return model.materials["unknown"]
    own = model.materials_by_category.get(use_category.value, {})
    factors = sorted(own.get(name, model.materials[name].mid) for name in midsole.members)
    return Triple(factors[0], sum(factors) // len(factors), factors[-1])


def _age_limit(
    model: LifeModel, row: CategoryLife, midsole: Options | None, shelf_months: int
) -> Triple | None:
    """Return after how many days the material has aged; the mildest of what it may be."""
    if midsole is None:
        kinds = {row.ageing}
    else:
        foam = row.ageing if row.ageing != "none" else "other_foam"
        kinds = {model.ageing_by_material.get(name, foam) for name in midsole.members}
    if "none" in kinds:
        return None
    months = [model.ageing[kind] for kind in kinds]
    return Triple(
        *(max(1, _days(max(triple[end] for triple in months) - shelf_months)) for end in range(3))
    )


def _days(months: int) -> int:
    # A month is a twelfth of 365.25 days.
    return months * 1461 // 48
